"""``gatehouse playground``: it prints its address at once, serves both halves, and leaves nothing behind."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playground_forge import ask, git

ROOT = Path(__file__).parents[2]
DEADLINE = 60  # seconds


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    env = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-m", "bot", "playground", "--without-bot"]
    process = subprocess.Popen(words, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    first = process.stdout.readline()
    found = re.fullmatch(r"The playground is at (http://127\.0\.0\.1:\d+)\n", first)
    assert found, first + (process.stderr.read() if process.stderr and process.poll() is not None else "")
    yield process, found[1]
    if process.poll() is None:
        process.kill()
    process.wait()


def _pulls(url: str) -> str:
    deadline = time.monotonic() + DEADLINE
    while time.monotonic() < deadline:
        page = ask(url, "/").text
        if page.count('class="title"') == 6:
            return page
        time.sleep(0.1)
    raise AssertionError(page)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_and_ends(running: tuple[subprocess.Popen[str], str], tmp_path: Path, number: signal.Signals) -> None:
    process, url = running
    page = _pulls(url)
    for title in ("Shop 1.42.0 on staging", "Prepare the sale", "More memory for the shop in production"):
        assert page.count(title) == 2
    for path in ("github/acme/gitops", "gitlab/acme/platform/gitops"):
        refs = git(tmp_path, "ls-remote", f"{url}/git/{path}.git").stdout
        assert "refs/heads/main" in refs and refs.count("/head\n") == 3
    process.send_signal(number)
    out, err = process.communicate(timeout=DEADLINE)
    assert (process.returncode, err) == (0, "")
    assert out.endswith("The playground has ended.\n")
    assert not list(tmp_path.glob("gatehouse-*"))


def test_a_port_that_is_taken_is_told(running: tuple[subprocess.Popen[str], str]) -> None:
    port = running[1].rpartition(":")[2]
    words = [sys.executable, "-m", "bot", "playground", "--without-bot", "--port", port]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(words, env=env, capture_output=True, text=True, timeout=DEADLINE, check=False)
    assert done.returncode == 2
    assert done.stderr == f"gatehouse: The port {port} is taken: name another one, or 0 for any.\n"
