"""The two pattern languages of Argo CD's projects, matched in time that grows with pattern times text.

``glob``: github.com/gobwas/glob as Argo CD uses it (util/glob): ``*`` is any run without a separator, ``**`` any run, ``?``
one character, ``[abc]``, ``[!abc]``, ``[a-z]``, ``{a,b}``, and ``\\`` takes the next character as it is. ``path``: Go's
filepath.Match: ``*``, ``?``, ``[a-z0-9]`` and ``[^a-z]``. A pattern that cannot be read matches nothing, as there.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

_LONGEST_PATTERN = 512
_LONGEST_TEXT = 1024
_MOST_CHOICES = 64

Test = Callable[[str], bool]
# One step of a pattern: what a character must be, and whether any number of such characters may stand there.
Step = tuple[Test, bool]
Class = Callable[[str, int], tuple[Test, int]]


class BadPattern(ValueError):
    """The pattern cannot be read."""


def glob(pattern: str, text: str, separators: str = "") -> bool:
    """Whether the text matches; False for a pattern that cannot be read or is beyond all reason."""
    try:
        choices = _glob(pattern, separators)
    except BadPattern:
        return False
    return len(text) <= _LONGEST_TEXT and any(_run(steps, text) for steps in choices)


def path(pattern: str, text: str) -> bool:
    """The same for filepath.Match."""
    try:
        steps = _path(pattern)
    except BadPattern:
        return False
    return len(text) <= _LONGEST_TEXT and _run(steps, text)


def is_readable(pattern: str) -> bool:
    """Whether a ``glob`` pattern can be read; one that cannot never matches."""
    try:
        _glob(pattern, "")
    except BadPattern:
        return False
    return True


def _run(steps: tuple[Step, ...], text: str) -> bool:
    """All places of the pattern at once, character by character: no pattern makes it try twice."""
    at = _skip(steps, {0})
    for character in text:
        after = set()
        for place in at:
            if place < len(steps) and steps[place][0](character):
                after.add(place if steps[place][1] else place + 1)
        at = _skip(steps, after)
        if not at:
            return False
    return len(steps) in at


def _skip(steps: tuple[Step, ...], places: set[int]) -> set[int]:
    found = set(places)
    for place in places:
        after = place
        while after < len(steps) and steps[after][1] and after + 1 not in found:
            after += 1
            found.add(after)
    return found


@lru_cache(maxsize=4096)
def _glob(pattern: str, separators: str) -> tuple[tuple[Step, ...], ...]:
    if len(pattern) > _LONGEST_PATTERN:
        raise BadPattern
    return tuple(_steps(choice, separators) for choice in _choices(pattern))


def _choices(pattern: str) -> list[str]:
    """The patterns that ``{a,b}`` stands for, nested ones too."""
    opened = _outside(pattern, "{")
    if opened < 0:
        if _outside(pattern, "}") >= 0:
            raise BadPattern
        return [pattern]
    depth, parts, start = 0, [], opened + 1
    at = opened
    while at < len(pattern):
        character = pattern[at]
        if character == "\\":
            at += 1
        elif character == "{":
            depth += 1
        elif character in ",}" and depth == 1:
            parts.append(pattern[start:at])
            start = at + 1
            if character == "}":
                break
        elif character == "}":
            depth -= 1
        at += 1
    else:
        raise BadPattern
    found: list[str] = []
    for part in parts:
        found += _choices(pattern[:opened] + part + pattern[at + 1 :])
        if len(found) > _MOST_CHOICES:
            raise BadPattern
    return found


def _outside(pattern: str, wanted: str) -> int:
    """Where a character stands that neither a backslash nor brackets take; -1 for nowhere."""
    at = 0
    while at < len(pattern):
        if pattern[at] == "\\":
            at += 1
        elif pattern[at] == "[":
            at = max(pattern.find("]", at + 1), at)
        elif pattern[at] == wanted:
            return at
        at += 1
    return -1


def _steps(pattern: str, separators: str) -> tuple[Step, ...]:
    one = _no(separators) if separators else _anything

    def star(stars: int) -> Test:
        return _anything if stars > 1 else one

    return _read(pattern, one, star, _glob_class)


def _read(pattern: str, one: Test, star: Callable[[int], Test], klass: Class) -> tuple[Step, ...]:
    """The steps of a pattern. ``one`` is what ``?`` holds, ``star`` what a run of so many stars does, ``klass`` reads what
    follows a bracket. Raises BadPattern."""
    found: list[Step] = []
    at = 0
    while at < len(pattern):
        character = pattern[at]
        if character == "*":
            stars = len(pattern) - len(pattern[at:].lstrip("*")) - at
            found.append((star(stars), True))
            at += stars
        elif character == "?":
            found.append((one, False))
            at += 1
        elif character == "[":
            test, at = klass(pattern, at + 1)
            found.append((test, False))
        else:
            at += character == "\\"
            if at >= len(pattern):
                raise BadPattern
            found.append((_is(pattern[at]), False))
            at += 1
    return tuple(found)


def _glob_class(pattern: str, at: int) -> tuple[Test, int]:
    """``[abc]`` or ``[a-z]``, negated by ``!``: a list or one range, never both."""
    end = pattern.find("]", at)
    inner = pattern[at:end] if end >= 0 else ""
    negated = inner.startswith("!")
    inner = inner[negated:]
    if not inner:
        raise BadPattern
    if inner[1:2] == "-":
        if len(inner) != 3 or inner[2] < inner[0]:
            raise BadPattern
        return _range([(inner[0], inner[2])], negated=negated), end + 1
    return _range([(c, c) for c in inner.replace("\\", "")], negated=negated), end + 1


@lru_cache(maxsize=4096)
def _path(pattern: str) -> tuple[Step, ...]:
    if len(pattern) > _LONGEST_PATTERN:
        raise BadPattern
    inside = _no("/")
    return _read(pattern, inside, lambda _: inside, _path_class)


def _path_class(pattern: str, at: int) -> tuple[Test, int]:
    negated = pattern[at : at + 1] == "^"
    at += negated
    ranges: list[tuple[str, str]] = []
    while not (pattern[at : at + 1] == "]" and ranges):
        low, at = _character(pattern, at)
        high = low
        if pattern[at : at + 1] == "-":
            high, at = _character(pattern, at + 1)
        ranges.append((low, high))
    return _range(ranges, negated=negated), at + 1


def _character(pattern: str, at: int) -> tuple[str, int]:
    """One character of a class; ``-`` and ``]`` need a backslash."""
    escaped = pattern[at : at + 1] == "\\"
    at += escaped
    if at >= len(pattern) or (not escaped and pattern[at] in "-]"):
        raise BadPattern
    return pattern[at], at + 1


def _anything(_: str) -> bool:
    return True


def _no(characters: str) -> Test:
    return lambda c: c not in characters


def _is(wanted: str) -> Test:
    return lambda c: c == wanted


def _range(ranges: list[tuple[str, str]], *, negated: bool) -> Test:
    return lambda c: any(low <= c <= high for low, high in ranges) != negated
