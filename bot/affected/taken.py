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


class Takers:
    """Asks the units that take a directory whether they take one of its files."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._parts: dict[str, tuple[Render, ...]] = {}

    def leave_out(self, edge: Edge, path: str) -> bool:
        """Whether the edge comes from a unit of nothing but manifests that leaves out this one, under each of its names."""
        if edge.source[0] not in "ut" or edge.kind not in (Kind.TREE, Kind.DIR) or role_of(path) is not Role.MANIFEST:
            return False
        names = [path, *sorted(self._view.links().carriers(path))]
        names = [name for name in names if is_at_or_below(name, edge.target)]
        parts = self._parts_of(edge.source[2:])
        if not names or not parts or not all(isinstance(part, PlainRender) for part in parts):
            return False
        return not any(self._may_take(part, name) for part in parts if isinstance(part, PlainRender) for name in names)

    def _may_take(self, part: PlainRender, name: str) -> bool:
        """A symlink to a directory is no manifest, yet one that is searched may show some."""
        real = self._view.resolve(name)[0]
        if real is not None and self._view.is_dir(real):
            return part.recurse
        return takes(part, name, part.path)

    def _parts_of(self, key: str) -> tuple[Render, ...]:
        if key not in self._parts:
            unit = self._view.unit(key)
            self._parts[key] = unit.parts if unit is not None else ()
        return self._parts[key]
