"""Who of those that must agree has: reviews of the forge, as the owners of CODEOWNERS."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from bot.forge.base import Forbidden, Forge
from bot.model.approvals import Approvals, Asked, agreed
from bot.model.forge import Person, PullRequest

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


def approvals(pull_request: PullRequest, forge: Forge, people: Sequence[Person], owners: Sequence[str]) -> Approvals:
    """For each person the owners that they speak for. People who speak for none are left out. Where the forge lets the bot
    not look into a team, nobody speaks for it, and the report says that there was no answer."""
    barred = False

    def speaks(person: Person, owner: str) -> bool:
        nonlocal barred
        try:
            return forge.is_member(pull_request.name.repository, owner, person)
        except Forbidden as error:
            _log.warning("who belongs to %s is not known: %s", owner, error)
            barred = True
            return False

    spoken = [[owner for owner in owners[:_MOST_OWNERS] if speaks(person, owner)] for person in people]
    found = agreed(*sorted(filter(None, spoken)))
    return replace(found, asked=Asked.NO_ANSWER) if barred else found
