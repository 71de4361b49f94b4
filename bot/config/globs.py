"""Path patterns of ``.gatehouse.yaml``: few rules, no surprises, no backtracking.

- A pattern names the whole path, from the root of the repository: ``prod`` is not ``apps/prod``.
- ``*`` is any run of characters within one segment, also none; ``?`` is one character of a segment.
- ``**`` as a whole segment is any number of segments, also none: ``a/**`` holds ``a``, ``a/b`` and ``a/b/c``.
- A trailing slash means the directory with everything in it: ``a/`` is ``a/**``.
- Upper and lower case differ; a leading dot is a character like any other.
- Braces, brackets, a backslash and a leading ``!`` mean something elsewhere and nothing here: they are refused, so
  that a pattern never silently holds nothing. ``?`` stands for such a character in a path.
"""

from __future__ import annotations

from collections.abc import Iterable

ANY_SEGMENTS = "**"
_FOREIGN = "{}[]\\"


def wrong_with(pattern: str) -> str:
    """Why the text is not a pattern, as the second half of a sentence; "" when it is one."""
    segments = pattern.removesuffix("/").split("/")
    if pattern.startswith("/"):
        return "starts with /: patterns start at the root of the repository without it"
    if pattern.startswith("!"):
        return "starts with !: there is no negation; name what should match"
    if foreign := next((c for c in pattern if c in _FOREIGN), ""):
        return (
            f"holds {foreign}: only *, ? and ** have a meaning; write a pattern for each case, or ? for the character"
        )
    if any(ANY_SEGMENTS in s and s != ANY_SEGMENTS for s in segments):
        return "has ** beside other characters: ** stands alone between slashes; use * within a name"
    if any(s in ("", ".", "..") for s in segments):
        return "has an empty, . or .. segment: write the path as it stands in the repository"
    return ""


class Globs:
    """Patterns to ask about many paths. Raises ValueError for a text that is not a pattern (see ``wrong_with``)."""

    __slots__ = ("_compiled", "patterns")

    def __init__(self, patterns: Iterable[str]) -> None:
        self.patterns = tuple(patterns)
        for pattern in self.patterns:
            if reason := wrong_with(pattern):
                raise ValueError(f"the pattern {pattern!r} {reason}")
        self._compiled = tuple(_compile(p) for p in self.patterns)

    def __bool__(self) -> bool:
        return bool(self.patterns)

    def match(self, path: str) -> bool:
        """Whether any pattern holds the path."""
        return self.first(path) is not None

    def first(self, path: str) -> str | None:
        """The first pattern, in the order given, that holds the path."""
        segments = path.split("/") if path else []
        for pattern, compiled in zip(self.patterns, self._compiled, strict=True):
            if _match_segments(compiled, segments):
                return pattern
        return None


def _compile(pattern: str) -> tuple[str, ...]:
    segments = (pattern + ANY_SEGMENTS if pattern.endswith("/") else pattern).split("/")
    # a/**/**/b is a/**/b
    return tuple(s for i, s in enumerate(segments) if s != ANY_SEGMENTS or i == 0 or segments[i - 1] != s)


def _match_segments(pattern: tuple[str, ...], path: list[str]) -> bool:
    """The classic wildcard walk, one level up: ``**`` plays the star, segments play the characters.

    After a mismatch only the latest ``**`` needs to grow, which keeps the walk at length times length.
    """
    at = where = 0
    star, held = -1, 0
    while where < len(path):
        if at < len(pattern) and pattern[at] == ANY_SEGMENTS:
            star, held = at, where
            at += 1
        elif at < len(pattern) and _match_name(pattern[at], path[where]):
            at, where = at + 1, where + 1
        elif star >= 0:
            held += 1
            at, where = star + 1, held
        else:
            return False
    return all(s == ANY_SEGMENTS for s in pattern[at:])


def _match_name(pattern: str, name: str) -> bool:
    """One segment against one name; the same walk over characters."""
    if "*" not in pattern and "?" not in pattern:
        return pattern == name
    at = where = 0
    star, held = -1, 0
    while where < len(name):
        if at < len(pattern) and pattern[at] == "*":
            star, held = at, where
            at += 1
        elif at < len(pattern) and pattern[at] in ("?", name[where]):
            at, where = at + 1, where + 1
        elif star >= 0:
            held += 1
            at, where = star + 1, held
        else:
            return False
    return all(c == "*" for c in pattern[at:])
