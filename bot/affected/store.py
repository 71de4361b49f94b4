"""The index on disk: one tree of a repository with its files, facts, edges and units, in SQLite.

It is a cache: deleting it costs a first reading and nothing else (``connection`` says what happens to a damaged one).
Looking up costs what is asked for; writing grows with what is written.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from bot.affected import database
from bot.affected.connection import Connection
from bot.affected.edges import Edge, Kind
from bot.affected.facts import Facts, Role
from bot.model.snapshot import SUBMODULE, SYMLINK, Entry

if TYPE_CHECKING:
    from pathlib import Path

# Kustomizations that nothing refers to; declared and discovered units; charts that something else deploys.
_COUNTS = (
    "SELECT count(*) FROM units u WHERE u.data='' AND NOT EXISTS (SELECT 1 FROM edges e "
    "WHERE e.target=substr(u.key, 3) AND e.kind=0 AND e.source!=u.key)",
    "SELECT count(*) FROM units WHERE data!='' AND instr(data, '\"left_out_by\":\"\"')",
    "SELECT count(*) FROM units u WHERE u.scope>=x'683a' AND u.scope<x'683b' AND EXISTS (SELECT 1 FROM edges e "
    "WHERE e.target=substr(u.scope, 3) AND e.kind=1 AND e.scope!=u.scope AND substr(e.source, 1, 3)!=x'783a3f')",
)

_CHART = "x'43686172742e79616d6c'"  # Chart.yaml, as the partial index has it
_FORGET = 100_000  # contents read since facts of contents that left the tree were last dropped


class Store(Connection):
    """The stored index of one repository. ``path`` None keeps it in memory. See ``connection`` for how it is held."""

    def __init__(self, path: Path | None) -> None:
        super().__init__(path)
        self._into: dict[str, list[Edge]] = {}  # what was asked of the held state: a unit is looked at many times
        self._facts: dict[tuple[str, Role], Facts | None] = {}
        self._entries: dict[str, Entry | None] = {}
        self._out_of: dict[str, list[Edge]] = {}

    def _forget_answers(self) -> None:
        self._into.clear()
        self._facts.clear()
        self._entries.clear()
        self._out_of.clear()

    # -- what is stored

    def entry(self, path: str) -> Entry | None:
        if self._writing or path not in self._entries:
            self._entries[path] = self._entry(path)
        return self._entries[path]

    def _entry(self, path: str) -> Entry | None:
        parent, _, name = os.fsencode(path).rpartition(b"/")
        rows = self._ask("SELECT mode, oid FROM entries WHERE parent=? AND name=?", (parent, name))
        return Entry(path, rows[0][0], rows[0][1]) if rows else None

    def has_below(self, path: str) -> bool:
        if not path:
            return bool(self._ask("SELECT 1 FROM entries LIMIT 1"))
        raw = os.fsencode(path)
        ask = (
            "SELECT 1 FROM entries WHERE parent=? UNION ALL SELECT 1 FROM entries WHERE parent>=? AND parent<? LIMIT 1"
        )
        return bool(self._ask(ask, (raw, raw + b"/", raw + b"0")))

    def files_in(self, path: str) -> list[Entry]:
        prefix = path + "/" if path else ""
        rows = self._ask("SELECT name, mode, oid FROM entries WHERE parent=? ORDER BY name", (os.fsencode(path),))
        return [Entry(prefix + os.fsdecode(name), mode, oid) for name, mode, oid in rows]

    def named_in(self, path: str, names: tuple[str, ...]) -> dict[str, Entry]:
        """The entries of these names directly inside a directory, by path."""
        prefix = path + "/" if path else ""
        marks = ",".join("?" * len(names))
        rows = self._ask(
            f"SELECT name, mode, oid FROM entries WHERE parent=? AND name IN ({marks})",  # noqa: S608 only marks
            (os.fsencode(path), *map(os.fsencode, names)),
        )
        return {prefix + os.fsdecode(name): Entry(prefix + os.fsdecode(name), mode, oid) for name, mode, oid in rows}

    def walk(self, path: str) -> Iterator[Entry]:
        """Entries below a directory, by directory."""
        raw = os.fsencode(path)
        if path:
            where, arguments = "parent=? OR (parent>=? AND parent<?)", (raw, raw + b"/", raw + b"0")
        else:
            where, arguments = "?=? AND ?", (b"", b"", b"1")
        rows = self._ask(f"SELECT parent, name, mode, oid FROM entries WHERE {where}", arguments)  # noqa: S608 constants
        for parent, name, mode, oid in rows:
            yield Entry(os.fsdecode(parent + b"/" + name if parent else name), mode, oid)

    def directories_below(self, path: str) -> list[str]:
        raw = os.fsencode(path)
        ask = "SELECT DISTINCT parent FROM entries"
        below = (" WHERE parent>=? AND parent<?", (raw + b"/", raw + b"0")) if path else ("", ())
        rows = self._ask(ask + below[0], below[1])
        return [os.fsdecode(row[0]) for row in rows]

    def folders_in(self, path: str, most: int) -> list[str]:
        """The directories directly inside a directory, about ``most`` of them at most: one look-up or two for each,
        however much lies in them."""
        prefix = os.fsencode(path) + b"/" if path else b""
        start, found = prefix, dict[str, None]()
        while len(found) <= most:
            rows = self._ask("SELECT parent FROM entries WHERE parent>? ORDER BY parent LIMIT 1", (start,))
            if not rows or not rows[0][0].startswith(prefix):
                break
            child = prefix + rows[0][0][len(prefix) :].partition(b"/")[0]
            found[os.fsdecode(child)] = None
            start = child + (b"\0" if rows[0][0] == child else b"0")  # "/" and what follows it comes before "0"
        return list(found)

    def charts_below(self, path: str, most: int) -> list[str]:
        """Directories with a Chart.yaml, at and below a directory, in the order of their bytes, so many at most."""
        raw = os.fsencode(path)
        ask = f"SELECT parent FROM entries INDEXED BY charts WHERE name={_CHART}"  # noqa: S608 constant
        below = (" AND (parent=? OR (parent>=? AND parent<?))", (raw, raw + b"/", raw + b"0")) if path else ("", ())
        rows = self._ask(f"{ask}{below[0]} ORDER BY parent LIMIT ?", (*below[1], most))
        return [os.fsdecode(row[0]) for row in rows]

    def special(self) -> list[Entry]:
        """Symlinks and submodules."""
        ask = "SELECT parent, name, mode, oid FROM entries INDEXED BY special WHERE mode IN (40960, 57344)"
        return [
            Entry(os.fsdecode(parent + b"/" + name if parent else name), mode, oid)
            for parent, name, mode, oid in self._ask(ask)
            if mode in (SYMLINK, SUBMODULE)
        ]

    def facts(self, oid: str, role: Role) -> Facts | None:
        if self._writing or (oid, role) not in self._facts:
            rows = self._ask("SELECT data FROM facts WHERE oid=? AND role=?", (oid, int(role)))
            self._facts[oid, role] = Facts.load(rows[0][0]) if rows else None
        return self._facts[oid, role]

    def known_facts(self) -> set[tuple[str, int]]:
        """(blob id, role) of all stored facts."""
        return set(self._ask("SELECT oid, role FROM facts"))

    def named(self, kind: str, name: str) -> list[str]:
        rows = self._ask("SELECT path FROM names WHERE name=? AND kind=?", (_text(name), kind))
        return sorted({os.fsdecode(row[0]) for row in rows})

    # -- edges and units

    def into(self, target: str) -> list[Edge]:
        """Edges onto exactly this target. The list is the store's own: do not change it."""
        if self._writing or target not in self._into:
            self._into[target] = self._edges("target=?", os.fsencode(target))
        return self._into[target]

    def below(self, prefix: str) -> list[Edge]:
        raw = os.fsencode(prefix)
        return self._edges("target>=? AND target<?", raw + b"/", raw + b"0")

    def onto_objects(self, start: str = "\1") -> list[Edge]:
        """Edges onto any object, or onto those whose target begins so."""
        raw = os.fsencode(start)
        return [edge for edge in self._edges("target>=? AND target<?", raw, raw + b"\xff") if edge.kind is Kind.OBJECT]

    def out_of(self, source: str) -> list[Edge]:
        """Edges out of this source. The list is the store's own: do not change it."""
        if self._writing or source not in self._out_of:
            self._out_of[source] = self._edges("source=?", os.fsencode(source))
        return self._out_of[source]

    def of_scope(self, scope: str) -> list[Edge]:
        return self._edges("scope=?", os.fsencode(scope))

    def _edges(self, where: str, *arguments: bytes) -> list[Edge]:
        rows = self._ask(f"SELECT scope, source, kind, target FROM edges WHERE {where}", arguments)  # noqa: S608 constants
        return [Edge(os.fsdecode(s), os.fsdecode(o), Kind(k), os.fsdecode(t)) for s, o, k, t in rows]

    def unit(self, key: str) -> list[tuple[str, str]]:
        """(scope, data) of the units with that key."""
        rows = self._ask("SELECT scope, data FROM units WHERE key=?", (os.fsencode(key),))
        return [(os.fsdecode(scope), data) for scope, data in rows]

    def units_of(self, scope: str) -> list[str]:
        return [row[0] for row in self._ask("SELECT data FROM units WHERE scope=?", (os.fsencode(scope),))]

    def all_units(self) -> Iterator[tuple[str, str]]:
        for scope, data in self._ask("SELECT scope, data FROM units ORDER BY key"):
            yield os.fsdecode(scope), data

    def of_app(self, app: str, most: int) -> list[tuple[str, str, str]]:
        """(environment, key, scope) of the units of an application by its shared name, at most so many."""
        rows = self._ask("SELECT environment, key, scope FROM units WHERE app=? LIMIT ?", (os.fsencode(app), most))
        return [(os.fsdecode(environment), os.fsdecode(key), os.fsdecode(scope)) for environment, key, scope in rows]

    def kustomizations(self) -> list[str]:
        """``k:DIR`` of every kustomization that can be built."""
        return [os.fsdecode(row[0]) for row in self._ask("SELECT key FROM units WHERE data=''")]

    def deployed(self) -> int:
        """How many units the stored tree deploys: counted when it was written."""
        rows = self._ask("SELECT value FROM meta WHERE key='deployed'")
        return int(rows[0][0]) if rows else 0

    # -- writing: only inside ``writing``

    def clear(self) -> None:
        """Forget the described tree; facts stay, they belong to blobs."""
        for table in ("entries", "edges", "units", "names", "meta"):
            self._db.execute(f"DELETE FROM {table}")  # noqa: S608 constants

    def put_entries(self, entries: Iterable[Entry]) -> None:
        self._db.executemany("INSERT OR REPLACE INTO entries VALUES (?,?,?,?)", map(_entry_row, entries))

    def remove_entries(self, paths: Iterable[str]) -> None:
        for path in paths:
            parent, _, name = os.fsencode(path).rpartition(b"/")
            self._db.execute("DELETE FROM entries WHERE parent=? AND name=?", (parent, name))
            self._db.execute("DELETE FROM names WHERE path=?", (os.fsencode(path),))

    def put_facts(self, facts: Iterable[tuple[str, int, str]]) -> None:
        """(blob id, role, facts as JSON)."""
        self._db.executemany("INSERT OR REPLACE INTO facts VALUES (?,?,?)", facts)

    def put_names(self, names: Iterable[tuple[str, str, str]]) -> None:
        """(kind, name, path) of what is looked up (``facts.Facts.names``)."""
        self._db.executemany("INSERT INTO names VALUES (?,?,?)", ((k, _text(n), os.fsencode(p)) for k, n, p in names))

    def remove_scopes(self, scopes: Iterable[str]) -> None:
        for scope in scopes:
            self._db.execute("DELETE FROM edges WHERE scope=?", (os.fsencode(scope),))
            self._db.execute("DELETE FROM units WHERE scope=?", (os.fsencode(scope),))

    def put_edges(self, edges: Iterable[Edge]) -> None:
        code = os.fsencode
        rows = ((code(t), int(k), code(o), code(s)) for s, o, k, t in edges)
        self._db.executemany("INSERT INTO edges VALUES (?,?,?,?)", rows)

    def put_units(self, units: Iterable[tuple[str, str, str, str, str]]) -> None:
        """(key, scope, unit as JSON, application's shared name, environment)."""
        code = os.fsencode
        rows = ((code(key), code(scope), data, code(app), code(where)) for key, scope, data, app, where in units)
        self._db.executemany("INSERT INTO units VALUES (?,?,?,?,?)", rows)

    def describe(self, *, tree: str, config: str) -> None:
        roots, others, parts_of_others = (self._db.execute(ask).fetchone()[0] for ask in _COUNTS)
        rows = (("tree", tree), ("config", config), ("deployed", str(roots + others - parts_of_others)))
        self._db.executemany("INSERT OR REPLACE INTO meta VALUES (?,?)", rows)

    def remember(self, facts: Iterable[tuple[str, int, str]]) -> None:
        """Keep facts of blobs that are not in the stored tree (a head that comes again), beside the held state; silently
        not where they cannot be written."""
        if self._path is None:
            return
        with contextlib.suppress(sqlite3.Error), contextlib.closing(database.beside(self._path)) as db:
            db.execute("BEGIN IMMEDIATE")
            db.executemany("INSERT OR REPLACE INTO facts VALUES (?,?,?)", facts)
            db.execute("COMMIT")

    def forget(self, learned: int) -> None:
        """Drop facts of contents that left the tree, once many were learned."""
        rows = self._db.execute("SELECT value FROM meta WHERE key='learned'").fetchall()
        total = learned + (int(rows[0][0]) if rows else 0)
        if total > _FORGET:
            self._db.execute("DELETE FROM facts WHERE oid NOT IN (SELECT oid FROM entries)")
            total = 0
        self._db.execute("INSERT OR REPLACE INTO meta VALUES ('learned', ?)", (str(total),))


def _text(name: str) -> str:
    """A name as SQLite keeps it: that of a directory may hold bytes that are no UTF-8."""
    return name if name.isascii() else name.encode("utf-8", "backslashreplace").decode()


def _entry_row(entry: Entry) -> tuple[bytes, bytes, int, str]:
    parent, _, name = os.fsencode(entry.path).rpartition(b"/")
    return parent, name, entry.mode, entry.oid
