"""Units of a chart that a change reaches only by the values of another environment, which lie in the chart's directory as
well: rendered, they are what they were, and listed they would look as if the change were about them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from bot.model.resource import Rendered
from bot.model.unit import HelmRender, Unit

if TYPE_CHECKING:
    from bot.affected.effect import Affected
    from bot.affected.view import View
    from bot.jobs.ports import Result


def without_other_values(results: list[Result], found: Affected, before: View, after: View) -> list[Result]:
    """The results without those units. A template may read any file of its chart, so only what renders the same is left
    out."""
    same = {result[0].unit.key: result[0].unit for result in results if _is_the_same(result)}
    others = {key: _of_others(unit, (before, after)) for key, unit in same.items()}
    changed = {path for files in others.values() for path in files} & found.after.starts.keys()
    if not changed:
        return results
    told = set[str]()
    for side in (found.before, found.after):
        more = side.starts.keys() - changed
        told |= side.onward(node for path in more for node in side.starts[path])
        for path in changed & side.starts.keys():
            told |= {node for node in side.from_path(path) if path not in others.get(node[2:], ())}
    return [r for r in results if not others.get(r[0].unit.key) or f"u:{r[0].unit.key}" in told]


def _is_the_same(result: Result) -> bool:
    (base, head), built_before, built_now = result
    if base is None or head is None or not _values(head) or base.source or head.source or base.parts != head.parts:
        return False
    return isinstance(built_before, Rendered) and built_before == built_now


def _values(unit: Unit) -> tuple[str, ...]:
    """The values files of a chart's unit."""
    return tuple(file for part in unit.parts if isinstance(part, HelmRender) for file in part.value_files)


def _of_others(unit: Unit, views: Iterable[View]) -> set[str]:
    """Values that only other units of its chart take."""
    units = (other for view in views for other in view.units_of(f"h:{unit.path}") if other.key != unit.key)
    return {file for other in units for file in _values(other)} - set(_values(unit))
