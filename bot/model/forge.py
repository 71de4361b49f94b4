"""What a forge knows, in words that GitHub and GitLab share: pull requests, people, comments, reviews, statuses.

"Pull request" also means a merge request. Ids are those of the forge; times are aware and in UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum


class ForgeKind(StrEnum):
    GITHUB = "github"
    GITLAB = "gitlab"


@dataclass(frozen=True, slots=True, order=True)
class RepositoryName:
    """A repository by the path that people know: ``owner/name``, on GitLab with any number of groups before it."""

    forge: ForgeKind
    path: str

    def __str__(self) -> str:
        return f"{self.forge}:{self.path}"

    @classmethod
    def parse(cls, text: str) -> RepositoryName:
        """The name that ``str`` wrote. Raises ValueError."""
        forge, _, path = text.partition(":")
        return cls(ForgeKind(forge), path)


@dataclass(frozen=True, slots=True, order=True)
class PullRequestName:
    """``number`` is GitHub's number, and GitLab's iid."""

    repository: RepositoryName
    number: int

    def __str__(self) -> str:
        return f"{self.repository}{'!' if self.repository.forge is ForgeKind.GITLAB else '#'}{self.number}"


@dataclass(frozen=True, slots=True)
class Person:
    """Whoever has an account. People are told apart by ``id``: logins can be given up and taken by others."""

    id: int
    login: str
    is_bot: bool = False


@dataclass(frozen=True, slots=True)
class PullRequest:
    """A pull request as the forge tells it now. ``head_repository`` is the path of the repository that the head branch is
    in, "" where that is gone. ``base_branch`` is a name; its tip is read from git, as forges tell old ones."""

    name: PullRequestName
    title: str
    author: Person
    head: str
    head_branch: str
    head_repository: str
    base_branch: str
    is_open: bool
    is_merged: bool = False
    is_draft: bool = False
    url: str = ""
    updated: str = ""  # changes with everything that happens to it, comments as well; "" where the forge does not tell

    @property
    def is_fork(self) -> bool:
        return self.head_repository != self.name.repository.path


class Permission(IntEnum):
    """What somebody may do in a repository; GitLab's roles count as the nearest (docs/forges.md)."""

    NONE = 0
    READ = 1
    TRIAGE = 2
    WRITE = 3
    MAINTAIN = 4
    ADMIN = 5


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment in the conversation of a pull request. ``is_ours``: this very bot wrote it. ``edited``: its text is not what
    was first sent."""

    id: int
    author: Person
    body: str
    created_at: datetime
    is_ours: bool = False
    edited: bool = False
    url: str = ""


class Reaction(StrEnum):
    """What the bot puts under a command; each forge has its own word for it."""

    SEEN = "eyes"
    DONE = "rocket"
    REFUSED = "confused"


@dataclass(frozen=True, slots=True)
class Approval:
    """Somebody's latest approval that nobody dismissed. ``commit`` is the head that they saw, "" where the forge does not
    tell it."""

    person: Person
    commit: str
    at: datetime


class State(StrEnum):
    """What a status on a commit says. There is no "neutral": a gate that did not run is PENDING or ERROR."""

    PENDING = "pending"
    PASSED = "passed"
    FAILED = "failed"  # the change may not be merged
    ERROR = "error"  # nobody knows whether it may; as red as FAILED


@dataclass(frozen=True, slots=True)
class Annotation:
    """A finding at a line of the head commit, counted from 1."""

    path: str
    line: int
    severity: str  # error, warning or info
    title: str
    message: str


@dataclass(frozen=True, slots=True)
class Status:
    """A status to be shown on a commit: GitHub's check run, GitLab's commit status. ``title`` is one line of plain text,
    ``summary`` Markdown (where the forge shows it), ``url`` where more is told."""

    name: str
    state: State
    title: str
    summary: str = ""
    annotations: tuple[Annotation, ...] = ()
    url: str = ""


@dataclass(frozen=True, slots=True)
class PublishedStatus:
    """A status of ours as the forge has it. ``since`` is when it began."""

    name: str
    state: State
    title: str
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class GitAccess:
    """Where a repository is fetched from. ``header`` is an HTTP header with the credential ("" for none); it goes to git by
    its environment, and into no argument, URL, file or log."""

    url: str
    header: str = ""

    def __repr__(self) -> str:
        return f"GitAccess({self.url})"
