"""Answers of policies that an earlier run knows: the same, and no engine is started for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from hypothesis import given
from hypothesis import strategies as st

from bot.checks.policy_answers import Answers, Input, name_of
from bot.model.remember import ask_again
from bot.policy.base import Answer, Module, Outline, Problem, RuleHead
from bot.policy.embedded import Embedded
from bot.policy.server import Server

OUTLINE = Outline("a.rego", "main", (RuleHead("deny", "set", 3),), (("object", 4),), (7,), 2, (("x", "y"),))
DENY = "data.main.deny"


class Kept:
    """What the cache does: answers by name."""

    def __init__(self) -> None:
        self.said: dict[tuple[str, str], object] = {}

    def __call__(self, topic: str, name: str, ask: Callable[[], object]) -> object:
        if (topic, name) not in self.said:
            self.said[topic, name] = ask()
        return self.said[topic, name]


class Counting:
    """An engine that says each input back, and counts what it is asked."""

    name = "an engine"

    def __init__(self, identity: str = "one", problems: Sequence[Problem] = (), error: str = "") -> None:
        self.identity = identity
        self.problems = problems
        self.error = error
        self.outlines = (OUTLINE,)
        self.opened = 0
        self.asked: list[object] = []

    @contextmanager
    def open(self, modules: Sequence[Module]) -> Iterator[Counting]:
        self.opened += 1
        yield self

    def evaluate(self, queries: Sequence[str], inputs: Iterable[object]) -> Iterator[tuple[Answer, ...]]:
        for value in inputs:
            self.asked.append(value)
            yield tuple(
                Answer([value, query], defined=True) if value else Answer(error=self.error) for query in queries
            )


def inputs(*rows: tuple[str, object]) -> list[Input]:
    return [Input(value, name_of(value), group) for group, value in rows]


def answers(
    engine: Counting, kept: Kept, rows: list[Input], queries: Sequence[str] = (DENY,), text: str = "package main"
) -> list[tuple[Answer, ...]]:
    with Answers(engine, [Module("a.rego", text)], kept) as session:
        assert session.outlines == [OUTLINE] or session.outlines == (OUTLINE,)
        return list(session.ask(queries, rows))


def test_only_the_unit_that_changed_is_asked_again() -> None:
    engine, kept = Counting(), Kept()
    before = answers(engine, kept, inputs(("x", 1), ("x", 2), ("y", 3)))
    assert [row[0].value for row in before] == [[1, DENY], [2, DENY], [3, DENY]]
    assert answers(engine, kept, inputs(("x", 1), ("x", 2), ("y", 3))) == before
    assert (engine.opened, engine.asked) == (1, [1, 2, 3])
    assert [row[0].value for row in answers(engine, kept, inputs(("x", 1), ("x", 2), ("y", 4)))][2] == [4, DENY]
    assert engine.asked == [1, 2, 3, 4]


def test_other_policies_questions_and_engines_are_asked() -> None:
    engine, kept = Counting(), Kept()
    answers(engine, kept, inputs(("x", 1)))
    answers(engine, kept, inputs(("x", 1)), text="package main\n\n")
    answers(engine, kept, inputs(("x", 1)), queries=("data.main.warn",))
    assert engine.asked == [1, 1, 1]
    other = Counting("two")
    answers(other, kept, inputs(("x", 1)))
    assert other.asked == [1]


def test_what_failed_is_asked_again() -> None:
    engine, kept = Counting(error="took longer than 2 s"), Kept()
    for _ in range(2):
        assert answers(engine, kept, inputs(("x", 0), ("y", 1)))[0][0].error == "took longer than 2 s"
    assert engine.asked == [0, 1, 0]


def test_modules_that_cannot_be_used_are_read_again() -> None:
    engine, kept = Counting(problems=[Problem("b.rego", 1, "no Rego")]), Kept()
    for _ in range(2):
        with Answers(engine, [Module("a.rego", "")], kept) as session:
            assert session.problems == engine.problems
    assert engine.opened == 2


def test_nothing_is_kept_of_an_engine_that_may_be_another_one() -> None:
    engine, kept = Counting(identity=""), Kept()
    for _ in range(2):
        answers(engine, kept, inputs(("x", 1)))
    assert (engine.asked, kept.said) == ([1, 1], {})
    assert Server("http://127.0.0.1:1").identity == ""
    assert "regorus" in Embedded().identity


def test_the_embedded_engine_says_the_same_again() -> None:
    rego = 'package main\n\ndeny contains msg if {\n  input.object.n > 1\n  msg := {"msg": "many", "n": input.object.n}\n}\n'
    kept, rows = Kept(), inputs(("x", {"object": {"n": 1}}), ("x", {"object": {"n": 2.5}}))
    said = []
    for _ in range(2):
        with Answers(Embedded(), [Module("a.rego", rego)], kept) as session:
            said.append((list(session.outlines), list(session.ask([DENY], rows))))
    assert said[0] == said[1]
    assert said[0][1][1][0].value == [{"msg": "many", "n": 2.5}]
    broken = [Module("a.rego", rego), Module("b.rego", "package main\n\ndeny if {")]
    with Answers(Embedded(), broken, kept) as session:
        assert [problem.path for problem in session.problems] == ["b.rego"]


rows = st.lists(st.tuples(st.sampled_from("xyz"), st.integers(0, 3)), max_size=8)


@given(st.lists(rows, max_size=4))
def test_law_what_is_known_is_what_is_said(runs: list[list[tuple[str, object]]]) -> None:
    """Whatever was asked before, the answers are those of an engine that knows nothing."""
    kept = Kept()
    for run in runs:
        fresh = Counting()
        with Answers(fresh, [Module("a.rego", "package main")], ask_again) as session:
            plain = list(session.ask([DENY], inputs(*run)))
        assert answers(Counting(), kept, inputs(*run)) == plain
