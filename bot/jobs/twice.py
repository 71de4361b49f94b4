"""One object in two files that are applied together: what is applied last wins, and the other says nothing.

``kubectl apply`` and Argo CD take the files of a directory in the order of their names; neither refuses an object that is
there already. (kustomize does: what it builds needs no such care.)
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from bot.affected.facts import OBJECT
from bot.affected.pairs import Pair
from bot.affected.shared_name import shared_name
from bot.affected.takers import Takers
from bot.errors import UserError
from bot.model.resource import Document, Rendered
from bot.model.result import ObjectChange
from bot.model.unit import PlainRender, Unit

if TYPE_CHECKING:
    from bot.affected.naming import Namer
    from bot.affected.view import View
    from bot.diff.resources import Memory
    from bot.model.unit import ObjectId

_MOST_NAMED = 5
_MOST_ASKED = 200  # generated Applications for which another set is looked for
_MOST_ROWS = 200  # units of the same application
# As bot.documents.dump writes them; a name deeper down only makes another document be read.
_KIND = re.compile(r"""^kind: ["']?([^"'\s]+)""", re.MULTILINE)
_NAME = re.compile(r"""^  name: ["']?([^"'\s]+)""", re.MULTILINE)


class Applied(NamedTuple):
    """Both sides as a cluster ends up with them: without the objects that a later file holds as well. ``notes`` say in which
    files they are, or were where that tells why something changes."""

    base: Rendered
    head: Rendered
    notes: tuple[str, ...]


def applied(
    pair: Pair,
    sides: tuple[Rendered, Rendered],
    changed: Iterable[ObjectChange],
    views: tuple[View, View],
    memory: Memory,
) -> Applied | None:
    """What counts of a unit's output where one of the changed objects is in it twice; None where none is. Only documents
    of the same kind and name are read, and all where no object is changed: another one of two may be the last."""
    if not all(isinstance(part, PlainRender) for unit in pair if unit for part in unit.parts):
        return None
    if any(unit.source is None and unit.notes for unit in pair if unit):  # its files may be of several environments
        return None
    names = {change.id.name for change in changed} or {name for side in sides for name in _names_of_twins(side, memory)}
    twice = [_twice(side, names, memory) for side in sides]
    if not any(twice):
        return None
    base, head = (_without(side, found) for side, found in zip(sides, twice, strict=True))
    places = [_places(view, unit, sorted(found)) for view, unit, found in zip(views, pair, twice, strict=True)]
    return Applied(base, head, tuple(dict.fromkeys(_notes(*places))))


def holds_twins(side: Rendered, memory: Memory) -> bool:
    """Whether an object is there more than once."""
    return bool(_names_of_twins(side, memory))


def _names_of_twins(side: Rendered, memory: Memory) -> set[str]:
    found = Counter(each.id for document in side.documents for each in memory.objects(document))
    return {each.name for each, often in found.items() if often > 1}


def _twice(side: Rendered, names: set[str], memory: Memory) -> dict[ObjectId, list[Document]]:
    """The documents of each object that has several, in their order."""
    alike: dict[tuple[str, str], list[Document]] = {}
    for document in side.documents:
        kind = _KIND.search(document.text)
        for name in names.intersection(_NAME.findall(document.text)) if kind else ():
            alike.setdefault((kind[1] if kind else "", name), []).append(document)
    found: dict[ObjectId, dict[int, Document]] = {}
    for documents in alike.values():
        for document in documents if len(documents) > 1 else ():
            for each in memory.objects(document):
                found.setdefault(each.id, {})[id(document)] = document
    return {each: list(of.values()) for each, of in found.items() if len(of) > 1 and each.name in names}


def _without(side: Rendered, twice: dict[ObjectId, list[Document]]) -> Rendered:
    """The side with the last document of each object, where it stands."""
    last = {id(documents[-1]) for documents in twice.values()}
    lost = {id(document) for documents in twice.values() for document in documents} - last
    return replace(side, documents=tuple(document for document in side.documents if id(document) not in lost))


def _places(view: View, unit: Unit | None, twice: list[ObjectId]) -> dict[ObjectId, list[str]]:
    """The files of objects that are there more than once, in the order in which they are applied."""
    from bot.jobs.material import materials

    if unit is None or not twice:
        return {}
    files = [entry for material in materials(view, unit) for entry in material.files if not entry.is_symlink]
    found = {
        each: [entry.path for entry in files if each in _identities(view.read(entry), each.name, entry.path)]
        for each in twice[:_MOST_NAMED]
    }
    return {each: holding or [unit.path] for each, holding in found.items()}


def _notes(old: dict[ObjectId, list[str]], new: dict[ObjectId, list[str]]) -> Iterator[str]:
    for each, files in new.items():
        if len(files) > 1:
            yield f"{each} is in {_listed(files)}: what is applied last wins, which is {files[-1]}."
        else:
            yield f"{each} is twice in {files[0]}: what is applied last wins, the lower one."
    for each, files in old.items():
        if each in new and new[each][-1] == files[-1]:  # what is so now says it
            continue
        if len(files) > 1:
            yield f"{each} was in {_listed(files)}: what was applied last counted, which was {files[-1]}."
        else:
            yield f"{each} was twice in {files[0]}: what was applied last counted, the lower one."


def _identities(data: bytes, name: str, path: str) -> list[ObjectId]:
    from bot.diff.resources import identity
    from bot.documents import load_all

    if name.encode(errors="surrogateescape") not in data:
        return []
    try:
        values = [document.value for document in load_all(data, name=path)]
    except UserError:
        return []
    items = [item for value in values if isinstance(value, dict) for item in _items(value)]
    return [identity(item) for item in items]


def _items(value: dict[str, object]) -> list[dict[str, object]]:
    items = value.get("items")
    if not isinstance(items, list) or not str(value.get("kind")).endswith("List"):
        return [value]
    return [found for item in items if isinstance(item, dict) for found in _items(item)]


def _listed(files: list[str]) -> str:
    shown = ", ".join(files[:_MOST_NAMED])
    return f"{shown} and {len(files) - _MOST_NAMED} more" if len(files) > _MOST_NAMED else shown


class Declarations:
    """Those of one side, to see which files of a directory declare the same object."""

    def __init__(self, view: View, namer: Namer) -> None:
        self._view = view
        self._namer = namer
        self._asked = 0
        self._files: dict[str, dict[str, list[str]]] = {}  # by the name of an object and the directory

    def noted(self, unit: Unit, *, is_new: bool) -> Unit:
        """A declared unit with a note where another file of its directory declares the same object; a generated one that
        ``is_new`` where another set of the directory generates it."""
        if unit.generated and is_new:
            return self._noted_set(unit)
        if unit.source is None or unit.template or unit.generated or not unit.declared_in:
            return unit
        named = self._named(unit.source.name).get(unit.declared_in.rpartition("/")[0], ())
        files = [path for path in named if path == unit.declared_in or self._declares(path, unit.source)]
        files = self._together(files, unit.declared_in) if len(files) > 1 else files
        if len(files) < 2:
            return unit
        note = (
            f"{unit.source} is declared in {_listed(files)}: what is applied last wins. Delete or rename all but one."
        )
        return replace(unit, notes=(*unit.notes, note))

    def _together(self, files: list[str], own: str) -> list[str]:
        """Those of the files that the same declaration takes; all where none takes its own."""
        takers = Takers(self._view)
        roots = takers.direct(own)
        return [path for path in files if roots & takers.direct(path)] if roots else files

    def _noted_set(self, unit: Unit) -> Unit:
        self._asked += 1
        if unit.source is None or self._asked > _MOST_ASKED:
            return unit
        folder = unit.declared_in.rpartition("/")[0]
        name = shared_name(unit.app, unit.environment, self._namer, unit.path)
        keys = {
            key for _, key in self._view.of_app(name, self._namer, _MOST_ROWS) if key.endswith(str(unit.source.name))
        }
        found = (self._view.unit(key) for key in sorted(keys - {unit.key}))
        others = (
            each
            for each in found
            if each and each.source == unit.source and each.declared_in.rpartition("/")[0] == folder
        )
        other = next((each for each in others if each.application_set not in ("", unit.application_set)), None)
        if other is None:
            return unit
        note = (
            f"ApplicationSet {other.application_set} in {other.declared_in} makes {unit.source} too: Argo CD leaves it to "
            f"the set that made it first, and {unit.application_set} fails. Give one of them another name."
        )
        return replace(unit, notes=(*unit.notes, note))

    def _named(self, name: str) -> dict[str, list[str]]:
        if name not in self._files:
            folders: dict[str, list[str]] = {}
            for path in self._view.named(OBJECT, name):
                folders.setdefault(path.rpartition("/")[0], []).append(path)
            self._files[name] = folders
        return self._files[name]

    def _declares(self, path: str, source: ObjectId) -> bool:
        found = (unit.source for unit in self._view.units_of(f"f:{path}") if unit.source and not unit.template)
        return any(
            each.group == source.group and replace(each, api_version=source.api_version) == source for each in found
        )
