"""Take manifests as they are: what ``kubectl apply -f DIR`` (with ``-n``) or an Argo CD directory source would send."""

from __future__ import annotations

from typing import Any

from bot.documents import dump, load_all
from bot.errors import UserError
from bot.model.snapshot import Entry
from bot.model.symlinks import refusal
from bot.model.tool_files import is_tool_file
from bot.model.unit import PlainRender
from bot.render.base import NOTHING, Material, Raw, RenderError
from bot.render.overlay import substitute
from bot.render.plain_faults import Faults
from bot.render.scope import in_namespace
from bot.render.tools import Tools


def render(material: Material, tools: Tools) -> Raw:  # noqa: ARG001 a renderer's signature
    """See render.base.Renderer. Lists are taken apart; notes tell of documents that are no objects
    and of what else is odd."""
    part = material.part
    assert isinstance(part, PlainRender)
    raw = Raw()
    _check_links(material)
    values: list[dict[str, Any]] = []
    faults = Faults()
    for entry in material.files:
        if not entry.is_symlink:
            _take(entry, material, values, faults)
    if part.namespace:
        values = in_namespace(values, part.namespace)
    raw.documents = [dump(value) for value in values]
    raw.notes += faults.notes()
    if not raw.documents:
        raw.notes.append(NOTHING)
    if part.substitution is not None:
        substitute(raw, part.substitution)
    return raw


def _check_links(material: Material) -> None:
    """Raise RenderError for a symlink that nothing can follow: kubectl and Argo CD stop at it too."""
    links = {e.path: material.read(e).decode(errors="surrogateescape") for e in material.files if e.is_symlink}
    for path in links:
        reason = refusal(links, path)
        if reason:
            raise RenderError(reason)


def _take(entry: Entry, material: Material, values: list[dict[str, Any]], faults: Faults) -> None:
    """Add the objects of one file, and what is odd in it."""
    repeated: list[tuple[str, int]] = []
    try:
        documents = load_all(material.read(entry), name=entry.path, repeated=repeated)
    except UserError as error:
        raise RenderError(str(error)) from error
    faults.repeated += [(f"{entry.path}:{line}", key) for key, line in repeated]
    stack = [(document.value, f"{entry.path}:{document.line}") for document in reversed(documents)]
    while stack:
        value, place = stack.pop()
        if not isinstance(value, dict) or not is_object(value):
            faults.no_objects.append(place)
        elif str(value["kind"]).endswith("List") and isinstance(value.get("items"), list):
            stack.extend((item, place) for item in reversed(value["items"]))
        else:
            faults.look(value, place)
            values.append(value)


def is_object(value: Any) -> bool:
    """Whether a document is an object of a cluster: it has a kind and an apiVersion, and is no program's own file."""
    if not isinstance(value, dict) or not value.get("kind") or not value.get("apiVersion"):
        return False
    return not is_tool_file(str(value["apiVersion"]), str(value["kind"]))
