"""Who owns paths at one commit: CODEOWNERS as the forge reads it. The work of ``gatehouse owners``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.codeowners import Dialect, File, Found, Ownership, Problem, find
from bot.codeowners.parse import LIMIT
from bot.errors import TooBig
from bot.git.repository import Repository
from bot.model.snapshot import Entry


@dataclass(frozen=True, slots=True)
class Answer:
    """One path as it was asked for: what each section says, and what may be wrong with that."""

    path: str
    owners: tuple[Ownership, ...]
    problems: tuple[Problem, ...]


def owned(
    repository: Repository, commit: str, paths: Sequence[str], dialect: Dialect | None
) -> tuple[Found, tuple[Answer, ...]]:
    """The file that counts at a commit, and its answer about each path."""
    there = {entry.path: entry for entry in repository.entries(repository.tree_of(commit))}
    found = find(lambda path: _file(repository, there.get(path)), dialect)
    return found, tuple(_answer(found, path) for path in paths)


def _file(repository: Repository, entry: Entry | None) -> File | None:
    if entry is None or entry.is_submodule:
        return None
    try:
        return File(repository.blob(entry), symlink=entry.is_symlink)
    except TooBig:
        return File(bytes(LIMIT))  # no forge reads so much


def _answer(found: Found, path: str) -> Answer:
    real = "/".join(name for name in path.split("/") if name not in ("", "."))
    return Answer(path, found.owners.owners_of(real), found.owners.problems_of(real))
