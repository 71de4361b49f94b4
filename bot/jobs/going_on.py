"""Overlays over another overlay of the same environment (``overlays/prod-more`` on ``../prod``), which are one unit as long
as the upper one is there. When that goes, the lower one is deployed by itself and keeps its objects; when it comes, they
were there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from bot.affected.builds import kustomize_unit
from bot.affected.edges import Kind
from bot.affected.environment_words import is_marker, usual_name
from bot.affected.pairs import Pair
from bot.affected.roots import is_root
from bot.jobs.rendering import render
from bot.jobs.siblings import built_beside
from bot.model.resource import Outcome, Rendered
from bot.model.result import ObjectState
from bot.model.unit import KustomizeRender, ObjectId, Unit

if TYPE_CHECKING:
    from bot.affected.view import View
    from bot.diff.resources import Memory
    from bot.jobs.ports import Ports, Result

_MOST = 20  # lower overlays that are rendered for this alone


class Lower(NamedTuple):
    """An overlay that stays, or was there, and its objects on that side. ``listed``: it is a part like others that are still
    built on, so that nothing says that it is deployed by itself."""

    path: str
    objects: frozenset[ObjectId]
    listed: bool = False


Lowers = Mapping[tuple[str, ObjectState], tuple[Lower, ...]]  # by a unit's key, of objects that it loses or gets


def going_on(results: list[Result], before: View, after: View, ports: Ports, memory: Memory) -> Lowers:
    """The overlays on which an overlay is built on one side alone, and which are units by themselves on the other side."""
    views = (before, after)
    known = {pair.unit.path: (pair, base, head) for pair, base, head in results if _is_build(pair.unit)}
    found: dict[tuple[str, ObjectState], tuple[Lower, ...]] = {}
    left = _MOST
    for pair, *outcomes in results:
        if not _is_build(pair.unit) or f"k:{pair.unit.path}" not in after.replaced:
            continue
        for side, state in enumerate((ObjectState.REMOVED, ObjectState.ADDED)):
            if pair[side] is None or not isinstance(outcomes[side], Rendered):
                continue
            other = views[1 - side]
            units = [kustomize_unit(other, path, ports.index.rules) for path in _below(views, side, pair.unit.path)]
            units = [unit for unit in units if _is_of(unit, pair.unit)][:left]
            left -= len(units)
            lowers = (_lower(unit, _outcome(unit, known, other, 1 - side, ports), other, memory) for unit in units)
            if told := tuple(lower for lower in lowers if lower.objects):
                found[pair.unit.key, state] = told
    return found


def _is_build(unit: Unit) -> bool:
    return unit.source is None and bool(unit.environment) and any(isinstance(p, KustomizeRender) for p in unit.parts)


def _is_of(unit: Unit, upper: Unit) -> bool:
    return usual_name(unit.environment) == usual_name(upper.environment)


def _below(views: tuple[View, View], side: int, path: str) -> Iterator[str]:
    """The overlays that this one builds on, on its side only, and that nothing else builds on there: beside it, or where
    overlays are."""
    view, other = views[side], views[1 - side]
    held = set(_built_on(other, path))
    for folder in _built_on(view, path):
        above = folder.rpartition("/")[0]
        is_overlay = above == path.rpartition("/")[0] or is_marker(above.rpartition("/")[2])
        if is_overlay and folder not in held and is_root(other, folder) and other.buildable(folder):
            yield folder


def _built_on(view: View, path: str) -> list[str]:
    found: dict[str, None] = {}
    queue = [path]
    while queue:
        for edge in view.out_of(f"k:{queue.pop()}"):
            target = edge.target
            if edge.kind is Kind.EXACT and target != path and target not in found and view.buildable(target):
                found[target] = None
                queue.append(target)
    return list(found)


def _outcome(unit: Unit, known: Mapping[str, Result], view: View, side: int, ports: Ports) -> Outcome | None:
    if unit.path in known:
        return known[unit.path][1:][side]
    return render((Pair(None, unit),), view, view, ports)[0][2]


def _lower(unit: Unit, outcome: Outcome | None, view: View, memory: Memory) -> Lower:
    documents = outcome.documents if isinstance(outcome, Rendered) else ()
    objects = frozenset(each.id for document in documents for each in memory.objects(document))
    return Lower(unit.path, objects, listed=built_beside(view, unit.path) is not None)
