"""What git said of commits and cannot take back, so that a poll of a merge request starts no git for it again.

Commits do not change, and the forge keeps them: whether two of them merge, how many files lie between them, and that one is
there stays true. Where a branch is does not, and is asked each time.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from bot.playground.bare import Bare
from bot.playground.changes import changed_files
from bot.playground.errors import Missing

_MOST = 8_192


@lru_cache(_MOST)
def conflicts(directory: Path, tip: str, head: str) -> bool:
    """Whether git cannot merge ``head`` into ``tip``, both commits that are there."""
    return not Bare(directory).merged_tree(tip, head)


@lru_cache(_MOST)
def count_of_files(directory: Path, tip: str, head: str) -> int:
    """How many files a merge request with this head changes in a branch with this tip."""
    bare = Bare(directory)
    return len(changed_files(bare, bare.merge_base(tip, head) or tip, head))


@lru_cache(_MOST)
def commit(directory: Path, name: str) -> str:
    """The full id of a commit by its full id. Raises Missing, which is not remembered."""
    if not Bare(directory).has(name):
        raise Missing("404 Commit Not Found")
    return name
