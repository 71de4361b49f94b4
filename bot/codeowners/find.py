"""Where CODEOWNERS lies, and which forge reads it.

Source of the places and their order: GitHub's "About code owners" (.github/, root, docs/) and ``FILE_PATHS`` of
GitLab's ``ee/lib/gitlab/code_owners.rb`` (root, docs/, .gitlab/). The first one found is the only one that counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from bot.codeowners.dialect import Dialect

NAME = "CODEOWNERS"
PLACES = {
    Dialect.GITHUB: (f".github/{NAME}", NAME, f"docs/{NAME}"),
    Dialect.GITLAB: (NAME, f"docs/{NAME}", f".gitlab/{NAME}"),
}
ALL_PLACES = tuple(dict.fromkeys(place for places in PLACES.values() for place in places))
_GITLAB_CI = ".gitlab-ci.yml"
_HEADER = re.compile(rb"^[ \t]*\^?\[[^\]\n]+\](?:\[\d+\])?[ \t]*(?:[ \t]@[^\n]*)?$", re.MULTILINE)
_LOOKED_AT = 1 << 16


@dataclass(frozen=True, slots=True)
class Found:
    """``path`` is the file that counts, "" where there is none; ``unread`` are others that the forge does not look at.
    ``why`` says where the dialect was taken from, as the second half of a sentence."""

    dialect: Dialect
    why: str
    path: str = ""
    unread: tuple[str, ...] = ()


def find(read: Callable[[str], bytes | None], dialect: Dialect | None = None) -> Found:
    """Look for the file. ``read`` gives the content of a path, None where there is no such file; ``dialect`` when it is
    known."""
    there = tuple(place for place in ALL_PLACES if read(place) is not None)
    chosen, why = (dialect, "as told") if dialect else _detected(there, read)
    path = next((place for place in PLACES[chosen] if place in there), "")
    return Found(chosen, why, path, tuple(place for place in there if place != path))


def _detected(there: tuple[str, ...], read: Callable[[str], bytes | None]) -> tuple[Dialect, str]:
    """The forge by where the file lies, else by what lies beside it, else GitHub."""
    github, gitlab = (f".{forge}/{NAME}" in there for forge in Dialect)
    if github != gitlab:
        forge = Dialect.GITHUB if github else Dialect.GITLAB
        return forge, f"because of .{forge}/{NAME}"
    if read(_GITLAB_CI) is not None:
        return Dialect.GITLAB, f"because of {_GITLAB_CI}"
    if there and not github:
        content = read(there[0]) or b""
        if _HEADER.search(content[:_LOOKED_AT]):
            return Dialect.GITLAB, f"because {there[0]} has sections"
    return Dialect.GITHUB, "as nothing points to GitLab"
