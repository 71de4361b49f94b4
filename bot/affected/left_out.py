"""Declarations that a kustomization leaves out: it lists other files of its directory with Argo CD or Flux objects, and not
this one. That is a line that somebody forgot, or took off; kustomize builds nothing of the file.

Reading a file says which kustomization leaves it out, as far as kustomizations alone tell (``Unit.left_out_by``). Whether
something else takes the file all the same is asked when all edges of a side are known.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from bot.affected.edges import Edge, Kind, ancestors
from bot.affected.facts import Role, role_of
from bot.affected.links import is_at_or_below
from bot.affected.taken import Asked, leaves_out
from bot.model.unit import HelmRender, KustomizeRender

if TYPE_CHECKING:
    from bot.affected.reach import Reach
    from bot.affected.view import View
    from bot.model.unit import Render, Unit

_LISTS = frozenset(("resources", "bases", "unparsed"))
_MOST = 1000  # steps upwards
_NO_READING = (Kind.GENERATES, Kind.OBJECT)
_FILE = "f:"  # scopes of files with declarations
_GOVERNS: WeakKeyDictionary[View, dict[str, bool]] = WeakKeyDictionary()


# -- while files are read


def left_out_by(view: View, path: str, units: Iterable[Unit], edges: Iterable[Edge]) -> str:
    """The kustomization file that leaves out the declarations of a file which no kustomization lists; "" where there is
    none. ``units`` are the declarations, ``edges`` theirs: one that takes the directory of its own file is a root, which
    somebody applies by hand. A release takes nothing but its chart."""
    folder = governing(view, path)
    if folder is None or not governs(view, folder):
        return ""
    releases = {unit.key for unit in units if _is_release(unit)}
    if any(_is_onto_own_directory(edge, path) and edge.source[2:] not in releases for edge in edges):
        return ""
    return view.kustomization_files(folder)[0].path


def _is_release(unit: Unit) -> bool:
    return unit.source is not None and unit.source.kind == "HelmRelease"


def governing(view: View, path: str) -> str | None:
    """The nearest directory above a file that has a kustomization."""
    return next((above for above in ancestors(path) if view.kustomization_files(above)), None)


def governs(view: View, directory: str) -> bool:
    """Whether a directory has a kustomization that is built by itself and lists files with declarations."""
    known = _GOVERNS.setdefault(view, {})
    if directory not in known:
        known[directory] = view.buildable(directory) and _lists_declarations(view, directory)
    return known[directory]


def _lists_declarations(view: View, directory: str) -> bool:
    from bot.affected.kustomization_scope import refs

    found = (ref for entry in view.kustomization_files(directory)[:1] for ref in refs(view, entry, directory))
    for ref in found:
        if ref.field in _LISTS and ref.target is not None and role_of(ref.target) is Role.MANIFEST:
            real, _ = view.resolve(ref.target)
            entry = view.entry(real) if real is not None else None
            if entry is not None and is_at_or_below(entry.path, directory) and view.facts(entry).declares:
                return True
    return False


def _is_onto_own_directory(edge: Edge, path: str) -> bool:
    return edge.source[0] in "ut" and edge.target != path and is_at_or_below(path, edge.target)


# -- when all edges are known


def is_left_out(view: View, unit: Unit, asking: frozenset[str] = frozenset()) -> bool:
    """Whether nothing applies the file of a declaration, because a kustomization leaves it out. What another declaration
    takes is applied, and so is what deploys that kustomization: it must come from somewhere. ``asking`` are the keys of
    those for which this is asked: what only takes itself is not applied."""
    if not unit.left_out_by or unit.key in asking:
        return bool(unit.left_out_by)
    return not _is_taken(view, unit, asking | {unit.key}) and not _is_root(view, unit)


def _is_taken(view: View, unit: Unit, asking: frozenset[str]) -> bool:
    """Whether another declaration takes the file, of a directory without that kustomization or whatever it says."""
    around = set(view.onto(unit.left_out_by))
    asked: Asked = {}
    for edge in view.onto(unit.declared_in):
        if (
            edge.kind not in (Kind.TREE, Kind.SHARED, Kind.DIR)
            or edge.source[0] not in "ut"
            or edge.scope == _scope(unit)
        ):
            continue
        taker = view.unit(edge.source[2:])
        if taker is None or leaves_out(view, edge, unit.declared_in, asked):
            continue
        may_take = any(_may_take(part, is_around=edge in around) for part in taker.parts)
        if may_take and not is_left_out(view, taker, asking):
            return True
    return False


def _may_take(part: Render, *, is_around: bool) -> bool:
    """Whether what takes a directory may take a file that a kustomization inside leaves out (``taken.leaves_out`` knows of
    others). ``is_around``: it takes that kustomization as well."""
    if isinstance(part, KustomizeRender):
        return not (part.mounts and is_around)
    return not isinstance(part, HelmRender)


def _is_root(view: View, unit: Unit) -> bool:
    """Whether the declaration is what deploys the kustomization that leaves it out, over others in between; also where too
    much lies above it to tell."""
    above = _climbed(view, unit.left_out_by.rpartition("/")[0])
    return above is None or any(edge.scope == _scope(unit) for edge in above)


def forgotten(view: View, found: Reach) -> set[str]:
    """Changed paths that only declarations which are left out take: nothing deploys them. ``found`` is what they reach."""
    units = ((key, view.unit(key)) for key in found.units)
    left = {f"u:{key}" for key, unit in units if unit is not None and is_left_out(view, unit)}
    return {path for path in found.paths_reaching(left) if _is_forgotten(view, path)} if left else set()


def _is_forgotten(view: View, path: str) -> bool:
    from bot.affected.roots import is_root

    start = path.rpartition("/")[0] if role_of(path) is Role.KUSTOMIZATION else path
    edges = _climbed(view, start)
    above = {edge.source for edge in edges or ()}
    if edges is None or any(source[0] == "k" and is_root(view, source[2:]) for source in above):
        return False
    taking = (view.unit(source[2:]) for source in sorted(above) if source[0] == "u")
    units = [*view.units_of(_FILE + path), *(unit for unit in taking if unit is not None)]
    return bool(units) and all(unit.template or is_left_out(view, unit) for unit in units)


def _climbed(view: View, start: str) -> list[Edge] | None:
    """The edges from what builds the kustomization of a directory, or takes a file, and from what builds or takes that; None
    where there are too many."""
    asked: Asked = {}
    found: list[Edge] = []
    queue, seen = [start], {start}
    for place in queue:
        for edge in view.onto(place):
            if edge.source[0] not in "kut" or edge.kind in _NO_READING or leaves_out(view, edge, place, asked):
                continue
            if not _is_around(view, edge, place):
                found.append(edge)
                above = _place(view, edge.source)
                if above is not None and above not in seen:
                    seen.add(above)
                    queue.append(above)
        if len(seen) > _MOST:
            return None
    return found


def _is_around(view: View, edge: Edge, place: str) -> bool:
    """Whether the edge is that of a release whose chart lies around a kustomization, or around the file of a declaration: it
    applies neither."""
    if edge.source[0] == "k" or edge.kind is not Kind.TREE:
        return False
    if not (view.kustomization_files(place) or view.units_of(_FILE + place)):
        return False
    unit = view.unit(edge.source[2:])
    return unit is not None and _is_release(unit)


def is_declared(view: View, directory: str) -> bool:
    """Whether a declaration that nothing leaves out deploys the kustomization of a directory, over others in between."""
    keys = (edge.source[2:] for edge in _climbed(view, directory) or () if edge.source[0] in "ut")
    return any((unit := view.unit(key)) is not None and not is_left_out(view, unit) for key in keys)


def _place(view: View, source: str) -> str | None:
    """Where what reads something lies: a directory with a kustomization, or the file of a declaration."""
    if source[0] == "k":
        return source[2:]
    unit = view.unit(source[2:])
    return (unit.declared_in or None) if unit is not None else None


def _scope(unit: Unit) -> str:
    return _FILE + unit.declared_in
