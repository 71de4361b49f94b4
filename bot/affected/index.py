"""Make views of trees: read a repository once, then only what changed.

``Index.pair(base, head)`` gives both sides of a comparison. The store describes one tree (the last base); another
base moves it by the difference, and head is a difference held in memory. What is read again after a difference are
the scopes that a changed path can reach directly; the law that this equals a reading from scratch is a property test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from bot.affected.connection import NotWritable
from bot.affected.facts import Role, role_of
from bot.affected.files import Source
from bot.affected.rules import Reader, reader
from bot.affected.store import Store
from bot.affected.view import View
from bot.errors import ToolError

if TYPE_CHECKING:
    from bot.affected.edges import Found
    from bot.affected.home import Home
    from bot.config.schema import Config
    from bot.model.snapshot import Change, Entry, Indexed

_BULK = 5000  # a difference of more paths than this is read from scratch: it is not slower and simpler to trust
_TRIES = 3


class Index:
    """Views of one repository under one configuration."""

    def __init__(
        self,
        store: Store,
        source: Source,
        config: Config,
        config_id: str,
        home: Home,
        *,
        progress: Callable[[str, int, int], None] = lambda *_: None,
    ) -> None:
        self._store = store
        self._source = source
        self._read = reader(config)
        self._config_id = f"{config_id} {' '.join(sorted(home.known))}".strip()
        self._home = home
        self._progress = progress
        store.rebuild = self._rebuild

    @property
    def settings(self) -> str:
        """What names the configuration and the addresses of the repository, by which files are read."""
        return self._config_id

    @property
    def note(self) -> str:
        return self._store.note

    @property
    def rules(self) -> Reader:
        return self._read

    @property
    def home(self) -> Home:
        return self._home

    def pair(self, base: str, head: str) -> tuple[View, View]:
        """The views of two trees; afterwards the store describes ``base``."""
        before = self.at(base)
        changes = self._source.changes(base, head)
        after = self._view(self._store, head, changes)
        self._reread(before, after)
        if after.new_facts:
            self._store.remember(after.new_facts)
        return before, after

    def files(self, tree: str) -> Indexed:
        """Only the files of another tree than those of the pair at hand, as what differs from its base."""
        return self._view(self._store, tree, self._source.changes(self._store.state()[0], tree))

    def at(self, tree: str) -> View:
        """The view of one tree, which the store describes and holds afterwards (in memory, where it cannot be saved)."""
        wanted = (tree, self._config_id)
        for _ in range(_TRIES):
            if self._store.hold() == wanted:
                return self._view(self._store, tree, [])
            try:
                self._bring(tree)
            except NotWritable as error:
                self._store.to_memory(error)
        self._store.to_memory(NotWritable("other processes keep changing it"))
        self._bring(tree)
        self._store.hold()
        return self._view(self._store, tree, [])

    def _bring(self, tree: str) -> None:
        """Make the store describe a tree. Raises NotWritable. Nobody else can write meanwhile."""
        with self._store.writing():
            stored, config = self._store.state()
            if stored and config == self._config_id:
                changes = self._changes_since(stored, tree)
                if changes is not None and len(changes) <= _BULK:
                    self._move(stored, tree, changes)
                    return
            self._write_all(self._store, tree)

    def _view(self, store: Store, tree: str, changes: list[Change]) -> View:
        view = View(store, self._source, tree, changes)
        view.read_scope = lambda side, scope: self._reading(scope[0])(side, scope[2:])[1]
        return view

    def _changes_since(self, stored: str, tree: str) -> list[Change] | None:
        """None when git no longer has the stored tree: a work tree's, a pruned branch's, another clone's in this place."""
        try:
            return self._source.changes(stored, tree)
        except ToolError:
            return None

    # -- the whole tree

    def _rebuild(self, tree: str) -> None:
        """Fill the store, which is new and in memory, with a tree."""
        with self._store.writing():
            self._write_all(self._store, tree)

    def _write_all(self, store: Store, tree: str) -> None:
        store.clear()
        entries = list(self._source.entries(tree))
        store.put_entries(entries)
        view = self._view(store, tree, [])
        view.stored_graph = False
        view.hold(entries)
        self._learn(store, view, entries)
        for scope in self._scopes_of(view, entries):
            self._replace(view, scope)
        edges, units = view.pending(self._read.namer)
        store.put_edges(edges)
        store.put_units(units)
        store.put_facts(view.new_facts)
        store.forget(len(view.new_facts))
        store.describe(tree=tree, config=self._config_id)

    def _learn(self, store: Store, view: View, entries: list[Entry]) -> None:
        """Read every file that may say something and is not known yet, in one conversation with git."""
        known = store.known_facts()
        seen: set[tuple[str, int]] = set()
        unread: list[Entry] = []
        for entry in entries:
            role = role_of(entry.path)
            mark = (entry.oid, int(role))
            if role is Role.NONE or mark in seen or mark in known or entry.is_symlink or entry.is_submodule:
                continue
            seen.add(mark)
            unread.append(entry)
        for done, (entry, data) in enumerate(self._source.blobs(iter(unread)), start=1):
            view.learn(entry, data)
            self._progress("reading", done, len(unread))
        store.put_names((kind, name, entry.path) for entry in entries for kind, name in view.names_in(entry))

    def _scopes_of(self, view: View, entries: list[Entry]) -> Iterator[str]:
        """Every scope of a tree; what looks at others' edges comes after them."""
        kustomizations, declared, charts, folders = set(), [], set(), set()
        for entry in entries:
            role = role_of(entry.path)
            folder = entry.path.rpartition("/")[0]
            if role is Role.KUSTOMIZATION:
                kustomizations.add(folder)
            elif role is Role.CHART:
                charts.add(folder)
            elif role is Role.MANIFEST and (facts := view.facts(entry)).manifest:
                folders.add(folder)
                if facts.declares:
                    declared.append(entry.path)
        yield from (f"k:{d}" for d in sorted(kustomizations))
        yield from (f"f:{p}" for p in declared)
        yield "c:"
        yield from (f"h:{d}" for d in sorted(charts))
        yield from (f"p:{d}" for d in sorted(folders))

    # -- a difference

    def _move(self, stored: str, tree: str, changes: list[Change]) -> None:
        """Move the store along a difference."""
        before = self._view(self._store, stored, [])
        after = self._view(self._store, tree, changes)
        self._reread(before, after)
        self._save(after)

    def _save(self, after: View) -> None:
        store = self._store
        store.remove_entries(change.path for change in after.changes)
        store.put_entries(change.after for change in after.changes if change.after is not None)
        store.put_facts(after.new_facts)
        store.put_names(
            (kind, name, change.path)
            for change in after.changes
            if change.after is not None
            for kind, name in after.names_in(change.after)
        )
        edges, units = after.pending(self._read.namer)
        store.remove_scopes(after.replaced)
        store.put_edges(edges)
        store.put_units(units)
        store.forget(len(after.new_facts))
        store.describe(tree=after.tree, config=self._config_id)

    def _reread(self, before: View, after: View) -> None:
        """Read the scopes again that the difference can have changed."""
        from bot.affected.environment_beside import tests_beside
        from bot.affected.touched import (
            declarations_used,
            governed,
            is_declared_anew,
            plain_below,
            scopes_touched,
            unclaimed_folders,
        )
        from bot.affected.values_touched import values_touched

        touched = set(scopes_touched(before, after))
        for scope in sorted(s for s in touched if s[0] == "k"):
            self._replace(after, scope)
        touched |= {*declarations_used(before, after), *governed(before, after)}
        for scope in sorted(s for s in touched if s[0] == "f"):
            self._replace(after, scope)
        if is_declared_anew(before, after, self._read.units):
            touched.add("c:")
        for scope in sorted(s for s in touched if s[0] == "c"):
            self._replace(after, scope)
        touched |= set(values_touched(before, after, self._read))
        for scope in sorted(s for s in touched if s[0] == "h"):
            self._replace(after, scope)
        folders = {scope for scope in touched if scope[0] == "p"} | set(unclaimed_folders(before, after))
        for test in tests_beside(before, after, self._read.namer):
            folders.update(plain_below(before, after, test))
        for scope in sorted(folders):
            self._replace(after, scope)

    def _replace(self, view: View, scope: str) -> None:
        edges, units = self._reading(scope[0])(view, scope[2:])
        view.replace_scope(scope, edges, units)

    def _reading(self, letter: str) -> Callable[[View, str], Found]:
        """How a scope is read, from its first letter. Each reader is loaded when it is needed: most checks read
        few scopes or none."""
        if letter in "cf":
            return self._reading_declared(letter)
        read = self._read
        if letter == "k":
            from bot.affected.kustomization_scope import kustomization

            return lambda view, path: kustomization(view, path, read)
        if letter == "h":
            from bot.affected.chart_scope import chart

            return lambda view, path: chart(view, path, read)
        from bot.affected.plain_scope import plain

        return lambda view, path: plain(view, path, read)

    def _reading_declared(self, letter: str) -> Callable[[View, str], Found]:
        """Apart, because a check that no declaration has to do with never loads the readers of Argo CD and Flux."""
        if letter == "c":
            from bot.affected.configured import configured

            return lambda view, _: configured(view, self._read)
        from bot.affected.declared import declarations

        return lambda view, path: declarations(view, path, self._read, self._home)
