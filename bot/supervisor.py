"""``gatehouse serve``: web, workers and sweeper as children in one process group, and a Redis if none is named.

The socket that people reach belongs to this process: its address is known at once, and while the web door starts again,
those who come wait instead of being sent away. A child that ends is started anew, with pauses that grow as long as it does
not live long. SIGTERM, SIGINT and SIGHUP end everything within seconds; when this process is killed, its children notice.
"""

from __future__ import annotations

import contextlib
import logging
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.errors import ToolError, UserError
from bot.process import Child
from bot.service_settings import ServiceSettings
from bot.stopping import PARENT

SOCKET = "GATEHOUSE_SOCKET_FD"  # how children know what they listen on
_PAUSES = (0.0, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)  # seconds before a child is started again
_LONG_LIFE = 60.0  # whoever lived so long begins with the first pause
_LOOK_SECONDS = 0.2
_END_SECONDS = 8.0
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_logger = logging.getLogger("bot.supervisor")


@dataclass(slots=True)
class Kept:
    """A child that is kept alive: its name, what it runs and with which files. ``due`` is when it is to be started."""

    name: str
    argv: tuple[str, ...]
    fds: tuple[int, ...] = ()
    child: Child | None = None
    failures: int = 0
    since: float = 0.0
    due: float = 0.0


@dataclass(slots=True)
class Family:
    """The children of this process. ``env`` is what all of them get."""

    env: Mapping[str, str]
    members: Sequence[Kept]
    clock: Callable[[], float] = field(default=time.monotonic)

    def look(self) -> None:
        """Start whoever is due, and see who has ended."""
        for kept in self.members:
            if kept.child is None and self.clock() >= kept.due:
                self._start(kept)
            elif kept.child is not None and (code := kept.child.code()) is not None:
                self._ended(kept, f"exit code {code}" if code >= 0 else f"signal {-code}")

    def _start(self, kept: Kept) -> None:
        kept.since = self.clock()
        try:
            with _interrupts_held():
                kept.child = Child(kept.argv, env=self.env, fds=kept.fds)
        except ToolError as error:
            self._ended(kept, str(error))
        else:
            _logger.info("A part is started.", extra={"part": kept.name, "pid": kept.child.pid})

    def _ended(self, kept: Kept, how: str) -> None:
        lived = self.clock() - kept.since
        kept.failures = 1 if lived >= _LONG_LIFE else kept.failures + 1
        pause = _PAUSES[min(kept.failures - 1, len(_PAUSES) - 1)]
        kept.child, kept.due = None, self.clock() + pause
        told = {"part": kept.name, "how": how, "lived_seconds": round(lived, 1), "pause_seconds": pause}
        _logger.error("A part ended by itself; it is started again.", extra=told)

    def end(self, hurry: Callable[[], bool] = lambda: False) -> None:
        """Ask all to end, and end them where they do not within seconds, or ``hurry`` says so."""
        living = [kept.child for kept in self.members if kept.child is not None]
        for child in living:
            child.ask_to_end()
        deadline = self.clock() + _END_SECONDS
        while any(child.code() is None for child in living) and self.clock() < deadline and not hurry():
            time.sleep(0.05)
        for child in living:
            child.kill()


@contextlib.contextmanager
def _interrupts_held() -> Iterator[None]:
    """Children that start here never get Ctrl-C, which a terminal sends to all of the group, and which a Python that is just
    starting answers with a trace. This process gets it, a moment later, and ends them by SIGTERM."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Signals:
    """Counts the signals that end this process, and wakes who waits."""

    def __init__(self) -> None:
        self.count = 0
        self._read, self._write = os.pipe()

    def __enter__(self) -> _Signals:
        for number in _SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN or number == signal.SIGTERM:
                signal.signal(number, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        for number in _SIGNALS:
            if signal.getsignal(number) == self._note:
                signal.signal(number, signal.SIG_IGN)  # nothing is left to end, and the exit code is known

    def _note(self, *_: object) -> None:
        self.count += 1
        os.write(self._write, b"x")

    def wait(self, seconds: float) -> None:
        select.select([self._read] if not self.count else [], [], [], seconds)


def listening(host: str, port: int) -> socket.socket:
    """A socket that people can reach already. Raises UserError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048, reuse_port=False)
    except (OSError, OverflowError) as error:
        why = (error.strerror or type(error).__name__) if isinstance(error, OSError) else "no such port"
        why = why.partition(" (while ")[0]  # what Python adds is said already
        raise UserError(
            f"The service cannot listen at {host} port {port}: {why}. Set PORT or GATEHOUSE_HOST to something free."
        ) from error


def address(listener: socket.socket) -> str:
    """Where people on this machine reach it."""
    host, port = listener.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{shown}:{port}"


def serve(settings: ServiceSettings, environ: Mapping[str, str], *, workers: int, say: Callable[[str], None]) -> None:
    """Run everything until a signal ends it. ``environ`` is what the children get, besides what this adds. Raises UserError
    and ToolError where it cannot begin."""
    with _Signals() as signals, listening(settings.host, settings.port) as listener:
        say(f"Gatehouse listens at {address(listener)}")
        while not signals.count:
            with _redis(settings) as (url, redis_ended):
                env = {**environ, PARENT: str(os.getpid()), SOCKET: str(listener.fileno())}
                if url:
                    env = {**env, "REDIS_URL": url, "REDIS_URL_FILE": ""}
                _keep(Family(env, _members(listener.fileno(), workers)), signals, redis_ended)
    say("Gatehouse has ended.")


def _keep(family: Family, signals: _Signals, redis_ended: Callable[[], bool]) -> None:
    try:
        while not signals.count and not redis_ended():
            family.look()
            signals.wait(_LOOK_SECONDS)
    finally:
        asked = signals.count
        family.end(hurry=lambda: signals.count > max(asked, 1))


def _members(listener: int, workers: int) -> list[Kept]:
    program = (sys.executable, "-m", "bot")
    return [
        Kept("web", (*program, "web"), (listener,)),
        *(Kept(f"worker {number}", (*program, "worker")) for number in range(1, workers + 1)),
        Kept("commands", (*program, "worker", "--commands")),
        Kept("sweep", (*program, "sweep")),
    ]


@contextlib.contextmanager
def _redis(settings: ServiceSettings) -> Iterator[tuple[str, Callable[[], bool]]]:
    """The address of a Redis of our own, "" where another one is named, and whether it has ended."""
    if settings.redis_url:
        yield "", lambda: False
        return
    from bot.queue.embedded import embedded

    with embedded(Path(settings.state_dir), ends_with_us=True) as server:
        yield server.url, lambda: server.code() is not None
