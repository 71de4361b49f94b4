"""The namespaces that kustomizations and Flux give to the objects of a file."""

from __future__ import annotations

from collections.abc import Iterator

from bot.affected.view import View
from bot.errors import UserError
from bot.model.unit import KustomizeRender

_MOST = 200  # kustomizations above one file


def is_put_into(view: View, path: str, namespace: str) -> bool:
    """Whether anything above a file may put its objects into a namespace, whatever the file says; also where there is too
    much above it to tell, or something does not parse."""
    queue, seen = [path], set[str]()
    while queue:
        place = queue.pop()
        if place in seen:
            continue
        seen.add(place)
        for edge in view.onto(place) if place == path else view.into(place):
            if edge.source[0] in "ut" and namespace in _of_unit(view, edge.source[2:]):
                return True
            if edge.source[0] == "k":
                queue.append(edge.source[2:])
        if len(seen) > _MOST or (place != path and namespace in _of_kustomization(view, place, namespace)):
            return True
    return False


def _of_unit(view: View, key: str) -> set[str]:
    unit = view.unit(key)
    return {part.overlay.namespace for part in unit.parts if isinstance(part, KustomizeRender)} if unit else set()


def _of_kustomization(view: View, directory: str, otherwise: str) -> Iterator[object]:
    from bot.documents import load_all

    for entry in view.kustomization_files(directory):
        try:
            documents = load_all(view.read(entry), name=entry.path)
        except UserError:
            yield otherwise
            continue
        yield from (document.value.get("namespace") for document in documents if isinstance(document.value, dict))
