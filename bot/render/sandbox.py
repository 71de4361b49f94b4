"""Run a renderer shut in: its own root directory and no network, as far as this system allows.

Levels, best first: ``root+network`` (chroot and an empty network namespace by unshare(1)), ``network``, ``none``.
What the system refuses is used no further and said in the report; the other defences (no credentials, no plugins, the
load restrictor, refused references, limits) do not depend on it.
"""

from __future__ import annotations

import errno
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bot.errors import ToolError
from bot.process import Completed, Limits, Stop, run
from bot.render import seclusion
from bot.render.rooms import INSIDE, Room

_TURNS = 20
_AS_ROOT = ("unshare", "--net")  # the prefix of a user who needs no namespace of users


@dataclass(frozen=True, slots=True)
class Sandbox:
    """``level`` is ``root+network``, ``network`` or ``none``; ``prefix`` the words that shut a program in."""

    level: str
    prefix: tuple[str, ...] = ()

    @property
    def note(self) -> str:
        """What a report must say about a weaker level; "" for the full one."""
        if self.level == "none":
            return "Rendering ran without a sandbox: GATEHOUSE_SANDBOX is off, or this system refuses unshare(1)."
        return ""

    def shuts_in(self, program: str) -> bool:
        """Whether the program sees nothing but the room: its root is the room's, and it needs nothing from outside."""
        return self.level == "root+network" and is_static(program)

    def settle(self) -> None:
        """Ready this thread, which does nothing but render, to start programs at once. Without effect where that is not
        possible."""
        if self.level == "root+network" and len(self.prefix) == len(_AS_ROOT):
            seclusion.seclude()

    def root(self, room: Room, program: str) -> str:
        """What stands in front of ``/repo`` where the program runs: "" when it is shut in, else the room's path."""
        return "" if self.shuts_in(program) else room.path

    def run(
        self,
        room: Room,
        program: str,
        words: list[str],
        *,
        env: dict[str, str],
        limits: Limits,
        stop: Stop | None = None,
    ) -> Completed:
        """Run ``program`` in the room's ``/repo``. Paths in ``words`` and ``env`` must start with ``root()``."""
        if self.shuts_in(program):
            inside = room.place_program(program)
            if seclusion.is_secluded():
                return _at_once(room, (inside, *words), env=env, limits=limits, stop=stop)
            argv = [*self.prefix, f"--root={room.path}", f"--wd={INSIDE}", inside, *words]
            return _patiently(lambda: run(argv, env=env, limits=limits, stop=stop))
        return run([*self.prefix, program, *words], cwd=f"{room.path}{INSIDE}", env=env, limits=limits, stop=stop)


def _at_once(room: Room, argv: tuple[str, ...], *, env: dict[str, str], limits: Limits, stop: Stop | None) -> Completed:
    """Run a program of the room from a secluded thread: without unshare(1) in between."""
    for turn in range(_TURNS + 1):
        try:
            return run(argv, cwd=INSIDE, env=env, limits=limits, stop=stop, within=seclusion.inside(room.path))
        except ToolError as error:
            busy = isinstance(error.__cause__, OSError) and error.__cause__.errno == errno.ETXTBSY
            if not busy or turn == _TURNS:
                raise
            time.sleep(0.005 * (turn + 1))
    raise AssertionError("unreachable")


def _patiently(start: Callable[[], Completed]) -> Completed:
    """Start again what another thread kept from starting: a program that was just copied is "busy" as long as a child of
    that thread, not yet a program itself, holds the file open for writing (execve(2), ETXTBSY)."""
    done = start()
    for turn in range(_TURNS):
        if done.code != 126 or b"Text file busy" not in done.stderr:
            break
        time.sleep(0.005 * (turn + 1))
        done = start()
    return done


_FULL: dict[tuple[str, int], Sandbox] = {}  # by unshare(1) and user; a weaker level may be due to the moment


def detect(*, allowed: bool = True) -> Sandbox:
    """The best level that works here, found by trying. Once everything was possible, a process does not ask again."""
    unshare = shutil.which("unshare")
    if not allowed or unshare is None:
        return Sandbox("none")
    asked = (unshare, os.geteuid())
    if asked not in _FULL:
        found = _tried(unshare)
        if found.level != "root+network":
            return found
        _FULL[asked] = found
    return _FULL[asked]


def _tried(unshare: str) -> Sandbox:
    for user in ((), ("--map-root-user",)):
        if os.geteuid() != 0 and not user:
            continue
        prefix = (unshare, *user, "--net")
        if run([*prefix, "true"], limits=Limits(seconds=10)).ok:
            return _with_root(prefix)
    return Sandbox("none")


def _with_root(prefix: tuple[str, ...]) -> Sandbox:
    """Whether changing the root works too: a program that does not exist there gives 127, a refusal gives 1."""
    with Room() as room:
        if os.statvfs(room.path).f_flag & os.ST_NOEXEC:  # a program could not be started from there
            return Sandbox("network", prefix)
        tried = run([*prefix, f"--root={room.path}", "--wd=/repo", "/nothing"], limits=Limits(seconds=10))
    return Sandbox("root+network" if tried.code == 127 else "network", prefix)


_STATIC: dict[str, bool] = {}


def is_static(program: str) -> bool:
    """Whether an ELF program needs no loader or libraries, so that it runs in an empty root."""
    if program not in _STATIC:
        _STATIC[program] = _has_no_interpreter(program)
    return _STATIC[program]


def _has_no_interpreter(program: str) -> bool:
    """Look for a PT_INTERP entry in the program headers (System V ABI, ELF-64)."""
    try:
        with Path(program).open("rb") as file:
            head = file.read(64)
            if head[:5] != b"\x7fELF\x02":
                return False
            order: Literal["little", "big"] = "little" if head[5] == 1 else "big"
            offset = int.from_bytes(head[32:40], order)
            size, count = int.from_bytes(head[54:56], order), int.from_bytes(head[56:58], order)
            file.seek(offset)
            headers = [file.read(size) for _ in range(count)]
    except OSError:
        return False
    return all(int.from_bytes(h[:4], order) != 3 for h in headers)
