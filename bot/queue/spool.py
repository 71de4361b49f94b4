"""Deliveries on disk, for the time that Redis is away: GitLab switches a webhook off that fails some times in a row.

One file a delivery, only this user can read it, and it holds the jobs and nothing of the body. A file is there whole or not
at all, and it is on the disk when ``add`` returns. It goes when its jobs are in the queue: a crash between these two puts
them again, which the queue sees by the id of the delivery.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.errors import RetryLater
from bot.model.delivery import Delivery
from bot.model.job import Job

_ENDING, _HALF, _BAD = ".json", ".half", ".damaged"
_HALF_SECONDS = 3600
MOST_FILES = 10_000
_log = logging.getLogger("gatehouse.spool")


class SpoolFull(RetryLater):
    """No room for another delivery; the text says what to do."""


class Spool:
    """A directory of deliveries; any number of processes may use it at once."""

    def __init__(self, directory: Path, *, most: int = MOST_FILES) -> None:
        self._directory = directory
        self._most = most

    def add(self, delivery: Delivery) -> None:
        """Keep a delivery. Raises SpoolFull where too many wait or the disk takes no more."""
        try:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            if len(self) >= self._most:
                raise SpoolFull(
                    f"{self._most} deliveries wait in {self._directory} for Redis; start Redis, and they are worked off."
                )
            self._write(f"{time.time_ns():020d}-{secrets.token_hex(4)}", _dumped(delivery))
        except OSError as error:
            raise SpoolFull(
                f"A delivery could not be kept in {self._directory}: {error.strerror}. Make room there, or start Redis."
            ) from None

    def drain(self, accept: Callable[[Delivery], object]) -> int:
        """Hand all deliveries to ``accept``, in the order in which they came; how many there were. Ends early, and raises
        what ``accept`` raises, with the file still there. Does nothing where another process does it now."""
        if not self._directory.is_dir() or not self._files():
            return 0
        done = 0
        with self._alone() as alone:
            for file in self._files() if alone else ():
                delivery = self._read(file)
                if delivery is not None:
                    accept(delivery)
                    file.unlink(missing_ok=True)
                    done += 1
            if alone:
                self._sweep()
        return done

    def __len__(self) -> int:
        return len(self._files())

    def _files(self) -> list[Path]:
        try:
            return sorted(self._directory / name for name in os.listdir(self._directory) if name.endswith(_ENDING))  # noqa: PTH208 names are enough
        except FileNotFoundError:
            return []

    def _write(self, name: str, data: bytes) -> None:
        half = self._directory / f"{name}{_HALF}"
        with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        half.rename(half.with_suffix(_ENDING))
        directory = os.open(self._directory, os.O_RDONLY)
        try:
            os.fsync(directory)  # else the name may be lost with the power
        finally:
            os.close(directory)

    def _read(self, file: Path) -> Delivery | None:
        """The delivery of a file; a damaged one is set aside, for people."""
        try:
            return _loaded(file.read_bytes())
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError, AttributeError):
            _log.error("a delivery in the spool is damaged and was set aside", extra={"file": file.name})
            file.rename(file.with_suffix(_BAD))
            return None

    @contextmanager
    def _alone(self) -> Iterator[bool]:
        """Whether no other process drains; the kernel's lock goes with its process."""
        with (self._directory / "lock").open("ab") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            yield True

    def _sweep(self) -> None:
        """Remove what a crash left half written; its sender was told nothing good."""
        for file in self._directory.glob(f"*{_HALF}"):
            try:
                if time.time() - file.stat().st_mtime > _HALF_SECONDS:
                    file.unlink()
            except FileNotFoundError:
                continue


def _dumped(delivery: Delivery) -> bytes:
    raw = {"id": delivery.id, "event": delivery.event, "jobs": [job.dump() for job in delivery.jobs]}
    return json.dumps(raw, separators=(",", ":")).encode()


def _loaded(data: bytes) -> Delivery:
    raw = json.loads(data)
    return Delivery(str(raw["id"]), str(raw["event"]), tuple(Job.load(job) for job in raw["jobs"]))
