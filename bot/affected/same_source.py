"""A Flux source that lies in no file (somebody made it by hand) is this repository where everything else that comes from it
finds its path here: then a path that is not here is a mistake."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from bot.affected.edges import Kind, object_target
from bot.model.unit import CannotRender, HelmRender, KustomizeRender, Render, Unit

if TYPE_CHECKING:
    from bot.affected.view import View

_ANY = (object_target("GitRepository", ""), object_target("OCIRepository", ""))
_MOST = 50  # others that are looked at


def is_of_this_repository(before: View, after: View, unit: Unit) -> bool:
    """Whether the source of a declaration whose path is not here is this repository, for all that was there at base."""
    return any(_is_here(before, target, unit) for target in _sources(after, unit))


def _sources(view: View, unit: Unit) -> set[str]:
    """The GitRepositories that a declaration names, as targets of edges; also what is packed of one."""
    name = f"/{unit.source.name}" if unit.source else ""
    edges = view.of_scope(f"f:{unit.declared_in}") if name and unit.declared_in else []
    return {
        edge.target
        for edge in edges
        if edge.kind is Kind.OBJECT and edge.target.startswith(_ANY) and edge.source.endswith(name)
    }


def _is_here(view: View, target: str, unit: Unit) -> bool:
    found = False
    for other in islice(_taking(view, target), _MOST):
        if (other.key, other.declared_in) == (unit.key, unit.declared_in) or other.source == unit.source:
            continue
        if any(isinstance(part, CannotRender) and part.absent for part in other.parts):
            return False
        found = found or any(map(_path, other.parts))
    return found


def _taking(view: View, target: str) -> Iterator[Unit]:
    """The units that take files from a source."""
    keys = sorted({edge.source[2:] for edge in view.into(target) if edge.source[0] in "ut"})
    for key in keys:
        unit = view.unit(key)
        if unit is not None:
            yield unit


def _path(part: Render) -> str:
    """The directory that a part renders: the root is in every repository, so that it tells nothing."""
    if isinstance(part, KustomizeRender):
        return "" if part.mounts else part.path
    return part.chart if isinstance(part, HelmRender) and not part.mounts else ""
