"""Whatever is lost, doubled or late of what a forge tells: after a sweep every pull request says the same.

People do things to pull requests; each thing they do makes jobs, as its webhooks would. The law compares what stands there
in the end when these jobs came in some order, several times or never, with what stands there when none came and the sweep
found everything by itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pytest
from fakes.forge import APPROVE, DISMISS
from hypothesis import example, given
from hypothesis import strategies as st
from laws import profile
from scene import BASE, FILES, Scene

from bot.errors import RetryLater
from bot.model.forge import ForgeKind, Person, PullRequestName, Reaction
from bot.model.job import Job, JobKind
from bot.service.dispatch import perform

PROD = "apps/shop/overlays/prod"
CHANGES: dict[str, dict[str, str]] = {
    "blue": {f"{BASE}/config.yaml": FILES[f"{BASE}/config.yaml"].replace("red", "blue")},
    "green": {f"{BASE}/config.yaml": FILES[f"{BASE}/config.yaml"].replace("red", "green")},
    "broken": {f"{PROD}/kustomization.yaml": "resources: [../../base, nowhere.yaml]\n"},
    "docs": {"docs/a.md": "other text\n"},
}
MOVES: dict[str, dict[str, str]] = {
    "size": {f"{PROD}/kustomization.yaml": "resources: [../../base]\nnamespace: prod\nnamePrefix: big-\n"},
    "docs": {"docs/b.md": "more text\n"},
    "owners": {"CODEOWNERS": f"/{PROD}/ @acme/shop\n/{BASE}/ @acme/everybody\n"},
    "rules": {".gatehouse.yaml": "checks: {run: [schema, owners, images]}\n"},
}
ACTS = ("push", "force", "retarget", "close", "reopen", "draft", "ask", "approve", "dismiss", "edit", "base")
BRANCHES = ("one", "two")
ASKED = "/gatehouse explain policy/probes"


class Act(NamedTuple):
    """Somebody does ``what`` to the pull request of ``branch``, with a change or a move of the base where that needs one."""

    what: str
    branch: str
    change: str
    move: str


class Schedule(NamedTuple):
    """What becomes of the jobs of one act: after how many further acts each try of them comes, and whether the worker
    gets to work then."""

    delays: tuple[int, ...]
    works: bool


acts = st.builds(
    Act, st.sampled_from(ACTS), st.sampled_from(BRANCHES), st.sampled_from(sorted(CHANGES)), st.sampled_from(sorted(MOVES))
)  # fmt: skip
schedules = st.builds(Schedule, st.lists(st.integers(0, 4), max_size=3).map(tuple), st.booleans())
stories = st.lists(st.tuples(acts, schedules), min_size=2, max_size=9)


class Stage:
    """One forge on which a story is played."""

    def __init__(self, directory: Path, kind: ForgeKind) -> None:
        rules = {"CODEOWNERS": f"/{PROD}/ @acme/shop\n", ".gatehouse.yaml": "checks: {run: all}\n"}
        self.scene = scene = Scene(directory, kind, {**FILES, **rules})
        scene.change({".gatehouse.yaml": "checks: {run: [schema]}\n"}, branch="release")
        scene.with_ports(now=scene.forge._now)
        scene.forge.tells_updates = True
        self.lead: Person = scene.writer("lead")
        scene.forge.set_members("@acme/shop", self.lead)
        self.waiting: list[tuple[int, Job]] = []
        self.names = {branch: scene.opened(self._files("blue", branch), branch=branch) for branch in BRANCHES}
        self.asked: dict[PullRequestName, list[int]] = {name: [] for name in self.names.values()}
        self.edited: dict[PullRequestName, int] = {}
        self.closed: set[PullRequestName] = set()

    @staticmethod
    def _files(change: str, branch: str) -> dict[str, str]:
        return {**CHANGES[change], f"docs/{branch}.md": f"{change} of {branch}\n"}

    # -- what people do, and what they would be heard of

    def does(self, act: Act) -> list[Job]:
        """The jobs that its webhooks make."""
        name = self.names[act.branch]
        what: dict[str, Callable[[Act, PullRequestName], list[Job]]] = {
            "push": self._push, "force": self._force, "retarget": self._retarget, "close": self._close,
            "reopen": self._reopen, "draft": self._draft, "ask": self._ask, "edit": self._edit, "base": self._base,
        }  # fmt: skip
        if act.what in ("approve", "dismiss"):
            self.scene.forge.review(name, self.lead, APPROVE if act.what == "approve" else DISMISS)
            return self._check(name)
        return what[act.what](act, name)

    def _check(self, name: PullRequestName) -> list[Job]:
        return [Job(JobKind.CHECK, name.repository, name.number)]

    def _push(self, act: Act, name: PullRequestName) -> list[Job]:
        self.scene.pushed(name, self._files(act.change, act.branch))
        return [*self._check(name), Job(JobKind.PUSH, name.repository, branch=act.branch)]

    def _force(self, act: Act, name: PullRequestName) -> list[Job]:
        head = self.scene.change(self._files(act.change, act.branch), branch=act.branch)
        self.scene.forge.change(name, head=head)
        return [*self._check(name), Job(JobKind.PUSH, name.repository, branch=act.branch)]

    def _retarget(self, _: Act, name: PullRequestName) -> list[Job]:
        other = "release" if self.scene.pull(name).base_branch == "base" else "base"
        self.scene.forge.change(name, base_branch=other)
        return self._check(name)

    def _close(self, _: Act, name: PullRequestName) -> list[Job]:
        self.scene.forge.change(name, is_open=False)
        self.closed.add(name)
        return self._check(name)

    def _reopen(self, _: Act, name: PullRequestName) -> list[Job]:
        self.scene.forge.change(name, is_open=True)
        return self._check(name)

    def _draft(self, _: Act, name: PullRequestName) -> list[Job]:
        self.scene.forge.change(name, is_draft=not self.scene.pull(name).is_draft)
        return self._check(name)

    def _ask(self, _: Act, name: PullRequestName) -> list[Job]:
        self.asked[name].append(self.scene.forge.say(name, self.scene.dev, ASKED))
        return [Job(JobKind.COMMAND, name.repository, name.number, self.asked[name][-1])]

    def _edit(self, _: Act, name: PullRequestName) -> list[Job]:
        """Somebody's old comment becomes a command, which nobody obeys."""
        self.edited[name] = self.scene.forge.say(name, self.scene.dev, "hello")
        self.scene.forge.edit(name, self.edited[name], "/gatehouse status")
        return []

    def _base(self, act: Act, name: PullRequestName) -> list[Job]:
        self.scene.merged(MOVES[act.move])
        return [Job(JobKind.PUSH, name.repository, branch="base")]

    # -- the bot

    def works(self) -> None:
        """Until nothing waits."""
        queue = self.scene.queue
        for _ in range(200):
            if not queue.jobs:
                return
            job = queue.jobs.pop(0)
            try:
                perform(job, self.scene.ports)
            except RetryLater:
                queue.jobs.append(job)
        raise AssertionError(f"there is no end to it: {queue.jobs}")

    def sweeps(self) -> None:
        """Until a sweep finds nothing more."""
        for _ in range(5):
            before = len(self.scene.forge.written)
            perform(Job(JobKind.SWEEP, self.scene.repository), self.scene.ports)
            if all(job.kind is JobKind.PUSH for job in self.scene.queue.jobs):
                self.works()
                if len(self.scene.forge.written) == before:
                    return
            self.works()
        raise AssertionError("sweeps never find everything in order")

    # -- what stands there

    def ends(self) -> dict[str, object]:
        """What people see of the pull requests that are open; ids of commits of the base stand in small print alone."""
        forge = self.scene.forge
        seen: dict[str, object] = {}
        for branch, name in self.names.items():
            pull = self.scene.pull(name)
            if not pull.is_open:
                continue
            last = self.scene.memory.last[name]  # what the base does not ask for any more stays as it was
            names = {status.name for status in last.statuses}
            shown = [status for status in forge.published(name.repository, pull.head) if status.name in names]
            statuses = {status.name: (status.state, status.title) for status in shown}
            bodies = sorted(re.sub(r"<sub>.*?</sub>|answers:\d+", "", comment.body) for comment in forge.ours(name))
            done = [] if name in self.closed else [forge.reactions(name, each) for each in self.asked[name]]
            seen[branch] = (statuses, bodies if name not in self.closed else bodies[-1:], done)
        return seen


