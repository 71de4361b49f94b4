"""Run programs and say what they cost: median with minimum and maximum of several runs, memory of the whole family.

Figures of one table come from one run of the benchmarks on one machine; only their ratios are meant to travel.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_PAGE = os.sysconf("SC_PAGE_SIZE")
_EVERY = 0.005


class Unsuitable(Exception):
    """A benchmark cannot run here; the text says what is missing."""


@dataclass(frozen=True, slots=True)
class Runs:
    """Seconds of wall clock of the same thing done several times, and what the last run printed."""

    seconds: tuple[float, ...]
    output: bytes = b""

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    def __str__(self) -> str:
        return f"{show(self.median)} ({show(min(self.seconds))}–{show(max(self.seconds))})"


def show(seconds: float) -> str:
    """Seconds with as many digits as mean something."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.0f} s"


def environment(cache: Path, **more: str) -> dict[str, str]:
    """The environment of a measured program: a cache and a home of its own, bytecode kept as an installation has it."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "GATEHOUSE_", "PYTHON"))}
    own = {"HOME": str(cache), "XDG_CACHE_HOME": str(cache), "GATEHOUSE_CACHE_DIR": str(cache / "gatehouse")}
    return kept | own | {"LC_ALL": "C.UTF-8"} | more


def measure(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    times: int,
    before: Callable[[], object] = lambda: None,
    codes: tuple[int, ...] = (0,),
) -> Runs:
    """Run ``argv`` several times; ``before`` runs in front of each, uncounted. Raises RuntimeError for a strange exit."""
    seconds = []
    output = b""
    for _ in range(times):
        before()
        start = time.perf_counter()
        done = subprocess.run(argv, env=dict(env), stdin=subprocess.DEVNULL, capture_output=True, check=False)
        seconds.append(time.perf_counter() - start)
        if done.returncode not in codes:
            raise RuntimeError(f"{' '.join(argv)} ended with {done.returncode}: {done.stderr.decode()[-500:]}")
        output = done.stdout
    return Runs(tuple(seconds), output)


def timed(work: Callable[[], object], *, times: int) -> Runs:
    """Call something in this process several times."""
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return Runs(tuple(seconds))


def alternating(
    commands: Mapping[str, Sequence[str]], *, env: Mapping[str, str], times: int, codes: tuple[int, ...] = (0,)
) -> dict[str, Runs]:
    """Several commands by turns, so that a machine that becomes slower meanwhile disturbs all of them alike."""
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(times):
        for name, argv in commands.items():
            seconds[name] += measure(argv, env=env, times=1, codes=codes).seconds
    return {name: Runs(tuple(found)) for name, found in seconds.items()}


def peak_memory(argv: Sequence[str], *, env: Mapping[str, str], codes: tuple[int, ...] = (0,)) -> int:
    """Most resident bytes of the program and all its children together while it ran. Raises Unsuitable without /proc.

    Pages that processes share count once for each of them, so the truth is lower.
    """
    if not Path("/proc/self/statm").exists():
        raise Unsuitable("memory needs /proc")
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            argv, env=dict(env), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors
        )
        watch = _Watch(process.pid)
        watch.start()
        code = process.wait()
        watch.join()
        if code not in codes:
            errors.seek(0)
            raise RuntimeError(f"{' '.join(argv)} ended with {code}: {errors.read().decode()[-500:]}")
    return watch.peak


class _Watch(threading.Thread):
    """Adds up the resident memory of a family of processes until its head is gone."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid = pid
        self.peak = 0

    def run(self) -> None:
        while (held := sum(map(_resident, _family(self._pid)))) > 0:
            self.peak = max(self.peak, held)
            time.sleep(_EVERY)


def _family(pid: int) -> list[int]:
    found, queue = [], [pid]
    while queue:
        current = queue.pop()
        found.append(current)
        for task in _names(Path(f"/proc/{current}/task")):
            queue += [int(child) for child in _words(Path(f"/proc/{current}/task/{task}/children"))]
    return found


def _resident(pid: int) -> int:
    words = _words(Path(f"/proc/{pid}/statm"))
    return int(words[1]) * _PAGE if len(words) > 1 else 0


def _names(directory: Path) -> list[str]:
    try:
        return [found.name for found in directory.iterdir()]
    except OSError:
        return []


def _words(file: Path) -> list[str]:
    try:
        return file.read_text().split()
    except OSError:
        return []
