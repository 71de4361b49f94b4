"""Overlays that are symlinks to others: ``overlays/prod-us`` to ``prod-eu``. Something outside deploys them by that name, so
each is a unit of its own, unless a kustomization or declaration of the repository uses the name.

Only directories that stand for environments count: elsewhere a symlink is most often a way to share files.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from bot.affected.edges import Kind
from bot.affected.environment_words import is_marker

if TYPE_CHECKING:
    from bot.affected.view import View


_MADE: WeakKeyDictionary[View, dict[str, str]] = WeakKeyDictionary()


def linked_overlays(view: View) -> dict[str, str]:
    """Path of the symlink to the kustomization's directory that it leads to; made once for each view."""
    if view not in _MADE:
        _MADE[view] = dict(_found(view))
    return _MADE[view]


def is_used(view: View, link: str) -> bool:
    """Whether something refers to the symlink, or to what it seems to hold, by its name."""
    return any(edge.kind is Kind.EXACT and edge.source[0] in "kut" for edge in (*view.into(link), *view.below(link)))


def _found(view: View) -> Iterator[tuple[str, str]]:
    for link in view.links():
        if is_marker(link.rpartition("/")[0].rpartition("/")[2]):
            real, _ = view.resolve(link)
            if real is not None and view.buildable(real):
                yield link, real
