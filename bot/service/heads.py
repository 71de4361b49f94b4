"""Since when a pull request has the head that it has: what a person who commented then can have seen.

A forge tells neither when a head was pushed nor which one a comment is about, and the dates of commits are whatever their
author says. So the first run that sees a head notes the time; a head that came back counts from then on. Where the note is
lost, nobody knows, and what depends on it is refused.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.model.forge import PullRequestName
    from bot.service.ports import Memory

CLOCKS = timedelta(seconds=2)  # how far the clocks of this machine and of the forge may be apart


def note_head(memory: Memory, name: PullRequestName, head: str, now: datetime) -> datetime:
    """Note that a pull request has this head now; since when it is known to. Every flow that reads the head calls it."""
    since = head_since(memory, name, head) or now
    memory.set_note(_key(name), f"{head} {since.isoformat()}")
    return since


def head_since(memory: Memory, name: PullRequestName, head: str) -> datetime | None:
    """Since when the head is known to be this one; None where that is not known."""
    known, _, since = memory.note(_key(name)).partition(" ")
    if known != head:
        return None
    try:
        return datetime.fromisoformat(since)
    except ValueError:
        return None


def was_seen(memory: Memory, name: PullRequestName, head: str, at: datetime) -> bool:
    """Whether the head was surely there when something was said at that time of the forge's clock."""
    since = head_since(memory, name, head)
    return since is not None and since + CLOCKS <= at


def _key(name: PullRequestName) -> str:
    return f"head of {name}"
