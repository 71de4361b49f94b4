"""The forge as the service sees it: a small port, the same for GitHub and GitLab, and its errors.

What a port promises: every answer is read from the forge (nothing remembered stands for the truth, only ETags and ids do);
lists are whole, however many pages they have; a write is tried again only after a look whether it happened. What it does not
promise: that a list already holds what was just written (forges lag), and that two calls see one state.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from bot.errors import GatehouseError, RetryLater
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
    Status,
)
from bot.model.merge_queue import QueuedCommit


class ForgeError(GatehouseError):
    """The forge refused, in a sentence for who can act. Never holds a credential or a body of more than a few lines."""


class NotFound(ForgeError):
    """There is no such thing, or this bot may not see it."""


class Forbidden(ForgeError):
    """This bot may not do that; the sentence names the permission that is missing."""


class Conflict(ForgeError):
    """The state is another one than expected: somebody was faster."""


class Unavailable(RetryLater):
    """The forge did not answer, or answered that it cannot now. ``at`` is when to try again, None for soon."""

    def __init__(self, text: str, at: datetime | None = None) -> None:
        super().__init__(text)
        self.at = at


class Forge(Protocol):
    """One forge, with the bot's own credentials."""

    @property
    def kind(self) -> ForgeKind: ...

    @property
    def comment_limit(self) -> int:
        """The most characters that a comment may have."""
        ...

    def repositories(self) -> Sequence[RepositoryName]:
        """Every repository that the bot is there for."""
        ...

    def access(self, repository: RepositoryName) -> GitAccess:
        """How git fetches it, with a credential that is good for some minutes."""
        ...

    def pull_request(self, name: PullRequestName) -> PullRequest:
        """Raises NotFound."""
        ...

    def open_pull_requests(self, repository: RepositoryName, base_branch: str = "") -> Sequence[PullRequest]:
        """All that are open, into any branch or into this one."""
        ...

    def pull_requests_of(self, repository: RepositoryName, commit: str) -> Sequence[PullRequest]:
        """The open pull requests whose head is this commit."""
        ...

    def queued(self, repository: RepositoryName) -> Sequence[QueuedCommit]:
        """The commits that a merge queue asks about now, as far as names of branches tell; none where there is no queue."""
        ...

    def changed_files(self, name: PullRequestName) -> Sequence[str] | None:
        """Paths that the forge says the pull request changes, old and new names; None where it does not tell all."""
        ...

    def approvals(self, pull_request: PullRequest) -> Sequence[Approval]:
        """The latest word of each person, where it is an approval that counts now; never the author's own."""
        ...

    def permission(self, repository: RepositoryName, person: Person) -> Permission:
        """Their own permission, whatever gives it to them. A stranger has NONE or, in a public repository, READ."""
        ...

    def is_member(self, repository: RepositoryName, owner: str, person: Person) -> bool:
        """Whether ``owner`` as CODEOWNERS writes it (``@user``, ``@org/team``, ``@group``, ``@@maintainers``, an e-mail
        address) is or holds this person. False where nobody can tell."""
        ...

    def published(self, repository: RepositoryName, commit: str) -> Sequence[PublishedStatus]:
        """The bot's own statuses on a commit, the latest of each name. Others' of the same name do not count."""
        ...

    def publish(self, repository: RepositoryName, commit: str, status: Status, *, branch: str = "") -> None:
        """Set one status on a commit, all its annotations included; another one of that name is replaced. ``branch``: the
        branch that the commit is the head of, where that is in this repository."""
        ...

    def comments(self, name: PullRequestName) -> Sequence[Comment]:
        """The conversation, oldest first; of a diff's discussions nothing."""
        ...

    def comment(self, name: PullRequestName, comment_id: int) -> Comment | None:
        """One comment of this pull request as it is now; None where it is gone."""
        ...

    def write(self, name: PullRequestName, body: str, *, marker: str, known: int = 0) -> int:
        """The one comment of ours that begins with ``marker`` is made to say ``body`` (which begins so too), and its id
        returned. ``known`` is the id it had, whatever it says now; where that is gone, or 0, it is looked for, and made if
        there is none."""
        ...

    def react(self, name: PullRequestName, comment_id: int, reaction: Reaction) -> None:
        """Put a reaction under a comment; a second one like it changes nothing."""
        ...

    def reactions(self, name: PullRequestName, comment_id: int) -> frozenset[Reaction]:
        """The bot's own reactions under a comment."""
        ...


class FailedDelivery(NamedTuple):
    """A webhook that nobody took, though the forge tried ``tries`` times; ``id`` is that of the latest try, ``guid`` the id
    that all tries bear."""

    id: int
    guid: str
    event: str
    at: datetime
    tries: int


class Redelivers(Protocol):
    """A forge that keeps webhooks which it could not deliver, and tries them again only when it is told to: GitHub."""

    def failed_deliveries(self, since: datetime) -> Sequence[FailedDelivery]:
        """Those since then of which no try succeeded, oldest first."""
        ...

    def redeliver(self, delivery_id: int) -> None:
        """Order another try; it comes later, like any webhook."""
        ...
