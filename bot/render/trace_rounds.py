"""Tracing in rounds: whoever has questions says which renders it waits for, and all of a round run at once.

A step is a generator: it yields the trials it needs next, and is sent one output for each. Steps that do not need each
other go in lockstep, so that a round holds the trials of all questions of all units.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from bot.render.trace_edit import Trial
    from bot.render.trace_proof import Output

T = TypeVar("T")
Steps = Generator["list[Trial]", "list[Output]", T]
Asker = TypeVar("Asker")  # whose question a trial answers
Render = Callable[["list[tuple[Asker, Trial]]"], "list[Output]"]


class Budget:
    """How many renders may still run. ``short``: some that were asked for did not."""

    def __init__(self, most: int) -> None:
        self._left = most
        self.spent = 0
        self.short = False

    def take(self, wanted: int) -> int:
        """How many of the renders that are wanted may run."""
        granted = min(wanted, self._left)
        self.short |= granted < wanted
        self._left -= granted
        self.spent += granted
        return granted


def one(trial: Trial) -> Steps[Output]:
    """Wait for one render."""
    (output,) = yield [trial]
    return output


def lockstep(steps: Sequence[Steps[T]]) -> Steps[list[T]]:
    """Several steps side by side; a trial that several wait for runs once a round."""
    results: dict[int, T] = {}
    waiting: dict[int, list[Trial]] = {}
    for n, each in enumerate(steps):
        _go_on(n, each, None, waiting, results)
    while waiting:
        asked = list(dict.fromkeys(trial for trials in waiting.values() for trial in trials))
        outputs = dict(zip(asked, (yield asked), strict=True))
        for n, trials in list(waiting.items()):
            _go_on(n, steps[n], [outputs[trial] for trial in trials], waiting, results)
    return [results[n] for n in range(len(steps))]


def _go_on(
    n: int, steps: Steps[T], outputs: list[Output] | None, waiting: dict[int, list[Trial]], results: dict[int, T]
) -> None:
    """One step further: what it waits for next, or what it has found."""
    try:
        waiting[n] = next(steps) if outputs is None else steps.send(outputs)
    except StopIteration as stop:
        waiting.pop(n, None)
        results[n] = stop.value


def run(asked: Sequence[tuple[Asker, Steps[T]]], render: Render[Asker], budget: Budget) -> list[T]:
    """Go on until all steps have found what they can. Where the budget does not suffice for a round, those that come first
    get their renders, and the others go without: what they would have proven stays unknown."""
    results: dict[int, T] = {}
    waiting: dict[int, list[Trial]] = {}
    for n, (_, steps) in enumerate(asked):
        _go_on(n, steps, None, waiting, results)
    while waiting:
        trials = [(n, trial) for n in sorted(waiting) for trial in waiting[n]]
        granted = budget.take(len(trials))
        outputs = render([(asked[n][0], trial) for n, trial in trials[:granted]]) if granted else []
        sent: dict[int, list[Output]] = {n: [] for n in waiting}
        for place, (n, _) in enumerate(trials):
            sent[n].append(outputs[place] if place < granted else None)
        for n, each in sent.items():
            _go_on(n, asked[n][1], each, waiting, results)
    return [results[n] for n in range(len(asked))]
