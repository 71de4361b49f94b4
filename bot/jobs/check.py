"""Base and head → views → affected units → renders → differences → verdict → report. Reads like the flow itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.affected.effect import Affected, affected
from bot.affected.index import Index
from bot.affected.rules import Reader
from bot.affected.units import Pair
from bot.affected.view import View
from bot.checks.gate import verdict
from bot.model.resource import Failed, Outcome, Rendered
from bot.model.result import CheckResult, Counts, ObjectChange, Report, UnitChange, UnitState
from bot.model.unit import Renderer, Unit
from bot.render.base import Material
from bot.render.engine import Engine, joined

if TYPE_CHECKING:
    from bot.diff.resources import Memory
    from bot.jobs.judge import Bench

Progress = Callable[[str, int, int], None]  # told (stage, done, all), for people who wait


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


Compare = Callable[[Rendered, Rendered], tuple[ObjectChange, ...]]
Result = tuple[Pair, Outcome | None, Outcome | None]
_DEEPEST = 6  # declarations in the output of declarations


@dataclass(slots=True)
class Ports:
    """What a check works with."""

    index: Index
    engine: Engine
    progress: Progress
    fold: tuple[str, ...]
    notes: list[str] = field(default_factory=list)
    bench: Callable[[], Bench] | None = None  # who judges; made when there is something to judge


def check(sides: Sides, ports: Ports, *, everything: bool) -> Report:
    """The whole answer to one change. ``everything``: kustomizations in between as well (``--units all``)."""
    watch = Stopwatch()
    with watch("discover"):
        before, after = ports.index.pair(sides.base_tree, sides.head_tree)
    with watch("affected"):
        found = affected(before, after, ports.index.rules, everything=everything)
    with watch("render"):
        results = rendered(found, before, after, ports)
    with watch("diff"):
        units, memory = _changes(results, ports.fold)
    with watch("checks"):
        checks = _checks(results, units, found, (before, after), ports, memory)
    return Report(
        base=sides.base,
        head=sides.head,
        merge_base=sides.merge_base,
        verdict=verdict(units, checks),
        units=units,
        unmapped=found.unmapped,
        checks=checks,
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


def rendered(found: Affected, before: View, after: View, ports: Ports) -> list[Result]:
    """Both sides of every affected unit, and of the units that their output declares."""
    if not (found.before.hops or found.after.hops):  # nothing is reached: spare the start of all that follows
        return []
    from bot.affected.delivered import hosts

    asked = hosts(before, after, (found.before, found.after), ports.index.rules)
    mine = {pair.unit.key for pair in found.pairs}
    asked = [pair for pair in asked if pair.unit.key not in mine]
    level = render((*found.pairs, *asked), before, after, ports)
    results = {p.unit.key: (p, b, h) for p, b, h in level if p.unit.key in mine or _unknown(b, h)}
    seen: set[tuple[str, str]] = set()
    for _ in range(_DEEPEST):
        level.sort(key=lambda result: not result[0].unit.declared_in)  # what is declared says more than its directory
        pairs = [pair for result in level for pair in _declared_by(result, before, after, ports, seen)]
        level = render(tuple(pairs), before, after, ports)
        for pair, base, head in level:
            results[pair.unit.key] = (pair, base, head)
            if pair.unit.renderer is Renderer.KUSTOMIZE and (pair.base and pair.base.path) == (
                pair.head and pair.head.path
            ):
                results.pop(pair.unit.path or ".", None)  # the same build, now with its name
        if not level:
            break
    return [results[key] for key in sorted(results, key=lambda key: _order(results[key][0].unit))]


def _order(unit: Unit) -> tuple[str, ...]:
    return (unit.path, str(unit.renderer), unit.environment, unit.key)


def _unknown(*outcomes: Outcome | None) -> bool:
    return any(isinstance(outcome, Failed) for outcome in outcomes)


def _declared_by(result: Result, before: View, after: View, ports: Ports, seen: set[tuple[str, str]]) -> Iterator[Pair]:
    """The affected units in a host's output. A host that failed on a side says nothing, and is reported itself."""
    pair, base, head = result
    if _unknown(base, head):
        return
    from bot.affected.delivered import affected_children, children

    rules, home = ports.index.rules, ports.index.home
    old = children(before, pair.base, base, rules, home) if pair.base else {}
    new = children(after, pair.head, head, rules, home) if pair.head else {}
    for child in affected_children(before, after, old, new):
        mark = (pair.unit.path, child.unit.key.rpartition(">")[2])
        if mark in seen and not pair.unit.declared_in:  # a directory adds nothing to what deploys it
            continue
        seen.add(mark)
        yield child


def render(pairs: tuple[Pair, ...], before: View, after: View, ports: Ports) -> list[Result]:
    """Both sides of every pair; None where a side does not have the unit."""
    from bot.jobs.material import materials

    todo: list[Material] = []
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
    return list(zip(pairs, sides[::2], sides[1::2], strict=True))


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


def _changes(results: list[Result], fold: tuple[str, ...]) -> tuple[tuple[UnitChange, ...], Memory | None]:
    """What the change does to each unit, and the objects that were read for it: units share them."""
    if not results:
        return (), None
    from bot.diff.resources import Memory, pair

    memory = Memory()
    units = (_change(*result, lambda base, head: pair(base, head, fold=fold, memory=memory)) for result in results)
    return tuple(units), memory


def _checks(  # noqa: PLR0917
    results: list[Result], units: tuple[UnitChange, ...], found: Affected, sides: tuple[View, View], ports: Ports,
    memory: Memory | None,
) -> tuple[CheckResult, ...]:  # fmt: skip
    """What the checks say; nothing when nothing changed."""
    if ports.bench is None or not sides[1].changes:
        return ()
    from bot.diff.resources import Memory
    from bot.jobs.judge import evidence, judged

    bench = ports.bench()
    seen = evidence(results, units, found, sides, rules=ports.index.rules, memory=memory or Memory())
    answers = judged(seen, bench, [pair for pair, _, _ in results], ports.engine, sides[1])
    ports.notes += bench.waivers.notes()
    return answers


def _change(each: Pair, base: Outcome | None, head: Outcome | None, compare: Compare) -> UnitChange:
    unit = each.unit
    state = state_of(base, head)
    objects: tuple[ObjectChange, ...] = ()
    if state is not UnitState.UNCHANGED and not isinstance(base, Failed) and not isinstance(head, Failed):
        objects = compare(base or Rendered(()), head or Rendered(()))
    notes = [*_unit_notes(each), *(n for side in (base, head) if isinstance(side, Rendered) for n in side.notes)]
    if state is UnitState.CHANGED and not objects:
        notes.append("Only the order of the objects differs.")
    return UnitChange(
        path=unit.path, renderer=unit.renderer, source=unit.source, app=unit.app, environment=unit.environment,
        state=state, objects=objects, error=_error(base, head), notes=tuple(dict.fromkeys(notes)), key=unit.key,
        new=base is None, machine=any(isinstance(side, Failed) and side.machine for side in (base, head)),
        elsewhere=isinstance(head, Failed) and head.elsewhere,
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
    yield from ports.engine.notes


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
