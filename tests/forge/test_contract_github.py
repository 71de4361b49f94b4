"""The contract on GitHub, by PyGithub over HTTP."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from contract import ForgeContract
from github_server import Playground, keys, playground

from bot.forge.base import Forge
from bot.model.forge import ForgeKind, Permission, Person, PullRequestName, Reaction, RepositoryName
from bot.playground.faults import Fault, FaultKind
from bot.playground.records import PullRequest, Repository, User

_ROUTES = {
    "comment": "POST /api/v3/repos/*/issues/*/comments",
    "edit": "PATCH /api/v3/repos/*/issues/comments/*",
    "status": "POST /api/v3/repos/*/check-runs",
    "reaction": "POST /api/v3/repos/*/reactions",
}
Files = Mapping[str, str | None]


class GitHubScene:
    def __init__(self, ground: Playground) -> None:
        self._ground, self._world = ground, ground.world
        self.repository = RepositoryName(ForgeKind.GITHUB, ground.repository.path)
        self.forge: Forge = ground.github()

    def forget(self) -> None:
        self.forge = self._ground.github()

    def person(self, login: str, permission: Permission = Permission.NONE) -> Person:
        known = [user for user in self._world.users.values() if user.login == login]
        user = known[0] if known else self._world.add_user(login)
        if not known:
            self._ground.repository.members[user.id] = permission
        return Person(user.id, user.login)

    def team(self, name: str, members: Sequence[Person]) -> str:
        self._world.add_team(self._ground.acme, name, [each.login for each in members])
        return f"@acme/{name}"

    def pull_request(
        self, author: Person, branch: str, files: Files, *, title: str = "A change", draft: bool = False
    ) -> PullRequestName:
        user, row = self._user(author), self._ground.repository
        self._world.commit(row, user, branch, files, "Change")
        return self._name(self._world.open_pull(row, user, title, branch, draft=draft))

    def fork(self, author: Person, branch: str, files: Files) -> PullRequestName:
        user = self._user(author)
        forked = self._world.fork(self._ground.repository, user)
        self._world.commit(forked, user, branch, files, "Change")
        pull = self._world.open_pull(self._ground.repository, user, "A change", branch, head_repository=forked)
        return self._name(pull)

    def push(self, name: PullRequestName, files: Files) -> str:
        pull = self._pull(name)
        return self._world.commit(
            self._source(pull), self._world.users[pull.author_id], pull.head_branch, files, "More"
        )

    def branch(self, name: str) -> None:
        row = self._ground.repository
        self._world.push(row, self._ground.admin, name, row.bare.branch("main"))

    def retarget(self, name: PullRequestName, branch: str) -> None:
        self._world.edit_pull(self._pull(name), self._ground.admin, base_branch=branch)

    def close(self, name: PullRequestName) -> None:
        self._world.close(self._pull(name), self._ground.admin)

    def merge(self, name: PullRequestName) -> None:
        self._world.merge(self._pull(name), self._ground.admin)

    def drop_fork(self, name: PullRequestName) -> None:
        self._world.delete_repository(self._source(self._pull(name)))

    def say(self, name: PullRequestName, person: Person, body: str) -> int:
        return self._world.comment(self._pull(name), self._user(person), body).id

    def edit(self, name: PullRequestName, comment_id: int, body: str) -> None:
        self._world.clock.advance(2)  # GitHub tells seconds
        row = self._world.comments[comment_id]
        self._world.edit_comment(row, self._world.users[row.author_id], body)

    def remove(self, name: PullRequestName, comment_id: int) -> None:
        self._world.delete_comment(self._world.comments[comment_id], self._ground.admin)

    def say_as_bot(self, name: PullRequestName, body: str) -> int:
        return self._world.comment(self._pull(name), self._world.users[self._ground.app.user_id], body).id

    def react_as(self, name: PullRequestName, comment_id: int, person: Person, reaction: Reaction) -> None:
        self._world.react(self._world.comments[comment_id], self._user(person), str(reaction))

    def approve(self, name: PullRequestName, person: Person) -> None:
        self._world.review(self._pull(name), self._user(person), "APPROVE")

    def unapprove(self, name: PullRequestName, person: Person) -> None:
        for review in self._world.reviews_of(self._pull(name)):
            if review.author_id == person.id and review.state == "APPROVED":
                self._world.dismiss(review, self._ground.admin)

    def queue(self, name: PullRequestName) -> str:
        return self._world.enqueue(self._pull(name), self._ground.admin).commit

    def publish_as_other(self, commit: str, name: str) -> None:
        apps = [app for app in self._world.apps.values() if app.slug == "other"]
        other = apps[0] if apps else self._world.add_app("other", keys().public, {"checks": "write"}, [])
        row = self._ground.repository
        self._world.create_check_run(row, other, name, commit, status="completed", conclusion="success")
        self._world.set_status(row, self._ground.admin, commit, name, "success")

    def break_after(self, what: str) -> None:
        self._world.faults.add(Fault(FaultKind.AFTER_502, _ROUTES[what]))

    def break_before(self, what: str) -> None:
        self._world.faults.add(Fault(FaultKind.BEFORE_502, _ROUTES[what]))

    def texts(self, name: PullRequestName) -> list[str]:
        return [comment.body for comment in self._world.comments_of(self._pull(name))]

    def _name(self, pull: PullRequest) -> PullRequestName:
        return PullRequestName(self.repository, pull.number)

    def _pull(self, name: PullRequestName) -> PullRequest:
        return self._world.pull(self._ground.repository, name.number)

    def _source(self, pull: PullRequest) -> Repository:
        source = self._world.head_repository(pull)
        assert source is not None
        return source

    def _user(self, person: Person) -> User:
        return self._world.users[person.id]


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[GitHubScene]:
    with playground(tmp_path) as ground:
        yield GitHubScene(ground)


class TestGitHub(ForgeContract):
    """All of it."""
