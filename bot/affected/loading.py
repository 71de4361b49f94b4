"""Kustomizations that load files beside and above them, as kustomize refuses and Flux always allows (``flux build
kustomization``, kustomize-controller: LoadRestrictionsNone)."""

from __future__ import annotations

from collections.abc import Iterator

from bot.affected.edges import Kind
from bot.affected.facts import Role, role_of
from bot.affected.links import is_at_or_below
from bot.affected.view import View

_FLUX = "fluxcd.io"
_MOST_FOLDERS, _MOST_FILES = 200, 400


def is_of_flux(view: View, directory: str) -> bool:
    """Whether a kustomization that no object names loads files from outside of its directory, and holds Flux objects:
    nothing but Flux can be meant to build it."""
    files = list(_loaded(view, directory))
    if all(is_at_or_below(path, folder) for folder, path in files):
        return False
    units = (unit for _, path in files[:_MOST_FILES] for unit in view.units_of(f"f:{path}"))
    return any(unit.source is not None and unit.source.group.endswith(_FLUX) for unit in units)


def _loaded(view: View, directory: str) -> Iterator[tuple[str, str]]:
    """The manifests that a kustomization and those below it load, each with the directory of the one that names it."""
    queue, seen = [directory], {directory}
    while queue and len(seen) < _MOST_FOLDERS:
        folder = queue.pop()
        for edge in view.out_of(f"k:{folder}"):
            if edge.kind not in (Kind.EXACT, Kind.BESIDE) or edge.target in seen:
                continue
            role = role_of(edge.target)
            if role is Role.MANIFEST:
                yield folder, edge.target
            elif role is Role.NONE:
                seen.add(edge.target)
                queue.append(edge.target)
