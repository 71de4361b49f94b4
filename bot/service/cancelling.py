"""That somebody does not want a run any more: a flag for one head, which the flow that runs looks at between its stages."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from bot.report.escape import one_line, shorten
from bot.service.errors import Cancelled

if TYPE_CHECKING:
    from bot.model.forge import PullRequest, PullRequestName
    from bot.service.ports import Memory

_SECONDS = 3_600  # no run takes longer
CANCELLED = "cancelled by"  # how the reason begins
_ASKED_EVERY = 1.0  # seconds


def cancel(memory: Memory, name: PullRequestName, head: str, login: str) -> None:
    """End the run of this head, whether it waits or has begun."""
    memory.set_note(_key(name), json.dumps({"head": head, "login": login}), seconds=_SECONDS)


def cancelled(memory: Memory, name: PullRequestName, head: str) -> str:
    """Why the run of this head ends, with an error and never green; "" where nobody cancelled it."""
    try:
        said = json.loads(memory.note(_key(name)) or "{}")
    except ValueError:
        return ""
    if said.get("head") != head:
        return ""
    return f"{CANCELLED} {shorten(one_line(str(said.get('login', ''))), 60)}"


def end_if_cancelled(pull: PullRequest, memory: Memory) -> None:
    """Raise Cancelled where somebody does not want this run any more."""
    if reason := cancelled(memory, pull.name, pull.head):
        raise Cancelled(f"{reason}.")


def unless_cancelled(
    tell: Callable[[str, int, int], None], pull: PullRequest, memory: Memory
) -> Callable[[str, int, int], None]:
    """``tell``, which then ends the run that somebody cancelled: it raises Cancelled. The memory is asked once a second.
    Raises Cancelled at once where the run was cancelled while it waited."""
    asked = time.monotonic()

    def told(stage: str, done: int, total: int) -> None:
        nonlocal asked
        tell(stage, done, total)
        if time.monotonic() - asked >= _ASKED_EVERY:
            asked = time.monotonic()
            end_if_cancelled(pull, memory)

    end_if_cancelled(pull, memory)
    return told


def forget(memory: Memory, name: PullRequestName) -> None:
    """The run is over, or somebody wants a new one: every run ends with this."""
    memory.set_note(_key(name), "", seconds=1)


def _key(name: PullRequestName) -> str:
    return f"cancel {name}"
