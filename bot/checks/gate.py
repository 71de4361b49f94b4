"""The one gate: every door (command line, web, worker) asks it and nothing else for the verdict."""

from __future__ import annotations

from collections.abc import Iterable

from bot.model.result import CheckResult, CheckStatus, UnitChange, UnitState, Verdict


def verdict(units: Iterable[UnitChange], results: Iterable[CheckResult] = (), stops: Iterable[str] = ()) -> Verdict:
    """Error when this machine could not look at a unit, or a check could not judge; failed when the change breaks a unit,
    adds one that does not render, makes one wrong that could not be looked at before, a check says no, or there is something
    in ``stops``; else passed.

    Only what is deployed counts: ``--units all`` shows more, and changes no verdict. What could be rendered on neither side
    does not fail the gate: the change did not break it. Nor does a new unit whose content lies elsewhere (a chart in a
    registry): it is reported as not rendered.
    """
    states = [unit for unit in units if unit.root]
    said = {result.status for result in results}
    if any(unit.machine for unit in states) or CheckStatus.ERROR in said:
        return Verdict.ERROR
    if (
        any(stops)
        or CheckStatus.FAILED in said
        or any(unit.state is UnitState.BROKEN or unit.is_broken_newcomer for unit in states)
    ):
        return Verdict.FAILED
    return Verdict.PASSED
