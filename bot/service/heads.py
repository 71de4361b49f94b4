"""Since when a pull request has the head and the base branch that it has: what a person who commented then can have seen.

A forge tells neither when a head was pushed nor which one a comment is about, and the dates of commits are whatever their
author says. So the first run that sees a head notes the time; a head that came back counts from then on. Where the note is
lost, nobody knows, and what depends on it is refused.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.model.forge import PullRequest
    from bot.service.ports import Memory

CLOCKS = timedelta(seconds=2)  # how far the clocks of this machine and of the forge may be apart
_WHOLE = timedelta(seconds=1)  # a forge may tell whole seconds alone


def note_head(memory: Memory, pull: PullRequest, now: datetime) -> datetime:
    """Note that a pull request has this head now; since when it is known to. Every flow that reads the head calls it."""
    since = head_since(memory, pull) or now
    memory.set_note(_key(pull), f"{_shown(pull)} {since.isoformat()}")
    return since


def head_since(memory: Memory, pull: PullRequest) -> datetime | None:
    """Since when the head is known to be this one, for this base branch; None where that is not known."""
    known, _, since = memory.note(_key(pull)).rpartition(" ")
    if known != _shown(pull):
        return None
    try:
        return datetime.fromisoformat(since)
    except ValueError:
        return None


def was_seen(memory: Memory, pull: PullRequest, at: datetime, *, begun: datetime | None = None) -> bool:
    """Whether the head was surely there when something was said at that time of the forge's clock. ``begun``: when, by that
    clock, our status of the head was. What was begun before the head came (a former stay of it, another pull request)
    proves nothing; as both steps take the same second for granted, no push after ``at`` gets through."""
    since = head_since(memory, pull)
    if since is None or since >= at:
        return False
    return since + CLOCKS <= at or (begun is not None and since - _WHOLE <= begun <= at - _WHOLE)


def _shown(pull: PullRequest) -> str:
    return f"{pull.head} {pull.base_branch}"


def _key(pull: PullRequest) -> str:
    return f"head of {pull.name}"
