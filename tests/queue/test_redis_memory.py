"""What is remembered is told again exactly, and what is damaged was never there."""

from __future__ import annotations

import os
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
import redis
from fake_forge import REPOSITORY
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import bot.queue.memory
from bot.model.forge import Annotation, PullRequestName, State, Status
from bot.model.outcome import Outcome
from bot.queue.connection import QueueDown, connect
from bot.queue.memory import RedisMemory
from bot.report.links import LIFE_SECONDS

NAME = PullRequestName(REPOSITORY, 7)
NOTE = Annotation("a/b.yaml", 3, "error", "no limits", "set resources.limits")
OUTCOME = Outcome(
    key="head base policies",
    head="h" * 40,
    base="b" * 40,
    state=State.FAILED,
    title="2 findings — ein Fehler",
    statuses=(
        Status("gatehouse/policy", State.FAILED, "1 finding", annotations=(NOTE,)),
        Status("gatehouse", State.ERROR, "x"),
    ),
    comment="# Überblick\n",
    page="<p>page</p>",
    units=("app/prod",),
    seconds=1.5,
)


@pytest.fixture
def memory(client: redis.Redis) -> RedisMemory:
    return RedisMemory(client)


def test_an_outcome_is_told_again_by_its_key_and_as_the_latest(memory: RedisMemory, client: redis.Redis) -> None:
    assert memory.outcome(OUTCOME.key) is memory.latest(NAME) is None
    memory.keep(OUTCOME)
    newer = replace(OUTCOME, key="another", state=State.PASSED)
    memory.keep(newer)
    memory.remember(NAME, newer)
    assert (memory.outcome(OUTCOME.key), memory.outcome("another"), memory.latest(NAME)) == (OUTCOME, newer, newer)
    assert memory.latest(PullRequestName(REPOSITORY, 8)) is None
    assert all(0 < client.ttl(key) <= 14 * 86_400 for key in client.scan_iter("gatehouse:outcome:*"))
    assert client.ttl(f"gatehouse:latest:{NAME}") > LIFE_SECONDS  # else a link would be good, and its page gone


def test_an_outcome_without_a_key_is_the_latest_of_its_pull_request_alone(memory: RedisMemory) -> None:
    failed, other = replace(OUTCOME, key="", head="e" * 40), PullRequestName(REPOSITORY, 8)
    memory.remember(NAME, failed)
    memory.remember(other, replace(failed, head="f" * 40))
    latest = memory.latest(NAME)
    assert memory.outcome("") is None and latest is not None and latest.head == "e" * 40
    memory.keep(replace(OUTCOME, key="kept"))
    assert memory.latest(NAME) == latest and memory.outcome("kept") == replace(OUTCOME, key="kept")


def test_what_was_published_is_not_what_the_inputs_give(memory: RedisMemory) -> None:
    memory.keep(OUTCOME)
    memory.remember(NAME, replace(OUTCOME, state=State.PASSED, title="overridden"))
    assert memory.outcome(OUTCOME.key) == OUTCOME


def test_a_page_that_is_too_big_is_left_out(memory: RedisMemory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot.queue.memory, "MOST_BYTES", 2000)
    memory.remember(NAME, replace(OUTCOME, page=os.urandom(4000).hex()))
    assert memory.latest(NAME) == replace(OUTCOME, page="")
    huge = replace(OUTCOME, key="huge", comment=os.urandom(4000).hex())
    memory.keep(huge)
    memory.remember(NAME, huge)
    assert memory.outcome("huge") is None
    assert memory.latest(NAME) == replace(OUTCOME, page=""), "and what was known stays"


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.one_of(st.binary(max_size=200), st.text(max_size=80).map(lambda text: zlib.compress(text.encode()))))
def test_whatever_else_stands_there_was_never_there(memory: RedisMemory, client: redis.Redis, data: bytes) -> None:
    memory.keep(OUTCOME)
    memory.remember(NAME, OUTCOME)
    for place in (*client.scan_iter("gatehouse:outcome:*"), *client.scan_iter("gatehouse:latest:*")):
        client.set(place, data)
    assert memory.outcome(OUTCOME.key) is memory.latest(NAME) is None


@pytest.mark.parametrize("text", ["{}", "[]", "null", '{"state":"passed"}', '{"state":[],"units":1,"statuses":[[]]}'])
def test_another_version_was_never_there(memory: RedisMemory, client: redis.Redis, text: str) -> None:
    memory.keep(OUTCOME)
    (place,) = client.scan_iter("gatehouse:outcome:*")
    client.set(place, zlib.compress(text.encode()))
    assert memory.outcome(OUTCOME.key) is None


def test_what_was_cut_off_or_swells_was_never_there(
    memory: RedisMemory, client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory.keep(OUTCOME)
    (place,) = client.scan_iter("gatehouse:outcome:*")
    whole = client.get(place)
    assert isinstance(whole, bytes)
    client.set(place, whole[:-1])
    assert memory.outcome(OUTCOME.key) is None
    client.set(place, whole)
    assert memory.outcome(OUTCOME.key) == OUTCOME
    monkeypatch.setattr(bot.queue.memory, "_MOST_LOADED", 100)
    assert memory.outcome(OUTCOME.key) is None


def test_notes(memory: RedisMemory, client: redis.Redis) -> None:
    assert memory.note("comment:7") == ""
    memory.set_note("comment:7", "123 ü", seconds=60)
    assert memory.note("comment:7") == "123 ü"
    assert 0 < client.ttl("gatehouse:note:comment:7") <= 60
    memory.set_note("comment:7", "")
    assert memory.note("comment:7") == ""
    with pytest.raises(ValueError, match="a note of 5000 characters"):
        memory.set_note("comment:7", "x" * 5000)


def test_counts(memory: RedisMemory, client: redis.Redis) -> None:
    assert [memory.count("tries", seconds=60) for _ in range(3)] == [1, 2, 3]
    assert memory.count("others", seconds=60) == 1
    assert 0 < client.ttl("gatehouse:count:tries") <= 60


def test_redis_that_is_away(tmp_path: Path) -> None:
    memory = RedisMemory(connect(f"unix://{tmp_path}/none.sock", tries=0))
    for ask in (lambda: memory.outcome("a"), lambda: memory.latest(NAME), lambda: memory.note("a")):
        with pytest.raises(QueueDown):
            ask()
