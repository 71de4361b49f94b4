"""A forge and a bot of which one call of the outside world goes wrong, on a repository that is made once for all plays."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from chat import BAD, BLUE, SEAL
from fakes.forge import FakeForge
from fakes.service import FakeMemory, FakeQueue, fake_ports
from gitops_repository import GitOpsRepository
from scene import BASE, FILES

from bot.errors import RetryLater
from bot.forge.base import Unavailable
from bot.git.repository import Repository
from bot.model.forge import ForgeKind, GitAccess, Permission, Person, PullRequestName, RepositoryName
from bot.model.job import Job, JobKind
from bot.model.outcome import Outcome
from bot.service.dispatch import perform
from bot.service.left import is_left

PROD = "apps/shop/overlays/prod"
RULES = "version: 1\ncommands:\n  override:\n    allow: ['@acme/release']\n"
HEADS = {
    "blue": [BLUE],
    "green": [BLUE, {f"{BASE}/config.yaml": FILES[f"{BASE}/config.yaml"].replace("red", "green")}],
    "bad": [BAD],
    "worse": [BAD, {f"{BASE}/more.txt": "x"}],
    "mended": [BAD, {f"{BASE}/kustomization.yaml": FILES[f"{BASE}/kustomization.yaml"]}],
    "owned": [{f"{PROD}/kustomization.yaml": "resources: [../../base]\nnamespace: prod\nnamePrefix: big-\n"}],
    "moved": [{".gatehouse.yaml": f"{RULES}checks: {{run: [schema, owners]}}\n"}],
}


class Ground:
    """A repository with the branches ``base`` and ``release`` and the commits of HEADS; what was found out about them once
    is known to all plays."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        origin = GitOpsRepository(directory / "origin")
        start = origin.commit({**FILES, "CODEOWNERS": f"/{PROD}/ @acme/shop\n", ".gatehouse.yaml": RULES})
        origin.git("checkout", "-q", "-b", "release")
        self.tips = {"base": start, "release": origin.commit({".gatehouse.yaml": "checks: {run: [schema]}\n"})}
        self.heads: dict[str, str] = {}
        for name, steps in HEADS.items():
            origin.git("checkout", "-q", "-B", name, start)
            for files in steps:
                self.heads[name] = origin.commit(files)
        self.repository = Repository(origin.path)
        self.outcomes: dict[str, Outcome] = {}


class GroundMirrors:
    """The ground stands for every clone; a play has tips of its own."""

    def __init__(self, ground: Ground) -> None:
        self._ground, self.tips = ground, dict(ground.tips)

    @contextmanager
    def opened(
        self, repository: RepositoryName, access: GitAccess, commits: Mapping[str, str], branches: Sequence[str] = ()
    ) -> Iterator[tuple[Repository, dict[str, str]]]:
        yield self._ground.repository, {name: self.tips[name] for name in branches}


class How(StrEnum):
    """What goes wrong, and when."""

    LOST = "no answer, and nothing done"
    DONE = "no answer, and all done"
    DIES = "the process dies before"
    DIED = "the process dies after"


class Dies(BaseException):
    """The process of a job is killed."""


class Calls:
    """Counts the calls of the forge, of which the one with the number ``at`` goes wrong. ``hooks`` are done in the next call
    of a method: what people do in the middle of a run."""

    def __init__(self) -> None:
        self.count, self.at, self.how = 0, 0, How.LOST
        self.hooks: dict[str, Callable[[], None]] = {}

    @contextmanager
    def called(self, method: str) -> Iterator[None]:
        self.count += 1
        is_struck = self.count == self.at
        if hook := self.hooks.pop(method, None):
            hook()
        if is_struck and self.how in (How.LOST, How.DIES):
            raise self._error(method)
        yield
        if is_struck:
            raise self._error(method)

    def _error(self, method: str) -> BaseException:
        return Dies(method) if self.how in (How.DIES, How.DIED) else Unavailable(f"502 at {method}")


class FaultyForge(FakeForge):
    def __init__(self, kind: ForgeKind, faults: Calls) -> None:
        super().__init__(kind)
        self._struck = faults

    @contextmanager
    def _called(self, method: str) -> Iterator[None]:
        with super()._called(method), self._struck.called(method):
            yield


