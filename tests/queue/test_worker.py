"""The worker on a real Redis: what becomes of a job that is done, waits, fails, dies or takes too long."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import redis
from fake_forge import FAST, Forge, assembly, check, command
from rq import Callback, Queue
from rq.job import Job as RQJob
from rq.scheduler import RQScheduler
from rq.serializers import JSONSerializer
from waiting import wait_for

import bot.worker
from bot.queue.connection import QueueDown, text
from bot.queue.embedded import Embedded
from bot.queue.jobs import LEDGER, RedisQueue
from bot.queue.leftovers import Leftovers
from bot.queue.options import QUEUES, rq_queue

Burst = Callable[[], None]


@pytest.fixture
def forge(work: Path) -> Forge:
    return Forge(work)


@pytest.fixture
def queue(client: redis.Redis) -> RedisQueue:
    return RedisQueue(client, timing=FAST)


@pytest.fixture
def burst(server: Embedded, work: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Burst]:
    """Does everything that waits now, in this process and its children."""
    monkeypatch.setitem(sys.modules, "bot.assembly", assembly(server.url, work))
    monkeypatch.setattr(bot.worker, "preload", lambda: None)  # nothing of it is needed here
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield lambda: bot.worker.run(server.url, burst=True, timing=FAST)
    for number, handler in kept.items():
        signal.signal(number, handler)


def drained(client: redis.Redis) -> bool:
    """Whether nothing waits, now or for later."""
    queues = [rq_queue(name, client) for name in QUEUES]
    return not any(len(queue) or client.zcard(queue.scheduled_job_registry.key) for queue in queues)


def until(burst: Burst, condition: Callable[[], bool], what: str) -> None:
    def look() -> bool:
        burst()
        return condition()

    wait_for(look, what)


def test_a_check_is_done_and_nothing_of_it_is_left(
    forge: Forge, queue: RedisQueue, client: redis.Redis, burst: Burst
) -> None:
    forge.push(7)
    assert queue.put(check(7))
    burst()
    assert forge.published(7) == 1
    Leftovers(client, 0).look()
    left = {key for key in map(text, client.scan_iter()) if key.startswith(("rq:job", "gatehouse:"))}
    assert left <= {"gatehouse:care"}, left


def test_what_is_put_while_a_job_waits_is_one_job(forge: Forge, queue: RedisQueue, burst: Burst) -> None:
    forge.push(7)
    assert [queue.put(check(7)), queue.put(check(7, again=True)), queue.put(check(7))] == [True, False, False]
    burst()
    assert [line.split()[3] for line in forge.lines("begun")] == ["again"]


def test_commands_go_before_checks_before_pushes_before_sweeps(forge: Forge, queue: RedisQueue, burst: Burst) -> None:
    from bot.model.job import Job, JobKind

    sweep = Job(JobKind.SWEEP, check(1).repository)
    push = Job(JobKind.PUSH, check(1).repository, branch="main", before="a", after="b")
    for job in (sweep, push, check(1), command(5)):
        queue.put(job)
    burst()
    assert [line.split()[1].split(":")[0] for line in forge.lines("begun")] == ["command", "check", "push", "sweep"]


def test_a_worker_for_commands_leaves_checks_to_others(
    forge: Forge, queue: RedisQueue, server: Embedded, burst: Burst
) -> None:
    """So that a check can be cancelled while all others are busy."""
    forge.push(1)
    for job in (check(1), command(5)):
        queue.put(job)
    bot.worker.run(server.url, burst=True, timing=FAST, names=QUEUES[:1])
    assert (forge.counts("did"), forge.published(1)) == ({command(5).key: 1}, 0)
    burst()
    assert forge.published(1) == 1


def test_a_command_is_done_once_however_often_it_comes(forge: Forge, queue: RedisQueue, burst: Burst) -> None:
    assert [queue.put(command(5)), queue.put(command(5)), queue.put(command(6))] == [True, False, True]
    burst()
    assert queue.put(command(5)) is False
    burst()
    assert forge.counts("did") == {command(5).key: 1, command(6).key: 1}


def test_a_job_that_cannot_be_done_now_is_done_later_and_did_not_fail(
    forge: Forge, queue: RedisQueue, client: redis.Redis, burst: Burst
) -> None:
    forge.push(7)
    (forge.place / "later-7").write_text("1")
    queue.put(check(7, again=True))
    burst()
    assert forge.published(7) == 0
    until(burst, lambda: forge.published(7) == 1, "the second try")
    assert forge.counts("begun") == {check(7).key: 2}
    assert [line.split()[3] for line in forge.lines("begun")] == ["again", "again"], "a new run is still asked for"
    assert not forge.lines("gave-up")


def test_a_command_that_cannot_be_done_now_is_done_later_once(forge: Forge, queue: RedisQueue, burst: Burst) -> None:
    (forge.place / "later-1").write_text("1")
    queue.put(command(5))
    burst()
    assert queue.put(command(5)) is False, "it waits"
    until(burst, lambda: bool(forge.lines("did")), "the second try")
    assert queue.put(command(5)) is False
    assert (forge.counts("begun"), forge.counts("did")) == ({command(5).key: 2}, {command(5).key: 1})


def stored_error(client: redis.Redis) -> str:
    """What RQ keeps in Redis of the one job that failed."""
    registry = rq_queue(QUEUES[1], client).failed_job_registry
    (failed,) = (RQJob.fetch(id, client, JSONSerializer) for id in registry.get_job_ids())
    result = failed.latest_result()
    assert result is not None and result.exc_string
    return result.exc_string


@pytest.mark.parametrize("how", ["fail", "die"])
def test_a_job_that_fails_each_time_is_given_up_in_the_end(
    how: str,
    forge: Forge,
    queue: RedisQueue,
    client: redis.Redis,
    burst: Burst,
    caplog: pytest.LogCaptureFixture,
) -> None:
    forge.push(7)
    (forge.place / f"{how}-7").write_text("")
    queue.put(check(7))
    until(burst, lambda: bool(forge.lines("gave-up")), "the end")
    assert forge.counts("begun") == {check(7).key: 1 + len(FAST.pauses)}
    (line,) = forge.lines("gave-up", check(7).key)
    assert {"fail": "ValueError at", "die": "killed by signal 9"}[how] in line
    assert "hunter2" not in stored_error(client) + caplog.text + line
    (forge.place / f"{how}-7").unlink()
    assert queue.put(check(7)), "a job that was given up is not one that waits"
    burst()
    assert forge.published(7) == 1


def test_a_job_that_takes_too_long_is_ended_and_told(
    forge: Forge, queue: RedisQueue, burst: Burst, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.queue.options._USUAL_SECONDS", 1)
    forge.push(7)
    (forge.place / "slow").write_text("30")
    queue.put(check(7))
    burst()
    assert "took longer than" in forge.lines("gave-up")[0]
    assert forge.counts("begun") == {check(7).key: 1}


def test_a_job_that_is_put_back_early_is_pulled_forward(forge: Forge, queue: RedisQueue, burst: Burst) -> None:
    forge.push(7)
    queue.put_at(check(7, again=True), datetime.now(UTC) + timedelta(hours=1))
    burst()
    assert not forge.lines("begun")
    queue.put_at(check(7), datetime.now(UTC) + timedelta(hours=2))
    assert queue.put(check(7)) is True
    burst()
    assert [line.split()[3] for line in forge.lines("begun")] == ["again"]


def test_a_dead_scheduler_keeps_no_job_waiting(
    forge: Forge, queue: RedisQueue, client: redis.Redis, burst: Burst
) -> None:
    forge.push(7)
    for name in QUEUES:
        client.set(RQScheduler.get_locking_key(name), "a worker that was killed", ex=60)
    queue.put_at(check(7), datetime.now(UTC) - timedelta(seconds=1))
    burst()
    assert forge.published(7) == 1


def test_a_job_that_rq_dropped_is_put_back(forge: Forge, queue: RedisQueue, client: redis.Redis, burst: Burst) -> None:
    """The worker died between taking a job off its list and having it registered."""
    forge.push(7)
    queue.put(check(7))
    assert client.lpop(rq_queue(QUEUES[1], client).key)
    assert queue.put(check(7)) is False, "it still counts as one that waits"
    until(burst, lambda: forge.published(7) == 1, "the job to be found")


def test_leftovers_are_looked_at_twice(queue: RedisQueue, client: redis.Redis) -> None:
    queue.put(check(7))
    queue.put(check(8))
    queue.put_at(check(9), datetime.now(UTC) + timedelta(hours=1))
    lost = client.lpop(rq_queue(QUEUES[1], client).key)
    patient, impatient = Leftovers(client, 3600), Leftovers(client, 0)
    assert (patient.look(), patient.look()) == (0, 0)
    assert (impatient.look(), impatient.look()) == (1, 0)
    assert rq_queue(QUEUES[1], client).job_ids[-1].encode() == lost
    assert client.hlen(LEDGER) == 3


def test_the_ledger_forgets_what_is_over(queue: RedisQueue, client: redis.Redis) -> None:
    queue.put(check(7))
    (id,) = rq_queue(QUEUES[1], client).job_ids
    client.delete(RQJob.key_for(id))
    client.lpop(rq_queue(QUEUES[1], client).key)
    assert (Leftovers(client, 0).look(), client.hlen(LEDGER)) == (0, 0)


def test_a_burst_without_redis_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot.worker, "preload", lambda: None)
    monkeypatch.setattr(bot.worker, "_PATIENT_TRIES", 0)
    with pytest.raises(QueueDown, match="Redis does not answer"):
        bot.worker.run(f"unix://{tmp_path}/none.sock", burst=True)


def test_a_damaged_job_ends_and_harms_no_other(
    forge: Forge, queue: RedisQueue, client: redis.Redis, burst: Burst
) -> None:
    forge.push(8)
    queue.put(check(7))
    (id,) = rq_queue(QUEUES[1], client).job_ids
    client.hset(RQJob.key_for(id), "data", b"\x80no json")
    queue.put(check(8))
    until(burst, lambda: forge.published(8) == 1 and drained(client), "the end of both")


def test_a_job_that_is_none_of_ours_is_not_done(
    forge: Forge, client: redis.Redis, burst: Burst, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody can write to Redis; a worker runs no code for them."""
    monkeypatch.setenv("TOUCHED", str(tmp_path / "touched"))
    queue = Queue(QUEUES[0], connection=client, serializer=JSONSerializer)
    touch = Callback("fake_forge.touch")
    queue.enqueue("fake_forge.touch")
    queue.enqueue("bot.worker.give_up", "1", check(1).dump(), "ours", on_success=touch)
    queue.enqueue("bot.worker.perform", {"kind": "fly"}, on_failure=touch)
    method = queue.enqueue("bot.worker.perform", {})
    client.hset(method.key, "data", zlib.compress(b'["format", "a method of this text", [], {}]'))
    burst()
    assert forge.lines("gave-up", check(1).key), "what is ours is done, without the rest"
    assert not (tmp_path / "touched").exists()
    assert queue.failed_job_registry.get_job_count(cleanup=False) == 3


def test_what_jobs_need_is_loaded_before_any_process_is_forked() -> None:
    code = """
import sys, threading, types
prepared = []
assembly = sys.modules["bot.assembly"] = types.ModuleType("bot.assembly")
assembly.service = lambda: types.SimpleNamespace(prepare=lambda: prepared.append(True))
from bot.worker import preload
preload()
missing = {"bot.checks.all_checks", "bot.render.kustomize", "bot.report.markdown"} - set(sys.modules)
print(missing or "all", threading.active_count(), prepared)
"""
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert done.stdout == "all 1 [True]\n", "a process with threads had better not fork"


def test_the_process_of_a_job_ends_with_its_worker(tmp_path: Path) -> None:
    from bot.process import end_with_parent

    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        end_with_parent(os.getpid())  # its parent is another one
        os.write(write, b"lived on")
        os._exit(0)
    os.close(write)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL
    assert os.read(read, 100) == b""
    os.close(read)
