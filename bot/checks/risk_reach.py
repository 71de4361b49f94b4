"""A shared base that reaches several production units at once: no wave stops a mistake."""

from __future__ import annotations

from collections.abc import Iterator

from bot.model.evidence import Evidence, Statement, UnitEvidence
from bot.model.result import Severity, UnitState

_MOVES = (UnitState.ADDED, UnitState.REMOVED, UnitState.CHANGED, UnitState.BROKEN)


def shared_by_production(evidence: Evidence) -> Iterator[Statement]:
    """One statement for each changed path that changes more than one production unit and lies in none of them."""
    reached: dict[str, list[str]] = {}
    for unit in evidence.units:
        if unit.production and unit.way and (unit.state in _MOVES or _moves_in_part(unit)):
            start = unit.way[0].source
            if not _inside(start, unit.path) and not _all_new(unit, start, evidence):
                reached.setdefault(start, []).append(unit.path)
    for path in sorted(reached):
        units = sorted(set(reached[path]))
        if len(units) > 1:
            listed = ", ".join(units[:3]) + (f" and {len(units) - 3} more" if len(units) > 3 else "")
            yield Statement(
                "risk/shared-base", Severity.WARNING,
                f"One file changes {len(units)} production units at the same moment ({listed}): a mistake reaches all of "
                "them before anyone sees the first.",
                "Change one overlay first, or let the change reach production in waves.",
                file=path, mark=path,
            )  # fmt: skip


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
