"""Who of those that must agree has: reviews of the forge, as the owners of CODEOWNERS."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace

from bot.config.serving import CountedApprovals
from bot.forge.base import Forbidden, Forge
from bot.model.approvals import Approvals, Asked, agreed
from bot.model.forge import Permission, Person, PullRequest

_MOST_PEOPLE = 50  # of those who approved; each may cost a request for each owner
_MOST_OWNERS = 200
_log = logging.getLogger("gatehouse.service")


def approvers(pull_request: PullRequest, forge: Forge, *, any_head: bool) -> tuple[Person, ...]:
    """Who approves the pull request as it is: not its author, no bot, and on this very head unless ``any_head``."""
    return tuple(
        approval.person
        for approval in forge.approvals(pull_request)
        if (any_head or approval.commit == pull_request.head)
        and approval.person.id != pull_request.author.id
        and not approval.person.is_bot
    )[:_MOST_PEOPLE]


def as_counted(people: Iterable[Person], *, any_head: bool) -> tuple[str, ...]:
    """Who approved, as short texts, the first of which says how that was counted: to see later whether it still is so."""
    return (CountedApprovals.ANY if any_head else CountedApprovals.HEAD, *sorted(str(person.id) for person in people))


def are_others(pull_request: PullRequest, forge: Forge, counted: tuple[str, ...]) -> bool:
    """Whether others approve it by now than those that ``as_counted`` told."""
    any_head = counted[:1] == (CountedApprovals.ANY,)
    return as_counted(approvers(pull_request, forge, any_head=any_head), any_head=any_head) != counted


def approvals(pull_request: PullRequest, forge: Forge, people: Sequence[Person], owners: Sequence[str]) -> Approvals:
    """For each person the owners that they speak for. Left out are people who speak for none, and those who may not write
    to the repository: neither forge takes them for owners, and names stay in CODEOWNERS when people go. Where the forge lets
    the bot not look into a team, nobody speaks for it, and the report says that there was no answer."""
    repository = pull_request.name.repository
    barred = False

    def speaks(person: Person, owner: str) -> bool:
        nonlocal barred
        try:
            return forge.is_member(repository, owner, person)
        except Forbidden as error:
            _log.warning("who belongs to %s is not known: %s", owner, error)
            barred = True
            return False

    spoken = []
    for person in people:
        mine = [owner for owner in owners[:_MOST_OWNERS] if speaks(person, owner)]
        if mine and forge.permission(repository, person) >= Permission.WRITE:
            spoken.append(mine)
    found = agreed(*sorted(spoken))
    return replace(found, asked=Asked.NO_ANSWER) if barred else found
