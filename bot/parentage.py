"""A process that does not outlive the one that started it, however that ended.

Linux sends a signal when the thread that started a process is gone (PR_SET_PDEATHSIG, prctl(2)). Elsewhere a process looks
now and then who its parent is.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time

_PR_SET_PDEATHSIG = 1
_LOOK_SECONDS = 1.0


def die_with(parent: int, *, forks_too: bool = True) -> None:
    """From now on this process is killed when ``parent``, which started it, is gone; and so are processes that it forks when
    it is gone itself. Those are asked nothing: what they do has to bear a crash anyway."""
    _arm()
    if os.getppid() != parent:  # it was gone before we asked
        os._exit(1)
    if not sys.platform.startswith("linux"):
        threading.Thread(target=_watch, args=(parent,), daemon=True).start()
    elif forks_too:
        os.register_at_fork(after_in_child=_arm)


def _arm() -> None:
    if sys.platform.startswith("linux"):
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_LOOK_SECONDS)
    os._exit(1)


_libc = ctypes.CDLL(None)
