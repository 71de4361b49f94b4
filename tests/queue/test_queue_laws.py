"""Laws of the queue, over any order of what is put, begun and done."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
import redis
from fake_forge import check, command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rq.job import Job as RQJob

from bot.model.job import Job, JobKind
from bot.queue.connection import text
from bot.queue.jobs import LEDGER, RedisQueue
from bot.queue.options import QUEUES, rq_queue

NOW = datetime.now(UTC)


def begin(client: redis.Redis, queue: RedisQueue) -> tuple[str, Job] | None:
    """Do as a worker does: take the first job that waits, and begin it."""
    for name in QUEUES:
        id = text(client.lpop(rq_queue(name, client).key))
        if id:
            rq_job = RQJob.fetch(id, client, rq_queue(name, client).serializer)
            client.hset(rq_job.key, "status", "started")
            job = queue.begin(id, Job.load(rq_job.args[0]))
            return (id, job) if job is not None else begin(client, queue)
    return None


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(["put", "put again", "put later", "begin", "finish"]), max_size=25))
def test_what_is_put_is_begun_after_that(client: redis.Redis, steps: list[str]) -> None:
    """After each put of a check one job of it begins, at most one waits, and what was asked to be done anew is."""
    client.flushall()
    queue = RedisQueue(client)
    owed, owed_again, waits, begun = False, False, False, list[str]()
    for step in [*steps, "put", "begin"]:
        if step.startswith("put"):
            wish = step == "put again"
            if step == "put later":
                queue.put_at(check(7, again=wish), NOW + timedelta(hours=1))
            else:
                assert queue.put(check(7, again=wish)) is not waits
                waits = True
            owed, owed_again = True, owed_again or wish
        elif step == "begin" and (got := begin(client, queue)) is not None:
            assert got[1].again >= owed_again
            owed, owed_again, waits = False, False, False
            begun.append(got[0])
        elif step == "finish" and begun:
            queue.finish(begun.pop(), check(7))
        lists = len(rq_queue(QUEUES[1], client)), rq_queue(QUEUES[1], client).scheduled_job_registry.get_job_count()
        assert sum(lists) <= 1
        assert not owed or sum(lists) == 1
    assert not owed


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(["put", "begin", "again later", "finish", "crash"]), max_size=25))
def test_a_command_has_one_doer_until_it_is_done(client: redis.Redis, steps: list[str]) -> None:
    client.flushall()
    queue, live, done, puts = RedisQueue(client), "", False, 0
    for step in ["put", *steps]:
        if step == "put":
            assert queue.put(command(5)) is (puts == 0)
            puts += 1
        elif step == "begin" and (got := begin(client, queue)) is not None:
            assert not live and not done
            live = got[0]
        elif live and step == "again later":
            queue.put_at(command(5), NOW - timedelta(seconds=1))
            assert queue.begin(live, command(5)) is None, "a second try of it leaves it to the next one"
            queue.finish(live, command(5))
            registry = rq_queue(QUEUES[0], client).scheduled_job_registry
            (id,) = registry.get_job_ids()
            registry.remove(id)
            client.rpush(rq_queue(QUEUES[0], client).key, id)
            live = ""
        elif live and step == "crash":
            assert queue.begin(live, command(5)) is not None, "the same job is tried again"
        elif live and step == "finish":
            queue.finish(live, command(5))
            assert queue.begin(live, command(5)) is None
            live, done = "", True


def test_a_merged_job_is_the_same_in_its_second_try(client: redis.Redis) -> None:
    queue = RedisQueue(client)
    queue.put(check(7))
    queue.put(check(7, again=True))
    got = begin(client, queue)
    assert got is not None and got[1].again
    second = queue.begin(got[0], check(7))
    assert second is not None and second.again, "its process was killed, and RQ only knows the job as it was put"


def test_many_put_at_once(client: redis.Redis) -> None:
    new: list[bool] = []

    def put(number: int) -> None:
        queue = RedisQueue(client)
        for _ in range(5):
            new.append(queue.put(check(number % 2)))
            new.append(queue.put(command(number % 2)))

    threads = [threading.Thread(target=put, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (new.count(True), len(new)) == (4, 60)
    assert [len(rq_queue(name, client)) for name in QUEUES] == [2, 2, 0, 0]
    assert client.hlen(LEDGER) == 4


def test_pauses_grow_and_differ_and_end_with_success(client: redis.Redis) -> None:
    queue = RedisQueue(client)
    seconds = [(queue.later(check(7), None, NOW) - NOW).total_seconds() for _ in range(9)]
    assert all(10 * 2**n <= pause <= 12 * 2**n for n, pause in enumerate(seconds[:6]))
    assert all(600 <= pause <= 660 for pause in seconds[6:])
    queue.succeeded(check(7))
    assert (queue.later(check(7), None, NOW) - NOW).total_seconds() <= 12
    others = {queue.later(check(number), NOW + timedelta(minutes=5), NOW) for number in range(20)}
    assert len(others) > 1 and all(timedelta(minutes=5) <= when - NOW <= timedelta(minutes=6) for when in others)
    assert queue.later(check(9), NOW - timedelta(hours=1), NOW) > NOW, "a time that has passed is soon"


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"kind":"fly"}', b"\xff"])
def test_a_damaged_ticket_is_none(client: redis.Redis, damage: bytes) -> None:
    queue = RedisQueue(client)
    queue.put(check(7))
    (ticket,) = client.scan_iter("gatehouse:ticket:*")
    client.hset(ticket, "job", damage)
    assert queue.put(check(7)) is True
    got = begin(client, queue)
    assert got is not None and got[1] == check(7)


def test_each_kind_is_told_apart_by_what_makes_it_the_same(client: redis.Redis) -> None:
    queue, repository = RedisQueue(client), check(1).repository
    jobs = [
        Job(JobKind.PUSH, repository, branch="main"),
        Job(JobKind.PUSH, repository, branch="ma:in"),
        Job(JobKind.PUSH, repository, branch="m" * 5000 + "\udcff"),
        Job(JobKind.MERGE_GROUP, repository, after="a"),
        Job(JobKind.MERGE_GROUP, repository, after="b"),
        Job(JobKind.SWEEP, repository),
        check(1),
        check(11),
    ]
    assert [queue.put(job) for job in jobs] == [True] * len(jobs)
    assert [queue.put(job) for job in jobs] == [False] * len(jobs)
    begun = [begin(client, queue) for _ in jobs]
    assert {got[1] for got in begun if got is not None} == set(jobs)
