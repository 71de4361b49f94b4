"""Sources of Flux that several clusters have under one name: a changed one concerns nothing that has its own nearer by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.affected.edges import Kind
from bot.affected.lookup import ViewLookup
from bot.affected.sources import identity_of

if TYPE_CHECKING:
    from bot.affected.home import Home
    from bot.affected.naming import Namer
    from bot.affected.reach import Reach
    from bot.affected.view import View
    from bot.model.unit import Unit

_SOURCES = frozenset(("GitRepository", "OCIRepository", "HelmRepository", "Bucket"))
_BY_NAME = frozenset((Kind.OBJECT, Kind.GENERATES))


class Nearer:
    """What a side says about sources of the same name. ``namer`` tells the clusters of files apart."""

    def __init__(self, view: View, reach: Reach, home: Home, namer: Namer) -> None:
        self._view, self._reach, self._home, self._namer = view, reach, home, namer

    def has_own(self, unit: Unit, path: str) -> bool:
        """Whether a changed file reaches a declaration by nothing but sources for which another file answers it."""
        node, entry = f"u:{unit.key}", self._view.entry(path)
        if entry is None or entry.is_symlink or entry.is_submodule or self._is_read(node, path):
            return False
        declared = (identity_of(value) for value in self._view.whole(entry).declared)
        same = [found for found in declared if self._is_asked_for(node, found.kind, found.name)]
        if not same or any(found.kind not in _SOURCES or not found.namespace for found in same):
            return False
        lookup = ViewLookup(self._view, self._home, near=unit.declared_in, namer=self._namer)
        return all(lookup.file_of(found.kind, found.namespace, found.name) not in ("", path) for found in same)

    def _is_asked_for(self, node: str, kind: str, name: str) -> bool:
        return any(edge.source == node for edge in self._view.onto_object(kind, name))

    def _is_read(self, node: str, path: str) -> bool:
        """Whether the declaration reads the file itself, or something that does."""
        if any(edge.source == node and edge.kind not in _BY_NAME for edge in self._view.onto(path)):
            return True
        others = self._reach.starts.get(path, set()) - {node}
        return node in self._reach.onward(others)
