"""The object that declares a unit, for the trace of what it lays over its render."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.affected.hosts import is_completed
from bot.affected.lookup import ViewLookup
from bot.render.trace_declared import Declaration, lays_over

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.affected.index import Index
    from bot.affected.view import View
    from bot.model.unit import ObjectId, Render, Unit


_LARGEST = 1024 * 1024  # of a file that is read again for each proof


def declaration(view: View, unit: Unit, number: int, index: Index) -> Declaration | None:
    """The declaration of the unit's part of this number; None where its file does not say all of it: something completes
    the object on its way to the cluster, or other builds make what it reads."""
    told = unit.source is not None and number < len(unit.parts) and lays_over(unit.parts[number])
    entry = view.entry(unit.declared_in) if told else None
    if entry is None or unit.source is None or entry.is_symlink or _is_completed(view, unit):
        return None
    source = unit.source

    def again(text: str) -> Render | None:
        found = list(parts_of(view, unit.declared_in, text, source, index))
        return found[0][number] if len(found) == 1 and len(found[0]) == len(unit.parts) else None

    kind, name = ("ApplicationSet", unit.application_set) if unit.application_set else (source.kind, source.name)
    written = view.read(entry)
    if len(written) > _LARGEST or again(written.decode(errors="surrogateescape")) != unit.parts[number]:
        return None
    return Declaration(entry, kind, name, (source, number), again)


def _is_completed(view: View, unit: Unit) -> bool:
    own = view.unit(unit.key)
    return own is None or own.template or own.parts != unit.parts or is_completed(view, unit.key)


def parts_of(view: View, file: str, text: str, source: ObjectId, index: Index) -> Iterator[tuple[Render, ...]]:
    """The parts of each declaration of this identity in a text of the file."""
    from bot.affected.declarations import read_declared
    from bot.affected.declared import declared_unit
    from bot.documents import load_all
    from bot.errors import UserError
    from bot.render.trace_alike import flat

    try:
        documents = load_all(text.encode(errors="surrogateescape"), name=file)
    except UserError:
        return
    for value in (item for document in documents for item in flat(document.value)):
        for found in read_declared(value, ViewLookup(view, index.home, near=file)):
            if found.id == source:
                yield declared_unit(view, file, found, index.rules).parts
