"""Run a program: argv, clean environment, time, memory and output limits. The only module that starts processes.

Nothing goes through a shell, standard input is never inherited, and a failure keeps argv and both streams.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import IO, Any, NamedTuple, Self

from bot.errors import ToolError

MEBIBYTE = 1024 * 1024
_CHUNK = 65536
_POLL_SECONDS = 0.05
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
_MOST_CHILDREN = 64
_MOST_DESCENDANTS = 1000
_PR_SET_PDEATHSIG = 1


class Limits(NamedTuple):
    """What one run may use: seconds of wall clock, bytes of resident memory, bytes of standard output."""

    seconds: float = 60.0
    memory: int = 1024 * MEBIBYTE
    output: int = 64 * MEBIBYTE


class Completed(NamedTuple):
    """A finished program. ``stopped`` says which limit ended it, "" when it ended by itself."""

    argv: tuple[str, ...]
    code: int
    stdout: bytes
    stderr: bytes
    stopped: str = ""

    @property
    def ok(self) -> bool:
        return self.code == 0 and not self.stopped


class Stop:
    """Ends every run that was given it, from another thread, and lets none begin: what Ctrl-C needs when threads run
    programs, because only the main thread hears it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._live: set[subprocess.Popen[bytes]] = set()
        self._now = False

    def now(self) -> None:
        """Kill the running programs, and raise ToolError in every later run."""
        with self._lock:
            self._now = True
            for process in self._live:
                _signal(process)

    @contextlib.contextmanager
    def watches(self, process: subprocess.Popen[bytes]) -> Iterator[None]:
        """While the program runs, ``now`` reaches it. Raises ToolError when everything was stopped already."""
        with self._lock:
            if self._now:
                raise ToolError("The run was stopped.")
            self._live.add(process)
        try:
            yield
        finally:
            with self._lock:
                self._live.discard(process)


def run(
    argv: Sequence[str | os.PathLike[str]],
    *,
    cwd: str | os.PathLike[str] | None = None,
    env: Mapping[str, str] | None = None,
    stdin: bytes = b"",
    limits: Limits | None = None,
    stop: Stop | None = None,
    within: AbstractContextManager[None] | None = None,
) -> Completed:
    """Run ``argv`` to its end or to a limit; never raises for a failing program.

    ``env`` replaces the environment (None: an empty one with a plain PATH). Raises ToolError when the program cannot
    be started, or ``stop`` said so. ``within`` is entered while the program is started, and left when it runs. Ctrl-C and
    every other exception kill the whole process group first.
    """
    words = tuple(os.fspath(word) for word in argv)
    process = _start(words, cwd, env, within, wants_input=bool(stdin))
    try:
        with (stop or Stop()).watches(process):
            return _Watch(process, words, limits or Limits()).until_end(stdin)
    except BaseException:
        _kill(process)
        raise
    finally:
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()


def minimal_environment() -> dict[str, str]:
    """The environment of a program that needs nothing: a PATH and a neutral locale, no HOME, no credentials."""
    return {"PATH": os.defpath, "LC_ALL": "C.UTF-8"}


