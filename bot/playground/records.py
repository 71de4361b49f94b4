"""The nouns of the forge, as it keeps them. Both kinds share them: an "organisation" also means a GitLab group, a "pull
request" a merge request with its iid as ``number``, a "comment" a note.

They are the forge's own rows and change in place, under the lock of the World, by its methods alone. Ids are unique over
everything; times are aware and in UTC; references between rows are ids. Roles are ``bot.model.forge.Permission``; on the
GitLab half READ is a reporter, WRITE a developer, MAINTAIN a maintainer, ADMIN an owner.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from bot.model.forge import ForgeKind, Permission
from bot.playground.bare import Bare


@dataclass(slots=True)
class User:
    """``app_id`` is set for the account that a GitHub App acts as (login ``slug[bot]``)."""

    id: int
    login: str
    name: str
    email: str
    is_bot: bool = False
    app_id: int = 0


@dataclass(slots=True)
class Team:
    """A team of a GitHub organisation. ``grants``: repository id → role."""

    id: int
    slug: str
    name: str
    members: set[int] = field(default_factory=set)
    grants: dict[int, Permission] = field(default_factory=dict)


@dataclass(slots=True)
class Organisation:
    """A GitHub organisation, or a GitLab group by its full path (``acme/platform``), which inherits the members of the
    groups above it. ``members``: user id → role in all its repositories; on GitHub READ for a plain member. ``is_user``: no
    organisation, but the namespace of the user of that login."""

    id: int
    kind: ForgeKind
    path: str
    members: dict[int, Permission] = field(default_factory=dict)
    teams: dict[str, Team] = field(default_factory=dict)
    is_user: bool = False


@dataclass(frozen=True, slots=True)
class Protection:
    """What a branch asks of a merge. ``checks`` are the names of check runs, commit statuses or external jobs that must be
    green on the head; ``approvals`` how many people with write permission must have approved; ``push`` the role that may
    push to the branch directly. ``dismiss_stale``: a new head takes approvals away. ``approve_head``: only approvals of
    the head count."""

    branch: str
    checks: tuple[str, ...] = ()
    approvals: int = 0
    push: Permission = Permission.ADMIN
    dismiss_stale: bool = False
    approve_head: bool = False


@dataclass(slots=True)
class Repository:
    """``path``: ``owner/name``, on GitLab with any number of groups before it. ``members``: user id → role of this
    repository alone. ``next_number``: of its next pull request. ``bare`` is its git repository on disk."""

    id: int
    kind: ForgeKind
    path: str
    bare: Bare
    default_branch: str
    private: bool
    created_at: datetime
    fork_of: int = 0
    members: dict[int, Permission] = field(default_factory=dict)
    protections: dict[str, Protection] = field(default_factory=dict)
    next_number: int = 1

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def owner(self) -> str:
        """The organisation or group that it lies in, or the user's login."""
        return self.path.rpartition("/")[0]


@dataclass(slots=True)
class App:
    """A GitHub App. ``permissions``: name → read or write; ``public_keys`` are PEM; ``user_id`` acts for it."""

    id: int
    slug: str
    name: str
    user_id: int
    public_keys: list[bytes]
    permissions: dict[str, str]
    events: set[str]


@dataclass(slots=True)
class Installation:
    """An App in an organisation. ``repositories`` None: all of them."""

    id: int
    app_id: int
    organisation_id: int
    permissions: dict[str, str]
    created_at: datetime
    repositories: set[int] | None = None
    suspended: bool = False


@dataclass(slots=True)
class Token:
    """A credential. Of an installation (``installation_id``, with ``permissions`` and perhaps only some ``repositories``),
    or of a user with GitLab's ``scopes`` (``api``, ``read_api``, ``read_repository`` …). ``expires_at`` None: never."""

    value: str = field(repr=False)
    user_id: int
    installation_id: int = 0
    permissions: dict[str, str] = field(default_factory=dict)
    repositories: set[int] | None = None
    scopes: frozenset[str] = frozenset()
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """One head that a pull request had, with the tip of its base branch and their merge base at that time."""

    id: int
    head: str
    base: str
    start: str
    at: datetime


