"""ConfigMaps that a unit takes values from, and that nothing in the repository deploys: their files lie beside a
kustomization that does not list them, or in a directory of examples. Somebody may apply them by hand, so they are used;
that is said.

Asked for the units of a report only, when all edges of a side are known.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.affected.deployed import is_deployed
from bot.affected.edges import Kind, object_target
from bot.model.unit import Unit

if TYPE_CHECKING:
    from bot.affected.provided import Providers
    from bot.affected.rules import Reader
    from bot.affected.view import View
    from bot.model.snapshot import Entry

_KIND = "ConfigMap"
_PREFIX = object_target(_KIND, "")


def with_notes(providers: Providers, unit: Unit, read: Reader) -> Unit:
    """The unit with a note for each ConfigMap that it reads from a file which nothing here deploys."""
    view = providers.view
    written = _written(view, unit)
    if written is None:
        return unit
    found = (
        (name, path, providers.is_taken_off(path))
        for name in _names(view, written.key)
        if not providers.builds(name)
        and (path := _only_undeployed(view, name, read))
        and not providers.is_stray(path, written.declared_in)
    )
    notes = tuple(_note(*each) for each in found if each[2] or f"{_KIND} {each[0]}" not in unit.lacks)
    return replace(unit, notes=(*unit.notes, *notes)) if notes else unit


def _note(name: str, path: str, is_taken_off: bool) -> str:
    if is_taken_off:
        return f"{_KIND} {name} goes away: {path} is still there, and nothing in this repository deploys it any more."
    return (
        f"{_KIND} {name} is read from {path}, which nothing in this repository deploys: if the cluster has another one, "
        "or none, this is not what it gets."
    )


def _written(view: View, unit: Unit) -> Unit | None:
    """The unit as a file declares it: what a host shows is looked up in the file that it completes, if there is one."""
    if unit.source is None or view.unit(unit.key) is not None:
        return unit if unit.source is not None else None
    source = unit.source
    units = (u for file in view.named(source.kind, source.name) for u in view.units_of(f"f:{file}"))
    found = [u for u in units if u.source is not None and (u.source.kind, u.source.name) == (source.kind, source.name)]
    return found[0] if len(found) == 1 else None


def _names(view: View, key: str) -> list[str]:
    edges = (edge for letter in "ut" for edge in view.out_of(f"{letter}:{key}"))
    found = (edge.target for edge in edges if edge.kind is Kind.OBJECT and edge.target.startswith(_PREFIX))
    return sorted({target.removeprefix(_PREFIX) for target in found})


def _only_undeployed(view: View, name: str, read: Reader) -> str:
    """A file with the ConfigMap, where there is one and none of them is deployed; "" otherwise."""
    paths = [path for path in view.named(_KIND, name) if _holds(view, path, name)]
    deployed = (is_deployed(view, path, read) for path in paths)
    return paths[0] if paths and not any(deployed) else ""


def _holds(view: View, path: str, name: str) -> bool:
    entry = view.entry(path)
    return entry is not None and any(_is_named(value, name) for value in _values(view, entry))


def _values(view: View, entry: Entry) -> list[object]:
    """The documents of a file; [] where it cannot be read."""
    from bot.documents import load_all
    from bot.errors import UserError

    if entry.is_symlink or entry.is_submodule:
        return []
    try:
        return [document.value for document in load_all(view.read(entry), name=entry.path)]
    except UserError:
        return []


def _is_named(value: object, name: str) -> bool:
    metadata = value.get("metadata") if isinstance(value, dict) and value.get("kind") == _KIND else None
    return isinstance(metadata, dict) and metadata.get("name") == name
