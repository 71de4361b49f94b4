"""New charts that nothing here deploys, although Argo CD or Flux objects deploy all those beside them, or charts that depend
on them do: most likely a line is missing where these are listed. Somebody may deploy it by hand, so it stays a unit; what is
known is said."""

from __future__ import annotations

from collections.abc import Collection
from enum import Enum
from itertools import islice
from typing import TYPE_CHECKING

from bot.affected.edges import WIDE, Kind
from bot.model.unit import HelmRender

if TYPE_CHECKING:
    from bot.affected.pairs import Pair
    from bot.affected.view import View


class _Way(Enum):
    """How a chart is deployed, as far as files tell."""

    NONE = 0
    CHART = 1
    OBJECT = 2


_LEAST = 2  # charts beside it: of one alone nobody can tell a habit
_MOST = 50
_MOST_NAMED = 3


def undeployed_chart(pair: Pair, after: View, standing: Collection[str], declared: Collection[str] = ()) -> str:
    """The note about a new chart that discovery found by its directory; "" for other units. ``standing``: the keys of charts
    that objects in some output deploy; ``declared``: the charts that objects name, whether they can be rendered or not."""
    unit = pair.head
    if unit is None or pair.base is not None or unit.source is not None or not unit.path or unit.declared_in:
        return ""
    if not (isinstance(unit.parts[0], HelmRender) and unit.parts[0].chart == unit.path) or unit.path in declared:
        return ""
    beside = _beside(after, unit.path)
    ways = {_deployed_by(after, chart, standing) for chart in beside}
    if len(beside) < _LEAST or _Way.NONE in ways:
        return ""
    more = f" and {len(beside) - _MOST_NAMED} more" if len(beside) > _MOST_NAMED else ""
    shown = f"({', '.join(beside[:_MOST_NAMED])}{more})"
    if ways == {_Way.OBJECT}:
        said = f"Argo CD or Flux objects deploy the charts beside it {shown}, and none deploys this one"
    elif ways == {_Way.CHART}:
        said = (
            f"The charts beside it {shown} are deployed as dependencies of others, and this one is a dependency of none"
        )
    else:
        said = (
            f"Argo CD or Flux objects, or charts that need them, deploy the charts beside it {shown}, and none this one"
        )
    return f"{said}: nothing here does until one names it."


def _beside(view: View, chart: str) -> list[str]:
    """Other charts in the directory above, some of them where there are many."""
    above = chart.rpartition("/")[0]
    found = (each for each in view.directories(above) if each.rpartition("/")[0] == above and each != chart)
    charts = (each for each in found if view.entry(f"{each}/Chart.yaml") is not None)
    return sorted(islice(charts, _MOST))


def _deployed_by(view: View, chart: str, standing: Collection[str]) -> _Way:
    """What deploys a chart: an object, or only charts that depend on it."""
    if any(unit.key in standing for unit in view.units_of(f"h:{chart}")):
        return _Way.OBJECT
    edges = (edge for edge in view.into(chart) if edge.kind is Kind.TREE and not edge.source.startswith(WIDE))
    found = {edge.scope[0] for edge in edges if edge.source[0] in "ut" and edge.scope != f"h:{chart}"}
    return _Way.OBJECT if "f" in found else _Way.CHART if "h" in found else _Way.NONE
