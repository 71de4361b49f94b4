"""Stages are shown while a run takes long: after five seconds, then every ten, the latest of them, and never afterwards."""

from __future__ import annotations

import io
import json
import threading
from types import SimpleNamespace

import pytest

from bot import logs
from bot.errors import ToolError
from bot.service import progress

STAGES = [("reading", 0, 0), ("rendering", 3, 7)]


class Clock:
    """An event whose waits are over at once, ``waits`` of them without anything having happened."""

    def __init__(self, waits: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self.waited: list[float] = []
        self._waits, self._told, self.is_over = waits, threading.Event(), threading.Event()
        monkeypatch.setattr(progress, "threading", SimpleNamespace(Event=lambda: self, Thread=threading.Thread))

    def wait(self, seconds: float) -> bool:
        assert self._told.wait(60)
        self.waited.append(seconds)
        if len(self.waited) > self._waits:
            self.is_over.set()
            return True
        return False

    def set(self) -> None:
        """The run is over."""

    def begin(self) -> None:
        self._told.set()


@pytest.mark.parametrize(("waits", "waited"), [(0, [5.0]), (1, [5.0, 10.0]), (2, [5.0, 10.0, 10.0])])
def test_the_stage_is_told_after_five_seconds_and_then_every_ten(
    monkeypatch: pytest.MonkeyPatch, waits: int, waited: list[float]
) -> None:
    clock, shown = Clock(waits, monkeypatch), list[tuple[str, int, int]]()
    with progress.told(lambda *stage: shown.append(stage)) as tell:
        for stage in STAGES:
            tell(*stage)
        clock.begin()
        assert clock.is_over.wait(60)
    assert (clock.waited, shown) == (waited, [STAGES[-1]] * waits)


def test_a_forge_that_takes_no_progress_ends_it_and_not_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, written = Clock(9, monkeypatch), io.StringIO()
    logs.set_up(stream=written)

    def refused(*_: object) -> None:
        raise ToolError("The comment cannot be written.")

    with logs.bound(delivery="d-1"), progress.told(refused) as tell:
        tell(*STAGES[0])
        clock.begin()
    assert len(clock.waited) == 1
    line = json.loads(written.getvalue())
    assert line["delivery"] == "d-1" and "cannot be written" in line["message"]
