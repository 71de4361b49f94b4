"""Units of a chart that a change reaches only by the values of another environment, which lie in the chart's directory as
well: rendered, they are what they were, and listed they would look as if the change were about them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from bot.affected.closure import closure
from bot.errors import GatehouseError
from bot.model.resource import Failed, Rendered
from bot.model.unit import HelmRender, Unit

if TYPE_CHECKING:
    from bot.affected.effect import Affected
    from bot.affected.view import View
    from bot.jobs.ports import Result

_READS_FILES = b".Files"  # in a template: it may take any file of its chart


def without_other_values(results: list[Result], found: Affected, before: View, after: View) -> list[Result]:
    """The results without those units. A template may read any file of its chart, so only what renders the same is left
    out, or what cannot be rendered (a dependency is in a registry) and has no template that reads files."""
    same = {result[0].unit.key: result[0].unit for result in results if _is_the_same(result)}
    others = {key: _of_others(unit, (before, after)) for key, unit in same.items()}
    changed = {path for files in others.values() for path in files} & found.after.starts.keys()
    kept = _without_declared(results, before, after)
    if not changed:
        return kept
    told = set[str]()
    for side in (found.before, found.after):
        more = side.starts.keys() - changed
        told |= side.onward(node for path in more for node in side.starts[path])
        for path in changed & side.starts.keys():
            told |= {node for node in side.from_path(path) if path not in others.get(node[2:], ())}
    return [r for r in kept if not others.get(r[0].unit.key) or f"u:{r[0].unit.key}" in told]


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


# -- units that an object declares: it names their values, and whatever takes the chart is among the results


def _without_declared(results: list[Result], before: View, after: View) -> list[Result]:
    taken: dict[str, set[str]] = {}
    for pair, _, _ in results:
        for part in (part for unit in pair if unit for part in unit.parts if isinstance(part, HelmRender)):
            taken.setdefault(part.chart, set()).update(part.value_files)
    changed = {change.path for change in after.changes}
    return [r for r in results if not (_is_as_it_was(r) and _reads_nothing(r[0].unit, changed, taken, (before, after)))]


def _is_as_it_was(result: Result) -> bool:
    (base, head), built_before, built_now = result
    if base is None or head is None or base.source is None or base != head or not _values(head):
        return False
    if isinstance(built_now, Failed):
        return built_now.elsewhere and not built_now.breaks and built_before == built_now
    return built_before == built_now


def _reads_nothing(unit: Unit, changed: set[str], taken: dict[str, set[str]], views: tuple[View, View]) -> bool:
    """Whether all that the change has of the files behind a unit is values that only others of its chart take."""
    if unit.declared_in in changed:
        return False
    own = set(_values(unit))
    others = {file for part in unit.parts if isinstance(part, HelmRender) for file in taken.get(part.chart, ())} - own
    if not changed & others:
        return False
    touched = set[str]()
    for view in views:
        for part in unit.parts:
            try:
                files = closure(view, part).files
                touched |= changed & files.keys()
                if touched - others or (touched and _reads_files(view, part, files)):
                    return False
            except GatehouseError:
                return False
    return bool(touched)


def _reads_files(view: View, part: object, files: Iterable[str]) -> bool:
    if not isinstance(part, HelmRender):
        return False
    templates = (view.entry(path) for path in files if "/templates/" in f"/{path}")
    return any(entry is not None and _READS_FILES in view.read(entry) for entry in templates)
