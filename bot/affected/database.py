"""The SQLite file of an index: opened, made, or thrown away when it is not what it should be.

Several processes may open and make it at once. What was written by another version lies in a file of its own name, so
that two versions do not throw away each other's work.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from pathlib import Path

# Raise it whenever facts, edges or units are made in another way: an older index is then built again.
VERSION = "56"

_APPLICATION = 0x47415445  # "GATE": another program's database is not touched up, but replaced
_WAIT_SECONDS = 10.0
_OLD_SECONDS = 30 * 24 * 3600.0

_SCHEMA = """
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE entries(parent BLOB, name BLOB, mode INTEGER, oid TEXT, PRIMARY KEY(parent, name)) WITHOUT ROWID;
CREATE INDEX special ON entries(mode) WHERE mode IN (40960, 57344);
CREATE INDEX charts ON entries(parent) WHERE name = x'43686172742e79616d6c';
CREATE TABLE facts(oid TEXT, role INTEGER, data TEXT, PRIMARY KEY(oid, role)) WITHOUT ROWID;
CREATE TABLE edges(target BLOB, kind INTEGER, source BLOB, scope BLOB);
CREATE INDEX edges_target ON edges(target);
CREATE INDEX edges_source ON edges(source);
CREATE INDEX edges_scope ON edges(scope);
CREATE TABLE units(key BLOB, scope BLOB, data TEXT, app BLOB, environment BLOB);
CREATE INDEX units_key ON units(key);
CREATE INDEX units_scope ON units(scope);
CREATE INDEX units_app ON units(app);
CREATE TABLE names(kind TEXT, name TEXT, path BLOB);
CREATE INDEX names_name ON names(name, kind);
CREATE INDEX names_path ON names(path);
"""
_STATEMENTS = tuple(part.strip() for part in _SCHEMA.split(";") if part.strip())


class Foreign(sqlite3.DatabaseError):
    """The file is a database, but not ours."""


def in_memory() -> sqlite3.Connection:
    """A new, empty index that only this process sees."""
    db = sqlite3.connect(":memory:", isolation_level=None)
    _create(db)
    return db


def on_disk(path: Path) -> sqlite3.Connection:
    """The index at ``path``, made where there is none or a damaged one. Raises sqlite3.Error or OSError when it cannot
    be used here."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        return _connect(path)
    except sqlite3.OperationalError:  # locked, read-only, full: the file is not to blame
        raise
    except sqlite3.DatabaseError:
        discard(path)
        return _connect(path)


def beside(path: Path) -> sqlite3.Connection:
    """A second connection to an index that is open, for a short word that waits for nobody. Raises sqlite3.Error."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=0.2, isolation_level=None)


def own_path(path: Path) -> Path:
    """Where this version keeps what the caller calls ``path``."""
    return path.with_name(f"{path.stem}-{VERSION}{path.suffix}")


def discard(path: Path) -> None:
    """Throw a file away with its log: a log without its database would be replayed into the next one."""
    for name in (f"{path.name}-wal", f"{path.name}-shm", path.name):
        with contextlib.suppress(OSError):
            path.with_name(name).unlink()


def discard_old_versions(path: Path) -> None:
    """Remove what other versions left beside ``path`` (the caller's name) and have not touched for a month."""
    for other in path.parent.glob(f"{path.stem}-*{path.suffix}"):
        with contextlib.suppress(OSError):
            if other != own_path(path) and time.time() - other.stat().st_mtime > _OLD_SECONDS:
                discard(other)


def _connect(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=_WAIT_SECONDS, isolation_level=None)
    try:
        db.execute("PRAGMA synchronous=NORMAL")  # a power cut may cost the last update, not the file
        db.execute("PRAGMA cache_size=-32000")
        if _is_empty(db):
            _log_ahead(db)
            _create(db)
        _check(db)
    except BaseException:
        db.close()
        raise
    return db


def _log_ahead(db: sqlite3.Connection) -> None:
    """Readers then see one state while another process writes. Where it cannot be had, they wait for each other."""
    for _ in range(50):
        try:
            db.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise
            time.sleep(0.02)


def _create(db: sqlite3.Connection) -> None:
    db.execute("BEGIN IMMEDIATE")
    try:
        if _is_empty(db):  # another process may have been faster
            for statement in _STATEMENTS:
                db.execute(statement)
            db.execute(f"PRAGMA application_id={_APPLICATION}")
            db.execute(f"PRAGMA user_version={VERSION}")
        db.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            db.execute("ROLLBACK")
        raise


def _is_empty(db: sqlite3.Connection) -> bool:
    return db.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone() is None


def _check(db: sqlite3.Connection) -> None:
    known = (_APPLICATION, int(VERSION))
    found = tuple(db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version"))
    tables = {row[0] for row in db.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")}
    if found != known or tables != set(_STATEMENTS):
        raise Foreign("it is not an index of this version")
