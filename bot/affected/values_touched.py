"""Charts that a difference gives values to, or takes them from, that lie outside of them (``values_around``).

They have no edges onto the places where such files may come: the paths tell, and which charts are there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bot.affected.edges import Edge, Kind, ancestors
from bot.affected.facts import Role, role_of
from bot.affected.values_names import AROUND, HOLDERS, stem_of

if TYPE_CHECKING:
    from bot.affected.rules import Reader
    from bot.affected.view import View
    from bot.model.snapshot import Change

_DEEPEST = 5  # AROUND/HOLDER/ENV/NAME/file
_EVERY = 1_000_000
_KINDS = (Kind.EXACT, Kind.TREE, Kind.DIR, Kind.GENERATES)


def values_touched(before: View, after: View, read: Reader) -> Iterator[str]:
    """The scopes of those charts, once all but charts and plain directories are read again."""
    for change in after.changes:
        if role_of(change.path) is Role.CHART:
            yield from _rivals(before, after, change.path.rpartition("/")[0], read)
        if _may_matter(change.path) and _is_other(before, after, change):
            yield from _meant(before, after, change.path, read)
            yield from _crowded(before, after, change.path)
    for path in _claims(before, after):
        if _may_matter(path):
            yield from _meant(before, after, path, read)


def _may_matter(path: str) -> bool:
    return "values" in stem_of(path) or any(segment in HOLDERS for segment in path.split("/"))


def _is_other(before: View, after: View, change: Change) -> bool:
    """Whether a path comes, goes or turns into values or no values."""
    if change.before is None or change.after is None or change.before.mode != change.after.mode:
        return True
    return before.facts(change.before).manifest != after.facts(change.after).manifest


def _meant(before: View, after: View, path: str, read: Reader) -> Iterator[str]:
    """The charts whose values a path may be, or may be in the way of."""
    from bot.affected.only_charts import called, only_chart

    names = {stem_of(path).removeprefix("values-").removeprefix("values_").removeprefix("values.")}
    for above in ancestors(path):
        inside = path[len(above) :].strip("/").split("/")
        if len(inside) > _DEEPEST:
            break
        names.update(inside[:-1])
        if len(inside) == 1 or inside[0] in AROUND or inside[0] in HOLDERS:
            for view in (before, after):
                if (chart := only_chart(view, above, read)) is not None:
                    yield f"h:{chart}"
    names |= {name for stem in list(names) for name in (_before_values(stem),) if name}
    for view in (before, after):
        yield from (f"h:{chart}" for name in names for chart in called(view, name, read))


def _crowded(before: View, after: View, path: str) -> Iterator[str]:
    """Every chart around a directory that comes to hold too many others to be one of environments, or ceases to."""
    from bot.affected.values_around import MOST_ENVIRONMENTS

    for folder in ancestors(path):
        above, _, name = folder.rpartition("/")
        if name in HOLDERS:
            sides = {view.folders_in(folder, MOST_ENVIRONMENTS) is None for view in (before, after)}
            tops = {above, above.rpartition("/")[0]} if len(sides) > 1 else ()
            for view in (before, after):
                yield from (f"h:{chart}" for top in tops for chart in view.charts_below(top, _EVERY))


def _before_values(stem: str) -> str:
    return stem[:-7] if stem.endswith(("-values", "_values", ".values")) else ""


def _rivals(before: View, after: View, directory: str, read: Reader) -> Iterator[str]:
    """Charts that become, or cease to be, the only one somewhere when a Chart.yaml changes."""
    from bot.affected.only_charts import called, only_chart

    for view in (before, after):
        for above in (directory, *ancestors(directory)) if directory else ("",):
            if (chart := only_chart(view, above, read)) is not None:
                yield f"h:{chart}"
        for chart in (directory, *(path.rpartition("/")[0] for path in _charts(view, directory))):
            yield from (f"h:{twin}" for twin in called(view, chart.rpartition("/")[2], read))


def _charts(view: View, directory: str) -> list[str]:
    return [entry.path for entry in view.walk(f"{directory}/charts".lstrip("/")) if role_of(entry.path) is Role.CHART]


def _claims(before: View, after: View) -> Iterator[str]:
    """Paths that declarations, kustomizations and the configuration begin or cease to read."""
    for scope in after.replaced:
        if scope[0] in "kfc":
            old, new = (
                {(e.kind, e.target) for e in view.of_scope(scope) if _claims_any(e)} for view in (before, after)
            )
            yield from (target for _, target in old ^ new)


def _claims_any(edge: Edge) -> bool:
    return edge.kind is Kind.EXACT or (edge.scope[0] == "f" and edge.kind in _KINDS)
