"""The index on disk: one tree of a repository with its files, facts, edges and units, in SQLite.

It is a cache: deleting it costs a first reading and nothing else. Several processes may use it at once (WAL); a
damaged file is thrown away and built again; where it cannot be written it lives in memory for this run.
Looking up costs what is asked for; writing grows with what is written.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path

from bot.affected.edges import Edge, Kind
from bot.affected.facts import Facts, Role
from bot.model.snapshot import SUBMODULE, SYMLINK, Entry

# Raise it whenever facts, edges or units are made in another way: an older index is then built again.
VERSION = "3"

_SCHEMA = """
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE entries(parent BLOB, name BLOB, mode INTEGER, oid TEXT, PRIMARY KEY(parent, name)) WITHOUT ROWID;
CREATE INDEX special ON entries(mode) WHERE mode IN (40960, 57344);
CREATE TABLE facts(oid TEXT, role INTEGER, data TEXT, PRIMARY KEY(oid, role)) WITHOUT ROWID;
CREATE TABLE edges(target BLOB, kind INTEGER, source BLOB, scope BLOB);
CREATE INDEX edges_target ON edges(target);
CREATE INDEX edges_source ON edges(source);
CREATE INDEX edges_scope ON edges(scope);
CREATE TABLE units(key BLOB, scope BLOB, data TEXT);
CREATE INDEX units_key ON units(key);
CREATE INDEX units_scope ON units(scope);
CREATE TABLE names(kind TEXT, name TEXT, path BLOB);
CREATE INDEX names_name ON names(name, kind);
CREATE INDEX names_path ON names(path);
"""


# Kustomizations that nothing refers to; declared and discovered units; charts that something else deploys.
_COUNTS = (
    "SELECT count(*) FROM units u WHERE u.data='' AND NOT EXISTS (SELECT 1 FROM edges e "
    "WHERE e.target=substr(u.key, 3) AND e.kind=0 AND e.source!=u.key)",
    "SELECT count(*) FROM units WHERE data!=''",
    "SELECT count(*) FROM units u WHERE u.scope>=x'683a' AND u.scope<x'683b' AND EXISTS (SELECT 1 FROM edges e "
    "WHERE e.target=substr(u.scope, 3) AND e.kind=1 AND e.scope!=u.scope)",
)


class Store:
    """The stored index of one repository. ``path`` None keeps it in memory."""

    def __init__(self, path: Path | None) -> None:
        self.note = ""
        self._db = self._open(path)

    def _open(self, path: Path | None) -> sqlite3.Connection:
        if path is not None:
            for _ in range(2):
                try:
                    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                    return _connect(str(path))
                except (sqlite3.DatabaseError, OSError) as error:
                    self.note = f"The index {path} cannot be used ({error}); this run works without it."
                    if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
                        break
                    with contextlib.suppress(OSError):
                        path.unlink()
        return _connect(":memory:")

    def close(self) -> None:
        with contextlib.suppress(sqlite3.Error):
            self._db.rollback()
        self._db.close()

    # -- what is stored

    def state(self) -> tuple[str, str]:
        """The tree that the index describes and the digest of the configuration it was made with; "" before the first."""
        found = dict(self._db.execute("SELECT key, value FROM meta WHERE key IN ('tree', 'config')").fetchall())
        return found.get("tree", ""), found.get("config", "")

    def begin(self) -> None:
        """Hold one consistent view until the end of the run, whatever other processes write."""
        if not self._db.in_transaction:
            self._db.execute("BEGIN")
            self._db.execute("SELECT 1 FROM meta").fetchone()

    def entry(self, path: str) -> Entry | None:
        parent, _, name = os.fsencode(path).rpartition(b"/")
        row = self._db.execute("SELECT mode, oid FROM entries WHERE parent=? AND name=?", (parent, name)).fetchone()
        return Entry(path, row[0], row[1]) if row else None

    def has_below(self, path: str) -> bool:
        if not path:
            return self._db.execute("SELECT 1 FROM entries LIMIT 1").fetchone() is not None
        raw = os.fsencode(path)
        ask = (
            "SELECT 1 FROM entries WHERE parent=? UNION ALL SELECT 1 FROM entries WHERE parent>=? AND parent<? LIMIT 1"
        )
        return self._db.execute(ask, (raw, raw + b"/", raw + b"0")).fetchone() is not None

    def files_in(self, path: str) -> list[Entry]:
        prefix = path + "/" if path else ""
        rows = self._db.execute(
            "SELECT name, mode, oid FROM entries WHERE parent=? ORDER BY name", (os.fsencode(path),)
        )
        return [Entry(prefix + os.fsdecode(name), mode, oid) for name, mode, oid in rows]

    def walk(self, path: str) -> Iterator[Entry]:
        """Entries below a directory, by directory."""
        raw = os.fsencode(path)
        if path:
            where, arguments = "parent=? OR (parent>=? AND parent<?)", (raw, raw + b"/", raw + b"0")
        else:
            where, arguments = "?=? AND ?", (b"", b"", b"1")
        rows = self._db.execute(f"SELECT parent, name, mode, oid FROM entries WHERE {where}", arguments)  # noqa: S608 constants
        for parent, name, mode, oid in rows:
            yield Entry(os.fsdecode(parent + b"/" + name if parent else name), mode, oid)

    def directories_below(self, path: str) -> list[str]:
        raw = os.fsencode(path)
        ask = "SELECT DISTINCT parent FROM entries"
        if path:
            rows = self._db.execute(ask + " WHERE parent>=? AND parent<?", (raw + b"/", raw + b"0"))
        else:
            rows = self._db.execute(ask)
        return [os.fsdecode(row[0]) for row in rows]

    def special(self) -> list[Entry]:
        """Symlinks and submodules."""
        ask = "SELECT parent, name, mode, oid FROM entries INDEXED BY special WHERE mode IN (40960, 57344)"
        return [
            Entry(os.fsdecode(parent + b"/" + name if parent else name), mode, oid)
            for parent, name, mode, oid in self._db.execute(ask)
            if mode in (SYMLINK, SUBMODULE)
        ]

    def facts(self, oid: str, role: Role) -> Facts | None:
        row = self._db.execute("SELECT data FROM facts WHERE oid=? AND role=?", (oid, int(role))).fetchone()
        return None if row is None else Facts.load(row[0])

    def known_facts(self) -> set[tuple[str, int]]:
        """(blob id, role) of all stored facts."""
        return set(self._db.execute("SELECT oid, role FROM facts"))

    def named(self, kind: str, name: str) -> list[str]:
        rows = self._db.execute("SELECT path FROM names WHERE name=? AND kind=?", (name, kind))
        return sorted({os.fsdecode(row[0]) for row in rows})

    # -- edges and units

    def into(self, target: str) -> list[Edge]:
        return self._edges("target=?", os.fsencode(target))

    def below(self, prefix: str) -> list[Edge]:
        raw = os.fsencode(prefix)
        return self._edges("target>=? AND target<?", raw + b"/", raw + b"0")

    def out_of(self, source: str) -> list[Edge]:
        return self._edges("source=?", os.fsencode(source))

    def of_scope(self, scope: str) -> list[Edge]:
        return self._edges("scope=?", os.fsencode(scope))

    def _edges(self, where: str, *arguments: bytes) -> list[Edge]:
        rows = self._db.execute(f"SELECT scope, source, kind, target FROM edges WHERE {where}", arguments)  # noqa: S608 constants
        return [Edge(os.fsdecode(s), os.fsdecode(o), Kind(k), os.fsdecode(t)) for s, o, k, t in rows]

    def unit(self, key: str) -> list[tuple[str, str]]:
        """(scope, data) of the units with that key."""
        rows = self._db.execute("SELECT scope, data FROM units WHERE key=?", (os.fsencode(key),))
        return [(os.fsdecode(scope), data) for scope, data in rows]

    def units_of(self, scope: str) -> list[str]:
        return [row[0] for row in self._db.execute("SELECT data FROM units WHERE scope=?", (os.fsencode(scope),))]

    def all_units(self) -> Iterator[tuple[str, str]]:
        for scope, data in self._db.execute("SELECT scope, data FROM units ORDER BY key"):
            yield os.fsdecode(scope), data

    def kustomizations(self) -> list[str]:
        """``k:DIR`` of every kustomization that can be built."""
        return [os.fsdecode(row[0]) for row in self._db.execute("SELECT key FROM units WHERE data=''")]

    def deployed(self) -> int:
        """How many units the stored tree deploys: counted when it was written."""
        found = self._db.execute("SELECT value FROM meta WHERE key='deployed'").fetchone()
        return int(found[0]) if found else 0

    # -- writing: only inside ``writing``

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """One writing transaction. Raises NotWritable when the index cannot be saved (disk full, locked, damaged)."""
        try:
            self._db.rollback()
            self._db.execute("BEGIN IMMEDIATE")
            yield
            self._db.commit()
        except sqlite3.Error as error:
            raise NotWritable(str(error)) from error
        finally:
            with contextlib.suppress(sqlite3.Error):
                self._db.rollback()

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
        """(kind, name, path) of ConfigMaps and Secrets."""
        self._db.executemany("INSERT INTO names VALUES (?,?,?)", ((k, n, os.fsencode(p)) for k, n, p in names))

    def remove_scopes(self, scopes: Iterable[str]) -> None:
        for scope in scopes:
            self._db.execute("DELETE FROM edges WHERE scope=?", (os.fsencode(scope),))
            self._db.execute("DELETE FROM units WHERE scope=?", (os.fsencode(scope),))

    def put_edges(self, edges: Iterable[Edge]) -> None:
        code = os.fsencode
        rows = ((code(t), int(k), code(o), code(s)) for s, o, k, t in edges)
        self._db.executemany("INSERT INTO edges VALUES (?,?,?,?)", rows)

    def put_units(self, units: Iterable[tuple[str, str, str]]) -> None:
        """(key, scope, unit as JSON)."""
        rows = ((os.fsencode(key), os.fsencode(scope), data) for key, scope, data in units)
        self._db.executemany("INSERT INTO units VALUES (?,?,?)", rows)

    def describe(self, *, tree: str, config: str) -> None:
        roots, others, parts_of_others = (self._db.execute(ask).fetchone()[0] for ask in _COUNTS)
        rows = (("tree", tree), ("config", config), ("deployed", str(roots + others - parts_of_others)))
        self._db.executemany("INSERT OR REPLACE INTO meta VALUES (?,?)", rows)

    def remember(self, facts: Iterable[tuple[str, int, str]]) -> None:
        """Keep facts of blobs that are not in the stored tree (a head that comes again); silently not on a full disk."""
        with contextlib.suppress(NotWritable), self.writing():
            self.put_facts(facts)


class NotWritable(Exception):
    """The index cannot be saved; it is a cache, so the run goes on in memory."""


def _entry_row(entry: Entry) -> tuple[bytes, bytes, int, str]:
    parent, _, name = os.fsencode(entry.path).rpartition(b"/")
    return parent, name, entry.mode, entry.oid


def _connect(path: str) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=10, isolation_level=None)
    try:
        db.execute("PRAGMA synchronous=OFF")
        db.execute("PRAGMA cache_size=-32000")
        found = db.execute("PRAGMA user_version").fetchone()[0]
        if found == 0:
            db.execute("PRAGMA journal_mode=WAL")
            db.executescript(_SCHEMA + f"PRAGMA user_version={VERSION};")
        elif str(found) != VERSION:
            raise sqlite3.DatabaseError("it was written by another version")
        db.execute("SELECT count(*) FROM meta").fetchone()
    except BaseException:
        db.close()
        raise
    return db
