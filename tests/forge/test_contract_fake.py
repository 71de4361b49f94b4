"""The fake is held to what the real adapters do."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import pytest
from contract import ForgeContract
from fakes.forge import DISMISS, FakeForge

from bot.forge.base import Forge, Unavailable
from bot.model.forge import Permission, Person, PullRequestName, Reaction, RepositoryName

_METHODS = {"comment": "write", "edit": "write", "status": "publish", "reaction": "react"}
Files = Mapping[str, str | None]


class FakeScene:
    def __init__(self, fake: FakeForge) -> None:
        self._fake = fake
        self._people: dict[str, Person] = {}
        self._commits = 0
        self.repository: RepositoryName = fake.add_repository("acme/gitops", url="/srv/gitops.git")

    @property
    def forge(self) -> Forge:
        return self._fake

    def forget(self) -> None:
        """It remembers nothing anyway."""

    def person(self, login: str, permission: Permission = Permission.NONE) -> Person:
        if login not in self._people:
            self._people[login] = self._fake.add_person(login)
            self._fake.set_permission(self.repository, self._people[login], permission)
        return self._people[login]

    def team(self, name: str, members: Sequence[Person]) -> str:
        self._fake.set_members(f"@acme/{name}", *members)
        return f"@acme/{name}"

    def pull_request(
        self, author: Person, branch: str, files: Files, *, title: str = "A change", draft: bool = False
    ) -> PullRequestName:
        return self._fake.open_pull_request(
            self.repository,
            author=author,
            head=self._commit(),
            head_branch=branch,
            title=title,
            is_draft=draft,
            files=sorted(files),
        )

    def fork(self, author: Person, branch: str, files: Files) -> PullRequestName:
        where = f"{author.login}/gitops"
        head = self._commit()
        return self._fake.open_pull_request(
            self.repository, author=author, head=head, head_branch=branch, head_repository=where, files=sorted(files)
        )

    def push(self, name: PullRequestName, files: Files) -> str:
        return self._fake.change(name, head=self._commit()).head

    def branch(self, name: str) -> None:
        """The fake knows no branches that nothing is about."""

    def retarget(self, name: PullRequestName, branch: str) -> None:
        self._fake.change(name, base_branch=branch)

    def close(self, name: PullRequestName) -> None:
        self._fake.change(name, is_open=False)

    def merge(self, name: PullRequestName) -> None:
        self._fake.change(name, is_open=False, is_merged=True)

    def drop_fork(self, name: PullRequestName) -> None:
        self._fake.change(name, head_repository="")

    def say(self, name: PullRequestName, person: Person, body: str) -> int:
        return self._fake.say(name, person, body)

    def edit(self, name: PullRequestName, comment_id: int, body: str) -> None:
        self._fake.edit(name, comment_id, body)

    def remove(self, name: PullRequestName, comment_id: int) -> None:
        self._fake.remove(name, comment_id)

    def say_as_bot(self, name: PullRequestName, body: str) -> int:
        return self._fake.say(name, self._fake.me, body)

    def react_as(self, name: PullRequestName, comment_id: int, person: Person, reaction: Reaction) -> None:
        self._fake.react_as(name, comment_id, person, reaction)

    def approve(self, name: PullRequestName, person: Person) -> None:
        self._fake.review(name, person)

    def unapprove(self, name: PullRequestName, person: Person) -> None:
        self._fake.review(name, person, DISMISS)

    def queue(self, name: PullRequestName) -> str:
        pull, commit = self._fake.pull_request(name), self._commit()
        self._fake.set_branch(
            self.repository, f"gh-readonly-queue/{pull.base_branch}/pr-{name.number}-{self._commit()}", commit
        )
        return commit

    def publish_as_other(self, commit: str, name: str) -> None:
        """The fake holds the bot's own statuses only."""

    def break_after(self, what: str) -> None:
        self._fake.fail(_METHODS[what], Unavailable("It did it, and said nothing."), done=True)

    def break_before(self, what: str) -> None:
        self._fake.fail(_METHODS[what], Unavailable("It is down."))

    def texts(self, name: PullRequestName) -> list[str]:
        return [comment.body for comment in self._fake.comments(name)]

    def _commit(self) -> str:
        self._commits += 1
        return hashlib.sha1(str(self._commits).encode()).hexdigest()


@pytest.fixture
def scene() -> FakeScene:
    return FakeScene(FakeForge())


class TestFakeForge(ForgeContract):
    """All of it."""
