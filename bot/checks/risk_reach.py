"""A shared base that reaches several production units at once: no wave stops a mistake."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from bot.model.evidence import Evidence, Statement, UnitEvidence
from bot.model.result import Severity, UnitState

_MOVES = (UnitState.ADDED, UnitState.CHANGED, UnitState.BROKEN)  # what goes is told by itself
_NAMED = 3


def shared_by_production(evidence: Evidence) -> Iterator[Statement]:
    """One statement for each changed path that changes more than one production unit and is no production's own."""
    own = _of_production_alone(evidence)
    reached: dict[str, list[UnitEvidence]] = {}
    for unit in evidence.units:
        if unit.production and unit.way and (unit.state in _MOVES or _moves_in_part(unit)):
            start = unit.way[0].source
            is_own = unit.path in own and _inside(start, unit.path)
            if not (is_own or _all_new(unit, start, evidence) or _declared_alone(unit)):
                reached.setdefault(start, []).append(unit)
    for path in sorted(reached):
        units = _without_hosts(reached[path])
        if len(units) > 1:
            names = sorted(_names(units))
            listed = ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
            yield Statement(
                "risk/shared-base", Severity.WARNING,
                f"One file changes {len(units)} production units at the same moment ({listed}): a mistake reaches all of "
                "them before anyone sees the first.",
                "Change one overlay first, or let the change reach production in waves.",
                file=path, mark=path,
            )  # fmt: skip


def _of_production_alone(evidence: Evidence) -> set[str]:
    """The paths that only production renders, of one application for one cluster or several; a chart of all environments is
    none of them, and neither is one of several applications."""
    apps: dict[str, set[str]] = {}
    for unit in evidence.units:
        apps.setdefault(unit.path, set()).add(unit.everywhere if unit.production else "")
    return {path for path, names in apps.items() if len(names) == 1 and "" not in names}


def _without_hosts(units: list[UnitEvidence]) -> list[UnitEvidence]:
    """Without what only declares others of them: the change of a declaration is shown in its output as well."""
    hosts = {side.host.key for unit in units for side in (unit.base, unit.head) if side and side.host}
    return [unit for unit in units if unit.key not in hosts]


def _names(units: list[UnitEvidence]) -> Iterator[str]:
    """The path of each, and what declares it where several have one path."""
    paths = Counter(unit.path for unit in units)
    for unit in units:
        there = unit.head or unit.base
        source = there.unit.source if there and paths[unit.path] > 1 else None
        yield f"{unit.path} ({source.name})" if source else unit.path


def _all_new(unit: UnitEvidence, path: str, evidence: Evidence) -> bool:
    """Whether unit and file come together: then nothing that runs is changed."""
    is_new = unit.base is None and unit.state in (UnitState.ADDED, UnitState.UNRENDERABLE)
    return is_new and evidence.base.entry(path) is None


def _declared_alone(unit: UnitEvidence) -> bool:
    """Whether only the Application differs that a set makes for the unit, of which ``risk/generator`` tells."""
    sides = [side for side in (unit.base, unit.head) if side]
    if unit.state is not UnitState.CHANGED or len(sides) < 2:
        return False
    old, new = ([r.document.digest for r in s.objects if r.id != s.unit.source] for s in sides)
    return all(side.unit.generated for side in sides) and old == new


def _moves_in_part(unit: UnitEvidence) -> bool:
    """Whether something differs in what can be rendered of a unit that cannot as a whole."""
    if unit.state is not UnitState.UNRENDERABLE:
        return False
    old, new = ([r.document.digest for r in side.objects] if side else [] for side in (unit.base, unit.head))
    return old != new


def _inside(path: str, directory: str) -> bool:
    return not directory or path == directory or path.startswith(directory + "/")
