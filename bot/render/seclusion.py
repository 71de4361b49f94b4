"""A worker thread whose programs start in another root and without a network: what unshare(1) does for one program, done
once for all programs of a thread. A program of its own for each render costs as much as a fifth of a small build.

Linux keeps root, working directory and network namespace for each thread (unshare(2): CLONE_FS, CLONE_NEWNET), and a child
inherits those of the thread that starts it. The thread itself is back outside as soon as its child runs.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_CLONE_FS = 0x00000200
_CLONE_NEWNET = 0x40000000


class _Outside:
    """Where a secluded thread came from: its root and working directory, open as long as the thread lives."""

    def __init__(self) -> None:
        flags = os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC
        self.root = os.open("/", flags)
        self.home = os.open(".", flags)

    def __del__(self) -> None:
        for descriptor in (self.root, self.home):
            os.close(descriptor)


class _Here(threading.local):
    outside: _Outside | None = None


_here = _Here()


def seclude() -> bool:
    """Part this thread's file system view and network from the others'; False where the system refuses. For threads that
    do nothing but render: such a thread has no network any more."""
    if is_secluded():
        return True
    if sys.platform != "linux" or os.geteuid() != 0:
        return False
    import ctypes

    if ctypes.CDLL(None, use_errno=True).unshare(_CLONE_FS | _CLONE_NEWNET) != 0:
        return False
    _here.outside = _Outside()
    return True


def is_secluded() -> bool:
    """Whether this thread is."""
    return _here.outside is not None


@contextmanager
def inside(root: str) -> Iterator[None]:
    """The thread's root is ``root`` meanwhile: only to start a program in it, nothing else may touch files."""
    outside = _here.outside
    assert outside is not None
    os.chroot(root)
    try:
        yield
    finally:
        os.fchdir(outside.root)
        os.chroot(".")
        os.fchdir(outside.home)
