"""The namespaces that kustomizations and Flux give to the objects of a file."""

from __future__ import annotations

from typing import NamedTuple

from bot.affected.view import View
from bot.errors import UserError
from bot.model.unit import KustomizeRender

_MOST = 200  # kustomizations above one file


class Above(NamedTuple):
    """The namespaces that anything above a file gives to its objects, and whether Flux is known to deploy it: then objects
    without one go into `default`."""

    namespaces: frozenset[str]
    is_of_flux: bool


def is_put_into(view: View, path: str, namespace: str) -> bool:
    """Whether anything above a file may put its objects into a namespace, whatever the file says; also where there is too
    much above it to tell, or something does not parse."""
    found = above(view, path)
    return found is None or namespace in found.namespaces


def above(view: View, path: str) -> Above | None:
    """What is above a file; None where that is too much to tell, or something does not parse."""
    queue, seen, found, is_of_flux = [path], set[str](), set[str](), False
    while queue:
        place = queue.pop()
        if place in seen:
            continue
        seen.add(place)
        own = namespaces_said(view, place) if place != path else set[str]()
        if own is None or len(seen) > _MOST:
            return None
        found |= own
        for edge in view.onto(place) if place == path else view.into(place):
            if edge.source[0] in "ut":
                parts = _builds(view, edge.source[2:])
                found |= {part.overlay.namespace for part in parts}
                is_of_flux = is_of_flux or any(part.generate for part in parts)
            if edge.source[0] == "k":
                queue.append(edge.source[2:])
    return Above(frozenset(found - {""}), is_of_flux)


def _builds(view: View, key: str) -> list[KustomizeRender]:
    unit = view.unit(key)
    return [part for part in unit.parts if isinstance(part, KustomizeRender)] if unit is not None else []


def namespaces_said(view: View, directory: str) -> set[str] | None:
    """The `namespace` of a kustomization, which the index does not keep; None where it does not parse."""
    from bot.documents import load_all

    found: set[str] = set()
    for entry in view.kustomization_files(directory):
        try:
            documents = load_all(view.read(entry), name=entry.path)
        except UserError:
            return None
        values = (document.value.get("namespace") for document in documents if isinstance(document.value, dict))
        found.update(value for value in values if isinstance(value, str))
    return found
