"""What rendering gives: documents with secrets already masked, or a sentence that says why not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.model.unit import ObjectId


@dataclass(frozen=True, slots=True)
class Document:
    """One rendered object. ``text`` is YAML that holds no secret value; ``digest`` tells whether the unmasked
    object differs from another one of the same machine (a keyed hash, useless elsewhere)."""

    text: str
    digest: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """The output of one unit on one side, in the renderer's order. ``unset`` are variables of Flux in it that nothing sets:
    they became empty."""

    documents: tuple[Document, ...]
    notes: tuple[str, ...] = ()
    unset: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Failed:
    """The unit could not be rendered. ``reason`` is the tool's own sentence without temporary paths or secrets;
    ``machine`` is set when not the repository but this machine is to blame (a program is missing), ``elsewhere`` when
    the content is not in this repository, so that nobody can tell from here. ``breaks``: the rest of it is not, and what is
    here of it was right at base. ``limited``: a limit of time, memory or output ended the render. ``parts``: the outcome of
    each part, in order, where the unit has several."""

    reason: str
    machine: bool = False
    elsewhere: bool = False
    breaks: bool = False
    limited: bool = False
    parts: tuple[Outcome, ...] = ()


Outcome = Rendered | Failed


@dataclass(frozen=True, slots=True)
class Resource:
    """A rendered object, read: its identity and its fields (masked like the text)."""

    id: ObjectId
    fields: dict[str, object]
    document: Document


def at(fields: object, path: Sequence[str | int]) -> object:
    """The value at a path in the fields of an object; None where nothing is."""
    for step in path:
        if isinstance(fields, dict) and isinstance(step, str):
            fields = fields.get(step)
        elif isinstance(fields, list) and isinstance(step, int) and 0 <= step < len(fields):
            fields = fields[step]
        else:
            return None
    return fields
