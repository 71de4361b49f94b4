"""Every line that a job writes to the log names the delivery that it comes from, also where it ends badly or in a thread."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
import redis
from fake_forge import check, command
from rq.timeouts import JobTimeoutException

import bot.worker
from bot import logs
from bot.errors import RetryLater
from bot.model.job import Job
from bot.queue.hands import Hands
from bot.queue.locks import RedisLocks, StillHeld
from bot.queue.options import GIVE_UP, PERFORM

SOON = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


@pytest.fixture
def lines() -> Callable[[], list[dict[str, Any]]]:
    written = io.StringIO()
    logs.set_up(stream=written)
    return lambda: [json.loads(line) for line in written.getvalue().splitlines()]


class Queue:
    """What the worker asks of the queue; ``is_left`` says that another job does the command."""

    client = cast(redis.Redis, None)

    def __init__(self, is_left: bool = False) -> None:
        self.is_left = is_left

    def begin(self, _: str, job: Job) -> Job | None:
        return None if self.is_left else job

    def later(self, *_: object) -> datetime:
        return SOON

    def give_up(self, *_: object) -> None: ...
    def finish(self, *_: object) -> None: ...
    def succeeded(self, *_: object) -> None: ...
    def put(self, _: Job) -> bool:
        return True


def worked(monkeypatch: pytest.MonkeyPatch, queue: Queue, perform: Callable[[Job], None]) -> None:
    @contextmanager
    def named() -> Iterator[tuple[str, Queue]]:
        yield "1", queue

    monkeypatch.setattr(bot.worker, "_named", named)
    monkeypatch.setattr(bot.worker, "_service", lambda: SimpleNamespace(perform=perform, gave_up=lambda *_: None))
    monkeypatch.setattr(bot.worker, "RedisLocks", lambda _: SimpleNamespace(left_by=lambda _: True))


@pytest.mark.parametrize(
    "error", [None, RetryLater("not now"), StillHeld("held", SOON + timedelta(days=9999)), JobTimeoutException()]
)
def test_however_a_job_ends(
    monkeypatch: pytest.MonkeyPatch, lines: Callable[[], list[dict[str, Any]]], error: Exception | None
) -> None:
    def perform(_: Job) -> None:
        if error:
            raise error

    worked(monkeypatch, Queue(), perform)
    bot.worker.perform(check(7, delivery="d-1").dump())
    assert [(line["delivery"], line["job"]) for line in lines()] == [("d-1", check(7).key)] * 2


def test_a_command_that_is_left_to_another_job(
    monkeypatch: pytest.MonkeyPatch, lines: Callable[[], list[dict[str, Any]]]
) -> None:
    worked(monkeypatch, Queue(is_left=True), lambda _: None)
    bot.worker.perform({**command(5).dump(), "delivery": "d-1"})
    assert [(line["delivery"], line["job"]) for line in lines()] == [("d-1", command(5).key)]


def test_a_job_that_is_given_up(monkeypatch: pytest.MonkeyPatch, lines: Callable[[], list[dict[str, Any]]]) -> None:
    worked(monkeypatch, Queue(), lambda _: None)
    bot.worker.give_up("1", check(7, delivery="d-1").dump(), "it never ended")
    assert [line["delivery"] for line in lines()] == ["d-1"]


@pytest.mark.parametrize("again", [True, False])
@pytest.mark.parametrize("name", [PERFORM, GIVE_UP])
def test_a_job_that_failed(lines: Callable[[], list[dict[str, Any]]], name: str, again: bool) -> None:
    """The worker tells of it, and not the process that did the job."""
    raw = check(7, delivery="d-1").dump()
    args = (raw,) if name == PERFORM else ("1", raw, "it never ended")
    job = SimpleNamespace(should_retry=again, description=check(7).key, func_name=name, args=args, id="1")
    hands = SimpleNamespace(_jobs=Queue())
    Hands._over(cast(Hands, hands), cast(Any, job), "a defect")
    (line,) = lines()
    assert (line["delivery"], line["job"], line["why"]) == ("d-1", check(7).key, "a defect")


def test_the_thread_that_renews_a_lock(client: redis.Redis, lines: Callable[[], list[dict[str, Any]]]) -> None:
    locks, seen = RedisLocks(client), threading.Event()

    def keep(*_: object) -> None:
        bot.worker._log.warning("a lock was lost")
        seen.set()

    locks._keep = keep  # type: ignore[method-assign,assignment]
    with logs.bound(delivery="d-1"), locks.hold("x") as mine:
        assert mine and seen.wait(60)
    assert [line["delivery"] for line in lines()] == ["d-1"]