def _start(
    words: tuple[str, ...],
    cwd: str | os.PathLike[str] | None,
    env: Mapping[str, str] | None,
    within: AbstractContextManager[None] | None,
    *,
    wants_input: bool,
) -> subprocess.Popen[bytes]:
    try:
        with open(os.devnull, "rb") as nothing, within or contextlib.nullcontext():  # noqa: PTH123 there may be none within
            return subprocess.Popen(
                words,
                cwd=cwd,
                env=dict(env) if env is not None else minimal_environment(),
                stdin=subprocess.PIPE if wants_input else nothing,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
    except FileNotFoundError as error:
        raise ToolError(f"The program {words[0]!r} was not found; install it or put it on PATH.") from error
    except (OSError, ValueError) as error:
        raise ToolError(f"The program {words[0]!r} could not be started: {error}.") from error


class _Watch:
    """Reads both streams of one process and holds it to its limits."""

    def __init__(self, process: subprocess.Popen[bytes], argv: tuple[str, ...], limits: Limits) -> None:
        self._process = process
        self._argv = argv
        self._limits = limits
        self._deadline = time.monotonic() + limits.seconds
        self._next_look = time.monotonic() + _POLL_SECONDS
        self._streams: dict[str, bytearray] = {"stdout": bytearray(), "stderr": bytearray()}

    def until_end(self, stdin: bytes) -> Completed:
        stopped = self._pump(memoryview(stdin))
        while not stopped and self._process.returncode is None:  # it may live on without its streams
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=_POLL_SECONDS)
            stopped = self._over() if self._process.returncode is None else ""
        if stopped:
            _kill(self._process)
        return Completed(
            self._argv,
            self._process.returncode,
            bytes(self._streams["stdout"]),
            bytes(self._streams["stderr"]),
            stopped,
        )

    def _timeout(self) -> str:
        return f"took longer than {self._limits.seconds:g} s"

    def _pump(self, stdin: memoryview) -> str:
        """Move bytes until both outputs are closed; returns the limit that was reached, or ""."""
        with selectors.DefaultSelector() as selector:
            for name in self._streams:
                selector.register(_fd(getattr(self._process, name)), selectors.EVENT_READ, name)
            if self._process.stdin is not None:
                os.set_blocking(self._process.stdin.fileno(), False)
                selector.register(self._process.stdin.fileno(), selectors.EVENT_WRITE, "stdin")
            while selector.get_map():
                ready = selector.select(timeout=_POLL_SECONDS)
                if over := self._over():
                    return over
                for key, _ in ready:
                    if key.data == "stdin":
                        stdin = self._feed(selector, stdin)
                    elif over := self._take(selector, key):
                        return over
        return ""

    def _over(self) -> str:
        """The limit of time or memory that was passed; memory is looked at by the clock, however much is printed."""
        now = time.monotonic()
        if now > self._deadline:
            return self._timeout()
        if now < self._next_look:
            return ""
        self._next_look = now + _POLL_SECONDS
        if memory_of(self._process.pid) > self._limits.memory:
            return f"used more than {self._limits.memory // MEBIBYTE} MiB of memory"
        return ""

    def _feed(self, selector: selectors.BaseSelector, stdin: memoryview) -> memoryview:
        pipe = self._process.stdin
        assert pipe is not None
        try:
            stdin = stdin[os.write(pipe.fileno(), stdin[:_CHUNK]) :]
        except BlockingIOError:
            return stdin
        except BrokenPipeError:
            stdin = stdin[len(stdin) :]
        if not stdin:
            selector.unregister(pipe.fileno())
            with contextlib.suppress(OSError):
                pipe.close()
        return stdin

    def _take(self, selector: selectors.BaseSelector, key: selectors.SelectorKey) -> str:
        chunk = os.read(key.fd, _CHUNK)
        if not chunk:
            selector.unregister(key.fd)
            return ""
        held = self._streams[str(key.data)]
        held += chunk
        if key.data == "stderr":
            del held[: -MEBIBYTE * 4]
        elif len(held) > self._limits.output:
            return f"printed more than {self._limits.output // MEBIBYTE} MiB"
        return ""


def memory_of(pid: int) -> int:
    """Resident bytes of a program and those it started, 0 where the system does not tell (then only time and output
    limit it)."""
    total, queue, seen = 0, [pid], 0
    while queue and seen < _MOST_CHILDREN:
        place = Path("/proc", str(queue.pop()))
        seen += 1
        with contextlib.suppress(OSError, IndexError, ValueError):  # it may end while we look
            total += int((place / "statm").read_bytes().split()[1]) * _PAGE
            for thread in (place / "task").iterdir():
                queue += map(int, (thread / "children").read_bytes().split())
    return total


def end_with_parent(parent: int) -> None:
    """For a process that was just forked: be killed when ``parent`` is gone, or at once where it is (prctl(2), Linux only;
    elsewhere this process lives on)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)


def _fd(stream: IO[bytes]) -> int:
    return stream.fileno()


def _signal(process: subprocess.Popen[bytes]) -> None:
    """Kill the whole group of a process; it leads one, because it was started in a session of its own."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)


