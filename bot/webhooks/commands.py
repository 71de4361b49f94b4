"""Commands that people write in comments, and nothing else of a comment.

A command is a line of plain text that begins, at its first character, with ``/gatehouse NAME``, on GitHub also with
``/NAME``, on GitLab also with ``@bot NAME``. GitLab takes lines with slash commands of its own out of comments before
anybody is told of them, so a bare ``/NAME`` means nothing there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from bot.model.forge import ForgeKind
from bot.webhooks.visible_text import visible_lines

KNOWN = ("help", "check", "explain", "diff", "status", "override", "cancel", "promote")
MOST = 10  # commands of one comment that are looked at
MOST_CHARACTERS = 65_536  # what follows in a comment is not read, so that nobody can keep the reader busy
MOST_LINES = 2_000
MOST_IN_A_LINE = 2_000

_SPACE = "[ \\t\u00a0]"
_CONTROL = {code: None for code in (*range(0x20), 0x7F) if code != ord("\t")}
_WORD = re.compile(r"[a-z][a-z0-9-]{0,31}")


@dataclass(frozen=True, slots=True)
class Command:
    """``name`` is lower case: one of KNOWN, or another word of letters, digits and hyphens, or "" where what stands there
    is no such word; the last two only where ``addressed``, that is to say by the name of the bot. ``words`` are what
    follows, without backticks around them, ``rest`` the same as it was written; neither holds control characters, and
    nothing else about them is safe. ``line`` counts from 1."""

    name: str
    words: tuple[str, ...]
    rest: str
    addressed: bool
    line: int


def parse(body: str, *, forge: ForgeKind, bot_name: str = "") -> tuple[Command, ...]:
    """The commands of a comment in their order. ``bot_name`` is the bot's login on GitLab, "" where it is not known. The
    bot's name alone asks for help."""
    text = _cut(body.replace("\r\n", "\n").replace("\r", "\n"))
    pattern = _pattern(forge, bot_name.lower().removeprefix("@"))
    if not any(pattern.match(line) for line in text.split("\n")):
        return ()
    found = []
    for number, line in visible_lines(text, forge):
        written = pattern.match(line) if len(line) <= MOST_IN_A_LINE else None
        if written is not None:
            found.append(_command(written, number))
        if len(found) == MOST:
            break
    return tuple(found)


def _cut(text: str) -> str:
    """The text up to the last whole line within the limits."""
    cut = text if len(text) <= MOST_CHARACTERS else text[:MOST_CHARACTERS].rpartition("\n")[0]
    return "\n".join(cut.split("\n", MOST_LINES)[:MOST_LINES])


@lru_cache(maxsize=16)
def _pattern(forge: ForgeKind, bot_name: str) -> re.Pattern[str]:
    names = ["/gatehouse"]
    if forge is ForgeKind.GITLAB and bot_name:
        names.append(f"@{re.escape(bot_name)}[,:]?")
    forms = [rf"(?P<addressed>{'|'.join(names)})(?:{_SPACE}+(?P<told>.*))?"]
    if forge is ForgeKind.GITHUB:
        forms.append(rf"/(?P<bare>{'|'.join(KNOWN)})(?:{_SPACE}+(?P<rest>.*))?")
    # ASCII: the long s and the sign of the Kelvin are no letters of commands
    return re.compile(rf"(?:{'|'.join(forms)})$", re.ASCII | re.IGNORECASE)


def _command(written: re.Match[str], line: int) -> Command:
    groups = written.groupdict()
    if groups["addressed"]:
        first, _, rest = _plain(groups["told"]).partition(" ")
        name = _name(first)
    else:
        name, rest = groups["bare"].lower(), _plain(groups["rest"])
    words = tuple(word for word in (part.strip("`") for part in rest.split()) if word)
    return Command(name, words, rest.strip(), bool(groups["addressed"]), line)


def _plain(text: str | None) -> str:
    return (text or "").translate(_CONTROL).replace("\t", " ").replace("\u00a0", " ").strip()


def _name(text: str) -> str:
    if not text:
        return "help"
    lowered = text.lower() if text.isascii() else ""
    return lowered if _WORD.fullmatch(lowered) else ""
