"""A forge of files, a service that works on it, and a worker process that runs that service.

The forge has, for each pull request, a head (a number that grows) and what was published for it. Each thing the service
does is a line in a log, so that a test can count, whatever was killed.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType

import redis
from rq import get_current_job

import bot.worker
from bot.errors import RetryLater
from bot.model.forge import ForgeKind, RepositoryName
from bot.model.job import Job, JobKind
from bot.queue.connection import connect
from bot.queue.locks import RedisLocks
from bot.queue.options import Timing

REPOSITORY = RepositoryName(ForgeKind.GITHUB, "acme/apps")
FAST = Timing(heartbeat=1, silence=1, care=1, patience=1.5, pauses=(1, 1))
LOCK_SECONDS = 7.0  # longer than a dead worker is found with FAST


def check(number: int, *, again: bool = False, delivery: str = "") -> Job:
    return Job(JobKind.CHECK, REPOSITORY, number=number, again=again, delivery=delivery)


def command(comment: int) -> Job:
    return Job(JobKind.COMMAND, REPOSITORY, number=1, comment=comment)


def push(before: str, after: str, branch: str = "main") -> Job:
    return Job(JobKind.PUSH, REPOSITORY, branch=branch, before=before, after=after)


class Forge:
    """``place`` is a directory that all processes of a test share."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def push(self, number: int) -> int:
        head = self.head(number) + 1
        (self.place / f"head-{number}.new").write_text(str(head))
        (self.place / f"head-{number}.new").rename(self.place / f"head-{number}")
        return head

    def head(self, number: int) -> int:
        try:
            return int((self.place / f"head-{number}").read_text())
        except FileNotFoundError:
            return 0

    def log(self, *words: object) -> None:
        line = " ".join(map(str, words)) + "\n"
        file = os.open(self.place / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.write(file, line.encode())
        os.close(file)

    def lines(self, *start: object) -> list[str]:
        try:
            lines = (self.place / "log").read_text().splitlines()
        except FileNotFoundError:
            return []
        words = [str(word) for word in start]
        return [line for line in lines if line.split()[: len(words)] == words]

    def published(self, number: int) -> int:
        """The newest head of a pull request that has its final status."""
        return max((int(line.split()[2]) for line in self.lines("published", number)), default=0)

    def counts(self, word: str) -> Counter[str]:
        return Counter(line.split()[1] for line in self.lines(word))


class FakeService:
    """Does what the real one promises, on the forge of files. How it misbehaves is told by files of the forge, too:
    ``fail-NUMBER`` (raise), ``fail-inside`` (raise while it holds the lock), ``slow`` (seconds), ``die-NUMBER``,
    ``later-NUMBER`` (once: try again in so many seconds)."""

    def __init__(self, forge: Forge, client: redis.Redis) -> None:
        self.forge = forge
        self.locks = RedisLocks(client, ttl=LOCK_SECONDS)

    def prepare(self) -> None:
        """Nothing has to be learnt."""

    def perform(self, job: Job) -> None:
        current = get_current_job()
        self.forge.log("begun", job.key, current.id if current else "", "again" if job.again else "once")
        if (word := self._told(f"later-{job.number}")) is not None:
            (self.forge.place / f"later-{job.number}").unlink()
            raise Later("not now", datetime.now(UTC) + timedelta(seconds=float(word)))
        if self._told(f"fail-{job.number}") is not None:
            raise ValueError("a value of the repository: hunter2")
        if self._told(f"die-{job.number}") is not None:
            os.kill(os.getpid(), signal.SIGKILL)
        if job.kind is JobKind.CHECK:
            self._check(job)
        else:
            self._pause()
            self.forge.log("did", job.key)

    def gave_up(self, job: Job, sentence: str) -> None:
        self.forge.log("gave-up", job.key, sentence)

    def _check(self, job: Job) -> None:
        with self.locks.hold(f"pr:{job.pull_request}") as mine:
            if not mine:
                self.forge.log("came", job.number)
            while mine:
                head, fails = self.forge.head(job.number), self._told("fail-inside") is not None
                self.forge.log("enter", job.number, os.getpid())
                self._pause()
                if fails:
                    raise ZeroDivisionError
                self.forge.log("leave", job.number, os.getpid())
                self.forge.log("published", job.number, head)
                if not self.locks.again(f"pr:{job.pull_request}"):
                    return

    def _pause(self) -> None:
        time.sleep(float(self._told("slow") or 0))

    def _told(self, name: str) -> str | None:
        try:
            return (self.forge.place / name).read_text()
        except FileNotFoundError:
            return None


class Later(RetryLater):
    def __init__(self, text: str, at: datetime) -> None:
        super().__init__(text)
        self.at = at


def assembly(url: str, place: Path) -> ModuleType:
    """What stands for ``bot.assembly``."""
    module = ModuleType("bot.assembly")
    module.service = lambda: FakeService(Forge(place), connect(url))  # type: ignore[attr-defined]
    return module


def touch(*_: object) -> None:
    """What somebody else wants to be called."""
    Path(os.environ["TOUCHED"]).touch()


def worker(url: str, place: Path) -> subprocess.Popen[bytes]:
    """A worker process of its own; the caller ends it."""
    root = Path(__file__).parents[2]
    env = {**os.environ, "PYTHONPATH": f"{root}{os.pathsep}{Path(__file__).parent}"}
    with (place / "worker.err").open("ab") as errors:
        return subprocess.Popen([sys.executable, __file__, url, str(place)], env=env, stdout=errors, stderr=errors)


def main() -> None:
    url, place = sys.argv[1:]
    sys.modules["bot.assembly"] = assembly(url, Path(place))
    bot.worker.preload = lambda: None  # nothing of it is needed here
    bot.worker.run(url, timing=FAST)


if __name__ == "__main__":
    main()
