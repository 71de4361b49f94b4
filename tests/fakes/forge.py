"""A forge in memory: the port as GitHub and GitLab keep it, and the hands of the people and accidents around it.

The contract suite (tests/forge/contract.py) holds it to what the real adapters do. Upper half: what a test sets up, looks at
and breaks. Lower half: the port.
"""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from bot.forge.base import ForgeError, NotFound
from bot.model.forge import (
    Approval,
    Comment,
    ForgeKind,
    GitAccess,
    Permission,
    Person,
    PublishedStatus,
    PullRequest,
    PullRequestName,
    Reaction,
    RepositoryName,
    State,
    Status,
)
from bot.model.merge_queue import QueuedCommit, queued_commit

START = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
APPROVE, REQUEST_CHANGES, REMARK, DISMISS = "approve", "request-changes", "comment", "dismiss"


class Review(NamedTuple):
    person: Person
    verdict: str
    commit: str
    at: datetime


class Published(NamedTuple):
    """A status in the order in which all were written."""

    repository: RepositoryName
    commit: str
    status: Status
    at: datetime
    branch: str


class Fault(NamedTuple):
    """The next call of ``method`` raises; ``done``: after it had its effect."""

    method: str
    error: Exception
    done: bool


@dataclass(slots=True)
class _Repository:
    url: str = ""
    is_public: bool = False
    permissions: dict[int, Permission] = field(default_factory=dict)


@dataclass(slots=True)
class _Conversation:
    pull_request: PullRequest
    files: tuple[str, ...] | None = ()
    comments: dict[int, Comment] = field(default_factory=dict)
    reactions: dict[int, set[tuple[int, Reaction]]] = field(default_factory=dict)
    reviews: list[Review] = field(default_factory=list)

    @property
    def updated(self) -> str:
        """Another one after everything that people and the bot say in it."""
        said = sorted((each.id, hash(each.body)) for each in self.comments.values())
        return f"{hash(tuple(said))} {len(self.reviews)} {hash(self.pull_request)}"


