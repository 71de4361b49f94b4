"""What the output of a build holds that says how other things are rendered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from bot.affected.contents import is_delivery
from bot.affected.sources import identity_of
from bot.model.resource import Document

_MARKS = ("argoproj.io", "fluxcd.io")


def held_by(documents: Iterable[Document], kind: str) -> dict[str, list[dict[str, Any]]]:
    """The ConfigMaps or the Secrets (masked) among the objects of a build, by name."""
    found: dict[str, list[dict[str, Any]]] = {}
    for document in documents:
        value = _read(document) if kind in document.text else None
        if value is not None and (value.get("apiVersion"), value.get("kind")) == ("v1", kind):
            found.setdefault(identity_of(value).name, []).append(value)
    return found


def may_declare(document: Document) -> bool:
    """Whether a document may hold an object that ``declaring`` gives."""
    return any(mark in document.text for mark in _MARKS)


def declaring(document: Document) -> Iterator[dict[str, object]]:
    """The object of a document, where it declares something to be rendered, or names a source for that."""
    if may_declare(document):
        value = _read(document)
        if value is not None and is_delivery(value):
            yield value


def _read(document: Document) -> dict[str, Any] | None:
    from bot.documents import load_one
    from bot.errors import UserError

    try:
        value = load_one(document.text)
    except UserError:
        return None
    return value if isinstance(value, dict) else None
