"""A pull request on a forge in memory over a real repository, with the flows of the service on it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path

from fakes.forge import FakeForge
from fakes.service import FakeLocks, FakeMemory, FakeQueue, fake_ports
from gitops_repository import GitOpsRepository

from bot.model.forge import ForgeKind, Permission, Person, PullRequest, PullRequestName, State
from bot.report.status import REQUIRED
from bot.service.check import check
from bot.service.ports import Ports

BASE = "apps/shop/base"
FILES = {
    f"{BASE}/kustomization.yaml": "resources: [config.yaml]\n",
    f"{BASE}/config.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: shop\ndata:\n  colour: red\n",
    "apps/shop/overlays/dev/kustomization.yaml": "resources: [../../base]\nnamespace: dev\n",
    "apps/shop/overlays/prod/kustomization.yaml": "resources: [../../base]\nnamespace: prod\n",
    "docs/a.md": "text\n",
}


class Scene:
    """``acme/gitops`` with a branch ``base``; changes are pull requests of ``dev`` unless said otherwise."""

    def __init__(self, directory: Path, kind: ForgeKind = ForgeKind.GITHUB, files: Mapping[str, str] = FILES) -> None:
        self.origin = GitOpsRepository(directory / "origin")
        self.origin.git("config", "uploadpack.allowAnySHA1InWant", "true")
        self.origin.commit(dict(files))
        self.forge = FakeForge(kind)
        self.repository = self.forge.add_repository("acme/gitops", url=f"file://{self.origin.path}")
        self.dev = self.forge.add_person("dev")
        self.forge.set_permission(self.repository, self.dev, Permission.WRITE)
        self.ports: Ports = fake_ports(self.forge, directory, cache=directory / "cache")

    @property
    def memory(self) -> FakeMemory:
        assert isinstance(self.ports.memory, FakeMemory)
        return self.ports.memory

    @property
    def locks(self) -> FakeLocks:
        assert isinstance(self.ports.locks, FakeLocks)
        return self.ports.locks

    @property
    def queue(self) -> FakeQueue:
        assert isinstance(self.ports.queue, FakeQueue)
        return self.ports.queue

    def writer(self, login: str) -> Person:
        """Somebody else who may write to the repository."""
        person = self.forge.add_person(login)
        self.forge.set_permission(self.repository, person, Permission.WRITE)
        return person

    def change(self, files: Mapping[str, str | None], *, branch: str = "change", start: str = "base") -> str:
        """A commit on top of a branch; its id."""
        self.origin.git("checkout", "-q", "-B", branch, start)
        head = self.origin.commit(dict(files))
        self.origin.git("checkout", "-q", "base")
        return head

    def merged(self, files: Mapping[str, str | None]) -> str:
        """A commit on the base branch."""
        self.origin.git("checkout", "-q", "base")
        return self.origin.commit(dict(files))

    def opened(self, files: Mapping[str, str | None], *, branch: str = "change", fork: bool = False) -> PullRequestName:
        head = self.change(files, branch=branch)
        return self.forge.open_pull_request(
            self.repository, author=self.dev, head=head, head_branch=branch, base_branch="base",
            head_repository="dev/gitops" if fork else None,
        )  # fmt: skip

    def pushed(self, name: PullRequestName, files: Mapping[str, str | None]) -> str:
        """Another commit on the pull request's branch."""
        pull = self.pull(name)
        head = self.change(files, branch=pull.head_branch, start=pull.head_branch)
        self.forge.change(name, head=head)
        return head

    def pull(self, name: PullRequestName) -> PullRequest:
        return self.forge.pull_request(name)

    def check(self, name: PullRequestName, *, again: bool = False) -> None:
        check(name, self.ports, again=again)

    def state(self, name: PullRequestName) -> State | None:
        return self.forge.states(self.pull(name).head).get(REQUIRED)

    def comment(self, name: PullRequestName) -> str:
        """The one comment; that there is no second one is part of it."""
        (only,) = self.forge.ours(name)
        return only.body

    def with_ports(self, **changes: object) -> None:
        self.ports = dataclasses.replace(self.ports, **changes)  # type: ignore[arg-type]
