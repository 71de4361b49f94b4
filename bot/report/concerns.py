"""What a reader must see before any diff: what stops the merge, and what is worth a look."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from bot.model.result import CheckStatus, Finding, FindingState, Report, Severity, UnitChange, UnitState
from bot.report.failure_place import failure_place
from bot.report.group import environments, is_removed_set, moving_units
from bot.report.phrase import Phrase, Role, Span, counted, listed, verb

if TYPE_CHECKING:
    from bot.model.unit import ObjectId


class Concern(NamedTuple):
    """One thing to know, said once for all units and objects it is true of.

    ``mark`` and ``label`` are our own, ``rule`` is the id of a check's rule ("" when no check speaks), ``sources`` are
    ``file:line``, ``environments`` those of the units, the most dangerous first. All but the first two is text of the
    repository or of a tool. ``found``: a check's finding.
    """

    mark: str
    label: str
    message: str
    rule: str = ""
    fix: str = ""
    found: bool = False
    sources: tuple[str, ...] = ()
    objects: tuple[ObjectId, ...] = ()
    units: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()

    def where(self, cap: int) -> Phrase:
        """What it is true of: ``Job/a and Job/b in 6 units (production and staging)``."""
        names = tuple(dict.fromkeys(f"{o.kind}/{o.name}" for o in self.objects))
        if not names or not self.units:
            return listed(names or self.units, Role.CODE, cap)
        if len(self.units) == 1:
            return (*listed(names, Role.CODE, cap), Span(" in "), Span(self.units[0], Role.CODE))
        inside = (Span(" ("), *listed(self.environments, Role.NAME, 3), Span(")")) if self.environments else ()
        return (*listed(names, Role.CODE, cap), Span(f" in {counted(len(self.units), 'unit')}"), *inside)


def stops(report: Report) -> tuple[Concern, ...]:
    """What the verdict rests on: broken units, errors that the change introduces, checks that could not run."""
    return _merged(_stops(report), report)


def looks(report: Report) -> tuple[Concern, ...]:
    """What does not stop the merge and still deserves eyes: danger, what cannot be rendered, warnings, notes."""
    return _merged(_looks(report), report)


def counts(report: Report) -> tuple[int, int]:
    """How many errors and warnings the checks found that are new; the same one in several units counts once."""
    errors = sum(concern.found for concern in stops(report))
    return errors, sum(concern.found for concern in looks(report))


def _stops(report: Report) -> Iterator[Concern]:
    yield from (Concern("❌", "", stop) for stop in report.stops)
    for unit in moving_units(report):
        if unit.machine:
            yield Concern("❌", "could not be looked at", unit.error or "no reason given", units=(unit.name,))
        elif unit.state is UnitState.BROKEN and unit.root:
            label = "can no longer be rendered from here" if unit.elsewhere else "does not build any more"
            yield _failing("❌", label, unit)
        elif unit.is_broken_newcomer and unit.root:
            label = "does not build any more" if unit.was_here else "is new and does not render"
            yield _failing("❌", label, unit)
    for result in report.checks:
        if result.status is CheckStatus.ERROR:
            missing = "its answer is missing, so the change cannot pass."
            yield Concern("❌", "check could not run", f"{result.reason} {missing}".strip(), rule=result.name)
        introduced = [finding for finding in result.findings if _stopping(finding)]
        yield from (_from_finding(finding) for finding in introduced)
        if result.status is CheckStatus.FAILED and not introduced:
            yield Concern("❌", "check says no", "it gives no finding of its own.", rule=result.name)


def _failing(mark: str, label: str, unit: UnitChange) -> Concern:
    file, line = failure_place(unit)
    sources = (f"{file}:{line}",) if line else ()  # else the error names a file, or none is known
    return Concern(mark, label, unit.error or "no reason given", units=(unit.name,), sources=sources)


def _looks(report: Report) -> Iterator[Concern]:
    units = moving_units(report)
    judged = any(result.name == "risk" for result in report.checks)
    for unit in units:
        for change in unit.objects:
            if change.danger and not judged:  # else the risk check says it, with the consequence
                yield Concern("⚠️", "", change.danger, objects=(change.id,), units=(unit.name,))
    told = _told_removed(report)
    for unit in units:
        if unit.state is UnitState.REMOVED and not (unit.name in told and _is_plain_farewell(unit)):
            yield Concern("⚠️", "removed", _farewell(unit), units=(unit.name,))
    for unit in units:
        if unit.state is UnitState.BROKEN and not unit.root:
            yield Concern("⚠️", "builds no more by itself", unit.error or "no reason given", units=(unit.name,))
        elif unit.state is UnitState.UNRENDERABLE and not (unit.is_broken_newcomer and unit.root) and not unit.machine:
            yield Concern("⚠️", "cannot be rendered", unit.error or "no reason given", units=(unit.name,))
    for result in report.checks:
        yield from (
            _from_finding(finding)
            for finding in result.findings
            if finding.state is FindingState.INTRODUCED and finding.severity is Severity.WARNING
        )
    for unit in report.units:
        yield from (Concern("ℹ️", "", note, units=(unit.name,)) for note in unit.notes)
    yield from (Concern("ℹ️", "", note) for note in report.notes)


def _told_removed(report: Report) -> set[str]:
    """Units of which a finding says that nothing deploys them any more, and what becomes of their objects."""
    return {
        finding.unit
        for result in report.checks
        for finding in result.findings
        if finding.rule == "risk/unit-removed" and finding.state is FindingState.INTRODUCED
    }


def _is_plain_farewell(unit: UnitChange) -> bool:
    """Whether all objects of a removed unit have one fate, and nobody but us need be asked which they are."""
    return not is_removed_set(unit) and len({change.stays for change in unit.objects}) < 2


def _farewell(unit: UnitChange) -> str:
    if is_removed_set(unit):
        return (
            f"{unit.source} is gone, and the Applications that it made go with it: only Argo CD knows which these are."
        )
    stay = sum(change.stays for change in unit.objects)
    go = len(unit.objects) - stay
    parts = [
        "nothing deploys it any more",
        *([f"{counted(go, 'object')} {verb(go, 'goes', 'go')} away"] if go else ()),
        *([f"{counted(stay, 'object')} {verb(stay, 'stays', 'stay')} in the cluster"] if stay else ()),
    ]
    return "; ".join(parts) + "."


def _stopping(finding: Finding) -> bool:
    return finding.state is FindingState.INTRODUCED and finding.severity is Severity.ERROR


def _from_finding(finding: Finding) -> Concern:
    return Concern(
        mark="❌" if finding.severity is Severity.ERROR else "⚠️",
        label="",
        message=finding.message,
        rule=finding.rule,
        fix=finding.fix,
        found=True,
        sources=(f"{finding.file}:{finding.line}" if finding.line else finding.file,) if finding.file else (),
        objects=(finding.object,) if finding.object else (),
        units=(finding.unit,) if finding.unit else (),
    )


def _merged(concerns: Iterator[Concern], report: Report) -> tuple[Concern, ...]:
    """Concerns that differ only in where they hold become one, at the place of the first."""
    homes: dict[str, set[str]] = {}
    for unit in report.units:
        homes.setdefault(unit.path, set()).add(unit.environment)  # what a finding calls it
        homes.setdefault(unit.name, set()).add(unit.environment)
    order = environments(report)
    found: dict[Concern, tuple[dict[str, None], dict[ObjectId, None], dict[str, None]]] = {}
    for concern in concerns:
        sources, objects, units = found.setdefault(concern._replace(sources=(), objects=(), units=()), ({}, {}, {}))
        sources.update(dict.fromkeys(concern.sources))
        objects.update(dict.fromkeys(concern.objects))
        units.update(dict.fromkeys(concern.units))
    return tuple(
        key._replace(
            sources=tuple(s), objects=tuple(o), units=tuple(u),
            environments=tuple(name for name in order if name and any(name in homes.get(unit, ()) for unit in u)),
        )
        for key, (s, o, u) in found.items()
    )  # fmt: skip
