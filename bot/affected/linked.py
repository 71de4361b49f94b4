"""Overlays that are symlinks to others: ``overlays/prod-us`` to ``prod-eu``. Something outside deploys them by that name, so
each is a unit of its own, unless a kustomization or declaration of the repository uses the name.

Only directories that stand for environments count: elsewhere a symlink is most often a way to share files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from bot.affected.edges import Kind
from bot.affected.naming import is_marker

if TYPE_CHECKING:
    from bot.affected.view import View


_MADE: WeakKeyDictionary[View, dict[str, str]] = WeakKeyDictionary()


def linked_overlays(view: View) -> dict[str, str]:
    """Path of the symlink to the kustomization's directory that it leads to. The view's graph must be complete."""
    if view not in _MADE:
        _MADE[view] = _linked_overlays(view)
    return _MADE[view]


def _linked_overlays(view: View) -> dict[str, str]:
    found: dict[str, str] = {}
    for link in view.links():
        parent = link.rpartition("/")[0].rpartition("/")[2]
        real = view.resolve(link)[0] if is_marker(parent) else None
        if real is not None and view.buildable(real) and not _is_used(view, link):
            found[link] = real
    return found


def _is_used(view: View, link: str) -> bool:
    return any(edge.kind is Kind.EXACT and edge.source[0] in "kut" for edge in (*view.into(link), *view.below(link)))
