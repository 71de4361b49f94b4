"""The embedded engine and a real OPA server agree: over the shipped policies, and over a corpus that uses the language."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from opa_server import running

from bot.policy import baseline
from bot.policy.base import Answer, Engine, Module, Outline
from bot.policy.embedded import Embedded
from bot.policy.server import Server

CORPUS = Path(__file__).parent / "corpus"
SHIPPED = Path(__file__).parents[2] / "policies"
_AT_ONCE = 12  # with each module that it gets OPA compiles all that it has
EXPRESSION_INPUT = {
    "number": 1,
    "object": {
        "metadata": {"name": "web", "labels": {"app.kubernetes.io/name": "web"}},
        "spec": {"replicas": 3, "containers": [{"name": "a"}, {"name": "b"}]},
    },
}
RULE_INPUT = {
    "n": None, "s": "abc", "one": 1, "arr": [1, 2], "set": [1], "z": {}, "obj": {"k": 1, "l": 2}, "bool": False,
    "words": ["two", "one"], "things": [{"a": "two"}, {"a": "one"}, {"b": 1}],
}  # fmt: skip


@pytest.fixture(scope="module")
def engines() -> Iterator[tuple[Engine, Engine]]:
    import shutil

    program = shutil.which("opa")
    if program is None:
        pytest.skip("needs opa on PATH")
    with running(program) as url:
        yield Embedded(), Server(url)


def asked(engine: Engine, modules: Sequence[Module], queries: Sequence[str], inputs: Sequence[object]) -> list[Answer]:
    with engine.open(modules) as session:
        assert not session.problems
        return [answer for answers in session.evaluate(queries, inputs) for answer in answers]


def shown(answer: Answer) -> str:
    """What has to be equal: the value, or that there is none, or that it failed (the words are each engine's own)."""
    return "fails" if answer.error else json.dumps(answer.value, sort_keys=True) if answer.defined else "undefined"


def files(directory: Path) -> list[Module]:
    return [Module(path.name, path.read_text()) for path in sorted(directory.glob("*.rego"))]


def outlines(modules: Sequence[Module]) -> list[Outline]:
    with Embedded().open(modules) as session:
        return list(session.outlines)


def test_every_expression(engines: tuple[Engine, Engine]) -> None:
    lines = [line for line in (CORPUS / "expressions.txt").read_text().splitlines() if line and line[:2] != "# "]
    rules = [f"a{n} := y if {{ y := {line.removeprefix('#! ')} }}" for n, line in enumerate(lines)]
    module = Module("expressions.rego", "\n".join(["package expressions", *rules]))
    queries = [f"data.expressions.a{n}" for n in range(len(lines))]
    ours, theirs = (asked(engine, [module], queries, [EXPRESSION_INPUT]) for engine in engines)
    assert len(lines) > 250
    for line, one, other in zip(lines, ours, theirs, strict=True):
        assert (shown(one) == shown(other)) != line.startswith("#!"), f"{line}: {one} and {other}"


def test_every_rule(engines: tuple[Engine, Engine]) -> None:
    """Each in a package of its own; what is refused is refused before it gets to an engine."""
    lines = [line for line in (CORPUS / "rules.txt").read_text().splitlines() if line and line[:2] != "# "]
    texts = [line.replace("\\n", "\n").replace("data.m.", f"data.m{n}.") for n, line in enumerate(lines)]
    modules = [Module(f"m{n}.rego", f"package m{n}\n{text}\n") for n, text in enumerate(texts)]
    with engines[0].open(modules) as session:
        refused = {problem.path for problem in session.problems}
        usable = [module for module in modules if module.path not in refused]
    assert len(usable) > 150
    assert len(refused) > 3
    for few in (usable[n : n + _AT_ONCE] for n in range(0, len(usable), _AT_ONCE)):
        queries = [f"data.{module.path.removesuffix('.rego')}.x" for module in few]
        ours, theirs = (asked(engine, few, queries, [RULE_INPUT]) for engine in engines)
        pairs = zip(few, ours, theirs, strict=True)
        assert [(module.text, one, other) for module, one, other in pairs if shown(one) != shown(other)] == []


def test_the_whole_language(engines: tuple[Engine, Engine]) -> None:
    modules = files(CORPUS / "modules")
    inputs = json.loads((CORPUS / "inputs.json").read_text())
    heads = {
        f"data.{o.package}.{h.name}" for o in outlines(modules) for h in o.rules if h.arity == 0 and h.kind != "object"
    }
    queries = sorted(heads)
    ours, theirs = (asked(engine, modules, queries, inputs) for engine in engines)
    names = [(query, n) for n in range(len(inputs)) for query in queries]
    pairs = zip(names, ours, theirs, strict=True)
    assert [(name, one, other) for name, one, other in pairs if shown(one) != shown(other)] == []
    spoke = {query for (query, _), answer in zip(names, ours, strict=True) if answer.error or answer.value}
    silent = {"data.corpus.language.nothing"}
    assert spoke == set(queries) - silent, "a rule of the corpus that never speaks proves nothing"


def test_the_shipped_policies(engines: tuple[Engine, Engine]) -> None:
    """Every object that the tests of the policies make, and the findings for it."""
    modules = list(baseline.modules(baseline.RULES))
    inputs = [
        {"object": one, "unit": {"production": production}} for one in made_objects() for production in (True, False)
    ]
    ours, theirs = (asked(engine, modules, [baseline.QUERY], inputs) for engine in engines)
    assert [key(answer) for answer in ours] == [key(answer) for answer in theirs]
    rules = {finding["rule"] for answer in ours for finding in answer.value}  # type: ignore[attr-defined]
    assert rules == baseline.RULES


def key(answer: Answer) -> list[str]:
    assert isinstance(answer.value, list), answer
    return sorted(json.dumps(finding, sort_keys=True) for finding in answer.value)


def made_objects() -> list[object]:
    probe = Module(
        "made.rego",
        """package made
import data.gatehouse.baseline_test as t
objects contains t.controls[_].bad
objects contains t.controls[_].good
objects contains t.workload({"hostNetwork": true, "hostPID": true}, {"image": "nginx"})
objects contains t.resources({})
objects contains t.context({"privileged": true, "capabilities": {"add": ["SYS_ADMIN", "NET_ADMIN"]}})
objects contains t.network_policy({"ingress": [{}], "egress": [{"to": []}]})
objects contains t.without_probe
objects contains t.labelled({})
objects contains t.image("busybox:1.36")
""",
    )
    (answer,) = asked(Embedded(), [*files(SHIPPED), probe], ["data.made.objects"], [{}])
    assert isinstance(answer.value, list)
    assert len(answer.value) > 20
    return answer.value


@pytest.mark.parametrize("engine", [0, 1])
def test_the_tests_of_the_shipped_policies(engines: tuple[Engine, Engine], engine: int) -> None:
    from bot.policy.testing import run

    done = run(files(SHIPPED), engines[engine])
    assert not done.problems
    assert [test.name for test in done.tests if test.outcome != "pass"] == []
    assert len(done.tests) > 70


def test_refused_by_both(engines: tuple[Engine, Engine]) -> None:
    """Nothing of what is refused ever reaches the server."""
    bad = [Module("a.rego", "package a\nx := http.send({})"), Module("b.rego", "package b\nx := {")]
    found = []
    for engine in engines:
        with engine.open(bad) as session:
            found.append([str(problem) for problem in session.problems])
    assert found[0] == found[1]
    assert len(found[0]) == 2
