"""Children that end by themselves are started again, with pauses that grow as long as they do not live long."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable

import pytest

from bot.errors import UserError
from bot.supervisor import Family, Kept, _members, address, listening

FAILING = (sys.executable, "-c", "raise SystemExit(3)")
STAYING = (sys.executable, "-c", "import time; time.sleep(600)")


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def until(what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not what():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


def ended(family: Family, kept: Kept) -> float:
    """Start it, wait for its end, and say how long the pause is."""
    family.look()
    assert kept.child is not None
    child = kept.child
    until(lambda: child.code() is not None)
    family.look()
    assert kept.child is None or kept.child is not child
    return kept.due - float(family.clock())


def test_pauses_grow_and_begin_anew_after_a_long_life() -> None:
    clock, kept = Clock(), Kept("part", FAILING)
    family = Family(os.environ, [kept], clock)
    pauses = []
    for _ in range(8):
        pauses.append(ended(family, kept))
        clock.now = kept.due
    assert pauses == [0, 1, 2, 4, 8, 15, 30, 30]
    family.look()
    assert kept.child is not None
    child = kept.child
    until(lambda: child.code() is not None)
    clock.now += 100
    family.look()
    assert kept.due == clock.now


def test_nobody_is_started_before_its_time() -> None:
    clock, kept = Clock(), Kept("part", FAILING)
    family = Family(os.environ, [kept], clock)
    ended(family, kept)
    clock.now = kept.due
    ended(family, kept)
    clock.now = kept.due - 0.1
    family.look()
    assert kept.child is None
    clock.now = kept.due
    family.look()
    assert kept.child is not None
    family.end()


def test_a_program_that_cannot_be_started_is_tried_again() -> None:
    clock, kept = Clock(), Kept("part", ("/no/such/program",))
    family = Family(os.environ, [kept], clock)
    for pause in (0, 1, 2):
        clock.now = kept.due
        family.look()
        assert kept.child is None
        assert kept.due - clock.now == pause


def test_the_end_of_all_and_of_those_who_do_not_listen() -> None:
    deaf = (sys.executable, "-c", "import signal, time; signal.signal(15, signal.SIG_IGN); print(1); time.sleep(600)")
    members = [Kept("a", STAYING), Kept("b", deaf), Kept("c", FAILING)]
    family = Family(os.environ, members)
    family.look()
    children = [kept.child for kept in members if kept.child is not None]
    assert len(children) == 3
    family.end(hurry=lambda: children[0].code() is not None)
    assert all(child.code() is not None for child in children)


def test_an_interrupt_of_the_terminal_is_for_the_supervisor_alone() -> None:
    asking = "import signal, sys; sys.exit(7 if signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ()) else 0)"
    kept = Kept("part", (sys.executable, "-S", "-c", asking))
    Family(os.environ, [kept]).look()
    assert kept.child is not None and kept.child.code(60) == 7
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


def test_addresses_that_people_can_use() -> None:
    with listening("0.0.0.0", 0) as everywhere, listening("127.0.0.1", 0) as here:
        assert address(everywhere) == f"http://127.0.0.1:{everywhere.getsockname()[1]}"
        assert address(here) == f"http://127.0.0.1:{here.getsockname()[1]}"
        with pytest.raises(UserError, match="PORT or GATEHOUSE_HOST"):
            listening("127.0.0.1", here.getsockname()[1])
    with pytest.raises(UserError, match="cannot listen at"):
        listening("256.1.1.1", 0)


def test_one_worker_is_for_commands_alone() -> None:
    """One that checks cannot be told to cancel that very check."""
    words = [kept.argv[3:] for kept in _members(0, 1)]
    assert words == [("web",), ("worker",), ("worker", "--commands"), ("sweep",)]
