"""Kustomizations that begin or cease to be deployed by themselves, because an overlay on them goes, comes or turns
elsewhere: no path of theirs changes, and what they declare goes on under another root.

Only where the overlay is of the same environment: a cluster that goes leaves a base behind, which is no cluster.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.affected.edges import Kind
from bot.affected.roots import is_root

if TYPE_CHECKING:
    from bot.affected.rules import Reader
    from bot.affected.view import View


def turned(before: View, after: View, read: Reader) -> set[str]:
    """The directories of such kustomizations."""
    found: set[str] = set()
    for overlay in [scope[2:] for scope in after.replaced if scope.startswith("k:")]:
        environment = _environment(read, overlay)
        for below in _parts(before, overlay) ^ _parts(after, overlay) if environment else ():
            is_there = before.buildable(below) and after.buildable(below)
            if is_there and _environment(read, below) == environment:
                found |= {below} if is_root(before, below) != is_root(after, below) else set()
    return found


def _environment(read: Reader, directory: str) -> str:
    told = read.told_environment(read.part(directory))
    return read.namer.name(directory).environment if told is None else told


def _parts(view: View, overlay: str) -> set[str]:
    """What a kustomization refers to by its path."""
    return {edge.target for edge in view.out_of(f"k:{overlay}") if edge.kind is Kind.EXACT}
