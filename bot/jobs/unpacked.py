"""Charts that change in Git without another version: Flux packs a chart of a GitRepository anew only when ``version`` in its
Chart.yaml is another one, so that nothing of the change is rolled out.

Source: Flux documentation, "Helm Charts": ``reconcileStrategy``, ``ChartVersion`` by default. A HelmRelease that names
another chart or other ``valuesFiles`` has it packed anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.affected.edges import Kind
from bot.affected.facts import Role, role_of
from bot.affected.links import is_at_or_below
from bot.affected.pairs import Pair
from bot.model.resource import Outcome, Rendered
from bot.model.unit import HelmRender

if TYPE_CHECKING:
    from bot.affected.view import View
    from bot.jobs.ports import Result
    from bot.model.unit import Unit


def with_unpacked(results: list[Result], before: View, after: View) -> list[Result]:
    """The results, with a note at releases of charts that changed and keep their version."""
    return [(_noted(pair, base, head, (before, after)), base, head) for pair, base, head in results]


def _noted(pair: Pair, base: Outcome | None, head: Outcome | None, views: tuple[View, View]) -> Pair:
    if not (pair.base and pair.head and pair.base.packed_by_version and pair.head.packed_by_version):
        return pair
    charts = [list(_charts(unit)) for unit in (pair.base, pair.head)]
    if charts[0] != charts[1] or len(charts[0]) != 1 or not _differ(base, head):
        return pair
    directory, values = charts[0][0]
    version, new = (_version(view, directory) for view in views)
    paths = (change.path for change in views[1].changes)
    packed = (path for path in paths if is_at_or_below(path, directory) or path in values)
    if not version or version != new or all(_is_beside(path, views) for path in packed):
        return pair
    note = (
        f"Flux packs the chart {directory or '.'} anew only when version in its Chart.yaml changes, and it stays {version}: "
        "what the chart's files change is not rolled out. Raise version, or set reconcileStrategy: Revision."
    )
    return Pair(pair.base, replace(pair.head, notes=(*pair.head.notes, note)))


def _is_beside(path: str, views: tuple[View, View]) -> bool:
    """Whether a file in the directory of a chart declares a release, or is what kustomizations build: Flux applies that by
    itself."""
    if role_of(path) is Role.KUSTOMIZATION:
        return True
    return any(view.units_of(f"f:{path}") or _is_built(view, path) for view in views)


def _is_built(view: View, path: str) -> bool:
    return any(edge.kind in (Kind.EXACT, Kind.BESIDE) and edge.source[0] == "k" for edge in view.into(path))


def _charts(unit: Unit) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The chart's directory with the values files that are packed with it; none where it is in no directory as it is."""
    yield from ((p.chart, p.default_files) for p in unit.parts if isinstance(p, HelmRender) and not p.mounts)


def _differ(base: Outcome | None, head: Outcome | None) -> bool:
    return isinstance(base, Rendered) and isinstance(head, Rendered) and base.documents != head.documents


def _version(view: View, directory: str) -> str:
    entry = view.entry(f"{directory}/Chart.yaml" if directory else "Chart.yaml")
    value = view.facts(entry).value if entry is not None else None
    version = value.get("version") if isinstance(value, dict) else None
    return str(version) if isinstance(version, str | int | float) else ""
