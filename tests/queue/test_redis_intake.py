"""Each delivery is taken once, and a crash while it is taken loses nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
import redis
from fake_forge import check, command

from bot.model.delivery import Delivery
from bot.model.job import Job
from bot.queue.connection import QueueDown, connect
from bot.queue.intake import Intake
from bot.queue.jobs import RedisQueue
from bot.queue.options import QUEUES, rq_queue

DELIVERY = Delivery("72d3162e-cc78", "issue_comment", (check(7), command(5)))


class Dies(RedisQueue):
    """Its process dies after so many jobs."""

    def __init__(self, client: redis.Redis, jobs: int) -> None:
        super().__init__(client)
        self._left = jobs

    def put(self, job: Job) -> bool:
        if self._left == 0:
            raise KeyboardInterrupt
        self._left -= 1
        return super().put(job)


def waiting(client: redis.Redis) -> list[int]:
    return [len(rq_queue(name, client)) for name in QUEUES]


def test_a_delivery_is_taken_once(client: redis.Redis) -> None:
    intake = Intake(client, RedisQueue(client))
    assert [intake.accept(DELIVERY), Intake(client, RedisQueue(client)).accept(DELIVERY)] == [True, False]
    assert waiting(client) == [1, 1, 0, 0]
    assert intake.accept(Delivery("another id " * 1000 + "\udcff", "issue_comment", DELIVERY.jobs)) is True
    assert waiting(client) == [1, 1, 0, 0], (
        "replayed under another id it is still one command, and one check that waits"
    )
    marks = list(client.scan_iter("gatehouse:delivery:*"))
    assert len(marks) == 2 and all(3 * 86_400 < client.ttl(mark) < 5 * 86_400 for mark in marks)


@pytest.mark.parametrize("jobs", [0, 1, 2])
def test_a_crash_loses_nothing(client: redis.Redis, jobs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    dying = Intake(client, Dies(client, jobs))
    if jobs == 2:  # between the last job and the mark
        monkeypatch.setattr(dying, "first", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        dying.accept(DELIVERY)
    assert Intake(client, RedisQueue(client)).accept(DELIVERY), "the forge sends it again"
    assert waiting(client) == [1, 1, 0, 0]


def test_first(client: redis.Redis) -> None:
    intake = Intake(client, RedisQueue(client))
    assert [intake.first("a", 60), intake.first("a", 60), intake.first("b", 60)] == [True, False, True]


def test_first_when_an_answer_is_lost(client: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    """The client then asks again, and finds what it wrote itself."""
    once = client.set

    def twice(*args: object, **options: object) -> object:
        once(*args, **options)  # type: ignore[arg-type]
        return once(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(client, "set", twice)
    intake = Intake(client, RedisQueue(client))
    assert [intake.first("a"), intake.first("a")] == [True, False]


def test_redis_that_is_away(tmp_path: Path) -> None:
    client = connect(f"unix://{tmp_path}/none.sock", tries=0)
    with pytest.raises(QueueDown):
        Intake(client, RedisQueue(client)).accept(DELIVERY)
