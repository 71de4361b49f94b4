"""Directories called ``test``: mostly what tests need, and nobody deploys that. Beside those of other environments, or where
directories of environments are, one is the environment of that name.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bot.affected.edges import ancestors
from bot.affected.environment_words import is_marker, is_weak, rank_of

if TYPE_CHECKING:
    from bot.affected.naming import Namer
    from bot.affected.view import View

_TEST = "test"
_MOST = 1000  # directories beside one: where there are more, they are no environments


def is_one_of_environments(view: View, directory: str, namer: Namer) -> bool:
    """Whether a directory called ``test`` is an environment's: it lies in ``environments/``, ``overlays/`` or the like, or
    beside that of an environment which comes later on the way to production. ``dev/`` beside it says nothing: many
    repositories keep what developers need there."""
    parent, _, name = directory.rpartition("/")
    if name.lower() != _TEST:
        return False
    if is_marker(parent.rpartition("/")[2]):
        return True
    return any(_is_later(path.rpartition("/")[2], namer) for path in view.folders_in(parent, _MOST) or ())


def tests_beside(before: View, after: View, namer: Namer) -> Iterator[str]:
    """The directories called ``test`` beside which that of an environment comes or goes."""
    seen: set[str] = set()
    for change in after.changes:
        if change.before is not None and change.after is not None:
            continue
        for path in ancestors(change.path):
            if path in seen:
                break  # and so were those above
            seen.add(path)
            parent, _, name = path.rpartition("/")
            if _is_later(name, namer) and before.is_dir(path) != after.is_dir(path):
                folders = {f for view in (before, after) for f in view.folders_in(parent, _MOST) or ()}
                yield from sorted(f for f in folders if f.rpartition("/")[2].lower() == _TEST)


def _is_later(name: str, namer: Namer) -> bool:
    rank, own = rank_of(name), rank_of(_TEST)
    return rank is not None and own is not None and rank > own and not is_weak(name) and namer.is_environment(name)
