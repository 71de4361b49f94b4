"""What a reply to commands looks like: one comment of each kind in a pull request, edited in place.

It begins with the marker of its kind and names the comment that it answers, so that a second try finds it. Each command is
quoted behind ``>``, which no forge takes for a command; who gave it is named without a ping.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from bot.report import escape

if TYPE_CHECKING:
    from bot.model.forge import Comment, Person

ANSWERS = re.compile(r"<!-- gatehouse:answers:([0-9]{1,20}):(done|refused) -->")
_URL = re.compile(r"https?://[A-Za-z0-9.:/_#?=&%+~-]{1,500}")
_QUOTED = 160
OVERHEAD = 1_500  # the most characters that a reply adds to an answer


class Answered(NamedTuple):
    """A command as it was written, and what is said to it in Markdown."""

    written: str
    text: str


def marker(kind: str) -> str:
    """What the reply of a kind begins with."""
    return f"<!-- gatehouse:reply:{kind} -->"


def body(kind: str, comment: Comment, answers: list[Answered], *, is_done: bool, standing: str = "") -> str:
    """The whole reply. ``standing`` is what it ends with."""
    blocks = [f"{marker(kind)}\n<!-- gatehouse:answers:{comment.id}:{'done' if is_done else 'refused'} -->"]
    for number, each in enumerate(answers):
        who = f"{_who(comment.author)} {_asked(comment)}: " if number == 0 else ""
        blocks += [f"> {who}{escape.code(each.written, _QUOTED)}", each.text]
    return harmless("\n\n".join([*blocks, *([standing] if standing else [])]) + "\n")


def answered(text: str, comment: int) -> bool | None:
    """Whether a reply of ours answers a comment, and if so, whether what it asks for was done; None where it does not."""
    found = ANSWERS.search(text)
    return found[2] == "done" if found and int(found[1]) == comment else None


def harmless(text: str) -> str:
    """No line begins with ``/``: GitLab would run it with the bot's rights. A net below what escapes each text."""
    return re.sub(r"(?m)^/", " /", text)


def _who(person: Person) -> str:
    return escape.word(person.login, 60)


def _asked(comment: Comment) -> str:
    return f"[asked]({comment.url})" if _URL.fullmatch(comment.url) else "asked"
