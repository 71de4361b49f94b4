"""Units that discovery finds by a directory which ApplicationSets deploy on clusters that nobody here knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.affected.edges import Kind
from bot.affected.links import is_at_or_below
from bot.affected.rules import ENTRY
from bot.jobs.local import is_written_wrong
from bot.model.resource import Failed, Outcome
from bot.model.unit import CannotRender, Renderer, Unit

if TYPE_CHECKING:
    from bot.affected.pairs import Pair
    from bot.affected.view import View

Result = tuple["Pair", Outcome | None, Outcome | None]
# What a template includes must be there, whatever the values are, where all charts that it is built on were there at base.
_NOT_INCLUDED = 'no template "'


def without_told(results: list[Result], before: View, after: View) -> list[Result]:
    """The results without what such a set says itself: charts that fail with the values they have by themselves, which the
    parameters of the set may complete, and what is gone with the directory for which the set fails now."""
    failing = [pair.head for pair, _, head in results if pair.head is not None and _fails_for_good(head)]
    told = {unit.key for unit in failing}
    missing = {
        part.missing for unit in failing for part in unit.parts if isinstance(part, CannotRender) and part.of_made
    }
    missing.discard("")
    return [
        result
        for result in results
        if not _is_unvalued(result, (before, after), told) and not _is_gone_with(result[0], missing)
    ]


def _fails_for_good(outcome: Outcome | None) -> bool:
    return isinstance(outcome, Failed) and (outcome.breaks or not outcome.elsewhere)


def _is_gone_with(pair: Pair, missing: set[str]) -> bool:
    """Whether a unit is gone as a set misses its directory: Argo CD applies nothing of it then, and prunes nothing."""
    unit = pair.base
    if unit is None or pair.head is not None or unit.source is not None or unit.key.startswith(ENTRY):
        return False
    return any(is_at_or_below(unit.path, path) for path in missing)


def _is_unvalued(result: Result, views: tuple[View, View], told: set[str]) -> bool:
    pair, base, head = result
    for unit, outcome, view in zip(pair, (base, head), views, strict=True):
        if unit is None or not _is_chart(unit) or not isinstance(outcome, Failed) or outcome.machine:
            continue
        sets = {edge.source[2:] for edge in view.into(unit.path) if edge.kind is Kind.SHARED}
        if sets and (outcome is base or isinstance(base, Failed) or sets & told or not _is_fault(outcome)):
            return True
    return False


def _is_fault(outcome: Failed) -> bool:
    return is_written_wrong(outcome) or _NOT_INCLUDED in outcome.reason


def _is_chart(unit: Unit) -> bool:
    """Whether a unit is a chart that only its directory tells of."""
    return unit.renderer is Renderer.HELM and unit.source is None and not unit.key.startswith(ENTRY)
