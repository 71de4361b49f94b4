"""Processes that do not outlive the one that started them, and children that are kept and ended."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.errors import ToolError
from bot.process import Child, descendants

ENV = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
FORKING = """
import os, sys, time
from bot.process import end_with_parent
end_with_parent(os.getppid())
own = os.getpid()
if os.fork() == 0:
    end_with_parent(own)
    open(sys.argv[1] + ".fork", "w").write(str(os.getpid()) + "\\n")
else:
    open(sys.argv[1], "w").write(str(os.getpid()) + "\\n")
time.sleep(600)
"""
PARENT = (
    "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', sys.argv[1], sys.argv[2]]); time.sleep(600)"
)


def until(what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not what():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def number(file: Path) -> int:
    until(lambda: file.is_file() and file.read_text().endswith("\n"))
    return int(file.read_text())


needs_linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /proc")


@needs_linux
def test_a_killed_parent_takes_child_and_fork_with_it(tmp_path: Path) -> None:
    parent = Child([sys.executable, "-c", PARENT, FORKING, str(tmp_path / "pid")], env=ENV)
    pids = [number(tmp_path / "pid"), number(tmp_path / "pid.fork")]
    assert all(map(lives, pids))
    assert set(descendants(parent.pid)) == set(pids)
    os.kill(parent.pid, signal.SIGKILL)
    until(lambda: not any(map(lives, pids)))
    assert parent.code(60) == -signal.SIGKILL


@needs_linux
def test_a_killed_child_takes_its_fork_with_it(tmp_path: Path) -> None:
    parent = Child([sys.executable, "-c", PARENT, FORKING, str(tmp_path / "pid")], env=ENV)
    child, fork = number(tmp_path / "pid"), number(tmp_path / "pid.fork")
    os.kill(child, signal.SIGKILL)
    until(lambda: not lives(fork))
    assert parent.code() is None
    parent.kill()


@needs_linux
def test_who_has_another_parent_ends_at_once() -> None:
    code = "from bot.process import end_with_parent; end_with_parent(1); print('still here')"
    child = Child([sys.executable, "-c", code], env=ENV)
    assert child.code(60) == -signal.SIGKILL


@needs_linux
def test_a_child_is_ended_with_what_it_started(tmp_path: Path) -> None:
    words = f"sleep 600 & echo $! > {tmp_path / 'pid'}; trap '' TERM; wait; wait"
    child = Child(["/bin/sh", "-c", words], env=ENV)
    grandchild = number(tmp_path / "pid")
    assert lives(grandchild)
    child.kill()
    assert child.code(60) == -signal.SIGKILL
    until(lambda: not lives(grandchild))


def test_a_child_gets_files_and_shares_the_group(tmp_path: Path) -> None:
    with (tmp_path / "told").open("wb") as file:
        code = f"import os; os.write({file.fileno()}, str(os.getpgrp()).encode())"
        child = Child([sys.executable, "-c", code], env=ENV, fds=(file.fileno(),))
        assert child.code(60) == 0
    assert int((tmp_path / "told").read_text()) == os.getpgrp()


def test_a_program_that_is_not_there() -> None:
    with pytest.raises(ToolError, match="was not found; install it"):
        Child(["/no/such/program"], env={})
