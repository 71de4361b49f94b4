"""What the output of a build holds that says how other things are rendered."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from bot.affected.api_groups import DELIVERS
from bot.affected.contents import is_delivery
from bot.affected.sources import artifact_names, identity_of, is_source
from bot.model.resource import Document


def held_by(documents: Iterable[Document], kind: str) -> dict[str, list[dict[str, Any]]]:
    """The ConfigMaps or the Secrets (masked) among the objects of a build, by name."""
    found: dict[str, list[dict[str, Any]]] = {}
    for document in documents:
        value = _read(document) if kind in document.text else None
        if value is not None and (value.get("apiVersion"), value.get("kind")) == ("v1", kind):
            found.setdefault(identity_of(value).name, []).append(value)
    return found


def sources_held_by(documents: Iterable[Document], kind: str) -> dict[str, list[dict[str, Any]]]:
    """The sources of Flux of one kind among the objects of a build, by the names under which others find them: an
    ExternalArtifact as the ArtifactGenerator that makes it."""
    wanted = "ArtifactGenerator" if kind == "ExternalArtifact" else kind
    found: dict[str, list[dict[str, Any]]] = {}
    for document in documents:
        for value in declaring(document) if _may_be(document, wanted) else ():
            if value.get("kind") == wanted:
                for name in artifact_names(value) if kind == "ExternalArtifact" else (identity_of(value).name,):
                    found.setdefault(name, []).append(value)
    return found


def source_names(document: Document) -> tuple[str, ...]:
    """The names under which others find the source of Flux that a document holds; () where it holds none."""
    for value in declaring(document):
        identity = identity_of(value)
        if is_source(identity.api_version, identity.kind):
            return identity.name, *artifact_names(value)
    return ()


def _may_be(document: Document, kind: str) -> bool:
    """Whether a document may hold an object of the kind, and does not only refer to one: asked of thousands of them."""
    text = document.text
    if text.lstrip().startswith("{"):
        return kind in text
    found = re.finditer(rf"""kind["']?\s*:\s*["']?{kind}\b""", text)
    return any(text[: match.start()].rstrip("\"'")[-1:] in ("", "\n") for match in found)


def may_declare(document: Document) -> bool:
    """Whether a document may hold an object that ``declaring`` gives."""
    return any(mark in document.text for mark in DELIVERS)


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