def played(story: list[tuple[Act, Schedule]], directory: Path, kind: ForgeKind, *, heard: bool) -> Stage:
    """The story, and a sweep at its end. ``heard``: the jobs come as its schedules say, otherwise none does."""
    stage = Stage(directory, kind)
    for number, (act, schedule) in enumerate(story):
        jobs = stage.does(act)
        stage.waiting += [(number + delay, job) for delay in schedule.delays for job in jobs]
        due = [job for when, job in stage.waiting if when <= number]
        stage.waiting = [(when, job) for when, job in stage.waiting if when > number]
        if heard:
            for job in reversed(due):
                stage.scene.queue.put(job)
            if schedule.works:
                stage.works()
    if heard:
        for _, job in stage.waiting:
            stage.scene.queue.put(job)
        stage.works()
    stage.sweeps()
    return stage


_PUSHED, _MOVED = Act("push", "one", "blue", "rules"), Act("base", "one", "blue", "rules")
_RETARGETED = Act("retarget", "one", "blue", "rules")


@pytest.mark.parametrize("kind", list(ForgeKind))
@profile(quick=5, long=300)
@example(story=[(_PUSHED, Schedule((0,), True)), (_MOVED, Schedule((), True))])  # nobody hears of the push to the base
@example(story=[(_PUSHED, Schedule((0,), True)), (_RETARGETED, Schedule((), True))])  # nor of the other base
@given(story=stories)
def test_any_order_any_number_and_any_loss_end_in_the_same(kind: ForgeKind, story: list[tuple[Act, Schedule]]) -> None:
    with TemporaryDirectory() as one, TemporaryDirectory() as two:
        heard = played(story, Path(one), kind, heard=True)
        lost = played(story, Path(two), kind, heard=False)
        assert heard.ends() == lost.ends()
        for stage in (heard, lost):
            for name, asked in stage.asked.items():
                given = [stage.scene.forge.reactions(name, each) for each in asked]
                if name not in stage.closed:
                    assert all(Reaction.DONE in each for each in given), "a command was not answered"
            for name, edited in stage.edited.items():
                assert stage.scene.forge.reactions(name, edited) == frozenset()
