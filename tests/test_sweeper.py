"""The sweeper: each repository once a period, whoever else sweeps, whatever is away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import RetryLater
from bot.forge.base import FailedDelivery, Unavailable
from bot.model.forge import ForgeKind, RepositoryName
from bot.model.job import Job, JobKind
from bot.service.ports import Ports
from bot.settings import Settings
from bot.sweeper import keep_sweeping, sweep_when_due

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
PERIOD = timedelta(minutes=10)


class Forge:
    def __init__(self, kind: ForgeKind, count: int) -> None:
        self.kind, self.count, self.away = kind, count, False

    def repositories(self) -> Sequence[RepositoryName]:
        if self.away:
            raise Unavailable("It is away.")
        return [RepositoryName(self.kind, f"acme/r{number}") for number in range(self.count)]


class World:
    """A clock, and everything that a sweeper is given; it is also the queue, the locks and the memory."""

    def __init__(self) -> None:
        self.time = BEGIN
        self.forges = {ForgeKind.GITHUB: Forge(ForgeKind.GITHUB, 3), ForgeKind.GITLAB: Forge(ForgeKind.GITLAB, 2)}
        self.put: list[tuple[Job, datetime]] = []
        self.notes: dict[str, str] = {}
        self.held = self.down = False
        world = cast(Any, self)
        self.ports = Ports(
            cast(Any, self.forges),
            world,
            world,
            world,
            cast(Any, None),
            lambda name, head: "",
            lambda: self.time,
            Settings(None),
        )

    def put_at(self, job: Job, when: datetime) -> None:
        self.put.append((job, when))

    @contextmanager
    def hold(self, name: str) -> Iterator[bool]:
        if self.held:
            yield False
            return
        self.held = True
        try:
            yield True
        finally:
            self.held = False

    def note(self, key: str) -> str:
        if self.down:
            raise RetryLater("Redis is away.")
        return self.notes.get(key, "")

    def set_note(self, key: str, text: str, *, seconds: int = 0) -> None:
        self.notes[key] = text


def test_every_repository_of_every_forge_is_swept_soon() -> None:
    world = World()
    assert sweep_when_due(world.ports, PERIOD) == 5
    assert {job.kind for job, _ in world.put} == {JobKind.SWEEP}
    assert len({job.repository for job, _ in world.put}) == 5
    assert all(BEGIN <= when <= BEGIN + PERIOD / 2 for _, when in world.put)


@given(st.lists(st.integers(0, 400), min_size=1, max_size=60), st.integers(1, 3))
def test_once_a_period_however_many_sweepers_look(steps: list[int], sweepers: int) -> None:
    world, swept = World(), []
    for step in steps:
        world.time += timedelta(seconds=step)
        for _ in range(sweepers):
            if sweep_when_due(world.ports, PERIOD):
                swept.append(world.time)
    assert swept[0] == BEGIN + timedelta(seconds=steps[0])
    assert all(PERIOD <= after - before < PERIOD + timedelta(seconds=400) for before, after in pairwise(swept))
    assert world.time - swept[-1] < PERIOD


def test_another_sweeper_at_work_is_left_alone() -> None:
    world = World()
    world.held = True
    assert sweep_when_due(world.ports, PERIOD) == 0
    world.held = False
    assert sweep_when_due(world.ports, PERIOD) == 5


@pytest.mark.parametrize("note", ["", "nonsense", (BEGIN + timedelta(days=400)).isoformat()])
def test_an_emptied_redis_or_a_wrong_clock_is_no_reason_to_wait(note: str) -> None:
    world = World()
    world.notes["sweeper:last"] = note
    assert sweep_when_due(world.ports, PERIOD) == 5


def test_one_forge_that_is_away_does_not_stop_the_other() -> None:
    world = World()
    world.forges[ForgeKind.GITHUB].away = True
    assert sweep_when_due(world.ports, PERIOD) == 2
    assert {job.repository.forge for job, _ in world.put} == {ForgeKind.GITLAB}


def test_it_goes_on_whatever_fails() -> None:
    world, waits = World(), list[float]()
    world.down = True

    def wait(seconds: float) -> bool:
        waits.append(seconds)
        world.down = False
        return len(waits) == 3

    def tend() -> list[str]:
        tended.append(world.time)
        raise ZeroDivisionError

    tended: list[datetime] = []
    keep_sweeping(world.ports, 10, wait, tend=tend)
    assert len(world.put) == 5
    assert len(waits) == 3
    assert tended == [BEGIN]


def test_webhooks_that_failed_are_ordered_again_before_repositories_are_looked_through() -> None:
    world, ordered = World(), list[int]()
    github: Any = world.forges[ForgeKind.GITHUB]
    github.failed_deliveries = lambda since: [FailedDelivery(5, "guid", "push", since, 1)]
    github.redeliver = ordered.append
    assert sweep_when_due(world.ports, PERIOD) == 5
    assert ordered == [5]


def test_a_forge_that_tells_of_no_webhooks_is_swept_all_the_same() -> None:
    world = World()
    github: Any = world.forges[ForgeKind.GITHUB]

    def away(_: datetime) -> list[FailedDelivery]:
        raise Unavailable("It is away.")

    github.failed_deliveries = away
    assert sweep_when_due(world.ports, PERIOD) == 5