class FakeForge:
    """``calls`` counts the port's methods; ``written`` are the statuses in order; time is a clock that each call moves on
    by a second, unless ``now`` is given."""

    def __init__(
        self,
        kind: ForgeKind = ForgeKind.GITHUB,
        *,
        comment_limit: int = 65_536,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        self._kind = kind
        self._limit = comment_limit
        self._lock = threading.RLock()
        self._ids = itertools.count(1001)
        self._ticks = itertools.count()
        self._now = now or (lambda: START + timedelta(seconds=next(self._ticks)))
        self._repositories: dict[RepositoryName, _Repository] = {}
        self._talks: dict[PullRequestName, _Conversation] = {}
        self._members: dict[str, set[int]] = {}
        self._faults: list[Fault] = []
        self.me = Person(1, "gatehouse[bot]", is_bot=True)
        self.written: list[Published] = []
        self.calls: Counter[str] = Counter()
        self.tells_updates = False
        self._queue: dict[tuple[RepositoryName, str], str] = {}

    # -- what a test sets up

    def add_repository(self, path: str, *, url: str = "", is_public: bool = False) -> RepositoryName:
        """``url`` is where git fetches it, a directory is fine."""
        name = RepositoryName(self._kind, path)
        self._repositories[name] = _Repository(url, is_public)
        return name

    def add_person(self, login: str, *, is_bot: bool = False) -> Person:
        return Person(next(self._ids), login, is_bot)

    def set_permission(self, repository: RepositoryName, person: Person, permission: Permission) -> None:
        self._repositories[repository].permissions[person.id] = permission

    def set_members(self, owner: str, *people: Person) -> None:
        """Who is in ``owner``, written as CODEOWNERS writes a team or group: ``@org/team``."""
        self._members[owner.lower()] = {person.id for person in people}

    def open_pull_request(
        self,
        repository: RepositoryName,
        *,
        author: Person,
        head: str,
        head_branch: str = "change",
        base_branch: str = "main",
        title: str = "A change",
        head_repository: str | None = None,
        is_draft: bool = False,
        files: Sequence[str] | None = (),
    ) -> PullRequestName:
        """``files`` None: the forge does not tell them all. ``head_repository`` None: the same repository, "": gone."""
        with self._lock:
            number = 1 + max((name.number for name in self._talks if name.repository == repository), default=0)
            name = PullRequestName(repository, number)
            where = repository.path if head_repository is None else head_repository
            pull = PullRequest(
                name, title, author, head, head_branch, where, base_branch, is_open=True, is_draft=is_draft
            )
            self._talks[name] = _Conversation(pull, None if files is None else tuple(files))
            return name

    def change(
        self,
        name: PullRequestName,
        *,
        head: str | None = None,
        title: str | None = None,
        base_branch: str | None = None,
        head_repository: str | None = None,
        is_open: bool | None = None,
        is_merged: bool | None = None,
        is_draft: bool | None = None,
        files: Sequence[str] | None = None,
    ) -> PullRequest:
        """Somebody pushed, retargeted, closed, merged …; what is left out stays."""
        with self._lock:
            talk, now = self._talks[name], self._talks[name].pull_request
            talk.pull_request = replace(
                now,
                head=now.head if head is None else head,
                title=now.title if title is None else title,
                head_repository=now.head_repository if head_repository is None else head_repository,
                base_branch=now.base_branch if base_branch is None else base_branch,
                is_open=now.is_open if is_open is None else is_open,
                is_merged=now.is_merged if is_merged is None else is_merged,
                is_draft=now.is_draft if is_draft is None else is_draft,
            )
            if files is not None:
                talk.files = tuple(files)
            return talk.pull_request

    def set_branch(self, repository: RepositoryName, branch: str, commit: str) -> None:
        """A branch is there, "" for not any more; the port tells those that look like a merge queue's."""
        self._queue[repository, branch] = commit

    def say(self, name: PullRequestName, person: Person, body: str) -> int:
        """Somebody comments; the id of it."""
        with self._lock:
            comment = Comment(next(self._ids), person, body, self._now(), is_ours=person.id == self.me.id)
            self._talks[name].comments[comment.id] = comment
            return comment.id

    def edit(self, name: PullRequestName, comment_id: int, body: str) -> None:
        comments = self._talks[name].comments
        comments[comment_id] = replace(comments[comment_id], body=body, edited=True)

    def remove(self, name: PullRequestName, comment_id: int) -> None:
        del self._talks[name].comments[comment_id]

    def react_as(self, name: PullRequestName, comment_id: int, person: Person, reaction: Reaction) -> None:
        """On GitLab that moves the time of the last change, from which alone an edit is known there."""
        talk = self._talks[name]
        talk.reactions.setdefault(comment_id, set()).add((person.id, reaction))
        if self._kind is ForgeKind.GITLAB:
            talk.comments[comment_id] = replace(talk.comments[comment_id], edited=True)

    def review(self, name: PullRequestName, person: Person, verdict: str = APPROVE) -> None:
        """APPROVE, REQUEST_CHANGES, REMARK (a review that only says something) or DISMISS (of their last one)."""
        talk = self._talks[name]
        talk.reviews.append(Review(person, verdict, talk.pull_request.head, self._now()))

    def fail(self, method: str, error: Exception, *, done: bool = False, times: int = 1) -> None:
        """The next ``times`` calls of a method of the port raise this, after they had their effect if ``done``."""
        self._faults += [Fault(method, error, done)] * times

    # -- what a test looks at

    def states(self, commit: str) -> dict[str, State]:
        """The latest state under each name of a status on this commit, in any repository."""
        return {each.status.name: each.status.state for each in self.written if each.commit == commit}

    def ours(self, name: PullRequestName) -> list[Comment]:
        return [comment for comment in self._talks[name].comments.values() if comment.is_ours]

    # -- the port

    @property
    def kind(self) -> ForgeKind:
        return self._kind

    @property
    def comment_limit(self) -> int:
        return self._limit

    def repositories(self) -> Sequence[RepositoryName]:
        with self._called("repositories"):
            return list(self._repositories)

    def access(self, repository: RepositoryName) -> GitAccess:
        with self._called("access"):
            return GitAccess(self._there(repository).url)

    def pull_request(self, name: PullRequestName) -> PullRequest:
        with self._called("pull_request"):
            return self._told(self._talk(name))

    def open_pull_requests(self, repository: RepositoryName, base_branch: str = "") -> Sequence[PullRequest]:
        with self._called("open_pull_requests"):
            self._there(repository)
            pulls = [self._told(talk) for name, talk in self._talks.items() if name.repository == repository]
            return [pull for pull in pulls if pull.is_open and base_branch in ("", pull.base_branch)]

    def pull_requests_of(self, repository: RepositoryName, commit: str) -> Sequence[PullRequest]:
        with self._called("pull_requests_of"):
            pass
        return [pull for pull in self.open_pull_requests(repository) if pull.head == commit]

    def queued(self, repository: RepositoryName) -> Sequence[QueuedCommit]:
        with self._called("queued"):
            self._there(repository)
            here = [(branch, commit) for (where, branch), commit in self._queue.items() if where == repository]
            told = [queued_commit(*each) for each in here if self._kind is ForgeKind.GITHUB]
            return [each for each in told if each is not None]

    def changed_files(self, name: PullRequestName) -> Sequence[str] | None:
        with self._called("changed_files"):
            return self._talk(name).files

    def approvals(self, pull_request: PullRequest) -> Sequence[Approval]:
        with self._called("approvals"):
            last: dict[int, Review] = {}
            for review in self._talk(pull_request.name).reviews:
                if review.verdict != REMARK and review.person.id != pull_request.author.id:
                    last[review.person.id] = review
            standing = [review for review in last.values() if review.verdict == APPROVE]
            return [Approval(review.person, review.commit, review.at) for review in standing]

    def permission(self, repository: RepositoryName, person: Person) -> Permission:
        with self._called("permission"):
            there = self._there(repository)
            return there.permissions.get(person.id, Permission.READ if there.is_public else Permission.NONE)

    def is_member(self, repository: RepositoryName, owner: str, person: Person) -> bool:
        with self._called("is_member"):
            self._there(repository)
            if not owner.startswith("@"):
                return False
            return owner[1:].lower() == person.login.lower() or person.id in self._members.get(owner.lower(), ())

    def published(self, repository: RepositoryName, commit: str) -> Sequence[PublishedStatus]:
        with self._called("published"):
            latest: dict[str, PublishedStatus] = {}
            for each in self.written:
                if (each.repository, each.commit) == (repository, commit):
                    status = each.status
                    latest[status.name] = PublishedStatus(status.name, status.state, status.title, each.at)
            return list(latest.values())

    def publish(self, repository: RepositoryName, commit: str, status: Status, *, branch: str = "") -> None:
        with self._called("publish"):
            self._there(repository)
            self.written.append(Published(repository, commit, status, self._now(), branch))

    def comments(self, name: PullRequestName) -> Sequence[Comment]:
        with self._called("comments"):
            return list(self._talk(name).comments.values())

    def comment(self, name: PullRequestName, comment_id: int) -> Comment | None:
        with self._called("comment"):
            return self._talk(name).comments.get(comment_id)

    def write(self, name: PullRequestName, body: str, *, marker: str, known: int = 0) -> int:
        with self._called("write"):
            if not body.startswith(marker):
                raise ForgeError("A comment of ours has to begin with its marker.")
            if len(body) > self._limit:
                raise ForgeError(f"A comment may have {self._limit} characters, this one has {len(body)}.")
            there = self._talk(name).comments
            mine = [c.id for c in there.values() if c.is_ours and c.body.startswith(marker)]
            kept = known if known in there and there[known].is_ours else next(iter(mine), 0)
            if not kept:
                return self.say(name, self.me, body)
            for other in mine:
                if other != kept:
                    self.remove(name, other)
            if self._talk(name).comments[kept].body != body:
                self.edit(name, kept, body)
            return kept

    def react(self, name: PullRequestName, comment_id: int, reaction: Reaction) -> None:
        with self._called("react"):
            if comment_id not in self._talk(name).comments:
                raise NotFound(f"{name} has no comment {comment_id}.")
            self.react_as(name, comment_id, self.me, reaction)

    def reactions(self, name: PullRequestName, comment_id: int) -> frozenset[Reaction]:
        with self._called("reactions"):
            given = self._talk(name).reactions.get(comment_id, set())
            return frozenset(reaction for person, reaction in given if person == self.me.id)

    # -- inside

    def _told(self, talk: _Conversation) -> PullRequest:
        return replace(talk.pull_request, updated=talk.updated) if self.tells_updates else talk.pull_request

    def _there(self, repository: RepositoryName) -> _Repository:
        if repository not in self._repositories:
            raise NotFound(f"There is no repository {repository}, or this bot may not see it.")
        return self._repositories[repository]

    def _talk(self, name: PullRequestName) -> _Conversation:
        if name not in self._talks:
            raise NotFound(f"There is no pull request {name}, or this bot may not see it.")
        return self._talks[name]

    @contextmanager
    def _called(self, method: str) -> Iterator[None]:
        """One call at a time, counted; raises what ``fail`` ordered, before or after the effect."""
        with self._lock:
            self.calls[method] += 1
            fault = next((each for each in self._faults if each.method == method), None)
            if fault is not None:
                self._faults.remove(fault)
                if not fault.done:
                    raise fault.error
            yield
            if fault is not None:
                raise fault.error
