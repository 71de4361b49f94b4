"""The last guard before a note is sent: no line of it may be one that GitLab runs with the bot's rights.

GitLab takes a line that begins with ``/`` and the name of a quick action out of a note and does it as the note's author
(lib/gitlab/quick_actions/extractor.rb), also when a note is edited. Lines within a fence are left alone, and those after
``>``, ``-`` or a space. What the bot says is put together so that no such line arises; this finds it if one does.
"""

from __future__ import annotations

import re

from bot.forge.base import ForgeError

_BLOCK = re.compile(r">>>\s*|<[A-Za-z][^>]*>\s*")
_FENCE = re.compile(r"(`{3,})([^`]*)")


class QuickAction(ForgeError):
    """A text holds a line that GitLab might run. A defect of whoever put the text together; it is not sent."""


def refuse_quick_actions(body: str) -> None:
    """Raises QuickAction where a line outside complete fences begins with ``/``. Which words GitLab knows does not count:
    each version knows others."""
    for number in _lines_outside(body):
        raise QuickAction(
            f"Line {number} of a comment begins with '/', and GitLab would run it as a quick action with the bot's rights; "
            "the comment is not sent. This is a defect of Gatehouse, please report it."
        )


def _lines_outside(body: str) -> list[int]:
    """The numbers of lines that begin with ``/`` outside complete fences. GitLab drops carriage returns before it looks.

    An empty fence ends the trust in fences: older versions pair its closing line with the next one. So does what begins a
    quote or HTML block: such a block may end within what looks like a fence.
    """
    lines = body.replace("\r", "").split("\n")
    found, at = [], 0
    trusts = True
    while at < len(lines):
        end = _fence_end(lines, at) if trusts else 0
        if end == at + 1 or (not end and _BLOCK.fullmatch(lines[at])):
            trusts, end = False, 0
        if end:
            at = end + 1
            continue
        if lines[at].startswith("/"):
            found.append(at + 1)
        at += 1
    return found


def _fence_end(lines: list[str], at: int) -> int:
    """The line that closes the fence which line ``at`` opens: the same backticks and nothing else. 0 where there is none."""
    opening = _FENCE.fullmatch(lines[at])
    if not opening:
        return 0
    return next((n for n in range(at + 1, len(lines)) if lines[n] == opening[1]), 0)
