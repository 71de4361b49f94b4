"""One holder at a time, whatever dies; who came meanwhile is served by exactly one more run."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from waiting import wait_for

import bot.queue.locks
from bot.queue.connection import QueueDown, connect
from bot.queue.embedded import Embedded
from bot.queue.locks import RedisLocks, StillHeld

SHORT = 0.6


def test_a_lock_is_held_by_one_and_free_after(client: redis.Redis) -> None:
    mine, theirs = RedisLocks(client), RedisLocks(client)
    with mine.hold("a") as held:
        assert held and theirs.is_held("a") and not theirs.is_held("b")
        with theirs.hold("a") as also:
            assert not also
        with theirs.hold("b") as other:
            assert other
    assert not mine.is_held("a")


def test_who_comes_meanwhile_makes_one_more_run(client: redis.Redis) -> None:
    locks = RedisLocks(client)
    with locks.hold("a") as held:
        assert held
        for _ in range(3):
            with RedisLocks(client).hold("a") as also:
                assert not also
        assert locks.again("a")
        assert not locks.again("a")
        assert not locks.is_held("a"), "given back in the same instant"
        with RedisLocks(client).hold("a") as other:
            assert other
            with RedisLocks(client).hold("a"):
                pass
    assert not locks.is_held("a")
    with locks.hold("a") as held:
        assert held
        assert not locks.again("a"), "whoever begins anew sees what older marks told of"


def test_an_error_frees_the_lock(client: redis.Redis) -> None:
    locks = RedisLocks(client)
    with pytest.raises(ZeroDivisionError), locks.hold("a"):
        raise ZeroDivisionError
    assert not locks.is_held("a")


def test_a_lock_is_renewed_for_as_long_as_the_block_takes(client: redis.Redis) -> None:
    locks = RedisLocks(client, ttl=SHORT)
    with locks.hold("a"):
        end = time.monotonic() + 3 * SHORT
        while time.monotonic() < end:
            with RedisLocks(client, ttl=SHORT).hold("a") as also:
                assert not also
            time.sleep(0.02)
    assert [thread for thread in threading.enumerate() if thread.name.startswith("lock")] == []


def test_a_lost_lock_is_nobodys_to_free(client: redis.Redis, caplog: pytest.LogCaptureFixture) -> None:
    """Redis was emptied, and somebody else holds the lock by now."""
    locks, other = RedisLocks(client, ttl=SHORT), RedisLocks(client)
    with locks.hold("a"):
        client.flushall()
        with other.hold("a") as theirs:
            assert theirs
            wait_for(lambda: "a lock was lost" in caplog.text, "the loss to be told")
            with RedisLocks(client).hold("a"):
                pass
            assert not locks.again("a"), "the mark is for the other one"
            assert other.is_held("a")
            assert other.again("a")
    assert not other.is_held("a")


@pytest.mark.parametrize("came", ["while it was held", "when it was lost", ""])
def test_a_lost_lock_that_nobody_has_serves_who_came_or_may_have(client: redis.Redis, came: str) -> None:
    """Who came when it was lost may have ended before, and what the first one wrote after that is older."""
    locks = RedisLocks(client)
    with locks.hold("a"):
        if came == "while it was held":
            with RedisLocks(client).hold("a"):
                pass
        client.delete("gatehouse:lock:a")
        if came == "when it was lost":
            other = RedisLocks(client)
            with other.hold("a") as held:
                assert held and not other.again("a")
        assert locks.again("a")
        assert locks.is_held("a")
        assert not locks.again("a")


def test_an_earlier_try_of_the_same_job_is_waited_for(client: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its process was killed; a mark that is made now would never be looked at."""
    monkeypatch.setattr(bot.queue.locks, "get_current_job", lambda: SimpleNamespace(id="job1"))
    with RedisLocks(client, ttl=20).hold("a"):
        refused = pytest.raises(StillHeld, match="An earlier try of this job still holds a")
        with refused as caught, RedisLocks(client).hold("a"):
            pass
        assert 10 < (caught.value.at - datetime.now(UTC)).total_seconds() <= 20
        monkeypatch.setattr(bot.queue.locks, "get_current_job", lambda: SimpleNamespace(id="1"))
        with RedisLocks(client).hold("a") as other:
            assert not other


