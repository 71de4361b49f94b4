"""The contract on GitLab, by python-gitlab over HTTP."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from contract import ForgeContract
from gitlab_playground import NAME, Place, playground

from bot.forge.base import Forge
from bot.forge.gitlab import GitLab
from bot.model.forge import ForgeKind, Permission, Person, PullRequestName, Reaction, RepositoryName
from bot.playground.faults import Fault, FaultKind
from bot.playground.records import PullRequest, Repository, User

_ROUTES = {
    "comment": "POST /api/v4/projects/*/notes",
    "edit": "PUT /api/v4/projects/*/notes/*",
    "status": "POST /api/v4/projects/*/statuses/*",
    "reaction": "POST /api/v4/projects/*/award_emoji",
}
Files = Mapping[str, str | None]


class GitLabScene:
    def __init__(self, place: Place) -> None:
        self._place, self._world = place, place.world
        self._owner = place.user("owner")
        self.repository: RepositoryName = NAME
        self.forge: Forge = place.forge

    def forget(self) -> None:
        self.forge = GitLab(self._world.url, self._place.token)

    def person(self, login: str, permission: Permission = Permission.NONE) -> Person:
        known = [user for user in self._world.users.values() if user.login == login]
        user = known[0] if known else self._world.add_user(login, email=f"{login}@hidden.example")
        if not known and permission:
            self._place.project.members[user.id] = permission
        return Person(user.id, user.login)

    def team(self, name: str, members: Sequence[Person]) -> str:
        people = {each.login: Permission.WRITE for each in members}
        self._world.add_organisation(ForgeKind.GITLAB, f"acme/{name}", people)
        return f"@acme/{name}"

    def pull_request(
        self, author: Person, branch: str, files: Files, *, title: str = "A change", draft: bool = False
    ) -> PullRequestName:
        user, row = self._user(author), self._place.project
        self._world.commit(row, user, branch, files, "Change")
        return self._name(self._world.open_pull(row, user, title, branch, draft=draft))

    def fork(self, author: Person, branch: str, files: Files) -> PullRequestName:
        user = self._user(author)
        forked = self._world.fork(self._place.project, user)
        forked.private = False
        self._world.commit(forked, user, branch, files, "Change")
        pull = self._world.open_pull(self._place.project, user, "A change", branch, head_repository=forked)
        return self._name(pull)

    def push(self, name: PullRequestName, files: Files) -> str:
        pull = self._pull(name)
        return self._world.commit(
            self._source(pull), self._world.users[pull.author_id], pull.head_branch, files, "More"
        )

    def branch(self, name: str) -> None:
        row = self._place.project
        self._world.push(row, self._owner, name, row.bare.branch("main"))

    def retarget(self, name: PullRequestName, branch: str) -> None:
        self._world.edit_pull(self._pull(name), self._owner, base_branch=branch)

    def close(self, name: PullRequestName) -> None:
        self._world.close(self._pull(name), self._owner)

    def merge(self, name: PullRequestName) -> None:
        self._world.merge(self._pull(name), self._owner)

    def drop_fork(self, name: PullRequestName) -> None:
        self._world.delete_repository(self._source(self._pull(name)))

    def say(self, name: PullRequestName, person: Person, body: str) -> int:
        return self._world.comment(self._pull(name), self._user(person), body).id

    def edit(self, name: PullRequestName, comment_id: int, body: str) -> None:
        self._world.clock.advance(2)  # within a second GitLab itself saves a note again
        row = self._world.comments[comment_id]
        self._world.edit_comment(row, self._world.users[row.author_id], body)

    def remove(self, name: PullRequestName, comment_id: int) -> None:
        self._world.delete_comment(self._world.comments[comment_id], self._owner)

    def say_as_bot(self, name: PullRequestName, body: str) -> int:
        return self._world.comment(self._pull(name), self._place.user("gatehouse"), body).id

    def react_as(self, name: PullRequestName, comment_id: int, person: Person, reaction: Reaction) -> None:
        self._world.react(self._world.comments[comment_id], self._user(person), str(reaction))

    def approve(self, name: PullRequestName, person: Person) -> None:
        self._world.approve(self._pull(name), self._user(person))

    def unapprove(self, name: PullRequestName, person: Person) -> None:
        self._world.unapprove(self._pull(name), self._user(person))

    def queue(self, name: PullRequestName) -> str:
        """There is none."""
        return ""

    def publish_as_other(self, commit: str, name: str) -> None:
        row = self._place.project
        for ref in ("change", "main"):
            self._world.set_status(row, self._place.user("maintainer"), commit, name, "success", ref=ref)

    def break_after(self, what: str) -> None:
        self._world.faults.add(Fault(FaultKind.AFTER_502, _ROUTES[what]))

    def break_before(self, what: str) -> None:
        self._world.faults.add(Fault(FaultKind.BEFORE_502, _ROUTES[what]))

    def texts(self, name: PullRequestName) -> list[str]:
        return [comment.body for comment in self._world.comments_of(self._pull(name))]

    def _name(self, pull: PullRequest) -> PullRequestName:
        return PullRequestName(self.repository, pull.number)

    def _pull(self, name: PullRequestName) -> PullRequest:
        return self._world.pull(self._place.project, name.number)

    def _source(self, pull: PullRequest) -> Repository:
        source = self._world.head_repository(pull)
        assert source is not None
        return source

    def _user(self, person: Person) -> User:
        return self._world.users[person.id]


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[GitLabScene]:
    with playground(tmp_path / "world") as place:
        yield GitLabScene(place)


class TestGitLab(ForgeContract):
    """All of it."""
