"""The directories that programs run in, and what is left of them when a process ends: nothing, however it ended.

Each process has one directory for all its rooms and its copies of programs, and holds a lock on it (flock(2)) as long as it
lives. What a killed process left is removed by the next one that makes a room: a program is tens of megabytes, in memory.
"""

from __future__ import annotations

import atexit
import errno
import fcntl
import functools
import os
import re
import shutil
import stat
import sys
import tempfile
import threading
import time
from pathlib import Path

INSIDE = "/repo"

_IN_MEMORY = "/dev/shm"  # noqa: S108 tmpfs(5); what is made there has names of mkdtemp, readable for this user only
_SPACE = 2 * 1024**3  # several rooms at their largest, and the programs


@functools.cache
def _place_of_rooms() -> str:
    """The directory of the rooms: in memory, where making and removing them costs a fifth, if there is space and programs
    may run from there (many containers forbid it), and TMPDIR does not say otherwise. Without symlinks."""
    usual = str(Path(tempfile.gettempdir()).resolve())
    if os.environ.get("TMPDIR") or sys.platform != "linux":
        return usual
    try:
        found = os.statvfs(_IN_MEMORY)
    except OSError:
        return usual
    space = found.f_bavail * found.f_frsize
    usable = space >= _SPACE and not found.f_flag & os.ST_NOEXEC and os.access(_IN_MEMORY, os.W_OK | os.X_OK)
    return _IN_MEMORY if usable else usual


_PREFIX = "gatehouse-render-"
_YOUNG_SECONDS = 60  # between making a directory and locking it lies an instant, and somebody may sweep then
_HOMES: dict[int, str] = {}  # by process: a fork has rooms of its own
_MAKING = threading.Lock()


def _home() -> str:
    """This process's own directory, locked as long as it lives."""
    with _MAKING:
        if (process := os.getpid()) not in _HOMES:
            place = _place_of_rooms()
            home = tempfile.mkdtemp(prefix=_PREFIX, dir=place)
            fcntl.flock(os.open(home, os.O_RDONLY | os.O_DIRECTORY), fcntl.LOCK_EX | fcntl.LOCK_NB)
            atexit.register(_leave, process)
            _HOMES[process] = home
            _sweep(place)
        return _HOMES[process]


def leave() -> None:
    """Remove what this process made here. At its end that happens by itself, but for a process that ends by ``os._exit``."""
    _leave(os.getpid())


def _leave(process: int) -> None:
    if process == os.getpid() and (home := _HOMES.pop(process, None)):
        shutil.rmtree(home, ignore_errors=True)


def _sweep(place: str) -> None:
    """Remove what processes of this user left that were killed before they could."""
    for entry in os.scandir(place):
        if entry.name.startswith(_PREFIX) and _is_left(entry):
            shutil.rmtree(entry.path, ignore_errors=True)


def _is_left(entry: os.DirEntry[str]) -> bool:
    try:
        found = entry.stat(follow_symlinks=False)
        if (
            not stat.S_ISDIR(found.st_mode)
            or found.st_uid != os.geteuid()
            or time.time() - found.st_mtime < _YOUNG_SECONDS
        ):
            return False
        descriptor = os.open(entry.path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)  # refused as long as its process lives
        finally:
            os.close(descriptor)
    except OSError:
        return False
    return True


class Room:
    """A private directory that a renderer sees as its whole world: the repository's files in ``/repo``. A context
    manager; the directory is gone afterwards."""

    def __init__(self) -> None:
        self.path = tempfile.mkdtemp(prefix="room-", dir=_home())
        self._made: set[str] = set()
        self.directory(INSIDE[1:])
        self.directory("tmp")

    def __enter__(self) -> Room:
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.path, ignore_errors=True)

    def directory(self, path: str) -> None:
        """Make a directory of the room, with those above it. Raises FileExistsError where something else has the name,
        also a symlink: what lies below would land where the symlink points."""
        if path and path not in self._made:
            above, _, name = path.rpartition("/")
            if name in ("", ".", ".."):  # a tree made by hand can hold such names
                raise OSError(errno.EINVAL, "such a path leaves its directory")
            self.directory(above)
            place = f"{self.path}/{path}"
            try:
                os.mkdir(place, 0o755)  # noqa: PTH102
            except FileExistsError:
                if os.path.islink(place) or not os.path.isdir(place):  # noqa: PTH112, PTH114
                    raise FileExistsError(errno.EEXIST, "a symlink or file is in its way") from None
            self._made.add(path)

    def write(self, path: str, data: bytes) -> None:
        """Write a file of the room (``repo/…``). Raises as ``directory`` does."""
        descriptor = os.open(self._file(path), os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o644)
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(descriptor, view) :]
        finally:
            os.close(descriptor)

    def link(self, path: str, target: str) -> None:
        """Make a symlink. Raises as ``directory`` does."""
        Path(self._file(path)).symlink_to(target)

    def _file(self, path: str) -> str:
        above, _, name = path.rpartition("/")
        if name in ("", ".", "..") or "\0" in path:
            raise OSError(errno.EINVAL, "such a path leaves its directory")
        self.directory(above)
        return f"{self.path}/{path}"

    def place_program(self, program: str) -> str:
        """Make a program available inside; returns its path there."""
        name = f"/{program.rpartition('/')[2]}"
        place = self.path + name
        if not os.path.exists(place):  # noqa: PTH110
            copy = _copy_of(program)
            try:
                os.link(copy, place)
            except OSError:  # a file system without hard links
                shutil.copy2(copy, place)
        return name

    def clean(self, text: str) -> str:
        """An error text without the room's paths: as paths of the repository."""
        return _IN_ROOM.sub(_as_of_repository, text.replace(self.path + INSIDE, INSIDE)).replace(self.path, "")


# The room's root where it begins a path: not within one (``./repos``, ``apps/repo/base``), nor of another name.
_IN_ROOM = re.compile(rf"(?<![\w.)}}/~-]){re.escape(INSIDE)}(?:(/)|(?![\w-]|\.\w))")


def _as_of_repository(found: re.Match[str]) -> str:
    return "" if found[1] else "."


_COPIES: dict[tuple[str, str], str] = {}
_COPYING = threading.Lock()


def _copy_of(program: str) -> str:
    """A copy of the program beside the rooms, made once a process: a room gets a link to it, never to the original."""
    home = _home()
    with _COPYING:
        if (home, program) not in _COPIES:
            _COPIES[home, program] = shutil.copy2(program, tempfile.mkdtemp(prefix="tool-", dir=home))
        return _COPIES[home, program]
