"""Patches that no kustomization names: a HelmRelease without a chart or a Flux Kustomization without a source, of which
another file holds the object, beside a kustomization that does not list it. It deploys nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from bot.affected.edges import NOBODY, Edge, Kind, object_target
from bot.affected.left_out import governing
from bot.affected.sources import identity_of

if TYPE_CHECKING:
    from bot.affected.view import View

_NEEDED = {  # one of these fields of spec makes the object one, by its API group and kind (API reference of Flux)
    ("helm.toolkit.fluxcd.io", "HelmRelease"): (("chart", "spec", "sourceRef"), ("chartRef",)),
    ("kustomize.toolkit.fluxcd.io", "Kustomization"): (("sourceRef",),),
}


def left_out_by(view: View, path: str, objects: Sequence[Mapping[str, object]]) -> tuple[str, list[Edge]]:
    """The kustomization file beside such a patch, "" where the objects of the file are more than that; and edges by which
    the file is read again. No kustomization names the file."""
    folder = governing(view, path)
    if folder is None or not all(map(_is_partial, objects)):
        return "", []
    names = [(str(value.get("kind")), identity_of(value).name) for value in objects]
    scope = f"f:{path}"
    edges = [Edge(scope, f"{NOBODY}{scope}", Kind.OBJECT, object_target(*name)) for name in names]
    if not all(_is_elsewhere(view, path, *name) for name in names):
        return "", edges
    return view.kustomization_files(folder)[0].path, edges


def _is_partial(value: Mapping[str, object]) -> bool:
    group = str(value.get("apiVersion")).partition("/")[0]
    needed = _NEEDED.get((group, str(value.get("kind"))), ())
    return bool(needed) and not any(_has(value.get("spec"), place) for place in needed)


def _has(value: object, place: tuple[str, ...]) -> bool:
    for key in place:
        value = value.get(key) if isinstance(value, dict) else None
    return bool(value)


def _is_elsewhere(view: View, path: str, kind: str, name: str) -> bool:
    return bool(name) and any(file != path for file in view.named(kind, name))
