"""The numbers that every format shows, so that all formats say the same; the title and its sentence: verdict.py."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from bot.model.result import (
    CheckResult,
    CheckStatus,
    Finding,
    FindingState,
    ImageMove,
    ObjectState,
    Report,
    Severity,
    UnitChange,
    UnitState,
)
from bot.report.group import NO_ENVIRONMENT, environments, line_counts, moving_units
from bot.report.phrase import Phrase, Role, Span, counted, kind_noun, listed, short_id, shortened, verb


class Level(IntEnum):
    CALM = 0
    GOOD = 1
    LOOK = 2
    STOP = 3


MARKS = {Level.CALM: "", Level.GOOD: "✅", Level.LOOK: "⚠️", Level.STOP: "❌"}


class Worst(NamedTuple):
    """The worst thing of an environment; ``text`` may be text of the repository."""

    level: Level = Level.CALM
    text: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One environment of the summary table. ``units`` and ``objects`` are our own words and numbers."""

    environment: str
    label: str
    count: int
    units: str
    objects: str
    images: str
    lines: tuple[int, int]
    worst: Worst


def rows(report: Report) -> tuple[Row, ...]:
    """The summary table: one row per environment in which something moves, most dangerous first."""
    by_environment: dict[str, list[UnitChange]] = {}
    for unit in moving_units(report):
        by_environment.setdefault(unit.environment, []).append(unit)
    return tuple(_row(name, by_environment[name], report) for name in environments(report) if name in by_environment)


def _row(name: str, units: list[UnitChange], report: Report) -> Row:
    changes = [change for unit in units for change in unit.objects]
    states = Counter(unit.state for unit in units)
    return Row(
        environment=name,
        label=name or NO_ENVIRONMENT,
        count=len(units),
        units=", ".join(f"{states[state]:,} {STATE_WORDS[state]}" for state in STATE_WORDS if states[state]),
        objects=objects_cell(units),
        images=images_cell(units),
        lines=line_counts(changes),
        worst=_worst(units, report),
    )


STATE_WORDS = {
    UnitState.BROKEN: "broken",
    UnitState.UNRENDERABLE: "unrenderable",
    UnitState.REMOVED: "removed",
    UnitState.CHANGED: "changed",
    UnitState.ADDED: "added",
    UnitState.FIXED: "fixed",
    UnitState.UNCHANGED: "unchanged",
}


def objects_cell(units: Iterable[UnitChange]) -> str:
    """``4 Jobs`` when all are changed, else ``3 changed, 1 added``; "" without objects. Kinds only as plain words."""
    changes = [change for unit in units for change in unit.objects]
    states = Counter(change.state for change in changes)
    if set(states) == {ObjectState.CHANGED}:
        return counted(len(changes), kind_noun(change.id.kind for change in changes))
    return ", ".join(
        f"{states[s]:,} {s}" for s in (ObjectState.CHANGED, ObjectState.ADDED, ObjectState.REMOVED) if s in states
    )


def images_cell(units: Iterable[UnitChange]) -> str:
    """``1 moves, 2 new``: different images that are replaced, come and go; "" without any."""
    moves = {(move.from_image, move.to_image) for unit in units for change in unit.objects for move in change.images}
    counts = Counter("new" if not before else "moves" if after else "goes" for before, after in moves)
    words = {"moves": "move", "new": "new", "goes": "go"}
    return ", ".join(f"{counts[one]:,} {verb(counts[one], one, many)}" for one, many in words.items() if counts[one])


def distinct_moves(units: Iterable[UnitChange]) -> tuple[ImageMove, ...]:
    """Every image move of the units once, in order."""
    return tuple(dict.fromkeys(move for unit in units for move in unit.image_moves))


def _worst(units: list[UnitChange], report: Report) -> Worst:
    states = {unit.state for unit in units}
    if UnitState.BROKEN in states:
        return Worst(Level.STOP, "does not build")
    paths = {unit.path for unit in units}
    new = [
        finding
        for result in report.checks
        for finding in result.findings
        if finding.state is FindingState.INTRODUCED and finding.unit in paths
    ]
    for severity, level in ((Severity.ERROR, Level.STOP), (Severity.WARNING, Level.LOOK)):
        worst = [finding for finding in new if finding.severity is severity]
        if level is Level.LOOK and UnitState.UNRENDERABLE in states:
            return Worst(Level.LOOK, "cannot be rendered")
        if worst:
            return Worst(level, _in_words(min(worst, key=lambda finding: finding.object is None), units))
    return _worst_change(units, states)


