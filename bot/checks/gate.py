"""The one gate: every door (command line, web, worker) asks it and nothing else for the verdict."""

from __future__ import annotations

from collections.abc import Iterable

from bot.model.result import UnitChange, UnitState, Verdict


def verdict(units: Iterable[UnitChange]) -> Verdict:
    """Error when this machine could not look at a unit; failed when the change breaks a unit, or adds one that cannot be
    rendered; else passed.

    A unit that could be rendered on neither side does not fail the gate: the change did not break it.
    """
    states = list(units)
    if any(unit.machine for unit in states):
        return Verdict.ERROR
    if any(unit.state is UnitState.BROKEN or (unit.state is UnitState.UNRENDERABLE and unit.new) for unit in states):
        return Verdict.FAILED
    return Verdict.PASSED
