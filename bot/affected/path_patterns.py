"""Go's path patterns as compiled regular expressions: what ApplicationSet generators match paths with.

``dir_pattern`` is Go's path.Match (https://pkg.go.dev/path#Match); ``file_pattern`` adds ``**`` across directories and
``{a,b}`` choices (doublestar, which Argo CD uses for files). A pattern that is malformed matches nothing.
"""

from __future__ import annotations

import re
from functools import lru_cache

_NOTHING = re.compile(r"(?!)")


@lru_cache(maxsize=256)
def dir_pattern(pattern: str) -> re.Pattern[str]:
    """The whole path, ``*`` inside one segment."""
    return _compiled(pattern, doublestar=False)


@lru_cache(maxsize=256)
def file_pattern(pattern: str) -> re.Pattern[str]:
    """The whole path, ``**`` any number of segments, ``{a,b}`` a choice."""
    return _compiled(pattern, doublestar=True)


def _compiled(pattern: str, *, doublestar: bool) -> re.Pattern[str]:
    if len(pattern) > 1024 or pattern.count("*") > 16:  # a longer one is an attack on the matcher
        return _NOTHING
    try:
        return re.compile(_translate(pattern, doublestar) + r"\Z")
    except re.error:
        return _NOTHING


def _translate(pattern: str, doublestar: bool) -> str:
    out: list[str] = []
    depth = at = 0
    while at < len(pattern):
        char = pattern[at]
        at += 1
        if char == "*" and doublestar and pattern.startswith("*/", at):
            out.append("(?:[^/]+/)*")
            at += 2
        elif char == "*":
            both = doublestar and pattern.startswith("*", at)
            out.append(".*" if both else "[^/]*")
            at += both
        elif char == "?":
            out.append("[^/]")
        elif char == "\\" and at < len(pattern):
            out.append(re.escape(pattern[at]))
            at += 1
        elif char == "[":
            end = pattern.find("]", at + 1)
            if end < 0:
                raise re.error("unclosed class")
            body = pattern[at:end].replace("\\", "\\\\").replace("[", r"\[")
            out.append("(?!/)[" + ("^" + body[1:] if body[:1] in ("^", "!") else body) + "]")
            at = end + 1
        elif doublestar and char == "{":
            out.append("(?:")
            depth += 1
        elif doublestar and char == "}" and depth:
            out.append(")")
            depth -= 1
        elif depth and char == ",":
            out.append("|")
        else:
            out.append(re.escape(char))
    return "".join(out)
