"""From changed paths to the units they reach, hop by hop, on one side of a comparison."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from bot.affected.edges import SOURCE_IGNORE, Edge, Kind, object_target
from bot.affected.facts import RENAMES, Facts, Role, role_of
from bot.affected.linked import linked_overlays

if TYPE_CHECKING:
    from bot.affected.taken import Asked
    from bot.affected.view import View


class Hop(NamedTuple):
    """One step: ``to`` depends on ``path`` (a file or a kustomization directory), ``how`` says in which way."""

    path: str
    to: str
    how: str


class Reach:
    """What some paths reach, as a graph: ``k:DIR`` are kustomizations, ``u:KEY`` declared units.

    ``hops`` leads from each of them one step back on a shortest way, ``after`` holds every step forward, ``starts`` what
    each path sets in motion. ``cut``: there is more.
    """

    def __init__(self) -> None:
        self.hops: dict[str, Hop] = {}
        self.after: dict[str, set[str]] = {}
        self.starts: dict[str, set[str]] = {}
        self.cut = False

    @property
    def kustomizations(self) -> set[str]:
        """Directories of the kustomizations that are reached."""
        return {node[2:] for node in self.hops if node[0] == "k"}

    @property
    def units(self) -> set[str]:
        """Keys of the declared units that are reached."""
        return {node[2:] for node in self.hops if node[0] == "u"}

    def way(self, node: str) -> list[Hop]:
        """The hops from a changed path to ``k:DIR`` or ``u:KEY``, in reading order."""
        steps: list[Hop] = []
        while node in self.hops and self.hops[node] not in steps:
            steps.append(self.hops[node])
            node = f"k:{self.hops[node].path}"
        return steps[::-1]

    def from_path(self, path: str) -> set[str]:
        """Every node that one path reaches."""
        return self.onward(self.starts.get(path, ()))

    def onward(self, nodes: Iterable[str]) -> set[str]:
        """These nodes, and every one that they lead to."""
        found: set[str] = set()
        queue = list(nodes)
        while queue:
            node = queue.pop()
            if node not in found:
                found.add(node)
                queue += self.after.get(node, ())
        return found

    def paths_reaching(self, targets: set[str]) -> set[str]:
        """The paths that reach any of the nodes."""
        before: dict[str, set[str]] = {}
        for node, later in self.after.items():
            for other in later:
                before.setdefault(other, set()).add(node)
        live, queue = set(targets), list(targets)
        while queue:
            for node in before.get(queue.pop(), ()):
                if node not in live:
                    live.add(node)
                    queue.append(node)
        return {path for path, nodes in self.starts.items() if nodes & live}


def reach(
    view: View,
    paths: Iterable[str],
    *,
    most: int | None = None,
    naming: Mapping[str, Iterable[str]] = MappingProxyType({}),
    by_name: bool = True,
) -> Reach:
    """Everything that depends on any of the paths. A path that exists on the other side only counts too: something
    may have looked for it in vain. ``most``: stop after about so many. ``naming``: by a path, files whose objects come or go
    with a change of it for those that look them up by name. ``by_name``: whether what looks up an object counts at all."""
    found = Reach()
    queue: deque[str] = deque()
    overlays = linked_overlays(view)
    asked: Asked = {}
    for path in paths:
        nodes = found.starts.setdefault(path, set())
        for edge, at in _starts(view, path, asked, by_name=by_name):
            nodes.add(edge.source)
            _visit(edge.source, Hop(at, edge.source[2:], _HOW[edge.kind]), found, queue)
        if role_of(path) is Role.KUSTOMIZATION:
            folder = path.rpartition("/")[0]
            nodes.add(f"k:{folder}")
            _visit(f"k:{folder}", Hop(path, folder, "is its kustomization file"), found, queue)
        for file in naming.get(path, ()):
            for edge in _looking_up(view, file):
                nodes.add(edge.source)
                _visit(edge.source, Hop(path, edge.source[2:], _HOW[edge.kind]), found, queue)
        if path in overlays:
            nodes.add(f"k:{path}")
            _visit(f"k:{path}", Hop(path, path, "is the symlink"), found, queue)
    while queue:
        if most is not None and len(found.hops) >= most:
            found.cut = True
            break
        folder = queue.popleft()
        later = found.after.setdefault(f"k:{folder}", set())
        around = (edge for edge in _reaching(view, folder) if not _is_beside(view, edge, folder))
        taking = (edge for edge in around if not _is_left_out(view, edge, folder, asked))
        for edge in (*taking, *(_made_in(view, folder) if by_name else ())):
            later.add(edge.source)
            _visit(edge.source, Hop(folder, edge.source[2:], _HOW[edge.kind]), found, queue)
        for link in (name for name, real in overlays.items() if real == folder):
            later.add(f"k:{link}")
            _visit(f"k:{link}", Hop(folder, link, "is a symlink to it"), found, queue)
    return found


def _visit(node: str, hop: Hop, found: Reach, queue: deque[str]) -> None:
    if node not in found.hops:
        found.hops[node] = hop
        if node[0] == "k":
            queue.append(node[2:])


_HOW = {
    Kind.EXACT: "refers to it",
    Kind.BESIDE: "builds on it",
    Kind.TREE: "takes everything below",
    Kind.SHARED: "takes everything below",
    Kind.DIR: "takes every manifest in the directory of",
    Kind.OBJECT: "uses an object declared in",
    Kind.GENERATES: "generates from",
}


_READING = (Kind.EXACT, Kind.BESIDE, Kind.TREE, Kind.SHARED, Kind.DIR)


def _starts(view: View, path: str, asked: Asked, *, by_name: bool) -> Iterator[tuple[Edge, str]]:
    """Edges that a changed path sets in motion."""
    for edge in _reaching(view, path):
        if edge.kind is Kind.EXACT or not _is_left_out(view, edge, path, asked):
            yield edge, path
    entry = view.entry(path)
    if entry is None or entry.is_symlink or entry.is_submodule:
        for edge in view.below(path):
            if edge.kind is not Kind.GENERATES:
                yield edge, path
    if path.rpartition("/")[2] == SOURCE_IGNORE:
        for edge in view.into(object_target(SOURCE_IGNORE, "")):
            yield edge._replace(kind=Kind.EXACT, target=path), path
    if by_name and entry is not None and role_of(path) is Role.MANIFEST:
        facts = view.facts(entry)
        yield from ((edge, path) for edge in _by_name(view, facts))
        if facts.declares:
            yield from ((edge, path) for edge in _made_by_declarations(view, path))


def _looking_up(view: View, path: str) -> Iterator[Edge]:
    entry = view.entry(path)
    return _by_name(view, view.facts(entry)) if entry is not None else iter(())


def _made_by_declarations(view: View, path: str) -> Iterator[Edge]:
    """Edges onto what is made by the kustomizations that declarations of a file deploy: without one nothing makes it."""
    queue, seen = [edge for edge in view.of_scope(f"f:{path}") if edge.source[0] in "ut"], set[str]()
    while queue:
        edge = queue.pop()
        if edge.kind in (Kind.EXACT, Kind.BESIDE) and edge.target not in seen and view.kustomization_files(edge.target):
            seen.add(edge.target)
            yield from _made_in(view, edge.target)
            queue += view.out_of(f"k:{edge.target}")


def _made_in(view: View, folder: str) -> Iterator[Edge]:
    """Edges onto the objects that a kustomization may make or change, under the names that it may give them."""
    for file in view.kustomization_files(folder):
        facts = view.facts(file, Role.KUSTOMIZATION)
        yield from _by_name(view, facts)
        if RENAMES in facts.names:
            from bot.affected.references import given_names

            for prefix, suffix in given_names(facts.value):
                yield from view.onto_renamed(prefix, suffix)


def _by_name(view: View, facts: Facts) -> Iterator[Edge]:
    """Edges onto the objects that a file holds or, being a kustomization, may make or change."""
    for kind, name in facts.names:
        yield from view.onto_object(kind, name)


def _is_left_out(view: View, edge: Edge, path: str, asked: Asked) -> bool:
    if edge.source[0] not in "ut" or edge.kind not in (Kind.TREE, Kind.DIR):
        return False
    from bot.affected.taken import leaves_out

    return leaves_out(view, edge, path, asked)


def _is_beside(view: View, edge: Edge, folder: str) -> bool:
    """Whether the edge takes the files around the directory of a kustomization, of which that is none."""
    if edge.kind is not Kind.DIR or edge.target == folder or edge.target != folder.rpartition("/")[0]:
        return False
    return view.entry(folder) is None


def _reaching(view: View, path: str) -> Iterator[Edge]:
    """Edges whose target holds the path: itself, its directory's files, or a tree above it."""
    return (edge for edge in view.onto(path) if edge.kind in _READING)
