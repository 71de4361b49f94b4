"""The program itself as a process of its own, spoken to over HTTP."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from deliveries_made import until

ROOT = Path(__file__).parents[2]
SITE = ROOT / "tests/web/site"


class Running:
    """``gatehouse VERB``, with what it wrote so far."""

    def __init__(self, words: list[str], environ: Mapping[str, str], place: Path) -> None:
        self.out, self.err = place / "out", place / "err"
        env = {**_plain(), **environ, "PYTHONPATH": f"{SITE}{os.pathsep}{ROOT}{os.pathsep}{ROOT / 'tests/web'}"}
        with self.out.open("wb") as out, self.err.open("wb") as err:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "bot", *words], env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                start_new_session=True,
            )  # fmt: skip

    def lines(self) -> list[dict[str, object]]:
        """What it logged; every line is JSON."""
        return [json.loads(line) for line in self.err.read_text().splitlines()]

    def address(self) -> tuple[str, int]:
        until(lambda: "listens at" in self.out.read_text() or self.process.poll() is not None, "an address")
        match = re.search(r"http://([^:]+):(\d+)\n", self.out.read_text())
        assert match is not None, self.out.read_text() + self.err.read_text()
        return match[1], int(match[2])

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(60)


def _plain() -> dict[str, str]:
    """The environment without settings of the service."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("GITHUB_", "GITLAB_", "GATEHOUSE_", "REDIS_")) and name != "PORT"
    }


@contextmanager
def running(words: list[str], environ: Mapping[str, str], place: Path) -> Iterator[Running]:
    """Ends it, and all of its session, at the end of the block."""
    place.mkdir(exist_ok=True)
    program = Running(words, environ, place)
    try:
        yield program
    finally:
        if program.process.poll() is None:
            program.process.kill()
            program.process.wait(60)


def ask(
    address: tuple[str, int],
    method: str,
    path: str,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
) -> tuple[int, dict[str, str], str]:
    """Status, headers and body of an answer. Raises OSError where nobody answers."""
    connection = http.client.HTTPConnection(*address, timeout=60)
    try:
        connection.request(method, path, body, dict(headers or {}))
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read().decode()
    except http.client.HTTPException as error:
        raise ConnectionError(str(error)) from error
    finally:
        connection.close()


def processes(word: str) -> list[int]:
    """All processes that have this word in their environment, and live."""
    found = []
    for place in Path("/proc").iterdir():
        if place.name.isdecimal():
            try:
                if word.encode() in (place / "environ").read_bytes():
                    found.append(int(place.name))
            except OSError:
                continue
    return found
