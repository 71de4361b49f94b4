"""Patterns as Ruby's ``File.fnmatch?`` takes them with ``FNM_PATHNAME | FNM_DOTMATCH``, as shapes.

Source: the documentation of ``File.fnmatch?`` and the behaviour of Ruby's ``dir.c``: ``**/`` at the beginning of a name is
any number of directories; any other run of stars stays within a name; ``[...]`` is one character, may hold ranges and
begin with ``!`` or ``^``, and matches nothing where it is not closed; a backslash takes the next character as it is.
"""

from __future__ import annotations

import re

from bot.codeowners.shape import NEVER, ONE, STAR, Piece, Range, Shape, Step, step, wild

_ANYTHING = step([STAR])


def compiled(pattern: str) -> Shape:
    """The shape of a pattern that begins with a slash."""
    if "\\" in pattern or "[" in pattern:
        steps = _steps(_names(pattern[1:]))
    else:
        names = pattern[1:].split("/")
        steps = [wild(name) if "*" in name or "?" in name else name for name in names]
        if steps[-1] is None:
            steps[-1] = _ANYTHING
    if steps[-2:] == [None, _ANYTHING]:
        return Shape(tuple(steps[:-2]), here=False, below=True)
    return Shape(tuple(steps), here=True, below=False)


def _steps(names: list[list[Piece]]) -> list[Step]:
    last = len(names) - 1
    return [None if name == [STAR, STAR] and number < last else step(name or [""]) for number, name in enumerate(names)]


def never(pattern: str) -> bool:
    """Whether the pattern matches nothing: a bracket has no end, or holds nothing."""
    return any(NEVER in name for name in _names(pattern))


def _names(pattern: str) -> list[list[Piece]]:
    """The pieces of each name."""
    names: list[list[Piece]] = [[]]
    at = 0
    while at < len(pattern):
        character = pattern[at]
        if character == "[":
            piece, at = _bracket(pattern, at + 1)
            names[-1].append(piece)
            continue
        if character == "\\" and at + 1 < len(pattern):
            at += 1
            character = pattern[at]
        elif character in "*?":
            names[-1].append(STAR if character == "*" else ONE)
            at += 1
            continue
        at += 1
        if character == "/":
            names.append([])
        else:
            names[-1].append(character)
    return names


def _bracket(pattern: str, at: int) -> tuple[Range, int]:
    """The bracket expression whose inside begins at ``at``, and where it ends."""
    negated = pattern[at : at + 1] in ("!", "^")
    at += negated
    parts: list[str] = []
    while at < len(pattern):
        if pattern[at] == "]":
            return _range(parts, negated=negated), at + 1
        first, at = _character(pattern, at)
        if first and pattern[at : at + 1] == "-" and pattern[at + 1 : at + 2] not in ("]", ""):
            second, at = _character(pattern, at + 1)
            if not second:
                break
            parts.append(f"{re.escape(first)}-{re.escape(second)}" if first <= second else re.escape(first + second))
        else:
            parts.append(re.escape(first))
    return NEVER, len(pattern)


def _character(pattern: str, at: int) -> tuple[str, int]:
    if pattern[at] == "\\":
        at += 1
    return pattern[at : at + 1], at + 1


def _range(parts: list[str], *, negated: bool) -> Range:
    if not parts:
        return ONE if negated else NEVER
    return Range(f"[{'^' if negated else ''}{''.join(parts)}]")
