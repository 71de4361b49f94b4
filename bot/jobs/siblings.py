"""What is built on the siblings of a kustomization, and not on itself: its counterparts in the directories beside it, or
beside one further up (``services/*/overlays/prod`` that ``environments/prod`` lists one by one)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from bot.affected.environment_words import is_environment, is_marker
from bot.affected.links import is_at_or_below
from bot.affected.roots import users

if TYPE_CHECKING:
    from bot.affected.view import View

_LEVELS = 3  # directories of a path, from below, beside which others are looked for
_MOST = 100  # directories beside one


class Beside(NamedTuple):
    """The directory of a kustomization, and those of the siblings that it builds on."""

    user: str
    siblings: tuple[str, ...]


def built_beside(view: View, path: str) -> Beside | None:
    """What builds on the siblings of a kustomization that nothing builds on: on several, or on the only one. None where each
    is built on by another one, or only by its own application. Of environments one may be meant to stand alone."""
    return next(filter(None, (_built_by(view, path, siblings) for siblings in counterparts(view, path))), None)


def counterparts(view: View, path: str) -> Iterator[dict[str, str]]:
    """The same place in the directories beside one on the way to a path, from below: the place by the directory. Whether
    anything is there is not asked. None beside environments and markers of a layout, of which one may stand alone."""
    segments = path.split("/") if path else []
    for at in range(len(segments) - 1, max(len(segments) - 1 - _LEVELS, -1), -1):
        if not is_environment(segments[at]) and not is_marker(segments[at]):
            above, own, rest = "/".join(segments[:at]), "/".join(segments[: at + 1]), segments[at + 1 :]
            folders = (folder for folder in view.folders_in(above, _MOST) or () if folder != own)
            yield {folder: "/".join((folder, *rest)) for folder in folders}


def _built_by(view: View, path: str, siblings: dict[str, str]) -> Beside | None:
    alike = {path, *siblings.values()}  # what builds on another of its kind
    there = {folder: place for folder, place in siblings.items() if view.kustomization_files(place)}
    found: dict[str, list[str]] = {}
    for folder, place in there.items():
        for user in {edge.source[2:] for edge in users(view, place, of="k")}:
            own = is_at_or_below(user, folder) or folder.rpartition("/")[2] in user.split("/")
            if not own and user not in alike:
                found.setdefault(user, []).append(place)
    best = max(sorted(found), key=lambda user: len(found[user]), default="")
    if best not in found or len(found[best]) < min(2, len(there)):
        return None
    return Beside(best, tuple(found[best]))
