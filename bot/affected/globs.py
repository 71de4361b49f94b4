"""Glob dialects that declarations use, where the repository's own glob does not serve."""

from __future__ import annotations

import fnmatch

_MOST_CHOICES = 64


def escaped(path: str) -> str:
    """A path as a glob pattern that matches only itself."""
    return "".join("\\" + character if character in "*?[]{}\\" else character for character in path)


def has_glob(path: str) -> bool:
    return any(character in path for character in "*?[{")


def literal_prefix(pattern: str) -> str:
    """The directory above the first segment with a wildcard: everything that can match lies below it."""
    parts: list[str] = []
    for part in pattern.split("/")[:-1]:
        if has_glob(part) or "\\" in part:
            break
        parts.append(part)
    return "/".join(parts)


def matches_argocd_directory_glob(pattern: str, path: str) -> bool:
    """Argo CD's ``directory.include`` and ``exclude``: ``*`` also crosses ``/``, ``{a,b}`` is a choice."""
    return any(fnmatch.fnmatchcase(path, choice) for choice in _choices(pattern))


def _choices(pattern: str) -> list[str]:
    """The patterns that ``{a,b}`` stands for (not nested; more than 64 are cut)."""
    done = [""]
    rest = pattern
    while "{" in rest and "}" in rest.partition("{")[2] and len(done) <= _MOST_CHOICES:
        before, _, tail = rest.partition("{")
        group, _, rest = tail.partition("}")
        done = [start + before + word for start in done for word in group.split(",")]
    return [start + rest for start in done][:_MOST_CHOICES]