def test_what_a_dead_job_held_is_free_and_who_came_is_known(
    client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    def become(job: str) -> None:
        monkeypatch.setattr(bot.queue.locks, "get_current_job", lambda: SimpleNamespace(id=job))

    dead, other = RedisLocks(client), RedisLocks(client)
    become("dead")
    with dead.hold("a"), dead.hold("b"):
        become("other")
        assert not other.left_by("ead")
        assert other.is_held("a")
        assert not other.left_by("dead"), "nobody came"
        assert not any(map(other.is_held, "ab"))
        with other.hold("a") as mine:
            assert mine
            become("third")
            with RedisLocks(client).hold("a") as also:
                assert not also
            assert not other.left_by("dead"), "somebody has it by now, and looks after who came"
            assert other.is_held("a")


def test_who_came_to_a_job_that_failed_is_known(client: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot.queue.locks, "get_current_job", lambda: SimpleNamespace(id="mine"))
    locks = RedisLocks(client)

    def run(*, fails: bool, comes: bool, ends: bool) -> bool:
        with contextlib.suppress(ZeroDivisionError), locks.hold("a"):
            if comes:
                with monkeypatch.context() as patch:
                    patch.setattr(bot.queue.locks, "get_current_job", lambda: None)
                    with RedisLocks(client).hold("a") as other:
                        assert not other
            if ends:
                while locks.again("a"):
                    pass
            if fails:
                raise ZeroDivisionError
        return locks.left_by("mine")

    assert run(fails=True, comes=True, ends=False)
    assert not run(fails=True, comes=False, ends=False)
    assert not run(fails=False, comes=True, ends=True)
    assert not run(fails=True, comes=True, ends=True), "it was brought to its end before"


def test_a_question_that_is_asked_twice_has_one_answer(client: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    """The client asks again where an answer was lost on its way."""

    def twice(locks: RedisLocks, name: str) -> None:
        script = getattr(locks, name)

        def ask(**what: object) -> object:
            script(**what)
            return script(**what)

        monkeypatch.setattr(locks, name, ask)

    locks = RedisLocks(client)
    for name in ("_hold", "_again", "_free"):
        twice(locks, name)
    with locks.hold("a") as held:
        assert held
        with RedisLocks(client).hold("a"):
            pass
        assert locks.again("a")
        assert not locks.again("a")


def test_redis_that_is_away(tmp_path: Path) -> None:
    locks = RedisLocks(connect(f"unix://{tmp_path}/none.sock", tries=0))
    with pytest.raises(QueueDown):
        locks.is_held("a")
    with pytest.raises(QueueDown), locks.hold("a"):
        pass


def _hold_for_ever(url: str, ready: str) -> None:
    with RedisLocks(connect(url), ttl=SHORT).hold("a"):
        Path(ready).touch()
        time.sleep(600)


def test_a_killed_holder_frees_the_lock_by_its_end(server: Embedded, client: redis.Redis, tmp_path: Path) -> None:
    process = multiprocessing.get_context("spawn").Process(
        target=_hold_for_ever, args=(server.url, f"{tmp_path}/ready")
    )
    process.start()
    wait_for((tmp_path / "ready").exists, "the holder")
    locks = RedisLocks(client, ttl=SHORT)
    with locks.hold("a") as held:
        assert not held
    os.kill(process.pid or 0, signal.SIGKILL)
    process.join()
    assert locks.is_held("a") or client.ttl("gatehouse:lock:a") == -2
    wait_for(lambda: not locks.is_held("a"), "the end of the lock")
    with locks.hold("a") as held:
        assert held
        assert not locks.again("a")


class Place:
    """A thing that events change, and that runs look at; counts who is within at once."""

    def __init__(self) -> None:
        self.changes = self.seen = self.within = self.most = self.runs = 0
        self._guard = threading.Lock()

    def change(self) -> None:
        with self._guard:
            self.changes += 1

    @contextmanager
    def run(self) -> Iterator[None]:
        with self._guard:
            self.within += 1
            self.runs += 1
            self.most = max(self.most, self.within)
            looked = self.changes
        yield
        with self._guard:
            self.within -= 1
            self.seen = max(self.seen, looked)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pauses=st.lists(st.lists(st.floats(0, 0.004), min_size=1, max_size=4), min_size=2, max_size=6))
def test_any_number_of_events_at_any_time(client: redis.Redis, pauses: list[list[float]]) -> None:
    """Each thread changes the place, and then does as a flow does. In the end the last change was seen, nobody was within
    with another, and no event made more than one run."""
    client.flushall()
    place = Place()

    def events(waits: list[float]) -> None:
        locks = RedisLocks(client)
        for wait in waits:
            time.sleep(wait)
            place.change()
            with locks.hold("a") as mine:
                goes_on = mine
                while goes_on:
                    with place.run():
                        time.sleep(wait)
                    goes_on = locks.again("a")

    threads = [threading.Thread(target=events, args=(waits,)) for waits in pauses]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert place.most == 1
    assert place.seen == place.changes == sum(map(len, pauses))
    assert place.runs <= place.changes


def _count_alone(url: str, place: str, times: int) -> None:
    """Read a number and write the next one, slowly: two at once would lose a count."""
    locks, file, done = RedisLocks(connect(url), ttl=SHORT), Path(place), 0
    while done < times:
        with locks.hold("a") as mine:
            if not mine:
                time.sleep(0.001)
                continue
            number = int(file.read_text())
            time.sleep(0.002)
            file.write_text(str(number + 1))
            done += 1


def test_processes_exclude_each_other(server: Embedded, client: redis.Redis, tmp_path: Path) -> None:
    file = tmp_path / "number"
    file.write_text("0")
    spawn = multiprocessing.get_context("spawn")
    processes = [spawn.Process(target=_count_alone, args=(server.url, str(file), 15)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert file.read_text() == "45"
