"""Who of those that must agree has: reviews of the forge, as the owners of CODEOWNERS."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.forge.base import Forge
from bot.model.approvals import Approvals, agreed
from bot.model.forge import Person, PullRequest

if TYPE_CHECKING:
    from bot.service.ports import Memory

_ANY = "any"
_MOST_PEOPLE = 50  # of those who approved; each may cost a request for each owner
_MOST_OWNERS = 200


def approvers(pull_request: PullRequest, forge: Forge, *, any_head: bool) -> tuple[Person, ...]:
    """Who approves the pull request as it is: not its author, no bot, and on this very head unless ``any_head``."""
    return tuple(
        approval.person
        for approval in forge.approvals(pull_request)
        if (any_head or approval.commit == pull_request.head)
        and approval.person.id != pull_request.author.id
        and not approval.person.is_bot
    )[:_MOST_PEOPLE]


def note_approvers(pull_request: PullRequest, people: Sequence[Person], memory: Memory, *, any_head: bool) -> None:
    """Keep who approved when the pull request was judged, for ``still_approve``."""
    memory.set_note(_note(pull_request), _written(people, any_head=any_head))


def still_approve(pull_request: PullRequest, forge: Forge, memory: Memory) -> bool:
    """Whether the same people approve as when it was judged; also where nobody knows who those were."""
    judged = memory.note(_note(pull_request))
    if not judged:
        return True
    any_head = judged.startswith(_ANY)
    return judged == _written(approvers(pull_request, forge, any_head=any_head), any_head=any_head)


def _note(pull_request: PullRequest) -> str:
    return f"approvers:{pull_request.name}"


def _written(people: Sequence[Person], *, any_head: bool) -> str:
    return " ".join([_ANY if any_head else "head", *sorted(str(person.id) for person in people)])


def approvals(pull_request: PullRequest, forge: Forge, people: Sequence[Person], owners: Sequence[str]) -> Approvals:
    """For each person the owners that they speak for. People who speak for none are left out."""
    repository = pull_request.name.repository
    spoken = (
        [owner for owner in owners[:_MOST_OWNERS] if forge.is_member(repository, owner, person)] for person in people
    )
    return agreed(*sorted(filter(None, spoken)))
