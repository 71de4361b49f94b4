"""Which kustomizations are deployed by themselves, and what refers to the others."""

from __future__ import annotations

from bot.affected.edges import NOBODY, Edge, Kind
from bot.affected.linked import is_used, linked_overlays
from bot.affected.view import View


def is_root(view: View, directory: str) -> bool:
    """Whether a kustomization is deployed by itself: nothing refers to it, or only a cycle that nothing else does, and the
    configuration does not say otherwise."""
    if not view.buildable(directory):
        return directory in linked_overlays(view) and not is_used(view, directory)
    if is_held_back(view, directory):
        return False
    direct = users(view, directory)
    if not direct:
        return True
    seen, queue = {f"k:{directory}"}, [edge.source for edge in direct]
    while queue:
        source = queue.pop()
        if source[0] != "k":
            return False
        if source in seen:
            continue
        seen.add(source)
        above = users(view, source[2:])
        if not above:
            return False
        queue += [edge.source for edge in above]
    return True


def is_held_back(view: View, directory: str) -> bool:
    """Whether the configuration says that a kustomization is no unit by itself (``Reader.holds_back``)."""
    return any(e.kind is Kind.EXACT and e.source.startswith(NOBODY) for e in view.into(directory))


def users(view: View, directory: str, of: str = "ku") -> list[Edge]:
    """Edges onto a kustomization from others, symlinks to it included. ``of`` are the sources that count (see ``edges``)."""
    names = (directory, *sorted(view.aliases(directory)))
    own = f"k:{directory}"
    return [
        e for name in names for e in view.into(name) if e.kind is Kind.EXACT and e.source != own and e.source[0] in of
    ]


def is_shared(view: View, directory: str) -> bool:
    """Whether a set of which nobody here knows all clusters may deploy a directory."""
    return any(
        edge.kind is Kind.SHARED or (edge.kind is Kind.TREE and "#ApplicationSet/" in edge.source)
        for edge in view.onto(directory)
    )


def is_built(view: View, directory: str) -> bool:
    """Whether there is a kustomization to build, or a symlink that stands for one."""
    return view.buildable(directory) or directory in linked_overlays(view)
