"""The plan of what goes wrong: which request it meets, how often, and what the client sees."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playground_forge import Scene, ask, scene

from bot.model.forge import ForgeKind
from bot.playground import http_faults
from bot.playground.clock import Clock
from bot.playground.faults import Fault, FaultKind, Faults
from bot.playground.serving import LocalForge

NOW = datetime(2026, 1, 5, tzinfo=UTC)


@given(skip=st.integers(0, 5), times=st.integers(1, 5), asked=st.integers(0, 15))
def test_a_fault_meets_as_many_requests_as_it_says(skip: int, times: int, asked: int) -> None:
    faults = Faults()
    faults.add(Fault(FaultKind.AFTER_502, "POST *", times=times, skip=skip))
    met = [faults.next("POST /x") is not None for _ in range(asked)]
    assert met == [skip <= number < skip + times for number in range(asked)]
    assert faults.next("GET /x") is None
    assert bool(faults.waiting()) == (asked < skip + times)


def test_faults_come_one_after_the_other_and_some_for_ever() -> None:
    faults = Faults()
    faults.add(Fault(FaultKind.BEFORE_502))
    faults.add(Fault(FaultKind.TOO_MANY, times=0))
    found = [fault.kind for _ in range(3) if (fault := faults.next("GET /"))]
    assert found == [FaultKind.BEFORE_502, FaultKind.TOO_MANY, FaultKind.TOO_MANY]
    faults.clear()
    assert faults.next("GET /") is None


def test_a_lag_is_no_request_and_lasts() -> None:
    faults = Faults()
    faults.add(Fault(FaultKind.LIST_LAG, "GET */comments", seconds=5))
    for _ in range(2):
        assert faults.next("GET /a/comments") is None
        assert faults.lagging("GET /a/comments", NOW) == NOW - timedelta(seconds=5)
    assert faults.lagging("GET /a/pulls", NOW) is None


def test_the_clock_stands_still_once_it_is_set() -> None:
    clock = Clock()
    before = clock.now()
    assert before <= clock.now()
    clock.set(NOW)
    assert clock.now() == NOW
    clock.advance(90)
    assert clock.now() == NOW + timedelta(seconds=90)
    clock.set(None)
    assert clock.now() >= before


@pytest.fixture
def forge(tmp_path: Path) -> Iterator[LocalForge]:
    with LocalForge(tmp_path) as running:
        yield running


def post_note(forge: LocalForge, play: Scene) -> tuple[int, dict[str, str]]:
    token = forge.world.user_token(play.ben).value
    path = f"/api/v4/projects/{play.repository.id}/merge_requests/1/notes"
    answer = ask(forge.url, path, {"body": "Hello"}, Private_Token=token)
    return answer.status, answer.headers


@pytest.mark.parametrize(
    ("kind", "status", "happened", "header"),
    [
        (FaultKind.BEFORE_502, 502, 0, ""),
        (FaultKind.AFTER_502, 502, 1, ""),
        (FaultKind.TOO_MANY, 429, 0, "retry-after"),
        (FaultKind.SECONDARY, 403, 0, "retry-after"),
        (FaultKind.PRIMARY, 403, 0, "x-ratelimit-reset"),
        (FaultKind.LATENCY, 201, 1, ""),
    ],
)
def test_what_the_client_sees(forge: LocalForge, kind: FaultKind, status: int, happened: int, header: str) -> None:
    play = scene(forge.world, ForgeKind.GITLAB)
    forge.world.faults.add(Fault(kind, "POST *notes", seconds=0.01))
    code, headers = post_note(forge, play)
    assert code == status and len(forge.world.comments_of(play.pull)) == happened
    assert not header or header in headers
    assert post_note(forge, play)[0] == 201  # and then all is well again


def test_latency_is_a_wait_before_the_usual_answer(forge: LocalForge, monkeypatch: pytest.MonkeyPatch) -> None:
    play, waited = scene(forge.world, ForgeKind.GITLAB), list[float]()
    monkeypatch.setattr(http_faults, "time", SimpleNamespace(sleep=waited.append))
    forge.world.faults.add(Fault(FaultKind.LATENCY, "POST *notes", seconds=7))
    assert [post_note(forge, play)[0] for _ in range(2)] == [201, 201]
    assert waited == [7]
