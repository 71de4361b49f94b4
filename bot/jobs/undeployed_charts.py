"""New charts that nothing here deploys, although Argo CD or Flux objects deploy all those beside them: most likely a line is
missing where these are listed. Somebody may deploy it by hand, so it stays a unit; what is known is said."""

from __future__ import annotations

from collections.abc import Collection
from itertools import islice
from typing import TYPE_CHECKING

from bot.affected.edges import WIDE, Kind
from bot.model.unit import HelmRender

if TYPE_CHECKING:
    from bot.affected.pairs import Pair
    from bot.affected.view import View

_LEAST = 2  # charts beside it: of one alone nobody can tell a habit
_MOST = 50
_MOST_NAMED = 3


def undeployed_chart(pair: Pair, after: View, standing: Collection[str]) -> str:
    """The note about a new chart that discovery found by its directory; "" for other units. ``standing``: the keys of charts
    that objects in some output deploy."""
    unit = pair.head
    if unit is None or pair.base is not None or unit.source is not None or not unit.path or unit.declared_in:
        return ""
    if not (isinstance(unit.parts[0], HelmRender) and unit.parts[0].chart == unit.path):
        return ""
    beside = _beside(after, unit.path)
    if len(beside) < _LEAST or not all(_is_deployed(after, chart, standing) for chart in beside):
        return ""
    more = f" and {len(beside) - _MOST_NAMED} more" if len(beside) > _MOST_NAMED else ""
    return (
        f"Argo CD or Flux objects deploy the charts beside it ({', '.join(beside[:_MOST_NAMED])}{more}), and none deploys "
        "this one: nothing here does until one names it."
    )


def _beside(view: View, chart: str) -> list[str]:
    """Other charts in the directory above, some of them where there are many."""
    above = chart.rpartition("/")[0]
    found = (each for each in view.directories(above) if each.rpartition("/")[0] == above and each != chart)
    charts = (each for each in found if view.entry(f"{each}/Chart.yaml") is not None)
    return sorted(islice(charts, _MOST))


def _is_deployed(view: View, chart: str, standing: Collection[str]) -> bool:
    if any(unit.key in standing for unit in view.units_of(f"h:{chart}")):
        return True
    edges = (edge for edge in view.into(chart) if edge.kind is Kind.TREE and not edge.source.startswith(WIDE))
    return any(edge.source[0] in "ut" and edge.scope != f"h:{chart}" for edge in edges)
