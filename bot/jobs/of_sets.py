"""Units that discovery finds by a directory which ApplicationSets deploy on clusters that nobody here knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.affected.edges import Kind
from bot.affected.rules import ENTRY
from bot.model.resource import Failed, Outcome
from bot.model.unit import Renderer

if TYPE_CHECKING:
    from bot.affected.pairs import Pair
    from bot.affected.view import View
    from bot.model.unit import Unit

Result = tuple["Pair", Outcome | None, Outcome | None]


def without_unvalued(results: list[Result], before: View, after: View) -> list[Result]:
    """The results without charts that fail with the values they have by themselves: what is missing the parameters of such a
    set may give. How the chart is written is told at the set."""
    return [result for result in results if not _is_unvalued(*result, before, after)]


def _is_unvalued(pair: Pair, base: Outcome | None, head: Outcome | None, before: View, after: View) -> bool:
    sides = zip(pair, (base, head), (before, after), strict=True)
    return any(
        unit is not None and _fails(outcome) and _is_chart(unit) and _is_shared(view, unit.path)
        for unit, outcome, view in sides
    )


def _fails(outcome: Outcome | None) -> bool:
    return isinstance(outcome, Failed) and not outcome.machine


def _is_chart(unit: Unit) -> bool:
    """Whether a unit is a chart that only its directory tells of."""
    return unit.renderer is Renderer.HELM and unit.source is None and not unit.key.startswith(ENTRY)


def _is_shared(view: View, directory: str) -> bool:
    return any(edge.kind is Kind.SHARED for edge in view.into(directory))