class Play:
    """People, the forge and the bot. ``lead`` owns production, and may override; pull requests are of ``dev``."""

    def __init__(self, ground: Ground, kind: ForgeKind) -> None:
        self.ground, self.calls, self.late = ground, Calls(), timedelta()
        self.forge = FaultyForge(kind, self.calls)
        tick = self.forge._now
        self.forge._now = lambda: tick() + self.late
        self.forge.tells_updates = True
        self.repository = self.forge.add_repository("acme/gitops")
        self.mirrors = GroundMirrors(ground)
        ports = fake_ports(self.forge, ground.directory, now=self.forge._now, cache=ground.directory / "cache")
        self.ports = replace(ports, mirrors=self.mirrors, seal=SEAL, bot_name="gatehouse-bot")
        assert isinstance(self.ports.memory, FakeMemory) and isinstance(self.ports.queue, FakeQueue)
        self.ports.memory.outcomes = ground.outcomes
        self.queue = self.ports.queue
        self.dev, self.lead = self._writer("dev"), self._writer("lead")
        for team in ("@acme/release", "@acme/shop"):
            self.forge.set_members(team, self.lead)
        self.names: list[PullRequestName] = []
        self.said: list[tuple[PullRequestName, int]] = []

    def _writer(self, login: str) -> Person:
        person = self.forge.add_person(login)
        self.forge.set_permission(self.repository, person, Permission.WRITE)
        return person

    # -- what people do, and the job of its webhook

    def opened(self, head: str, *, base: str = "base") -> PullRequestName:
        commit = self.ground.heads[head]
        name = self.forge.open_pull_request(self.repository, author=self.dev, head=commit, base_branch=base)
        self.names.append(name)
        self._heard(name)
        return name

    def pushed(self, name: PullRequestName, head: str) -> None:
        self.forge.change(name, head=self.ground.heads[head])
        self._heard(name)

    def retargeted(self, name: PullRequestName, base: str) -> None:
        self.forge.change(name, base_branch=base)
        self._heard(name)

    def closed(self, name: PullRequestName) -> None:
        self.forge.change(name, is_open=False)
        self._heard(name)

    def reviewed(self, name: PullRequestName, verdict: str) -> None:
        self.forge.review(name, self.lead, verdict)
        self._heard(name)

    def moved(self, branch: str, to: str) -> None:
        self.mirrors.tips[branch] = self.ground.heads[to]
        self.queue.put(Job(JobKind.PUSH, self.repository, branch=branch, after=self.ground.heads[to]))

    def says(self, name: PullRequestName, text: str) -> None:
        self.late += timedelta(seconds=5)
        comment = self.forge.say(name, self.lead, text)
        self.said.append((name, comment))
        self.queue.put(Job(JobKind.COMMAND, self.repository, name.number, comment))

    def _heard(self, name: PullRequestName) -> None:
        self.queue.put(Job(JobKind.CHECK, self.repository, name.number))

    # -- the bot

    def works(self) -> None:
        """Until nothing waits. A job whose process dies is lost, once it did anything; before that it waits as it did."""
        for _ in range(100):
            if not self.queue.jobs:
                return
            job, before = self.queue.jobs.pop(0), self.calls.count
            try:
                perform(job, self.ports)
            except Dies:
                self.queue._commands.discard(job.key)
                if self.calls.count == before + 1:
                    self.queue.put(job)
            except RetryLater:
                if job.kind is not JobKind.SWEEP:
                    self.queue.jobs.append(job)
        raise AssertionError(f"there is no end to it: {self.queue.jobs}")

    def rests(self) -> None:
        """What people were about to do is done, and sweeps come until they find everything in order."""
        for method in tuple(self.calls.hooks):
            self.calls.hooks.pop(method)()
        self.works()
        for _ in range(6):
            self.late += timedelta(minutes=20)
            before = len(self.forge.written)
            with suppress(RetryLater):
                perform(Job(JobKind.SWEEP, self.repository), self.ports)
            self.works()
            if len(self.forge.written) == before:
                return
        raise AssertionError("sweeps never find everything in order")

    # -- what stands there

    def ends(self) -> dict[str, object]:
        """All that people see; nothing is said of a head that was left before it had an answer."""
        seen: dict[str, object] = {}
        for name, head in self.ground.heads.items():
            shown = (each for each in self.forge.published(self.repository, head) if not is_left(each))
            seen[name] = {each.name: (each.state, each.title) for each in shown}
        seen |= {str(name): sorted(_plain(each.body) for each in self.forge.ours(name)) for name in self.names}
        return seen | {f"said {comment}": self.forge.reactions(name, comment) for name, comment in self.said}


def _plain(text: str) -> str:
    """Without times, which a fault puts off."""
    return re.sub(r"(?s)<!-- gatehouse:(override|answers):.*?-->|\d\d:\d\d(:\d\d)? UTC|<sub>.*?</sub>", "", text)
