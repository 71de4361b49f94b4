"""Base and head → views → affected units → renders → differences → verdict → report. Reads like the flow itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from bot.affected.index import Index
from bot.affected.scopes import Reader
from bot.affected.units import Pair, affected
from bot.affected.view import View
from bot.checks.gate import verdict
from bot.diff.resources import pair as compare
from bot.jobs.material import materials
from bot.model.resource import Failed, Outcome, Rendered
from bot.model.result import Counts, Report, UnitChange, UnitState
from bot.render.engine import Engine, joined


class Progress(Protocol):
    """Told what goes on, for people who wait."""

    def __call__(self, stage: str, done: int, total: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Sides:
    """What is compared: commit ids for people, tree ids for the work. ``conflicts`` are paths that base and head both
    changed in ways that do not merge; ``base`` is the tip that was named, ``merge_base`` what head is compared with."""

    base: str
    head: str
    merge_base: str
    base_tree: str
    head_tree: str
    conflicts: tuple[str, ...] = ()
    command: str = ""


@dataclass(slots=True)
class Ports:
    """What a check works with."""

    index: Index
    engine: Engine
    progress: Progress
    fold: tuple[str, ...]
    notes: list[str] = field(default_factory=list)


def check(sides: Sides, ports: Ports, *, everything: bool) -> Report:
    """The whole answer to one change. ``everything``: kustomizations in between as well (``--units all``)."""
    watch = Stopwatch()
    with watch("discover"):
        before, after = ports.index.pair(sides.base_tree, sides.head_tree)
    with watch("affected"):
        found = affected(before, after, ports.index.rules, everything=everything)
    with watch("render"):
        outcomes = render(found.pairs, before, after, ports)
    with watch("diff"):
        units = tuple(_change(p, *o, ports.fold) for p, o in zip(found.pairs, outcomes, strict=True))
    return Report(
        base=sides.base,
        head=sides.head,
        merge_base=sides.merge_base,
        verdict=verdict(units),
        units=units,
        unmapped=found.unmapped,
        timings=watch.seconds,
        notes=tuple(_notes(sides, ports)),
        counts=_counts(before, after, units, ports),
        command=sides.command,
        environments=_environments(ports.index.rules, units),
    )


class Stopwatch:
    """Seconds of wall clock by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        start = time.monotonic()
        try:
            yield
        finally:
            self.seconds[stage] = round(time.monotonic() - start, 4)


def render(
    pairs: tuple[Pair, ...], before: View, after: View, ports: Ports
) -> list[tuple[Outcome | None, Outcome | None]]:
    """Both sides of every pair; None where a side does not have the unit."""
    todo = []
    spans: list[tuple[int, int] | None] = []
    for each in pairs:
        for unit, view in ((each.base, before), (each.head, after)):
            if unit is None:
                spans.append(None)
            else:
                spans.append((len(todo), len(unit.parts)))
                todo += materials(view, unit)
    outcomes = ports.engine.render_all(todo, _told(ports.progress))
    sides = [None if span is None else joined(outcomes[span[0] : sum(span)]) for span in spans]
    return list(zip(sides[::2], sides[1::2], strict=True))


def _told(progress: Progress) -> Callable[[int, int], None]:
    return lambda done, total: progress("rendering", done, total)


def state_of(base: Outcome | None, head: Outcome | None) -> UnitState:
    """What the change does to a unit, from its two outcomes (report.schema.json says each word)."""
    if head is None:
        return UnitState.REMOVED
    if base is None:
        return UnitState.UNRENDERABLE if isinstance(head, Failed) else UnitState.ADDED
    if isinstance(base, Failed):
        return UnitState.UNRENDERABLE if isinstance(head, Failed) else UnitState.FIXED
    if isinstance(head, Failed):
        return UnitState.UNRENDERABLE if head.machine else UnitState.BROKEN
    same = [d.digest for d in base.documents] == [d.digest for d in head.documents]
    return UnitState.UNCHANGED if same else UnitState.CHANGED


def _change(each: Pair, base: Outcome | None, head: Outcome | None, fold: tuple[str, ...]) -> UnitChange:
    unit = each.unit
    state = state_of(base, head)
    objects = ()
    if state is not UnitState.UNCHANGED and not isinstance(base, Failed) and not isinstance(head, Failed):
        objects = compare(base or Rendered(()), head or Rendered(()), fold=fold)
    notes = [*_unit_notes(each), *(n for side in (base, head) if isinstance(side, Rendered) for n in side.notes)]
    if state is UnitState.CHANGED and not objects:
        notes.append("Only the order of the objects differs.")
    return UnitChange(
        path=unit.path, renderer=unit.renderer, source=unit.source, app=unit.app, environment=unit.environment,
        state=state, objects=objects, error=_error(base, head), notes=tuple(dict.fromkeys(notes)), key=unit.key,
        new=base is None, machine=any(isinstance(side, Failed) and side.machine for side in (base, head)),
    )  # fmt: skip


def _unit_notes(each: Pair) -> Iterator[str]:
    for unit in (each.base, each.head):
        if unit is not None:
            yield from unit.notes
    if each.base and each.head and each.base.path != each.head.path:
        yield f"It rendered {each.base.path or 'the root'} before."


def _error(base: Outcome | None, head: Outcome | None) -> str:
    for outcome in (head, base):
        if isinstance(outcome, Failed):
            return outcome.reason
    return ""


def _notes(sides: Sides, ports: Ports) -> Iterator[str]:
    yield from ports.notes
    if sides.conflicts:
        names = ", ".join(sides.conflicts[:5]) + (" and more" if len(sides.conflicts) > 5 else "")
        yield f"The change conflicts with the base in {names}; shown is what it does to the merge base. Rebase it."
    if ports.index.note:
        yield ports.index.note


def _counts(before: View, after: View, units: tuple[UnitChange, ...], ports: Ports) -> Counts:
    states = [u.state for u in units]
    deployed = before.deployed() + states.count(UnitState.ADDED) - states.count(UnitState.REMOVED)
    tally = ports.engine.tally
    return Counts(
        deployed=deployed,
        rendered=tally.rendered,
        cached=tally.cached,
        untouched=max(0, deployed - len(units) + states.count(UnitState.REMOVED)),
        changed_paths=len(after.changes),
    )


def _environments(rules: Reader, units: tuple[UnitChange, ...]) -> tuple[str, ...]:
    names = {unit.environment for unit in units if unit.environment}
    return tuple(sorted(names | {rule.name for rule in rules.config.environments}, key=rules.namer.rank))
