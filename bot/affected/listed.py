"""Which of the units that discovery finds by a directory alone are listed."""

from __future__ import annotations

from bot.affected.edges import WIDE, Kind
from bot.affected.left_out import is_left_out
from bot.affected.roots import is_root
from bot.affected.view import View
from bot.model.unit import Renderer, Unit


def is_listed(view: View, key: str) -> bool:
    """Whether a unit that discovery finds by a directory alone is listed on a side."""
    unit = view.unit(key)
    if unit is None:
        return is_root(view, key if key != "." else "")
    return not used_chart(view, unit) and not is_left_out(view, unit)


def used_chart(view: View, unit: Unit) -> bool:
    """Whether a discovered chart is deployed by something that names it, which is then the unit."""
    return is_bare_chart(unit) and is_named(view, unit.path)


def is_bare_chart(unit: Unit) -> bool:
    return unit.renderer is Renderer.HELM and not unit.declared_in and not unit.key.startswith("config:")


def is_named(view: View, chart: str) -> bool:
    """Whether anything but its own directory leads to a chart."""
    own = f"h:{chart}"
    return any(e.kind is Kind.TREE and e.scope != own and not e.source.startswith(WIDE) for e in view.into(chart))
