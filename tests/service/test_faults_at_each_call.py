"""Whichever call of the forge fails, and wherever a process dies: after a sweep everybody sees the same as without it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from fakes.forge import APPROVE, DISMISS
from faulty import Ground, How, Play
from laws import LONG

from bot.model.forge import ForgeKind

KINDS = tuple(ForgeKind) if LONG else (ForgeKind.GITHUB,)
EACH = 1 if LONG else 17  # of so many faults one is tried
Flow = Callable[[Play], Iterator[None]]


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    made = Ground(tmp_path_factory.mktemp("ground"))
    with made.repository:
        yield made


# -- stories: what was before, and then what a fault may strike


def first_check(play: Play) -> Iterator[None]:
    play.opened("blue")
    yield
    play.works()


def push_in_mid_run(play: Play) -> Iterator[None]:
    name = play.opened("blue")
    play.calls.hooks["access"] = lambda: play.pushed(name, "green")
    yield
    play.works()


def former_head_in_mid_run(play: Play) -> Iterator[None]:
    name = play.opened("blue")
    play.works()
    play.pushed(name, "green")
    play.calls.hooks["access"] = lambda: play.pushed(name, "blue")
    yield
    play.works()


def override(play: Play) -> Iterator[None]:
    name = play.opened("bad")
    play.works()
    play.says(name, "/gatehouse override all The outage is worse")
    yield
    play.works()


def _overridden(play: Play, then: str) -> Iterator[None]:
    list(override(play))
    play.pushed(play.names[0], then)
    yield
    play.works()


def push_that_ends_an_override(play: Play) -> Iterator[None]:
    return _overridden(play, "worse")


def green_push_that_ends_an_override(play: Play) -> Iterator[None]:
    return _overridden(play, "mended")


def approval(play: Play) -> Iterator[None]:
    name = play.opened("owned")
    play.works()
    play.reviewed(name, APPROVE)
    yield
    play.works()


def approval_taken_back(play: Play) -> Iterator[None]:
    list(approval(play))
    play.reviewed(play.names[0], DISMISS)
    yield
    play.works()


def retarget(play: Play) -> Iterator[None]:
    name = play.opened("bad")
    play.works()
    play.retargeted(name, "release")
    yield
    play.works()


def retarget_in_mid_run(play: Play) -> Iterator[None]:
    name = play.opened("bad")
    play.calls.hooks["access"] = lambda: play.retargeted(name, "release")
    yield
    play.works()


def second_pull_request_of_a_commit(play: Play) -> Iterator[None]:
    play.opened("bad", base="release")
    play.works()
    play.opened("bad")
    yield
    play.works()


def one_of_two_leaves_their_commit(play: Play) -> Iterator[None]:
    list(second_pull_request_of_a_commit(play))
    play.pushed(play.names[1], "worse")
    yield
    play.works()


def one_of_two_leaves_their_commit_in_mid_run(play: Play) -> Iterator[None]:
    play.opened("bad", base="release")
    play.works()
    name = play.opened("bad")
    play.calls.hooks["access"] = lambda: play.pushed(name, "worse")
    yield
    play.works()


def one_of_two_is_closed(play: Play) -> Iterator[None]:
    list(second_pull_request_of_a_commit(play))
    play.closed(play.names[1])
    yield
    play.works()


def close_in_mid_run(play: Play) -> Iterator[None]:
    name = play.opened("blue")
    play.calls.hooks["access"] = lambda: play.closed(name)
    yield
    play.works()


def push_to_the_base(play: Play) -> Iterator[None]:
    play.opened("bad")
    play.works()
    play.moved("base", "moved")
    yield
    play.works()


def commands(play: Play) -> Iterator[None]:
    name = play.opened("blue")
    play.works()
    play.says(name, "/gatehouse explain policy/probes\n/gatehouse help\n/gatehouse override risk It is known")
    yield
    play.works()


FLOWS: tuple[Flow, ...] = (
    first_check,
    push_in_mid_run,
    former_head_in_mid_run,
    override,
    push_that_ends_an_override,
    green_push_that_ends_an_override,
    approval,
    approval_taken_back,
    retarget,
    retarget_in_mid_run,
    second_pull_request_of_a_commit,
    one_of_two_leaves_their_commit,
    one_of_two_leaves_their_commit_in_mid_run,
    one_of_two_is_closed,
    close_in_mid_run,
    push_to_the_base,
    commands,
)


def _played(ground: Ground, kind: ForgeKind, flow: Flow, at: int = 0, how: How = How.LOST) -> tuple[Play, int]:
    """The story, and how many calls a fault could have struck."""
    play = Play(ground, kind)
    story = flow(play)
    next(story)
    play.calls.count, play.calls.at, play.calls.how = 0, at, how
    list(story)
    calls = play.calls.count
    play.rests()
    return play, calls


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.__name__)
def test_one_fault_changes_nothing_in_the_end(ground: Ground, flow: Flow, kind: ForgeKind) -> None:
    whole, calls = _played(ground, kind, flow)
    faults = [(at, how) for at in range(1, calls + 1) for how in How]
    for at, how in faults[FLOWS.index(flow) % EACH :: EACH]:
        struck, _ = _played(ground, kind, flow, at, how)
        assert struck.ends() == whole.ends(), f"{how} call {at}"
