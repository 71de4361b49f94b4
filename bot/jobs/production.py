"""The production units that a change leaves as they are: who owns them may change all the same, where CODEOWNERS does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bot.model.evidence import UnitEvidence, UnitSide
from bot.model.result import UnitState
from bot.model.unit import Unit

if TYPE_CHECKING:
    from bot.affected.view import View
    from bot.jobs.ports import Ports, Seen

_FILE = "CODEOWNERS"  # in whichever directory


def other_production(seen: Seen, ports: Ports) -> tuple[UnitEvidence, ...]:
    """Those that files tell on both sides, without rendering and so without objects; none where no CODEOWNERS changes."""
    if not any(change.path.rpartition("/")[2] == _FILE for change in seen.after.changes):
        return ()
    affected = {side.key for pair, _, _ in seen.results for side in pair if side is not None}
    before, after = (
        {u.key: u for u in _units(view, ports) if u.key not in affected} for view in (seen.before, seen.after)
    )
    return tuple(_evidence(before[key], unit) for key, unit in after.items() if key in before)


def _units(view: View, ports: Ports) -> Iterator[Unit]:
    """The production units of one side, each with what it renders."""
    from bot.affected.provided import completed
    from bot.affected.stopped import is_standing_in
    from bot.affected.units import all_units
    from bot.jobs.changes import providers

    rules, made = ports.index.rules, providers(view, ports)
    for unit in all_units(view, rules, everything=False):
        if rules.namer.is_production(unit.environment):
            is_whole = bool(unit.parts) or is_standing_in(unit)
            yield unit if is_whole else completed(view.unit(unit.key) or unit, made, rules, ports.index.home)


def _evidence(base: Unit, head: Unit) -> UnitEvidence:
    sides = UnitSide(base, ()), UnitSide(head, ())
    return UnitEvidence(head.key, head.path, head.app, head.environment, True, UnitState.UNCHANGED, *sides)
