"""Whether anything deploys a file: asked when all edges of a side are known."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bot.affected.edges import Edge, Kind, ancestors
from bot.affected.plain_scope import may_be_plain
from bot.affected.roots import users
from bot.affected.taken import Asked, leaves_out
from bot.model.unit import HelmRender

if TYPE_CHECKING:
    from bot.affected.rules import Reader
    from bot.affected.view import View


def is_deployed(view: View, path: str, read: Reader) -> bool:
    """Whether a file is there and something deploys it."""
    if view.entry(path) is None:
        return False
    if may_be_plain(view, path.rpartition("/")[0], read):
        return True
    asked: Asked = {}
    if any(view.entry(f"{above}/Chart.yaml" if above else "Chart.yaml") for above in ancestors(path)):
        return True
    return any(deploys(view, edge, path, asked) for edge in may_deploy(view, path))


def may_deploy(view: View, path: str) -> Iterator[Edge]:
    """The edges onto a file that ``deploys`` is asked about."""
    return (edge for edge in view.onto(path) if edge.kind in (Kind.EXACT, Kind.TREE, Kind.SHARED, Kind.DIR))


def deploys(view: View, edge: Edge, path: str, asked: Asked) -> bool:
    """Whether the edge is of a kustomization or of a unit of manifests, and not only of what looks something up."""
    if edge.scope[0] in "cp":
        return True
    if edge.source[0] == "k":
        return _is_built(view, edge.source[2:])
    if edge.source[0] not in "ut" or edge.kind is Kind.EXACT or leaves_out(view, edge, path, asked):
        return False
    unit = view.unit(edge.source[2:])
    return unit is None or not all(isinstance(part, HelmRender) for part in unit.parts)


def _is_built(view: View, directory: str) -> bool:
    """Whether a kustomization may be built: by itself, or as a component of one that may."""
    queue, seen = [directory], set[str]()
    while queue:
        folder = queue.pop()
        if view.buildable(folder) or not view.kustomization_files(folder):
            return True
        seen.add(folder)
        above = [edge.source for edge in users(view, folder, of="kut")]
        if any(source[0] != "k" for source in above):
            return True
        queue += [source[2:] for source in above if source[2:] not in seen]
    return False
