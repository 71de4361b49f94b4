"""What an Argo CD or Flux object lays over a render, as spots of the file that declares it.

A spot counts as everywhere: a word is written there, the file is read again as a declaration, and what it says then is
rendered. So nothing here knows what a field of such an object does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from bot.model.snapshot import Entry
from bot.model.unit import HelmRender, KustomizeRender, Render
from bot.render.trace_spots import Spot

ROLE = "declaration"
LOOK_INTO = ("spec",)  # patches and values are texts in it
# How a value comes out of a field: of Argo CD's Application and ApplicationSet, Flux' Kustomization and HelmRelease.
_HOW = {
    "patches": "patch",
    "images": "images",
    "replicas": "replicas",
    "namespace": "namespace",
    "targetNamespace": "namespace",
    "namePrefix": "name",
    "nameSuffix": "name",
    "commonLabels": "label",
    "labels": "label",
    "commonAnnotations": "annotation",
    "annotations": "annotation",
    "substitute": "substitution",
    "values": "values",
    "valuesObject": "values",
    "parameters": "values",
}


@dataclass(frozen=True, slots=True)
class Declaration:
    """The object that declares a render, in the file (or the output of another render) that holds it. ``again`` reads it out
    of another text of that file: None where that declares something else."""

    entry: Entry
    kind: str
    name: str
    key: tuple[object, ...]  # which object of the file, and which of the parts that it declares
    again: Callable[[str], Render | None]
    text: str | None = None  # what it says, where that is no file of the repository


def lays_over(part: Render) -> bool:
    """Whether a part says anything that may set a value of an object."""
    if isinstance(part, KustomizeRender):
        return not part.overlay.is_empty() or bool(part.substitution and part.substitution.variables)
    return isinstance(part, HelmRender)


def of_object(spots: list[Spot], declaration: Declaration) -> list[Spot]:
    """The spots of the declaring object among those of its file, each with the field of the declaration that it is below.
    They belong to no object of the render."""
    own = (declaration.kind, declaration.name)
    roots = {spot.root for spot in spots if spot.owner == own and len(spot.within) == 1}
    fields = {_start(spot): how_of(spot) for spot in spots if spot.root in roots and len(spot.within) == 1}
    return list(_told(spots, fields))


def _told(spots: list[Spot], fields: dict[int, str]) -> Iterator[Spot]:
    for spot in spots:
        field = fields.get(_start(spot))
        if field is not None:
            owner = spot.owner if len(spot.within) > 1 else ("", "")
            yield replace(spot, field=field, owner=owner, root=-1)


def _start(spot: Spot) -> int:
    return spot.within[0].start


def how_of(spot: Spot) -> str:
    """The way in which a scalar of the object sets values, by the outermost field that says so."""
    return next((_HOW[key] for key in spot.path[1:] if key in _HOW), ROLE) if spot.path[:1] == ("spec",) else ROLE
