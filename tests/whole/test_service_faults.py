"""Everything dies and the forges misbehave while people are at work: in the end every head has its verdict, the right one.

Nothing here waits for a certain time: there is a storm, then it is calm, and then the service has to come to rest with what
``gatehouse check`` says of the same commits.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
from laws import LONG
from posted_report import printed, report_of
from whole_service import BROKEN, DEADLINE, Half, Whole, coloured, wait_for, whole

from bot.model.forge import State
from bot.playground.faults import Fault, FaultKind
from bot.playground.records import Comment, PullRequest
from bot.service.comment import MARKER

SEEDS = range(1, 9) if LONG else (1,)
STORM_SECONDS = 8.0 if LONG else 5.0
PULLS = 2  # of each forge
_ASKED = "/gatehouse explain policy/probes"
_API = ("GET", "POST", "PATCH", "PUT")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    with whole(tmp_path_factory.mktemp("faults")) as made:
        yield made


class Storm:
    """People at work on some pull requests of both forges. ``chance`` decides all."""

    def __init__(self, running: Whole, seed: int) -> None:
        self.running, self.chance, self.seed = running, random.Random(seed), seed
        self.pulls: list[tuple[Half, PullRequest]] = []
        self.asked: list[tuple[Half, PullRequest, Comment]] = []
        for half in running.halves.values():
            for number in range(PULLS):
                self.pulls.append((half, half.opened(f"storm-{seed}-{number}", self._files())))

    def _files(self) -> dict[str, str | None]:
        """Every head is another one, good or bad."""
        noise = {"docs/noise.md": f"{self.chance.random()}\n"}
        return {**(BROKEN if self.chance.random() < 0.4 else coloured(f"c{self.chance.randrange(10**6)}")), **noise}

    def people(self) -> None:
        """One thing that somebody does."""
        half, pull = self.chance.choice(self.pulls)
        match self.chance.choice(("push", "push", "force", "ask", "reopen")):
            case "push":
                half.push(pull.head_branch, self._files())
            case "force":
                half.push(pull.head_branch, self._files(), start=half.tip("main"))
            case "ask" if sum(one is pull for _, one, _ in self.asked) < 3:
                self.asked.append((half, pull, half.say(pull, "ben", _ASKED)))
            case "reopen":
                half.world.close(pull, half.person("ben"))
                half.world.reopen(pull, half.person("ben"))

    def rages(self, accident: Callable[[], None]) -> None:
        end = time.monotonic() + STORM_SECONDS
        while time.monotonic() < end:
            self.people()
            if self.chance.random() < 0.4:
                accident()
            time.sleep(self.chance.uniform(0.05, 0.6))
        self.running.forge.world.faults.clear()

    def is_over(self) -> bool:
        """Every head has a verdict, every command its answer."""
        told = all(half.is_told(pull) for half, pull in self.pulls)
        return told and all(_is_answered(comment) for _, _, comment in self.asked)


def _is_answered(comment: Comment) -> bool:
    return any(reaction.content == "rocket" for reaction in comment.reactions)


def comes_to_rest(storm: Storm) -> None:
    """What must be so after any storm."""
    running = storm.running
    try:
        wait_for(running.is_ready, "the bot", DEADLINE)
        wait_for(storm.is_over, "all verdicts and answers", DEADLINE)
        running.quiet()
        for half, pull in storm.pulls:
            report = half.report(pull)  # one, and no second
            assert pull.head[:7] in report
            replies = [comment for comment in half.by_bot(pull) if not comment.body.startswith(MARKER)]
            assert len(replies) <= 1, "one command was answered in two places"
            assert all(state is not State.PENDING for state in half.states(pull.head).values())
            assert (half.state(pull) is State.PASSED) == _passes(half, pull, report)
    except AssertionError as error:
        raise AssertionError(f"{error} (seed {storm.seed})\n{_state(storm)}\n{running.log()[-4000:]}") from error


def _passes(half: Half, pull: PullRequest, report: str) -> bool:
    """What the command line says of the head; it is also what stands in the comment."""
    said = printed(report, half.repository.bare.directory)
    assert report_of(report) == said.text
    assert pull.head in said.text
    return said.code == 0


def _state(storm: Storm) -> str:
    rows = [
        f"{half.repository.path} {pull.number}: {pull.head[:7]} {half.states(pull.head)} told {half.is_told(pull)}"
        for half, pull in storm.pulls
    ]
    open_ones = [f"comment {comment.id}: {[r.content for r in comment.reactions]}" for _, _, comment in storm.asked]
    return "\n".join([*rows, *open_ones])


def _kill(pids: list[int]) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize("seed", SEEDS)
def test_processes_are_killed_at_random_instants(running: Whole, seed: int) -> None:
    storm = Storm(running, seed)

    def accident() -> None:
        verb = storm.chance.choice(("worker", "worker", "work-horse", "web", "sweep"))
        pids = sorted(running.processes("worker" if verb == "work-horse" else verb))
        if not pids:
            return
        if verb == "work-horse":
            pids = sorted(child for pid in pids for child in _children(pid))
        elif verb == "worker":  # one, perhaps together with its job
            pids = [storm.chance.choice(pids)]
        _kill(pids[:1] if verb == "work-horse" else pids)

    storm.rages(accident)
    comes_to_rest(storm)


def _children(pid: int) -> list[int]:
    with contextlib.suppress(OSError):
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


@pytest.mark.parametrize("seed", SEEDS)
def test_redis_is_killed_and_flushed(running: Whole, seed: int) -> None:
    storm = Storm(running, seed + 100)
    left = [2, 2]  # how often it is killed, and flushed

    def accident() -> None:
        which = storm.chance.randrange(2)
        if not left[which]:
            return
        left[which] -= 1
        with contextlib.suppress(redis.RedisError, OSError), running.client() as client:
            if which:
                client.flushall()
            else:
                _kill([int(client.info("server")["process_id"])])

    storm.rages(accident)
    comes_to_rest(storm)


@pytest.mark.parametrize("seed", SEEDS)
def test_forges_misbehave(running: Whole, seed: int) -> None:
    storm, faults = Storm(running, seed + 200), running.forge.world.faults

    def accident() -> None:
        kind = storm.chance.choice(list(FaultKind)[:-1])  # nobody would release what is held
        method = storm.chance.choice(_API)
        match kind:
            case FaultKind.LOST | FaultKind.DOUBLED | FaultKind.DELAYED:
                faults.add(Fault(kind, "HOOK *", seconds=1.0, times=storm.chance.randint(1, 3)))
            case FaultKind.LIST_LAG:
                faults.add(Fault(kind, "GET *comments*", seconds=2.0))
            case _:
                api = "/api/v3" if kind is FaultKind.SECONDARY else "/api"  # for GitLab that would be a plain refusal
                faults.add(Fault(kind, f"{method} {api}/*", seconds=1.0, times=storm.chance.randint(1, 3)))

    storm.rages(accident)
    comes_to_rest(storm)
