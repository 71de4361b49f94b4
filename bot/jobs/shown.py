"""A declaration that only the output of another unit shows: completed by an overlay, made by a chart.

What such an object lays over a render is traced in two steps, each proven by renders: which of its fields sets the value,
and which line of the host's files sets that field. The host may be shown by another one in turn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bot.affected.outputs import declaring
from bot.affected.sources import identity_of
from bot.jobs.declaration import parts_of
from bot.jobs.material import materials
from bot.model.resource import Document, Rendered
from bot.model.snapshot import FILE, Entry
from bot.redaction import MARKER
from bot.render.trace_alike import leaves
from bot.render.trace_declared import ROLE, Declaration, lays_over
from bot.render.trace_spots import yaml_spots

if TYPE_CHECKING:
    from bot.affected.view import View
    from bot.jobs.ports import Ports
    from bot.model.unit import ObjectId, Render, Unit
    from bot.render.base import Material

_PLACE = "output of "  # in front of what is no path of the repository

Path = tuple[str | int, ...]


class Shown(NamedTuple):
    """An object in the output of a host. ``material`` is the part of the host that makes it, ``number`` its number;
    ``fields`` leads from line and column of the declaration's text to the field that is written there."""

    declaration: Declaration
    host: Unit
    number: int
    material: Material
    object: ObjectId
    fields: dict[tuple[int, int], Path]


class _Held(NamedTuple):
    """A document in the output of a part of a host, and the object in it."""

    number: int
    material: Material
    document: Document
    value: dict[str, object]


class Hosts:
    """What the hosts of one side show; each one's output is read once."""

    def __init__(self, view: View, ports: Ports) -> None:
        self._view = view
        self._ports = ports
        self._held: dict[str, dict[ObjectId, list[_Held]]] = {}

    def shown(self, unit: Unit, number: int) -> Shown | None:
        """Where the host shows the declaration of the unit's part of this number; None where there is no host, or its
        output does not say all of it."""
        host = self._ports.hosts.get(unit.key)
        if host is None or unit.source is None or number >= len(unit.parts) or not lays_over(unit.parts[number]):
            return None
        held = self._outputs(host).get(unit.source, [])
        return self._read(unit, number, host, held[0]) if len(held) == 1 else None

    def _outputs(self, host: Unit) -> dict[ObjectId, list[_Held]]:
        if host.key not in self._held:
            found = self._held[host.key] = {}
            for number, material in enumerate(materials(self._view, host)):
                for document in self._documents(material):
                    for value in declaring(document):
                        found.setdefault(identity_of(value), []).append(_Held(number, material, document, value))
        return self._held[host.key]

    def _documents(self, material: Material) -> tuple[Document, ...]:
        if material.refusal:
            return ()
        (outcome,) = self._ports.engine.render_all([material], lambda *_: None)
        return outcome.documents if isinstance(outcome, Rendered) else ()

    def _read(self, unit: Unit, number: int, host: Unit, held: _Held) -> Shown | None:
        source, text = unit.source, held.document.text
        if source is None or MARKER.search(text):
            return None
        file = host.declared_in or host.path

        def again(text: str) -> Render | None:
            found = list(parts_of(self._view, file, text, source, self._ports.index))
            return found[0][number] if len(found) == 1 and len(found[0]) == len(unit.parts) else None

        fields = _fields(text, held.value)
        if not fields or again(text) != unit.parts[number]:
            return None
        entry = Entry(f"{_PLACE}{host.key}: {source}", FILE, held.document.digest)
        declaration = Declaration(entry, source.kind, source.name, (source, number), again, text)
        return Shown(declaration, host, held.number, held.material, source, fields)


def _fields(text: str, value: dict[str, object]) -> dict[tuple[int, int], Path]:
    """Line and column of each scalar that stands in the text itself, and where it is; {} where that cannot be told."""
    spots = [spot for spot in yaml_spots(text, "", ROLE) if len(spot.within) == 1]
    paths = [path for path, leaf in leaves(value) if leaf is not None]
    if len(spots) != len(paths):
        return {}
    named = zip(spots, paths, strict=True)
    if any(spot.path != tuple(step for step in path if isinstance(step, str)) for spot, path in named):
        return {}
    return {(spot.line, spot.column): path for spot, path in zip(spots, paths, strict=True)}
