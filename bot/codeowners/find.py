"""Where CODEOWNERS lies, which forge reads it, and what is in it.

Source of the places and their order: GitHub's "About code owners" (.github/, root, docs/) and ``FILE_PATHS`` of
GitLab's ``ee/lib/gitlab/code_owners.rb`` (root, docs/, .gitlab/). The first one found is the only one that counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bot.codeowners.dialect import Codeowners, Dialect
from bot.codeowners.parse import nothing, parse

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
class File:
    """A file of the repository; the content of a symlink is the path that it points to."""

    content: bytes
    symlink: bool = False


Read = Callable[[str], File | None]  # the file at a path, None where there is none


@dataclass(frozen=True, slots=True)
class Found:
    """``path`` is the file that counts, "" where there is none; ``unread`` are others that the forge does not look at.
    ``why`` says where the dialect was taken from, as a clause."""

    owners: Codeowners
    why: str
    path: str = ""
    unread: tuple[str, ...] = ()

    @property
    def dialect(self) -> Dialect:
        return self.owners.dialect


def forge_of(remotes: Iterable[str]) -> Dialect | None:
    """The forge that the host of a clone's remotes names (``github.com``, ``gitlab.example.org``); None where none of them
    does, or they differ. ``remotes`` are ``host/path``."""
    hosts = {remote.partition("/")[0].lower() for remote in remotes}
    named = {forge for forge in Dialect for host in hosts if forge in host.split(".")}
    return named.pop() if len(named) == 1 else None


def find(read: Read, dialect: Dialect | None = None) -> Found:
    """Look for the file, and read it. ``dialect`` when it is known."""
    there = {place: file for place in ALL_PLACES if (file := read(place)) is not None}
    chosen, why = (dialect, "--forge or the remotes of the clone say so") if dialect else _detected(there, read)
    path = next((place for place in PLACES[chosen] if place in there), "")
    return Found(_owners(there.get(path), chosen), why, path, tuple(place for place in there if place != path))


def _owners(file: File | None, dialect: Dialect) -> Codeowners:
    if file is None:
        return Codeowners(dialect)
    if file.symlink:
        return nothing(dialect, "the file is a symlink, and the forge does not follow it: put the file itself there")
    return parse(file.content, dialect)


def _detected(there: dict[str, File], read: Read) -> tuple[Dialect, str]:
    """The forge by where the file lies, else by what lies beside it, else GitHub."""
    github, gitlab = (f".{forge}/{NAME}" in there for forge in Dialect)
    if github != gitlab:
        forge = Dialect.GITHUB if github else Dialect.GITLAB
        return forge, f"only one forge looks into .{forge}/"
    if read(_GITLAB_CI) is not None:
        return Dialect.GITLAB, f"there is {_GITLAB_CI}"
    place = next(iter(there), "")
    if place and not github and _HEADER.search(there[place].content[:_LOOKED_AT]):
        return Dialect.GITLAB, f"{place} has sections"
    return Dialect.GITHUB, "nothing points to GitLab"
