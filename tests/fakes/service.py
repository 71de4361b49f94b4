"""What the flows of the service stand on, in memory: one class for each protocol of bot/service/ports.py."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from bot.forge.base import Forge
from bot.git.mirror import Mirrors
from bot.model.forge import PullRequestName
from bot.model.job import Job, JobKind
from bot.model.outcome import Outcome
from bot.service.ports import Ports
from bot.settings import Settings


class FakeQueue:
    """``jobs`` wait in order; one of each key."""

    def __init__(self) -> None:
        self.jobs: list[Job] = []
        self.later: list[tuple[Job, datetime]] = []
        self._commands: set[str] = set()

    def put(self, job: Job) -> bool:
        if any(job.key == other.key for other in self.jobs) or job.key in self._commands:
            return False
        if job.kind is JobKind.COMMAND:
            self._commands.add(job.key)
        self.jobs.append(job)
        return True

    def put_at(self, job: Job, when: datetime) -> None:
        self.later.append((job, when))


class FakeLocks:
    """``marked`` are names that somebody wanted while they were held."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self.held: set[str] = set()
        self.marked: set[str] = set()

    @contextmanager
    def hold(self, name: str) -> Iterator[bool]:
        with self._guard:
            mine = name not in self.held
            if mine:
                self.held.add(name)
                self.marked.discard(name)
            else:
                self.marked.add(name)
        try:
            yield mine
        finally:
            if mine:
                self.held.discard(name)

    def again(self, name: str) -> bool:
        with self._guard:
            came = name in self.marked
            self.marked.discard(name)
            if not came:
                self.held.discard(name)
            return came

    def is_held(self, name: str) -> bool:
        return name in self.held


class FakeMemory:
    def __init__(self) -> None:
        self.outcomes: dict[str, Outcome] = {}
        self.last: dict[PullRequestName, Outcome] = {}
        self.notes: dict[str, str] = {}
        self.counts: Counter[str] = Counter()

    def outcome(self, key: str) -> Outcome | None:
        return self.outcomes.get(key)

    def latest(self, name: PullRequestName) -> Outcome | None:
        return self.last.get(name)

    def keep(self, outcome: Outcome) -> None:
        if outcome.key:
            self.outcomes[outcome.key] = Outcome.load(outcome.dump())

    def remember(self, name: PullRequestName, outcome: Outcome) -> None:
        self.last[name] = Outcome.load(outcome.dump())

    def note(self, key: str) -> str:
        return self.notes.get(key, "")

    def set_note(self, key: str, text: str, *, seconds: int = 30 * 86_400) -> None:
        self.notes[key] = text

    def count(self, key: str, *, seconds: int) -> int:
        self.counts[key] += 1
        return self.counts[key]

    def forget(self) -> None:
        """Redis was deleted."""
        self.__init__()  # type: ignore[misc]


def fake_ports(
    forge: Forge, directory: Path, *, now: Callable[[], datetime] = lambda: datetime.now(UTC), cache: Path | None = None
) -> Ports:
    """Ports over a forge, with clones below ``directory`` of repositories that are directories."""
    return Ports(
        forges={forge.kind: forge},
        queue=FakeQueue(),
        locks=FakeLocks(),
        memory=FakeMemory(),
        mirrors=Mirrors(directory / "mirrors", schemes=("file",)),
        link=lambda name, head: f"https://gatehouse.example/reports/{name.number}-{head[:7]}",
        now=now,
        settings=Settings(cache),
    )
