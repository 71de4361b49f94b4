"""CODEOWNERS as GitHub reads it: patterns as in .gitignore, with exceptions; the last line that matches decides.

Source: GitHub's page "About code owners", and the pattern table of hmarr/codeowners (MIT) for what the page leaves open.
A line with invalid syntax is skipped, the rest of the file counts; ``GET /repos/{owner}/{repo}/codeowners/errors`` lists
such lines.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from bot.codeowners.dialect import Entry, Harm, Problem, Section
from bot.codeowners.shape import ONE, STAR, Piece, Shape, Step, step, wild

Read = tuple[list[Section], list[list[Shape]], list[Problem]]
_BLANK = " \t\r\f\v"
_PATTERN = re.compile(r"(?:[^\\ \t\r\f\v]|\\.|\\$)+")
_WORD = re.compile(r"\S+", re.ASCII)
_USER = re.compile(r"@[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?\Z")
_TEAM = re.compile(r"@[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?/[A-Za-z0-9_.-]+\Z")
_EMAIL = re.compile(r"[A-Za-z0-9._%+!#$&'*/=?^`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+\Z")
_SPECIAL = re.compile(r"[\\*?]")


class _Invalid(Exception):
    """Why a line does not count. ``at`` is the offset in the line; ``meant`` the pattern that it may have been."""

    def __init__(self, reason: str, at: int = 0, meant: str | None = None) -> None:
        super().__init__(reason)
        self.at = at
        self.meant = meant


def read(lines: Sequence[str]) -> Read:
    """Entries, their shapes and what is wrong, of all lines."""
    entries: list[Entry] = []
    shapes: list[Shape] = []
    problems: list[Problem] = []
    for number, raw in enumerate(lines, 1):
        line = raw.strip(_BLANK)
        if not line or line[0] == "#":
            continue
        found = _PATTERN.match(line)
        pattern = found.group() if found else line
        try:
            shape = _shape(pattern)
            owners = _owners(line, len(pattern))
        except _Invalid as wrong:
            meant = pattern if wrong.meant is None else wrong.meant
            column = raw.index(line[0]) + 1 + wrong.at
            problems.append(Problem(number, column, str(wrong), Harm.LINE, pattern, _guessed(meant)))
        else:
            entries.append(Entry(pattern, owners, number))
            shapes.append(shape)
    return [Section(None, False, entries)], [shapes], problems


# -- owners


def _owners(line: str, start: int) -> tuple[str, ...]:
    words = line[start:]
    if "#" in words:  # a comment; no owner holds this character
        words = words[: words.index("#")]
    owners = tuple(words.split() if words.isascii() else _WORD.findall(words))
    for owner in owners:
        if wrong := _wrong_owner(owner):
            raise _Invalid(wrong, line.index(owner, start))
    return tuple(dict.fromkeys(owners))


@lru_cache(maxsize=16384)
def _wrong_owner(owner: str) -> str:
    if _USER.match(owner) or _TEAM.match(owner) or _EMAIL.match(owner):
        return ""
    if owner.startswith("@@"):
        return f"{owner} is no owner on GitHub: roles are GitLab's; name a @user, an @organisation/team or an e-mail address"
    if owner.startswith("@") and owner.count("/") > 1:
        return f"{owner} is no owner on GitHub: a team is @organisation/team, without its parent teams"
    return f"{owner} is no owner: write a @user, an @organisation/team or an e-mail address"


# -- patterns


def _shape(pattern: str) -> Shape:
    """What a pattern matches. Raises _Invalid."""
    if pattern[0] == "!":
        raise _Invalid("GitHub knows no ! in CODEOWNERS: write a later line without owners instead", meant=pattern[1:])
    if pattern.startswith("\\#"):
        raise _Invalid(
            "GitHub does not take \\# for a name that begins with #: use ? for that character", 0, pattern[1:]
        )
    if pattern == "/":
        raise _Invalid("/ matches nothing on GitHub: use * for everything", meant="*")
    if "***" in pattern:
        at = pattern.index("***")
        raise _Invalid(
            "*** is no wildcard: use * within a name, ** for directories", at, re.sub(r"\*{3,}", "**", pattern)
        )
    if (len(pattern) - len(pattern.rstrip("\\"))) % 2:
        raise _Invalid("the pattern ends with a backslash that has nothing to escape", len(pattern) - 1, pattern[:-1])
    if "//" in pattern:
        raise _Invalid(
            "no path has an empty name between two slashes", pattern.index("//"), re.sub("//+", "/", pattern)
        )
    return _compiled(pattern)


def _guessed(pattern: str) -> Shape | None:
    """The shape that an invalid pattern may have been meant to have; None when not even that can be said."""
    text = pattern.rstrip("\\")
    try:
        return _shape(text) if text else None
    except _Invalid:
        return Shape((), here=False, below=True)  # hardly a pattern: it may concern anything


def _compiled(pattern: str) -> Shape:
    names = pattern.split("/")
    if names[0] == "":
        names = names[1:]
    elif len(names) == 1 or (len(names) == 2 and not names[1]):
        names = ["**", *names]  # a single name matches at any depth
    folder = names[-1] == ""
    if folder:
        names.pop()
    last = names[-1] if names else ""
    while names and names[-1] == "**":
        names.pop()
        folder = True
    steps = tuple(_step(name) if _SPECIAL.search(name) else name for name in names)
    if folder:
        return Shape(steps, here=False, below=True)
    return Shape(steps, here=True, below=last != "*")  # docs/* holds no sub-directories, docs/a* does


def _step(name: str) -> Step:
    if "\\" not in name:
        return wild(name)
    pieces: list[Piece] = []
    characters = iter(name)
    for character in characters:
        if character == "\\":
            pieces.append(next(characters, "\\"))
        elif character == "*":
            pieces.append(STAR)
        else:
            pieces.append(ONE if character == "?" else character)
    return step(pieces)
