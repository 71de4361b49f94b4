"""Where a repository lies: its git directory, what all work trees share, and the work tree."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from bot.errors import UserError
from bot.git.command import git, sentence


class Place(NamedTuple):
    """Where a repository lies. ``work_tree`` is "" for a bare one; ``common`` holds the objects of all work trees."""

    git_dir: str
    common: str
    work_tree: str
    shallow: bool


def locate(directory: str | os.PathLike[str]) -> Place:
    """Find the repository that ``directory`` belongs to. Raises UserError with git's own sentence when there is none."""
    path = Path(directory)
    if not path.is_dir():
        raise UserError(f"{path} is not a directory; give the clone of your GitOps repository with --repo.")
    asked = git(
        path, "rev-parse", "--is-shallow-repository", "--is-inside-work-tree", "--show-cdup", "--absolute-git-dir"
    )  # fmt: skip
    if not asked.ok:
        raise UserError(f"{path} cannot be read as a git repository: {sentence(asked)}.")
    shallow, inside, rest = os.fsdecode(asked.stdout).removesuffix("\n").split("\n", 2)
    top = ""
    if inside == "true":  # only then git says how far up the top is
        up, _, rest = rest.partition("\n")
        top = str((path / up).resolve())
    git_dir = rest.lstrip("\n")  # the last one: it may hold line ends itself
    return Place(git_dir, _common(git_dir), top, shallow == "true")


def _common(git_dir: str) -> str:
    """The git directory that all work trees share, as a linked one names it (gitrepository-layout(5), ``commondir``)."""
    try:
        written = os.fsdecode(Path(git_dir, "commondir").read_bytes()).removesuffix("\n")
    except FileNotFoundError:
        return git_dir
    return str(Path(git_dir, written).resolve())
