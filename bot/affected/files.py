"""The files and symlinks of one side of a comparison: the stored tree plus what differs from it.

Implements model.snapshot.Snapshot. The difference is held in memory and is small for a pull request, so asking
costs the same in a repository of a hundred files and in one of a hundred thousand.
"""

from __future__ import annotations

import heapq
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

from bot.affected.edges import ancestors
from bot.affected.links import Links, is_at_or_below
from bot.affected.store import Store
from bot.errors import TooBig

if TYPE_CHECKING:
    from bot.model.snapshot import Change, Entry


class Source(Protocol):
    """Where contents and trees come from: the git adapter."""

    def blob(self, entry: Entry) -> bytes: ...

    def blobs(self, entries: Iterator[Entry]) -> Iterator[tuple[Entry, bytes]]: ...

    def entries(self, tree: str) -> Iterator[Entry]: ...

    def changes(self, before: str, after: str) -> list[Change]: ...


class Files:
    """One tree. ``changes`` lead from the stored tree to this one."""

    def __init__(self, store: Store, source: Source, tree: str, changes: list[Change]) -> None:
        self._store = store
        self._source = source
        self._tree = tree
        self.changes = changes
        self._changed: dict[str, Entry | None] = {change.path: change.after for change in changes}
        self._folders: dict[str, dict[str, Entry | None]] = {}
        self._touched: dict[str, bool] = {}  # directories above a changed path: whether one of those paths is there now
        for path, entry in self._changed.items():
            self._folders.setdefault(path.rpartition("/")[0], {})[path] = entry
            for above in ancestors(path):
                if self._touched.get(above):
                    break
                self._touched[above] = entry is not None
        self._whole: dict[str, Entry] | None = None  # every file, while a tree is read from scratch
        self._inside: dict[tuple[str, int], list[str] | None] = {}
        self._links: Links | None = None
        self._submodules: frozenset[str] = frozenset()

    @property
    def tree(self) -> str:
        return self._tree

    def hold(self, entries: list[Entry]) -> None:
        """Answer ``entry`` from memory: reading a whole tree asks for most of its paths several times."""
        self._whole = {entry.path: entry for entry in entries}

    def entry(self, path: str) -> Entry | None:
        if self._whole is not None:
            return self._whole.get(path)
        if path in self._changed:
            return self._changed[path]
        return self._store.entry(path)

    def is_dir(self, path: str) -> bool:
        there = self._touched.get(path)
        if there is None:
            return self._store.has_below(path)
        return there or next(iter(self.walk(path)), None) is not None

    def children(self, path: str) -> tuple[list[Entry], list[str]]:
        files = {entry.path: entry for entry in self._store.files_in(path)}
        self._overlay(files, path)
        skip = len(path) + 1 if path else 0
        below = {(path + "/" if skip else "") + d[skip:].partition("/")[0] for d in self.directories(path)}
        return [files[name] for name in sorted(files)], sorted(below)

    def files_in(self, path: str) -> list[Entry]:
        """The entries directly inside a directory, sorted."""
        files = {entry.path: entry for entry in self._store.files_in(path)}
        self._overlay(files, path)
        return [files[name] for name in sorted(files)]

    def _overlay(self, files: dict[str, Entry], path: str) -> None:
        for name, entry in self._folders.get(path, {}).items():
            if entry is None:
                files.pop(name, None)
            else:
                files[name] = entry

    def directories(self, path: str) -> list[str]:
        """Every directory below ``path`` that holds files directly, sorted."""
        found = {d for d in self._store.directories_below(path) if d != path}
        prefix = path + "/" if path else ""
        for folder, files in self._folders.items():
            if folder.startswith(prefix) and folder != path:
                if any(entry is not None for entry in files.values()):
                    found.add(folder)
                elif folder in found and not self.files_in(folder):
                    found.discard(folder)
        return sorted(found)

    def folders_in(self, path: str, most: int) -> list[str] | None:
        """The directories directly inside a directory, sorted; None where there are more than ``most``."""
        if (path, most) not in self._inside:
            self._inside[path, most] = self._folders_in(path, most)
        return self._inside[path, most]

    def _folders_in(self, path: str, most: int) -> list[str] | None:
        prefix = path + "/" if path else ""
        changed = {
            folder: any(entry is not None for entry in files.values())
            for folder, files in self._folders.items()
            if folder.startswith(prefix) and folder != path
        }
        found = set(self._store.folders_in(path, most + len(changed)))
        for folder, is_there in changed.items():
            child = prefix + folder[len(prefix) :].partition("/")[0]
            if is_there or self.is_dir(child):
                found.add(child)
            else:
                found.discard(child)
        return sorted(found) if len(found) <= most else None

    def charts_below(self, path: str, most: int) -> list[str]:
        """Directories with a Chart.yaml, at and below a directory, in the order of their bytes, so many at most."""
        changed = {
            folder: files["Chart.yaml" if not folder else f"{folder}/Chart.yaml"]
            for folder, files in self._folders.items()
            if ("Chart.yaml" if not folder else f"{folder}/Chart.yaml") in files
        }
        found = set(self._store.charts_below(path, most + len(changed))) - changed.keys()
        found |= {d for d, entry in changed.items() if entry is not None and is_at_or_below(d, path)}
        return sorted(found, key=os.fsencode)[:most]

    def walk(self, path: str) -> Iterator[Entry]:
        prefix = path + "/" if path else ""
        stored = sorted((e for e in self._store.walk(path) if e.path not in self._changed), key=lambda e: e.path)
        added = sorted(
            (e for name, e in self._changed.items() if e is not None and name.startswith(prefix)), key=lambda e: e.path
        )
        yield from heapq.merge(stored, added, key=lambda e: e.path)

    def read(self, entry: Entry) -> bytes:
        return self._source.blob(entry)

    # -- symlinks

    def links(self) -> Links:
        """The symlinks of this side."""
        if self._links is None:
            special = {e.path: e for e in self._store.special() if e.path not in self._changed}
            special |= {p: e for p, e in self._changed.items() if e is not None and (e.is_symlink or e.is_submodule)}
            self._submodules = frozenset(p for p, e in special.items() if e.is_submodule)
            self._links = Links({p: self._text(e) for p, e in sorted(special.items()) if e.is_symlink})
        return self._links

    def submodules(self) -> frozenset[str]:
        self.links()
        return self._submodules

    def _text(self, entry: Entry) -> str:
        try:
            return self.read(entry).decode(errors="surrogateescape")
        except TooBig:
            return ""  # leads nowhere

    def resolve(self, path: str) -> tuple[str | None, tuple[str, ...]]:
        """Follow every symlink in a path: the real path (None outside of the tree or in a loop) and the links met."""
        way = self.links().way(path)
        return way.real, way.links
