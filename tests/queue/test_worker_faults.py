"""Workers, jobs and Redis die at any moment: nothing that was put is lost, nothing is done twice at once."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest
import redis
from fake_forge import FAST, Forge, check, command, worker
from waiting import wait_for

from bot.queue.connection import QueueDown, connect
from bot.queue.embedded import Embedded, embedded
from bot.queue.jobs import RedisQueue
from bot.queue.options import QUEUES, rq_queue

TOUGH = FAST._replace(pauses=(1,) * 10)
Workers = Callable[[], "subprocess.Popen[bytes]"]


@pytest.fixture
def forge(work: Path) -> Forge:
    return Forge(work)


@contextmanager
def workers(url: str, forge: Forge) -> Iterator[Workers]:
    """Starts worker processes, and ends them all with their jobs."""
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        started.append(worker(url, forge.place))
        return started[-1]

    try:
        yield start
    finally:
        for process in started:
            process.kill()
            process.wait()


def jobs_of(process: subprocess.Popen[bytes]) -> list[int]:
    """The processes that a worker forked for jobs and that live."""
    with suppress(OSError):
        return [int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]
    return []


def is_published(forge: Forge, numbers: range) -> bool:
    return all(forge.published(number) == forge.head(number) for number in numbers)


def assert_one_at_a_time(forge: Forge, numbers: range) -> None:
    """Whoever left a pull request was the last that had entered it."""
    for number in numbers:
        inside = ""
        for line in forge.lines():
            match line.split():
                case ["enter", name, pid] if name == str(number):
                    inside = pid
                case ["leave", name, pid] if name == str(number):
                    assert inside == pid, f"two were at pull request {number}"


@pytest.mark.parametrize("seed", [1])  # any other does as well
def test_workers_and_their_jobs_are_killed_at_random(
    seed: int, server: Embedded, client: redis.Redis, forge: Forge
) -> None:
    chance, queue, numbers = random.Random(seed), RedisQueue(client, timing=TOUGH), range(1, 6)
    (forge.place / "slow").write_text("0.05")
    with workers(server.url, forge) as start:
        live = [start(), start()]
        wait_for(lambda: client.scard("rq:workers") == 2, "the workers")
        commands = range(1, 31)
        for number in commands:
            at = chance.choice(numbers)
            forge.push(at)
            queue.put(check(at))
            queue.put(command(number))
            queue.put(command(number))
            if number % 5 == 0:  # and so also after the last
                time.sleep(chance.uniform(0, 0.3))
                victim = chance.choice(live)
                if chance.random() < 0.5:
                    victim.kill()
                    live[live.index(victim)] = start()
                else:
                    for pid in jobs_of(victim):
                        with suppress(ProcessLookupError):
                            os.kill(pid, signal.SIGKILL)
        every = {command(number).key for number in commands}
        wait_for(
            lambda: is_published(forge, numbers) and set(forge.counts("did")) == every,
            "every head and every command",
        )
    assert not forge.lines("gave-up")
    assert "exception raised" not in (forge.place / "worker.err").read_text()
    assert_one_at_a_time(forge, numbers)
    twice = [key for key, count in forge.counts("did").items() if count > 1]
    begun = forge.counts("begun")
    assert len(twice) <= 6 and all(begun[key] > 1 for key in twice), (
        "only where a kill came between the deed and the end"
    )


@pytest.mark.parametrize(("victim", "comes"), [("job", False), ("job", True), ("worker", True)])
def test_a_killed_job_is_done_again_although_its_lock_is_held(
    victim: str, comes: bool, server: Embedded, client: redis.Redis, forge: Forge
) -> None:
    """Whoever comes meanwhile leaves a mark and goes: only the next try can serve them."""
    (forge.place / "slow").write_text("600")
    forge.push(7)
    queue = RedisQueue(client, timing=TOUGH)
    queue.put(check(7))
    with workers(server.url, forge) as start:
        one = start()
        wait_for(lambda: bool(forge.lines("enter", 7)), "the check")
        (forge.place / "slow").write_text("0")
        if victim == "worker":
            two = start()
            wait_for(lambda: client.scard("rq:workers") == 2, "another worker")
            one.kill()
            assert two.poll() is None
        if comes:
            forge.push(7)
            queue.put(check(7))
        if victim == "job":
            for pid in jobs_of(one):
                os.kill(pid, signal.SIGKILL)
        wait_for(lambda: forge.published(7) == forge.head(7), "the next try")
        wait_for(lambda: not client.exists("gatehouse:jobs"), "nothing to be left")
    assert_one_at_a_time(forge, range(7, 8))
    assert "exception raised" not in (forge.place / "worker.err").read_text()
    assert 2 <= len(forge.lines("enter", 7)) <= 2 + comes, "no try more than there had to be"


def test_who_comes_to_a_job_that_is_given_up_is_served(server: Embedded, client: redis.Redis, forge: Forge) -> None:
    """Its last try failed while somebody had left a mark."""
    (forge.place / "slow").write_text("1.5")
    (forge.place / "fail-inside").touch()
    queue = RedisQueue(client, timing=FAST._replace(pauses=(1,)))
    forge.push(7)
    queue.put(check(7))
    with workers(server.url, forge) as start:
        start()
        start()
        wait_for(lambda: len(forge.lines("enter", 7)) == 2, "the second try")
        (forge.place / "fail-inside").unlink()
        forge.push(7)
        queue.put(check(7))
        wait_for(lambda: forge.published(7) == 2, "the new head")
    assert forge.lines("came", 7) and forge.lines("gave-up")


def test_redis_is_killed_and_started_again(tmp_path: Path, forge: Forge) -> None:
    """Nobody starts the workers again; what had been put before is done."""
    numbers = range(1, 6)
    (forge.place / "slow").write_text("0.1")
    with ExitStack() as stack:
        with embedded(tmp_path) as running:
            start = stack.enter_context(workers(running.url, forge))
            one = start()
            client = stack.enter_context(connect(running.url))
            queue = RedisQueue(client, timing=TOUGH)
            for number in numbers:
                forge.push(number)
                queue.put(check(number))
                queue.put(command(number))
            wait_for(lambda: bool(forge.lines("enter")), "the first check")
            os.kill(running.pid, signal.SIGKILL)
            wait_for(lambda: _refuses(client), "its end")
            with pytest.raises(QueueDown):
                RedisQueue(connect(running.url, tries=0)).put(check(9))
        time.sleep(0.5)
        with embedded(tmp_path):
            wait_for(lambda: is_published(forge, numbers), "every head")
            wait_for(lambda: len(forge.counts("did")) == 5, "every command")
            assert one.poll() is None
            one.kill()
    assert_one_at_a_time(forge, numbers)


def test_redis_is_emptied(server: Embedded, client: redis.Redis, forge: Forge) -> None:
    """What waited is lost, and comes again by the sweep; nothing that is left stands in its way."""
    queue, numbers = RedisQueue(client, timing=TOUGH), range(1, 6)
    (forge.place / "slow").write_text("0.1")
    with workers(server.url, forge) as start:
        start()
        for number in numbers:
            forge.push(number)
            queue.put(check(number))
        wait_for(lambda: bool(forge.lines("enter")), "the first check")
        client.flushall()
        for number in numbers:  # as the sweep does
            assert queue.put(check(number))
        wait_for(lambda: is_published(forge, numbers), "every head")
        wait_for(lambda: not any(len(rq_queue(name, client)) for name in QUEUES), "an empty queue")
    assert_one_at_a_time(forge, numbers)


def test_a_worker_waits_for_redis_and_stops_without_it(tmp_path: Path, forge: Forge) -> None:
    with workers(f"unix://{tmp_path}/redis/redis.sock", forge) as start:
        one = start()
        log = forge.place / "worker.err"
        wait_for(lambda: "Redis does not answer" in log.read_text(), "the worker to say so")
        with embedded(tmp_path) as running, connect(running.url) as client:
            forge.push(7)
            RedisQueue(client).put(check(7))
            wait_for(lambda: forge.published(7) == 1, "the check")
        one.send_signal(signal.SIGTERM)
        assert one.wait(120) == 0, "it ends while Redis is away, too"


def test_a_stop_lets_the_job_end_and_takes_no_other(server: Embedded, client: redis.Redis, forge: Forge) -> None:
    queue = RedisQueue(client)
    (forge.place / "slow").write_text("0.5")
    for number in (7, 8):
        forge.push(number)
        queue.put(check(number))
    with workers(server.url, forge) as start:
        one = start()
        wait_for(lambda: bool(forge.lines("enter", 7)), "the first check")
        one.send_signal(signal.SIGTERM)
        assert one.wait(120) == 0
    assert (forge.published(7), forge.published(8)) == (1, 0)
    assert len(rq_queue(QUEUES[1], client)) == 1


def test_a_second_stop_ends_the_job_which_another_worker_then_does(
    server: Embedded, client: redis.Redis, forge: Forge
) -> None:
    (forge.place / "slow").write_text("600")
    forge.push(7)
    RedisQueue(client, timing=TOUGH).put(check(7))
    with workers(server.url, forge) as start:
        one = start()
        wait_for(lambda: bool(forge.lines("enter", 7)), "the check")

        def stop() -> bool:
            one.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                one.wait(0.6)
            return one.poll() is not None

        wait_for(stop, "the end of the worker")
        assert forge.published(7) == 0
        (forge.place / "slow").write_text("0")
        start()
        wait_for(lambda: forge.published(7) == 1, "the other worker")


def _refuses(client: redis.Redis) -> bool:
    try:
        client.ping()
    except redis.RedisError:
        return True
    return False
