"""Rounds of renders: shared, bounded, and those of the first questions first."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from bot.documents import dump
from bot.model.snapshot import FILE, Entry
from bot.model.unit import PlainRender
from bot.render.base import Material
from bot.render.trace_match import Candidate
from bot.render.trace_proof import objects
from bot.render.trace_rounds import Budget, Steps, lockstep, one, run
from bot.render.trace_spots import Spot

if TYPE_CHECKING:
    from bot.render.tools import Tools
    from bot.render.trace import Tracer
    from bot.render.trace_alike import Object
    from bot.render.trace_edit import Trial
    from bot.render.trace_proof import Output


def trial(name: str) -> Trial:
    spot = Spot("f", 1, 1, (), name, "text", ())
    return ((Candidate(spot, (0, 1), (0, 1)), name),)


def asks(*names: str) -> Steps[list[str]]:
    """Waits for one render after the other; the answer is the names of those that ran."""
    found = []
    for name in names:
        output = yield from one(trial(name))
        found += [name] if output is not None else []
    return found


class Machine:
    """Renders nothing, and writes down what it was asked for."""

    def __init__(self) -> None:
        self.rounds: list[list[str]] = []

    def __call__(self, trials: list[tuple[Tracer, Trial]]) -> list[Output]:
        self.rounds.append([str(mark) for _, ((_, mark),) in trials])
        return [[] for _ in trials]


def go(most: int, *steps: Steps[list[str]]) -> tuple[list[list[str]], list[list[str]], Budget]:
    machine, budget = Machine(), Budget(most)
    tracer = cast("Tracer", None)
    return run([(tracer, each) for each in steps], machine, budget), machine.rounds, budget


def test_a_round_holds_the_renders_of_all() -> None:
    found, rounds, budget = go(9, asks("a", "b"), asks("c"), asks())
    assert (found, rounds) == ([["a", "b"], ["c"], []], [["a", "c"], ["b"]])
    assert (budget.spent, budget.short) == (3, False)


def test_where_the_budget_ends_those_that_come_first_get_their_renders() -> None:
    found, rounds, budget = go(3, asks("a", "b"), asks("c", "d"))
    assert (found, rounds) == ([["a", "b"], ["c"]], [["a", "c"], ["b"]])
    assert (budget.spent, budget.short) == (3, True)


def test_without_any_budget_nothing_is_rendered_and_all_end() -> None:
    found, rounds, budget = go(0, asks("a", "b"))
    assert (found, rounds, budget.short) == ([[]], [], True)


def test_steps_in_lockstep_share_a_render_that_several_wait_for() -> None:
    found, rounds, _ = go(9, _flat(lockstep([asks("a", "b"), asks("a", "c")])))
    assert (found, rounds) == ([["a", "b", "a", "c"]], [["a"], ["b", "c"]])


def _flat(steps: Steps[list[list[str]]]) -> Steps[list[str]]:
    return [name for names in (yield from steps) for name in names]


def test_what_a_trial_leaves_as_it_was_is_not_read_again() -> None:
    same: Object = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"x": "1"}}
    other: Object = {**same, "metadata": {"name": "b"}}
    data = f"{dump(same)}---\n{dump(other)}".encode()
    material = Material(PlainRender("m"), (Entry("m/a.yaml", FILE, "0"),), lambda _: data)
    found = objects(material, cast("Tools", None), {dump(same): same})
    assert found == [same, other]
    assert found[0] is same
