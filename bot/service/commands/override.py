"""``override``: take a failed check of this head for passed, on somebody's own responsibility.

It is bound to the head that whoever says so can have seen: where a push came after the comment, or nobody knows when the
head came, it is refused; written again, it counts for the head as it is then. That our status of the head was begun before
the comment proves it as well, by the forge's clock alone. Only a check that failed can be overridden: of one that has no
answer, nobody knows what they take responsibility for.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.config.judging import CheckName
from bot.config.serving import CommandName
from bot.model.forge import PublishedStatus, State
from bot.model.job import Job, JobKind
from bot.report.phrase import short_id
from bot.report.status import REQUIRED
from bot.service import overrides
from bot.service.commands.base import Asked, Command, Refused, wrong_use
from bot.service.heads import head_since, was_seen
from bot.service.overrides import Override

ALL = "all"
_SHORTEST = 3  # letters and digits of a reason


def _run(asked: Asked) -> str:
    if asked.ports.seal is None:
        raise Refused(
            "This bot has no key to sign an override with, so there can be none: its operator has to set one."
        )
    checks = _checks(asked)
    reason = " ".join(asked.rest.split()[1:])
    if sum(map(str.isalnum, reason)) < _SHORTEST:
        raise Refused("An override needs a reason, written behind the check. It is kept with the pull request.")
    if len(reason) > overrides.REASON:
        raise Refused(f"The reason has {len(reason):,} characters, and {overrides.REASON} are kept: shorten it.")
    pull = asked.pull_request
    published = asked.forge.published(pull.name.repository, pull.head)
    failed = _failed(asked, checks, published)
    _refuse_unseen(asked, next((each.since for each in published if each.name == REQUIRED), None))
    asked.fresh.extend(overrides.made(pull, check, asked.comment, reason=reason) for check in failed)
    named = ", ".join(f"`{check}`" for check in failed)
    return f"{named} {'counts' if len(failed) == 1 else 'count'} as passed for `{short_id(pull.head)}`."


def _checks(asked: Asked) -> tuple[CheckName, ...]:
    word = asked.words[0].lower().removeprefix(overrides.STATUS) if asked.words else ""
    if word == ALL:
        return tuple(CheckName)
    if word not in list(CheckName):
        raise wrong_use(COMMAND, f"CHECK is one of {', '.join(CheckName)} or {ALL}.")
    return (CheckName(word),)


def _refuse_unseen(asked: Asked, begun: datetime | None) -> None:
    """What was pushed after somebody wrote, or is to be merged elsewhere since, they cannot have meant. ``begun``: when our
    status of the head was. Raises Refused."""
    memory, pull = asked.ports.memory, asked.pull_request
    since, said = head_since(memory, pull), asked.comment.created_at
    if was_seen(memory, pull, said, begun=begun):
        return
    known = f"it came {since:%H:%M:%S}, your comment {said:%H:%M:%S} UTC" if since else "nobody knows when it came"
    if since and since <= said:
        known += ", which is too near to each other to tell"
    raise Refused(
        f"The head {short_id(pull.head)} was perhaps pushed after your comment, or got another base branch: {known}. Look "
        "at it, and write the command again if you mean it as it is."
    )


def _failed(asked: Asked, checks: tuple[CheckName, ...], published: Sequence[PublishedStatus]) -> list[CheckName]:
    """Those that failed. Raises Refused where none did, or where it is not known yet."""
    head = asked.pull_request.head
    known = {status.name: status.state for status in published}
    states = {check: known.get(f"{overrides.STATUS}{check}") for check in checks}
    one = checks[0] if len(checks) == 1 else None
    if known.get(REQUIRED, State.PENDING) is State.PENDING:
        raise Refused(f"The answer for {short_id(head)} is not there yet: wait for it, and then decide.")
    if one and states[one] is State.ERROR:
        raise Refused(f"{one} could not judge {short_id(head)}, so there is nothing to override. The report says why.")
    failed = [check for check, state in states.items() if state is State.FAILED]
    if not failed:
        if taken := next((each for each in _in_force(asked) if each.check is one), None):
            raise Refused(f"{one} is overridden for {short_id(head)} already, by {taken.login}.")
        words = f"{one} {'did not fail' if states[one] else 'has no answer'}" if one else "No check failed"
        raise Refused(f"{words} for {short_id(head)}, so there is nothing to override.")
    return failed


def _in_force(asked: Asked) -> tuple[Override, ...]:
    """What is recorded in the pull request for this head, and what is about to be."""
    pull = asked.pull_request
    recorded = overrides.in_force(pull.name, pull.head, pull.base_branch, asked.ports)
    return overrides.of_head((*recorded, *asked.fresh), pull.head, pull.base_branch)


def _standing(asked: Asked) -> str:
    """The records: they are what holds."""
    found = _in_force(asked)
    if found:  # before they are written: who dies in between leaves none that nobody knows of
        overrides.note_overridden(asked.pull_request.name, asked.pull_request.head, asked.ports)
    return overrides.standing(found, asked.ports.seal) if asked.ports.seal else ""


def _after(asked: Asked, _is_done: bool) -> None:
    """Once the record is written: the statuses are to follow, and the audit log is told."""
    mine = [override for override in _in_force(asked) if override.comment == asked.comment.id]
    for override in mine:
        overrides.audit(override)
    if mine:
        name = asked.pull_request.name
        job = Job(JobKind.CHECK, name.repository, name.number, delivery=f"comment-{asked.comment.id}")
        asked.ports.queue.put(job)


COMMAND = Command(
    CommandName.OVERRIDE,
    "override CHECK REASON…",
    f"Takes a failed check (or `{ALL}`) for passed, for this head alone.",
    ("override risk The outage is worse than a restart",),
    _run,
    standing=_standing,
    after=_after,
)
