"""Who of those that must agree has: reviews of the forge, as the owners of CODEOWNERS."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from bot.config.serving import CountedApprovals
from bot.model.approvals import Approvals, agreed
from bot.model.forge import Permission

if TYPE_CHECKING:
    from bot.forge.base import Forge
    from bot.model.forge import Approval, Person, PullRequest
    from bot.wiring import Configuration

_MOST_PEOPLE = 50  # of those who approved; each may cost a request for each owner
_MOST_OWNERS = 200


def as_read(found: Iterable[Approval]) -> tuple[str, ...]:
    """The approvals of a forge as short texts, to see later whether they are still the same."""
    return tuple(sorted(f"{approval.person.id} {approval.commit}" for approval in found))


def counts_any(said: Configuration | None) -> bool:
    """Whether approvals of older heads count, as the base side says."""
    return said is not None and said.config.pull_requests.approvals is CountedApprovals.ANY


def approvers(pull_request: PullRequest, found: Iterable[Approval], *, any_head: bool) -> tuple[Person, ...]:
    """Who of the forge's approvals approves the pull request as it is: not its author, no bot, and on this very head unless
    ``any_head``."""
    return tuple(
        approval.person
        for approval in found
        if (any_head or approval.commit == pull_request.head)
        and approval.person.id != pull_request.author.id
        and not approval.person.is_bot
    )[:_MOST_PEOPLE]


def approvals(pull_request: PullRequest, forge: Forge, people: Sequence[Person], owners: Sequence[str]) -> Approvals:
    """For each person the owners that they speak for. Left out are people who speak for none, and those who may not write
    to the repository: neither forge takes them for owners, and names stay in CODEOWNERS when people go."""
    repository = pull_request.name.repository
    spoken = []
    for person in people:
        mine = [owner for owner in owners[:_MOST_OWNERS] if forge.is_member(repository, owner, person)]
        if mine and forge.permission(repository, person) >= Permission.WRITE:
            spoken.append(mine)
    return agreed(*sorted(spoken))
