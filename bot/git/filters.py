"""Files of a work tree that git would filter when it commits them (gitattributes(5), ``filter``: git-crypt, Git LFS).
Filters are programs that a repository chooses, so that none is run: such a file is taken as it is, and people are told
which.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from bot.git.command import git

if TYPE_CHECKING:
    from bot.git.place import Place

_ATTRIBUTES = ".gitattributes"
_MOST_BYTES = 1024 * 1024


def drivers(settings: Mapping[str, str]) -> frozenset[str]:
    """The filters that this machine would run at a commit, by the settings ``filter.*``."""
    words = (name.removeprefix("filter.").rpartition(".") for name, value in settings.items() if value.strip())
    return frozenset(driver for driver, _, key in words if key in ("clean", "process"))


def filtered(place: Place, paths: Iterable[bytes], known: frozenset[str], index: str) -> tuple[str, ...]:
    """Those of the changed ``paths`` that one of the ``known`` filters would change. Asks git only where a file of
    attributes near them speaks of filters."""
    near = list(paths)
    if not known or not any(_speaks(path) for path in _of_attributes(place, near)):
        return ()
    asked = git(
        place.work_tree, "check-attr", "-z", "--stdin", "filter", stdin=b"".join(path + b"\0" for path in near),
        env={"GIT_INDEX_FILE": index},
    )  # fmt: skip
    rows = os.fsdecode(asked.stdout).split("\0") if asked.ok else []
    return tuple(path for path, _, value in zip(rows[::3], rows[1::3], rows[2::3], strict=False) if value in known)


def _of_attributes(place: Place, paths: Iterable[bytes]) -> Iterator[Path]:
    yield Path(place.common, "info", "attributes")
    folders = {""}
    for path in map(os.fsdecode, paths):
        while path := path.rpartition("/")[0]:
            if path in folders:
                break
            folders.add(path)
    yield from (Path(place.work_tree, folder, _ATTRIBUTES) for folder in sorted(folders))


def _speaks(path: Path) -> bool:
    try:
        if path.is_symlink() or not path.is_file():  # git follows no link here
            return False
        with path.open("rb") as file:
            return b"filter" in file.read(_MOST_BYTES)
    except OSError:
        return False
