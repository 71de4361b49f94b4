"""Go's path patterns as compiled regular expressions: what Argo CD and Flux match paths with.

``dir_pattern`` is Go's path.Match (https://pkg.go.dev/path#Match); ``file_pattern`` is doublestar (bmatcuk/doublestar),
which adds ``**`` as a whole segment for any number of segments, ``{a,b}`` choices and ``[!a]`` beside ``[^a]``;
``segment_pattern`` is path.Match for one segment, ``pathspec`` what git's own commands take. A pattern that is malformed, or
has very many choices, matches nothing.

None of them goes back over what a ``*`` or ``**`` took, so that no pattern takes long, whoever wrote it.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

_NOTHING = re.compile(r"(?!)")
_LONGEST = 1024
_MOST_CHOICES = 256


class PathPattern(NamedTuple):
    """The patterns that the choices of one stand for."""

    choices: tuple[re.Pattern[str], ...]

    def match(self, path: str) -> bool:
        """Whether it holds the whole path."""
        return any(choice.match(f"{path}/") for choice in self.choices)


@lru_cache(maxsize=256)
def dir_pattern(pattern: str) -> PathPattern:
    """The whole path, ``*`` inside one segment."""
    if len(pattern) > _LONGEST:
        return PathPattern(())
    try:
        return PathPattern((re.compile("".join(_segment(part, "^") for part in pattern.split("/")) + r"\Z"),))
    except IndexError:
        return PathPattern(())


@lru_cache(maxsize=256)
def file_pattern(pattern: str) -> PathPattern:
    """The whole path, ``**`` any number of segments, ``{a,b}`` a choice."""
    if len(pattern) > _LONGEST:
        return PathPattern(())
    try:
        return PathPattern(tuple(_doublestar(choice) for choice in _choices(pattern)))
    except IndexError:
        return PathPattern(())


@lru_cache(maxsize=256)
def pathspec(pattern: str) -> PathPattern:
    """The whole path as ``git ls-files PATTERN`` takes it, without magic words: ``*``, ``?`` and ``[...]`` hold slashes,
    too, and a path of the pattern's own name counts, with all below it (gitglossary(7), pathspec)."""
    if len(pattern) > _LONGEST or pattern.startswith((":", "/")):
        return PathPattern(())
    text = posixpath.normpath(pattern) if pattern else "."
    if text == ".":
        return PathPattern((re.compile(""),))
    if text == ".." or text.startswith("../"):
        return PathPattern(())
    literal = re.compile(f"{re.escape(text)}/")
    if pattern.endswith("/"):  # a directory's own name is in no list of files
        return PathPattern((literal,))
    try:
        whole = re.compile(rf"{_body(text, '^!', one='.')}/\Z", re.DOTALL)
    except IndexError:
        return PathPattern((literal,))
    return PathPattern((literal, whole))


def segment_pattern(text: str) -> re.Pattern[str]:
    """One segment of a path, which holds no slash."""
    try:
        return re.compile(rf"{_body(text, '^')}\Z", re.DOTALL)
    except IndexError:
        return _NOTHING


def _doublestar(pattern: str) -> re.Pattern[str]:
    """Segments between ``**`` as a unit: the first place that has them is as good as any later one."""
    groups: list[list[str]] = [[]]
    for part in pattern.split("/"):
        if part == "**":
            groups.append([])
        else:
            groups[-1].append(_segment(part, "^!"))
    first, *rest = ("".join(group) for group in groups)
    if not rest:
        return re.compile(rf"{first}\Z")
    middle = "".join(rf"(?>(?:[^/]+/)*?{group})" for group in rest[:-1] if group)
    last = rf"(?:[^/]+/)*?{rest[-1]}\Z" if rest[-1] else ""
    return re.compile(f"{first}{middle}{last}")


def _choices(pattern: str) -> list[str]:
    """The patterns that ``{a,b}`` stands for. Raises IndexError for too many."""
    done: list[str] = []
    queue = [pattern]
    while queue:
        text = queue.pop()
        options = _first_choice(text)
        if options is None:
            done.append(text)
        else:
            queue += options
        if len(done) + len(queue) > _MOST_CHOICES:
            raise IndexError
    return done


def _first_choice(text: str) -> list[str] | None:
    """The text with each option of its first group in the group's place; None without a group. Raises IndexError."""
    marks = list(_marks(text))
    start = next((at for at, mark in marks if mark == "{"), None)
    if start is None:
        return None
    depth, cuts = 0, [start]
    for at, mark in marks:
        if at < start:
            continue
        depth += (mark == "{") - (mark == "}")
        if depth == 0 or (depth == 1 and mark == ","):
            cuts.append(at)
        if depth == 0:
            return [text[:start] + text[a + 1 : b] + text[at + 1 :] for a, b in pairwise(cuts)]
    raise IndexError  # it is not closed


def _marks(text: str) -> Iterator[tuple[int, str]]:
    at = 0
    while at < len(text):
        if text[at] == "\\":
            at += 1
        elif text[at] in "{},":
            yield at, text[at]
        at += 1


def _segment(text: str, negations: str) -> str:
    """One segment with the slash behind it."""
    return f"(?>{_body(text, negations)}/)"


def _body(text: str, negations: str, one: str = "[^/]") -> str:
    """``one`` is any character that ``*`` takes. Raises IndexError where the pattern is malformed."""
    chunks = [""]
    at = 0
    while at < len(text):
        if text[at] == "*":
            chunks.append("")
            at += 1
            continue
        piece, at = _piece(text, at, negations, one)
        chunks[-1] += piece
    first, *rest = chunks
    middle = "".join(f"(?>{one}*?{chunk})" for chunk in rest[:-1] if chunk)
    return first + middle + (f"{one}*{rest[-1]}" if rest else "")


def _piece(text: str, at: int, negations: str, one: str) -> tuple[str, int]:
    """One character's worth of a pattern as a regular expression, and where the next one begins. Raises IndexError."""
    if text[at] == "?":
        return one, at + 1
    if text[at] == "[":
        return _class(text, at + 1, negations, one)
    if text[at] == "\\":
        at += 1
    return re.escape(text[at]), at + 1


def _class(text: str, at: int, negations: str, one: str) -> tuple[str, int]:
    negated = text[at] in negations
    at += negated
    ranges = ""
    first = True
    while first or text[at] != "]":
        first = False
        low, at = _member(text, at)
        high = low
        if text[at] == "-":
            high, at = _member(text, at + 1)
        if low <= high:
            ranges += f"{re.escape(low)}-{re.escape(high)}"
    if not ranges:
        return (one if negated else "(?!)"), at + 1
    return f"(?={one})[{'^' if negated else ''}{ranges}]", at + 1


def _member(text: str, at: int) -> tuple[str, int]:
    if text[at] in "-]":
        raise IndexError  # Go calls it malformed
    if text[at] == "\\":
        at += 1
    return text[at], at + 1
