"""What takes a file with a declaration, up to the topmost declaration, which tells the cluster.

Asked only for declarations that are gone from one file and come in another: the edges give what may take a file, the
closures of those say what does.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bot.affected.closure import closure
from bot.affected.edges import Kind
from bot.affected.roots import is_root
from bot.errors import TooBig
from bot.model.unit import KustomizeRender, PlainRender

if TYPE_CHECKING:
    from bot.affected.view import View
    from bot.model.unit import Unit

_TAKING = (Kind.EXACT, Kind.BESIDE, Kind.TREE, Kind.DIR)


class Takers:
    """What takes the files of one side. Nodes are ``u:KEY`` for declared units, ``k:DIR`` for kustomizations that nothing
    refers to."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._files: dict[str, frozenset[str]] = {}
        self._direct: dict[str, frozenset[str]] = {}
        self._possible: dict[str, frozenset[str]] = {}
        self._higher: dict[str, set[str]] = {}
        self._tops: dict[str, frozenset[str]] = {}

    def tops(self, path: str) -> frozenset[str]:
        """The topmost nodes above a file; empty where nothing takes it. Of those that take each other in a circle (a
        cluster's own Kustomization) the declared ones stand for all."""
        if path not in self._tops:
            self._tops[path] = self._find_tops(path)
        return self._tops[path]

    def _find_tops(self, path: str) -> frozenset[str]:
        above = self._above(path)
        tops: set[str] = set()
        for node in above:
            higher = self._above(self._place(node))
            circle = {other for other in higher if node in self._above(self._place(other))}
            if higher == circle:
                mutual = circle | {node}
                tops |= {other for other in mutual if other[0] == "u"} or mutual
        return frozenset(tops)

    def _place(self, node: str) -> str:
        if node[0] == "k":
            files = self._view.kustomization_files(node[2:])
            return files[0].path if files else node[2:]
        unit = self._view.unit(node[2:])
        return unit.declared_in if unit is not None else ""

    def _above(self, path: str) -> set[str]:
        """Every node above a file."""
        if path in self._higher:
            return self._higher[path]
        found: set[str] = set()
        queue, seen = [path], {path}
        while queue:
            for node in self.direct(queue.pop()) - found:
                found.add(node)
                place = self._place(node)
                if place not in seen:
                    seen.add(place)
                    queue.append(place)
        self._higher[path] = found
        return found

    def direct(self, path: str) -> frozenset[str]:
        """The nodes that take a file themselves, through kustomizations in between."""
        if path not in self._direct:
            found = self.possible(path)
            self._direct[path] = frozenset(node for node in found if node[0] == "k" or path in self._taken(node[2:]))
        return self._direct[path]

    def possible(self, path: str) -> frozenset[str]:
        """The nodes that may take a file, as the edges say: more than those that do."""
        if path not in self._possible:
            self._possible[path] = frozenset(self._find(path)) if path else frozenset()
        return self._possible[path]

    def _find(self, path: str) -> Iterator[str]:
        queue, seen = [path], {path}
        while queue:
            for edge in self._view.onto(queue.pop()):
                if edge.kind not in _TAKING or edge.source in seen:
                    continue
                letter, name = edge.source[0], edge.source[2:]
                if letter == "k":
                    seen.add(edge.source)
                    queue.append(name)
                    if is_root(self._view, name):
                        yield edge.source
                elif letter in "ut":
                    seen.add(edge.source)
                    yield f"u:{name}"

    def _taken(self, key: str) -> frozenset[str]:
        if key not in self._files:
            unit = self._view.unit(key)
            self._files[key] = self._read(unit) if unit is not None and unit.source is not None else frozenset()
        return self._files[key]

    def _read(self, unit: Unit) -> frozenset[str]:
        found: set[str] = set()
        for part in unit.parts:
            if isinstance(part, KustomizeRender | PlainRender):
                if unit.template and not part.path:  # a patch gives it one: else it would take everything
                    continue
                try:
                    found |= closure(self._view, part).files.keys()
                except TooBig:
                    continue
        return frozenset(found)
