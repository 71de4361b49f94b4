"""The connection to an index that goes on whatever happens to its file.

Several processes may use one file at once, each holds one state of it; a damaged file is thrown away and built again; where
it cannot be written a copy lives in memory for this run.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from bot.affected import database

if TYPE_CHECKING:
    from pathlib import Path


class Connection:
    """An open index. ``path`` None keeps it in memory. ``note``: what a report should say of it.

    ``rebuild`` fills an empty index with a tree; it is called when the file turns out to be damaged in the middle of a
    run, which then goes on in memory with the same answers.
    """

    def __init__(self, path: Path | None) -> None:
        self.note = ""
        self.rebuild: Callable[[str], None] | None = None
        self._path: Path | None = None
        self._writing = False
        self._tree = ""  # what the held state describes
        self._db = self._open(path)

    def _open(self, path: Path | None) -> sqlite3.Connection:
        if path is not None:
            own = database.own_path(path)
            try:
                found = database.on_disk(own)
                self._path = own
                database.discard_old_versions(path)
                return found
            except (sqlite3.Error, OSError) as error:
                why = error.strerror if isinstance(error, OSError) else error  # without the path: reports are posted
                self.note = f"The index in GATEHOUSE_CACHE_DIR cannot be used ({why}); this run works without it."
        return database.in_memory()

    def close(self) -> None:
        """Let go of the file; a writing that is under way leaves nothing."""
        with contextlib.suppress(sqlite3.Error):
            self._db.rollback()
        self._db.close()

    def to_memory(self, error: NotWritable) -> None:
        """Go on with a private copy of what is held, because the file cannot be written or is never at rest; with an empty
        one where it is damaged."""
        copy = database.in_memory()
        if not error.damaged and self._path is not None:
            try:
                self._db.backup(copy)
            except sqlite3.Error:
                copy = database.in_memory()
        self._replace_by(copy, f"The index cannot be saved ({error}); this run keeps it in memory.", error.damaged)

    def _replace_by(self, db: sqlite3.Connection, note: str, damaged: bool) -> None:
        self.close()
        if damaged and self._path is not None:
            database.discard(self._path)
        self._db, self._path, self.note = db, None, note
        self._forget_answers()

    def _forget_answers(self) -> None:
        """Called whenever another state is held: for what is remembered of the former one."""

    def _ask(self, question: str, arguments: tuple[object, ...] = ()) -> list[Any]:
        try:
            return self._db.execute(question, arguments).fetchall()
        except sqlite3.ProgrammingError:
            raise
        except sqlite3.DatabaseError as error:
            if self._writing or self.rebuild is None:
                raise
            self._start_again(error, self.rebuild)
            return self._db.execute(question, arguments).fetchall()

    def _start_again(self, error: sqlite3.DatabaseError, rebuild: Callable[[str], None]) -> None:
        """The file cannot be read after all: build what it should hold in memory."""
        note = f"The index cannot be read ({error}); it is built again and kept in memory for this run."
        self._replace_by(database.in_memory(), note, _is_damage(error))
        if self._tree:
            rebuild(self._tree)

    def hold(self) -> tuple[str, str]:
        """Hold one consistent state until the next writing, whatever other processes write. Returns ``state()``."""
        self._forget_answers()
        with contextlib.suppress(sqlite3.Error):
            self._db.rollback()
            self._db.execute("BEGIN")
        tree, config = self.state()
        self._tree = tree
        return tree, config

    def state(self) -> tuple[str, str]:
        """The tree that the index describes and the digest of the configuration it was made with; "" before the first."""
        found = dict(self._ask("SELECT key, value FROM meta WHERE key IN ('tree', 'config')"))
        return found.get("tree", ""), found.get("config", "")

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """One writing transaction. Raises NotWritable when the index cannot be saved (disk full, locked, damaged)."""
        self._writing = True
        try:
            self._db.rollback()
            self._db.execute("BEGIN IMMEDIATE")
            yield
            self._db.commit()
        except sqlite3.Error as error:
            raise NotWritable(str(error), damaged=_is_damage(error)) from error
        finally:
            self._writing = False
            self._forget_answers()
            with contextlib.suppress(sqlite3.Error):
                self._db.rollback()


class NotWritable(Exception):
    """The index cannot be saved; it is a cache, so the run goes on in memory. ``damaged``: the file is to blame."""

    def __init__(self, why: str, *, damaged: bool = False) -> None:
        super().__init__(why)
        self.damaged = damaged


def _is_damage(error: sqlite3.Error) -> bool:
    return isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError)
