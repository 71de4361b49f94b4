"""Whether two files are of different clusters, and which of several files of one name is meant from another file, by all
that their paths tell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from bot.affected.environment_words import is_environment, is_marker

if TYPE_CHECKING:
    from bot.affected.naming import Namer

# What lies in a directory of this name beside those of clusters is for all of them.
_SHARED = frozenset(
    ("base", "bases", "common", "shared", "all", "global", "default", "defaults", "core", "config", "components", "lib")
)


class Level(NamedTuple):
    """How far a file is from the one that reads: the smallest is meant. ``others`` counts down from 0 with each name of the
    reader's clusters among its directories, ``unshared`` with each leading directory that both have."""

    is_apart: bool
    others: int
    unshared: int


class Nearness:
    """The order in which files of one name answer for what the file ``near`` declares: what is of another cluster comes
    last, and what has a directory named like the reader's cluster (``clusters/NAME``) first (``infrastructure/NAME``), for
    that is where a cluster's own things lie; then what shares most directories, then by name. Without a ``namer`` none is
    apart."""

    def __init__(self, near: str, namer: Namer | None) -> None:
        self._near = near
        self._namer = namer
        self._folders = near.split("/")[:-1]
        self._clusters = _clusters(self._folders)

    def is_apart(self, path: str) -> bool:
        return self._namer is not None and are_apart(path, self._near, self._namer)

    def level(self, path: str) -> Level:
        return Level(self.is_apart(path), *self._by_name(path))

    def sorted(self, paths: Iterable[str]) -> Iterator[tuple[bool, str]]:
        """The paths, the one that is meant first, each after whether it is of another cluster. That is asked late: mostly
        the first one answers."""
        later: list[str] = []
        for path in sorted(paths, key=lambda path: (*self._by_name(path), path)):
            if self.is_apart(path):
                later.append(path)
            else:
                yield False, path
        yield from ((True, path) for path in later)

    def _by_name(self, path: str) -> tuple[int, int]:
        """``others`` and ``unshared``; called for every file of a name, of which a fleet has thousands."""
        folders = path.split("/")[:-1]
        own = len(self._clusters.intersection(folders)) if self._clusters else 0
        return -own, -_common(folders, self._folders)


def shared(path: str, near: str) -> int:
    """How many leading directories two files have in common."""
    return _common(path.split("/")[:-1], near.split("/")[:-1])


def _common(here: list[str], there: list[str]) -> int:
    count = 0
    for one, other in zip(here, there, strict=False):
        if one != other:
            break
        count += 1
    return count


def _clusters(folders: list[str]) -> frozenset[str]:
    """The names of the clusters among a file's directories: those right in one of clusters (``clusters/NAME``)."""
    return frozenset(name for marker, name in pairwise(folders) if is_marker(marker) and not _is_shared(name))


def are_apart(one: str, other: str, namer: Namer) -> bool:
    """Whether nothing that one file declares is deployed beside what the other does: their paths part right below a
    directory that holds clusters (``clusters/``, ``overlays/`` and the like), or at the names of two environments. A file
    above them, or one in a directory for all, is apart from none."""
    old, new = (namer.name(path).environment for path in (one, other))
    if old and new and namer.rank(old)[:2] != namer.rank(new)[:2]:
        return True
    here, there = one.split("/")[:-1], other.split("/")[:-1]
    at = next((n for n, pair in enumerate(zip(here, there, strict=False)) if pair[0] != pair[1]), -1)
    if at < 0 or any(_is_shared(path[at]) for path in (here, there)):
        return False
    below = at > 0 and is_marker(here[at - 1])
    return below or (is_environment(here[at]) and is_environment(there[at]) and bool(old and new and old != new))


def _is_shared(directory: str) -> bool:
    return directory.lower() in _SHARED or directory.startswith(("_", "."))
