"""New kustomizations that no object deploys, although Argo CD or Flux objects deploy their counterparts beside them: most
likely the object was forgotten. Somebody may deploy it by hand, so it stays a unit; what is known is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.affected.edges import Kind
from bot.affected.environment_words import is_environment, is_marker

if TYPE_CHECKING:
    from bot.affected.view import View

_LEVELS = 3  # directories of a path, from below, beside which others are looked for
_MOST = 100  # directories beside one
_LEAST = 2  # counterparts: of one alone nobody can tell a habit


def undeployed_build(path: str, after: View) -> str:
    """The note about a new kustomization that discovery found by its directory; "" where objects deploy no counterparts, or
    not all of them. Of environments one may be meant to stand alone."""
    segments = path.split("/") if path else []
    if _by_object(after, path):
        return ""
    for at in range(len(segments) - 1, max(len(segments) - 1 - _LEVELS, -1), -1):
        beside = [] if is_environment(segments[at]) or is_marker(segments[at]) else _beside(after, segments, at)
        if len(beside) >= _LEAST:
            if not all(_by_object(after, each) for each in beside):
                return ""
            return (
                f"Argo CD or Flux objects deploy {beside[0]} and {len(beside) - 1} more like it, and none deploys this one: "
                "nothing here does until one names it."
            )
    return ""


def _beside(view: View, segments: list[str], at: int) -> list[str]:
    """The kustomizations at the same place in the directories beside one on the way, and the charts among these."""
    above, own, rest = "/".join(segments[:at]), "/".join(segments[: at + 1]), segments[at + 1 :]
    found: list[str] = []
    for folder in view.folders_in(above, _MOST) or ():
        path = "/".join((folder, *rest))
        if folder != own and view.kustomization_files(path):
            found.append(path)
        elif folder != own and view.entry(f"{folder}/Chart.yaml") is not None:
            found.append(folder)
    return sorted(found)


def _by_object(view: View, path: str) -> bool:
    """Whether an object names the directory, or a patch on one does."""
    edges = (edge for edge in view.into(path) if edge.kind in (Kind.EXACT, Kind.TREE))
    return any(edge.scope[0] == "f" or edge.source.startswith("x:k:") for edge in edges)
