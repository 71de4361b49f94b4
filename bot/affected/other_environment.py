"""A declaration of one environment that deploys the directory of another one: ``apps/staging`` in ``clusters/production``.

That may be meant where there is no directory for the own environment. So it counts only where the declaration had one a
moment ago, or, for a new one, where there is one beside; and not for what often means a part of production.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.affected.environment_words import usual_names

if TYPE_CHECKING:
    from bot.affected.naming import Namer
    from bot.affected.pairs import Pair
    from bot.model.snapshot import Snapshot

_OFTEN_A_PART = ("canary", "preview", "demo", "local")
_MARKS = ("kustomization.yaml", "kustomization.yml", "Kustomization", "Chart.yaml")


def other_environment(pair: Pair, environment: str, namer: Namer, files: Snapshot) -> str:
    """The environment whose directory a declared unit of ``environment`` takes from now on; "" for none."""
    base, head = pair
    if head is None or head.source is None or not environment or namer.matched(head.path):
        return ""
    named = namer.name(head.path).environment
    if not named or _are_one(named, environment) or (base is not None and base.path == head.path):
        return ""
    if named.lower() in _OFTEN_A_PART or (namer.is_production(named) and namer.is_production(environment)):
        return ""
    if base is not None:
        return named if _are_one(namer.name(base.path).environment, environment) else ""
    return named if _has_own(head.path, named, environment, files) else ""


def _are_one(one: str, other: str) -> bool:
    return bool(set(usual_names(one)) & set(usual_names(other)))


def _has_own(path: str, named: str, environment: str, files: Snapshot) -> bool:
    words = path.split("/")
    others = ("/".join(name if word == named else word for word in words) for name in usual_names(environment))
    return any(other != path and files.entry(f"{other}/{mark}") is not None for other in others for mark in _MARKS)
