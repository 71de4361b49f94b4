"""Which files of a directory are taken for its manifests, and which are left out: as kubectl and Argo CD do it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.affected.edges import Kind
from bot.affected.facts import Role, role_of
from bot.affected.globs import matches_argocd_directory_glob
from bot.affected.links import is_at_or_below
from bot.model.unit import PlainRender, Render

if TYPE_CHECKING:
    from bot.affected.edges import Edge
    from bot.affected.view import View

Asked = dict[str, tuple[Render, ...]]  # the parts of units by their keys


def takes(part: PlainRender, path: str, place: str) -> bool:
    """Whether the render reads the file as a manifest, by its name. ``place`` is where its directory really lies."""
    if not is_at_or_below(path, place) or role_of(path) is Role.NONE or path in part.apart:
        return False
    name = path.rpartition("/")[2] if path == place else path.removeprefix(f"{place}/" if place else "")
    if "/" in name and not part.recurse:
        return False
    if part.include and not matches_argocd_directory_glob(part.include, name):
        return False
    return not (part.exclude and matches_argocd_directory_glob(part.exclude, name))


def leaves_out(view: View, edge: Edge, path: str, asked: Asked) -> bool:
    """Whether the edge comes from a unit of nothing but manifests that leaves out this one, under each of its names.
    ``asked`` keeps what units take, from one question to the next."""
    if edge.source[0] not in "ut" or edge.kind not in (Kind.TREE, Kind.DIR) or role_of(path) is not Role.MANIFEST:
        return False
    names = [path, *sorted(view.links().carriers(path))]
    names = [name for name in names if is_at_or_below(name, edge.target)]
    key = edge.source[2:]
    if key not in asked:
        unit = view.unit(key)
        asked[key] = unit.parts if unit is not None else ()
    plain = [part for part in asked[key] if isinstance(part, PlainRender)]
    if not names or not plain or len(plain) < len(asked[key]):
        return False
    return not any(_may_take(view, part, name) for part in plain for name in names)


def _may_take(view: View, part: PlainRender, name: str) -> bool:
    """A symlink to a directory is no manifest, yet one that is searched may show some."""
    real = view.resolve(name)[0]
    if real is not None and view.is_dir(real):
        return part.recurse
    return takes(part, name, part.path)
