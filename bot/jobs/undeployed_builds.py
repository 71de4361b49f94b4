"""New kustomizations that no object deploys, although Argo CD or Flux objects deploy their counterparts beside them: most
likely the object was forgotten. Somebody may deploy it by hand, so it stays a unit; what is known is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.affected.edges import Kind
from bot.jobs.siblings import counterparts

if TYPE_CHECKING:
    from bot.affected.view import View

_LEAST = 2  # counterparts: of one alone nobody can tell a habit


def undeployed_build(path: str, after: View) -> str:
    """The note about a new kustomization that discovery found by its directory; "" where objects deploy no counterparts, or
    not all of them. Of environments one may be meant to stand alone."""
    if _by_object(after, path):
        return ""
    for siblings in counterparts(after, path):
        beside = _beside(after, siblings)
        if len(beside) >= _LEAST:
            if not all(_by_object(after, each) for each in beside):
                return ""
            return (
                f"Argo CD or Flux objects deploy {beside[0]} and {len(beside) - 1} more like it, and none deploys this one: "
                "nothing here does until one names it."
            )
    return ""


def _beside(view: View, siblings: dict[str, str]) -> list[str]:
    """The kustomizations among the counterparts, and the charts among the directories that hold them."""
    found: list[str] = []
    for folder, path in siblings.items():
        if view.kustomization_files(path):
            found.append(path)
        elif view.entry(f"{folder}/Chart.yaml") is not None:
            found.append(folder)
    return sorted(found)


def _by_object(view: View, path: str) -> bool:
    """Whether an object names the directory, or a patch on one does."""
    edges = (edge for edge in view.into(path) if edge.kind in (Kind.EXACT, Kind.TREE))
    return any(edge.scope[0] == "f" or edge.source.startswith("x:k:") for edge in edges)