@dataclass(slots=True)
class Reaction:
    """``content``: GitHub's word (``eyes``) or GitLab's name of an emoji."""

    id: int
    user_id: int
    content: str
    at: datetime


@dataclass(slots=True)
class PullRequest:
    """``head_repository_id`` 0: it is gone. ``head`` is the last head that was pushed, also once it ended. ``base_sha`` is
    the tip of the base branch when the head was last pushed. ``versions``: oldest first."""

    id: int
    number: int
    repository_id: int
    title: str
    body: str
    author_id: int
    head_repository_id: int
    head_branch: str
    head: str
    base_branch: str
    base_sha: str
    created_at: datetime
    updated_at: datetime
    is_open: bool = True
    is_merged: bool = False
    is_draft: bool = False
    merged_by: int = 0
    merge_commit: str = ""
    merged_at: datetime | None = None
    closed_at: datetime | None = None
    versions: list[Version] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    reactions: list[Reaction] = field(default_factory=list)


@dataclass(slots=True)
class Comment:
    """A comment of the conversation; with ``path`` one on a line of the diff. ``system``: GitLab's own note about an act."""

    id: int
    pull_id: int
    author_id: int
    body: str
    created_at: datetime
    updated_at: datetime
    edited: bool = False
    system: bool = False
    path: str = ""
    line: int = 0
    reactions: list[Reaction] = field(default_factory=list)


@dataclass(slots=True)
class Review:
    """GitHub: ``state`` is APPROVED, CHANGES_REQUESTED, COMMENTED or DISMISSED; ``commit`` the head that was reviewed.
    GitLab's approvals are rows with APPROVED, removed when they are taken back."""

    id: int
    pull_id: int
    author_id: int
    state: str
    body: str
    commit: str
    submitted_at: datetime


@dataclass(frozen=True, slots=True)
class CheckAnnotation:
    """``level``: notice, warning or failure. Lines count from 1."""

    path: str
    start_line: int
    end_line: int
    level: str
    message: str
    title: str = ""
    raw_details: str = ""
    start_column: int | None = None
    end_column: int | None = None


@dataclass(slots=True)
class CheckRun:
    """``status``: queued, in_progress or completed; ``conclusion`` "" until completed. ``suite_id`` is shared by the runs of
    one App on one commit."""

    id: int
    suite_id: int
    repository_id: int
    app_id: int
    name: str
    head: str
    status: str
    conclusion: str
    started_at: datetime
    completed_at: datetime | None = None
    title: str = ""
    summary: str = ""
    text: str = ""
    details_url: str = ""
    external_id: str = ""
    annotations: list[CheckAnnotation] = field(default_factory=list)


@dataclass(slots=True)
class CommitStatus:
    """``state``: the forge's own word (GitHub: pending, success, failure, error; GitLab: pending, running, success, failed,
    canceled). ``ref``: GitLab's branch. Rows are never changed on GitHub; on GitLab until they ended."""

    id: int
    repository_id: int
    commit: str
    context: str
    state: str
    description: str
    target_url: str
    author_id: int
    created_at: datetime
    updated_at: datetime
    ref: str = ""


@dataclass(slots=True)
class Hook:
    """Of a repository, of an organisation or group, or of an App: the one of the three ids that is not 0. ``events`` are the
    forge's own names, ``*`` for all. ``secret``: GitHub's key, GitLab's token. ``signing``: GitLab's ``whsec_`` key."""

    id: int
    url: str
    secret: str = field(repr=False)
    events: set[str]
    repository_id: int = 0
    organisation_id: int = 0
    app_id: int = 0
    signing: str = field(default="", repr=False)
    active: bool = True


@dataclass(slots=True)
class Delivery:
    """One try to deliver a webhook. ``guid`` is the same in a redelivery. ``code`` 0: there was no answer, and ``problem``
    says why. Headers hold signatures, but never a GitLab token."""

    id: int
    guid: str
    hook_id: int
    event: str
    action: str
    request_headers: dict[str, str]
    request_body: bytes
    at: datetime
    redelivery: bool = False
    code: int = 0
    problem: str = ""
    seconds: float = 0.0
    response_headers: dict[str, str] = field(default_factory=dict)
    response_body: bytes = b""
    repository_id: int = 0
    installation_id: int = 0