def _kill(process: subprocess.Popen[bytes]) -> None:
    _signal(process)
    with contextlib.suppress(Exception):
        process.wait(timeout=5)


class _Companion:
    """A program that lives beside this one. Raises ToolError where it cannot be started."""

    def __init__(self, argv: Sequence[str], env: Mapping[str, str], **options: Any) -> None:
        self.argv = tuple(argv)
        try:
            self._process: subprocess.Popen[bytes] = subprocess.Popen(self.argv, env=dict(env), **options)
        except FileNotFoundError as error:
            raise ToolError(f"The program {self.argv[0]!r} was not found; install it or put it on PATH.") from error
        except OSError as error:
            raise ToolError(f"The program {self.argv[0]!r} could not be started: {error}.") from error

    @property
    def pid(self) -> int:
        return self._process.pid

    def code(self, seconds: float = 0) -> int | None:
        """How it ended, waiting at most so long for that; negative is the signal that ended it, None: it lives."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=seconds)
        return self._process.returncode


class Child(_Companion):
    """A program that runs beside this one, in the same process group and on the same standard output and error, with
    nothing to read. ``fds`` are files that it gets, under their numbers. ``log``: where its output goes instead."""

    def __init__(
        self, argv: Sequence[str], *, env: Mapping[str, str], fds: Sequence[int] = (), log: IO[bytes] | None = None
    ) -> None:
        super().__init__(
            argv, env, stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=tuple(fds), close_fds=True
        )

    def ask_to_end(self) -> None:
        if self.code() is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.terminate()

    def kill(self) -> None:
        """End it, and what it started and still holds."""
        if self.code() is None:
            pids = (self.pid, *descendants(self.pid))
            for pid in pids:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
            self.code(5)


def descendants(pid: int) -> tuple[int, ...]:
    """Processes that one started, and those that they started; () where the system does not tell."""
    found: list[int] = []
    queue = [pid]
    while queue and len(found) < _MOST_DESCENDANTS:
        with contextlib.suppress(OSError, ValueError):
            for thread in Path("/proc", str(queue.pop()), "task").iterdir():
                children = [int(word) for word in (thread / "children").read_bytes().split()]
                found += children
                queue += children
    return tuple(found)


class Conversation(_Companion):
    """A program that answers questions on its standard streams as long as it lives (a context manager)."""

    def __init__(self, argv: Sequence[str], *, env: Mapping[str, str], cwd: str | None = None) -> None:
        super().__init__(
            argv, env, cwd=cwd, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            start_new_session=True, bufsize=1 << 20,
        )  # fmt: skip
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self.input: IO[bytes] = self._process.stdin
        self.output: IO[bytes] = self._process.stdout

    def kill(self) -> None:
        """End it, and what it started."""
        _kill(self._process)

    def close(self) -> None:
        for stream in (self.input, self.output):
            with contextlib.suppress(OSError):
                stream.close()
        if self.code(2) is None:
            self.kill()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Server(_Companion):
    """A program that serves beside this one until it is told to end (a context manager). It has no input, and its streams
    go nowhere: what it has to say it writes to a log of its own. It leads a process group. ``ends_with_us``: it is killed
    when this process is (Linux), for which the thread that starts it has to live as long as the process does."""

    def __init__(
        self, argv: Sequence[str], *, env: Mapping[str, str], cwd: str | None = None, ends_with_us: bool = False
    ) -> None:
        us = os.getpid()
        super().__init__(
            argv, env, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True, preexec_fn=(lambda: end_with_parent(us)) if ends_with_us else None,
        )  # fmt: skip

    def stop(self, seconds: float = 10) -> None:
        """Ask it to end, and end it with all that it started when it did not within so many seconds."""
        if self.code() is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                self._process.terminate()
            if self.code(seconds) is None:
                _kill(self._process)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
