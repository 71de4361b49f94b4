"""Whether two files are of different clusters, by all that their paths tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.affected.naming import is_environment, is_marker

if TYPE_CHECKING:
    from bot.affected.naming import Namer

# What lies in a directory of this name beside those of clusters is for all of them.
_SHARED = frozenset(
    ("base", "bases", "common", "shared", "all", "global", "default", "defaults", "core", "config", "components", "lib")
)


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
