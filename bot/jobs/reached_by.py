"""The way on which a change reaches a unit, hop by hop, also where only the output of another unit declares it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.model.evidence import Step
from bot.model.unit import HelmRender, Unit

if TYPE_CHECKING:
    from bot.affected.effect import Affected

_OF_THE_CHART = ("Chart.", "templates/", "charts/", "crds/", "values.schema.json")
_DEEPEST = 6  # declarations in the output of declarations


def reached_by(unit: Unit, host_of: Callable[[str], Unit | None], found: Affected) -> tuple[Step, ...]:
    """From a changed path to the unit; empty where nobody knows. ``host_of``: by its key the unit whose output declares
    another one, if any."""
    down: tuple[Step, ...] = ()
    for _ in range(_DEEPEST):
        host = host_of(unit.key)
        if way := next(_ways(unit, host, found), ()):
            return (*_of_own_values(way, (unit, host), found), *down)
        if host is None or host.key == unit.key:
            break
        down = (Step(host.path, unit.path, "declares it"), *down) if host.path != unit.path else down
        unit = host
    return ()


def _of_own_values(way: tuple[Step, ...], units: tuple[Unit | None, ...], found: Affected) -> tuple[Step, ...]:
    """The way from values that a chart takes for this environment, where it begins at those of another one beside them: to
    the graph every file in the chart's directory is as near."""
    start = way[0].source
    charts = [part for unit in units if unit for part in unit.parts if isinstance(part, HelmRender)]
    for part in (part for part in charts if _is_beside(start, part)):
        own = next((file for file in reversed(part.value_files) if file in found.after.starts), "")
        if own:
            return (replace(way[0], source=own), *way[1:])
    return way


def _is_beside(path: str, part: HelmRender) -> bool:
    """Whether a file lies in the chart and is neither its own nor a template."""
    inside = path[len(part.chart) :].lstrip("/") if path.startswith(f"{part.chart}/") or not part.chart else ""
    return bool(inside) and not inside.startswith(_OF_THE_CHART) and path not in part.value_files


def _ways(unit: Unit, host: Unit | None, found: Affected) -> Iterator[tuple[Step, ...]]:
    """As its files say it, as the file says it that the host completes, by way of the host, and by what lies in it."""
    yield from _to(found, f"u:{unit.key}", f"k:{unit.path}")
    above, shown, name = unit.key.rpartition(">")
    if not shown:
        return
    yield from _to(found, f"t:{unit.declared_in}#{name}")
    if host is not None:
        for way in _to(found, f"k:{host.path}", f"u:{host.key}"):
            yield (*way, Step(host.path, unit.path, "declares it"))
    for way in _to(found, f"u:{above}", f"k:{above}"):
        yield (*way, Step(above, unit.path, "declares it"))
    inside = (path for path in found.after.starts if unit.path and path.startswith(f"{unit.path}/"))
    yield from ((Step(path, unit.path, "lies in it"),) for path in inside)


def _to(found: Affected, *nodes: str) -> Iterator[tuple[Step, ...]]:
    for side in (found.after, found.before):
        for node in nodes:
            if node in side.hops:
                yield tuple(Step(hop.path, hop.to, hop.how) for hop in side.way(node))
