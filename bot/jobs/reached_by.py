"""The way on which a change reaches a unit, hop by hop, also where only the output of another unit declares it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from bot.model.evidence import Step
from bot.model.unit import Unit

if TYPE_CHECKING:
    from bot.affected.effect import Affected


_DEEPEST = 6  # declarations in the output of declarations


def reached_by(unit: Unit, host_of: Callable[[str], Unit | None], found: Affected) -> tuple[Step, ...]:
    """From a changed path to the unit; empty where nobody knows. ``host_of``: by its key the unit whose output declares
    another one, if any."""
    down: tuple[Step, ...] = ()
    for _ in range(_DEEPEST):
        host = host_of(unit.key)
        if way := next(_ways(unit, host, found), ()):
            return (*way, *down)
        if host is None or host.key == unit.key:
            break
        down = (Step(host.path, unit.path, "declares it"), *down) if host.path != unit.path else down
        unit = host
    return ()


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
