"""A shared base that reaches several production units at once: no wave stops a mistake."""

from __future__ import annotations

from collections.abc import Iterator

from bot.model.evidence import Evidence, Statement, UnitEvidence
from bot.model.result import Severity, UnitState

_MOVES = (UnitState.ADDED, UnitState.CHANGED, UnitState.BROKEN)  # what goes is told by itself


def shared_by_production(evidence: Evidence) -> Iterator[Statement]:
    """One statement for each changed path that changes more than one production unit and is no single one's own."""
    reached: dict[str, list[UnitEvidence]] = {}
    for unit in evidence.units:
        if unit.production and unit.way and (unit.state in _MOVES or _moves_in_part(unit)):
            start = unit.way[0].source
            if not _all_new(unit, start, evidence):
                reached.setdefault(start, []).append(unit)
    for path in sorted(reached):
        units = _names(path, _innermost(reached[path]))
        if len(units) > 1:
            listed = ", ".join(units[:3]) + (f" and {len(units) - 3} more" if len(units) > 3 else "")
            yield Statement(
                "risk/shared-base", Severity.WARNING,
                f"One file changes {len(units)} production units at the same moment ({listed}): a mistake reaches all of "
                "them before anyone sees the first.",
                "Change one overlay first, or let the change reach production in waves.",
                file=path, mark=path,
            )  # fmt: skip


def _innermost(units: list[UnitEvidence]) -> list[UnitEvidence]:
    """Those that declare none of the others: a Kustomization and the release in it are one application."""
    hosts = {there.host.key for unit in units for there in (unit.base, unit.head) if there and there.host}
    return [unit for unit in units if unit.key not in hosts]


def _names(path: str, units: list[UnitEvidence]) -> list[str]:
    """What to call those that share a path: several applications of one chart, or units that it is no part of. What lies
    in the directory of one application is its own, however many clusters that has."""
    apps: dict[str, set[str]] = {}
    for unit in units:
        apps.setdefault(unit.path, set()).add(unit.app)
    several = {at for at, names in apps.items() if len(names) > 1}
    found = {
        f"{unit.app} of {unit.path}" if unit.path in several else unit.path
        for unit in units
        if unit.path in several or not _inside(path, unit.path)
    }
    return sorted(found)


def _all_new(unit: UnitEvidence, path: str, evidence: Evidence) -> bool:
    """Whether unit and file come together: then nothing that runs is changed."""
    is_new = unit.base is None and unit.state in (UnitState.ADDED, UnitState.UNRENDERABLE)
    return is_new and evidence.base.entry(path) is None


def _moves_in_part(unit: UnitEvidence) -> bool:
    """Whether something differs in what can be rendered of a unit that cannot as a whole."""
    if unit.state is not UnitState.UNRENDERABLE:
        return False
    old, new = ([r.document.digest for r in side.objects] if side else [] for side in (unit.base, unit.head))
    return old != new


def _inside(path: str, directory: str) -> bool:
    return not directory or path == directory or path.startswith(directory + "/")