def _in_words(finding: Finding, units: list[UnitChange]) -> str:
    """A risk of an object as the diff calls it, which says more than the rule; of all others the rule."""
    changes = (change for unit in units if unit.path == finding.unit for change in unit.objects)
    about = next((change.danger for change in changes if change.id == finding.object), "")
    return about if about and finding.rule.startswith("risk/") else finding.rule


def _worst_change(units: list[UnitChange], states: set[UnitState]) -> Worst:
    danger = next((change.danger for unit in units for change in unit.objects if change.danger), "")
    if danger:
        return Worst(Level.LOOK, danger)
    if UnitState.REMOVED in states:
        return Worst(Level.LOOK, "removed")
    if UnitState.FIXED in states:
        return Worst(Level.GOOD, "builds again")
    return Worst()


def unmapped_phrase(report: Report, cap: int, *, short: bool = False) -> Phrase:
    """Which changed files nothing deploys; () when there are none. The count is exact, the list is capped. ``short`` leaves
    out what a path shares with the one before."""
    count = len(report.unmapped)
    if not count:
        return ()
    text = f"{counted(count, 'changed file')} {verb(count, 'is', 'are')} deployed by no unit: "
    return (Span(text), *listed(shortened(report.unmapped) if short else report.unmapped, Role.CODE, cap))


def quiet_facts(report: Report) -> tuple[str, ...]:
    """What was seen and is not counted: existing findings, waivers, units that render as before."""
    states = Counter(f.state for result in report.checks for f in result.findings)
    existing, waived = states[FindingState.EXISTING], states[FindingState.WAIVED]
    same = sum(unit.state is UnitState.UNCHANGED for unit in report.units)
    facts = [
        f"{counted(existing, 'existing finding')} {verb(existing, 'is', 'are')} not counted" if existing else "",
        f"{counted(waived, 'finding')} {verb(waived, 'is', 'are')} waived" if waived else "",
        f"{same:,} more {verb(same, 'unit is', 'units are')} reached and {verb(same, 'renders', 'render')} as before"
        if same
        else "",
    ]
    return tuple(fact for fact in facts if fact)


def existing(report: Report) -> tuple[tuple[str, Phrase], ...]:
    """What each check found that was there before: its rules, the most frequent first."""
    found = []
    for result in report.checks:
        known = Counter(finding.rule for finding in result.findings if finding.state is FindingState.EXISTING)
        if known:
            spans: list[Span] = [Span(f"{counted(known.total(), 'existing finding')}: ")]
            for number, (rule, count) in enumerate(known.most_common(12)):
                spans += [Span(", ")] if number else []
                spans += [Span(rule, Role.CODE), Span(f" {count:,}")]
            spans += [Span(f" and {len(known) - 12:,} more rules")] if len(known) > 12 else []
            found.append((result.name, tuple(spans)))
    return tuple(found)


def warns(result: CheckResult) -> bool:
    """Whether a check that passes says something new that is worth a look."""
    new = (f for f in result.findings if f.state is FindingState.INTRODUCED and f.severity is Severity.WARNING)
    return result.status is CheckStatus.PASSED and any(new)


def work(report: Report, *, run: bool) -> str:
    """``6 rendered, 12 cached, 46 proven untouched``. ``run=False`` leaves out what differs from run to run."""
    counts = report.counts
    untouched = f"{counts.untouched:,} proven untouched"
    if run:
        return f"{counts.rendered:,} rendered, {counts.cached:,} cached, {untouched}"
    return f"{counted(counts.rendered + counts.cached, 'render')}, {untouched}"


def compared(report: Report) -> Phrase:
    """``head a1b2c3d against merge base 9f8e7d6``."""
    return (
        Span("head "),
        Span(short_id(report.head), Role.CODE),
        Span(" against merge base "),
        Span(short_id(report.merge_base), Role.CODE),
    )
