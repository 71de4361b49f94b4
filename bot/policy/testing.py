"""``gatehouse policy test``: every ``test_*`` rule of the ``*_test.rego`` files of a directory, with the engine
that a check would use."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from bot.errors import UserError
from bot.policy.base import Answer, Engine, Module, Outline, Problem
from bot.policy.cases import BESIDE
from bot.policy.embedded import Embedded

_ENDING, _TEST_ENDING = ".rego", "_test.rego"


class Outcome(StrEnum):
    PASS = "pass"  # noqa: S105 an outcome
    FAIL = "FAIL"
    ERROR = "ERROR"


@dataclass(frozen=True, slots=True)
class Tested:
    """One test, or one case of it; ``why`` is a sentence for an error."""

    path: str
    line: int
    name: str
    outcome: Outcome
    why: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    tests: tuple[Tested, ...]
    problems: tuple[Problem, ...]

    @property
    def passed(self) -> bool:
        return all(one.outcome is Outcome.PASS for one in self.tests)


def read(directory: Path) -> list[Module]:
    """Every policy and test below a directory. Raises UserError when there is none."""
    if not directory.is_dir():
        raise UserError(f"{directory} is no directory; name the one that holds the policies, or make {directory}.")
    modules = []
    for path in sorted(directory.rglob(f"*{_ENDING}")):
        try:
            modules.append(Module(str(path), path.read_text(encoding="utf-8")))
        except UnicodeDecodeError as error:
            raise UserError(f"{path} is not UTF-8; save it as UTF-8.") from error
    if not modules:
        raise UserError(f"There are no policies (*{_ENDING}) below {directory}.")
    return modules


def run(modules: Sequence[Module], engine: Engine) -> Run:
    """Run the tests. Raises ToolError when the engine cannot be had."""
    with Embedded().open(modules) as read_only:
        rules: dict[str, dict[str, None]] = {}
        for outline in read_only.outlines:
            if outline.path.endswith(_TEST_ENDING):
                rules[outline.path] = dict.fromkeys(text for _, text in outline.cases)
    beside = [replace(one, text="\n".join([one.text, *rules.get(one.path, ()), ""])) for one in modules]
    with engine.open(beside) as session:
        tests = [
            test for outline in session.outlines if outline.path.endswith(_TEST_ENDING) for test in _tests(outline)
        ]
        queries = list(dict.fromkeys(query for test in tests for query in (test.query, test.cases) if query))
        answers: dict[str, Answer] = {}
        if queries:
            (values,) = session.evaluate(queries, [{}])
            answers = dict(zip(queries, values, strict=True))
        found = tuple(one for test in tests for one in _outcomes(test, answers[test.query], answers.get(test.cases)))
        return Run(found, tuple(session.problems))


@dataclass(frozen=True, slots=True)
class _Test:
    query: str
    path: str
    line: int
    name: str
    cases: str = ""  # the query for the names of all its cases, where they can be told


def _tests(outline: Outline) -> Iterator[_Test]:
    """The test rules of a module, each once, in the order of the file."""
    seen = set()
    with_cases = {name for name, _ in outline.cases}
    for head in outline.rules:
        if head.name.startswith("test_") and head.arity == 0 and head.kind != "default" and head.name not in seen:
            seen.add(head.name)
            package, cases = f"data.{outline.package}", ""
            if head.name in with_cases:
                cases = f"{package}.{BESIDE}{head.name}"
            name = f"{outline.package}.{head.name}"
            yield _Test(f"{package}.{head.name}", outline.path, head.line, name, cases)


def _outcomes(test: _Test, answer: Answer, cases: Answer | None) -> Iterator[Tested]:
    """One outcome, or one for each case of a rule with cases (`test_x[case] if …`); a case without entry does not hold."""
    all_of = cases.value if cases and isinstance(cases.value, list) else []
    if answer.error:
        yield Tested(test.path, test.line, test.name, Outcome.ERROR, answer.error)
    elif all_of or (isinstance(answer.value, dict) and answer.value):
        held = answer.value if isinstance(answer.value, dict) else {}
        missing = {
            key: False for one in all_of if (key := one if isinstance(one, str) else json.dumps(one)) not in held
        }
        for case, holds in (held | missing).items():
            outcome = Outcome.FAIL if holds is False else Outcome.PASS
            yield Tested(test.path, test.line, f"{test.name}[{case}]", outcome)
    else:
        holds = answer.defined and answer.value is not False and answer.value not in ([], {})
        yield Tested(test.path, test.line, test.name, Outcome.PASS if holds else Outcome.FAIL)
