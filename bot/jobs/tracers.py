"""What finds source lines: a tracer for each part of each unit of head."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from bot.diff.resources import TEXT, Memory
from bot.errors import GatehouseError
from bot.jobs.key_lines import holds_row, key_line
from bot.jobs.places_kept import Place, Spot
from bot.model.resource import Rendered, Resource
from bot.model.unit import Unit
from bot.redaction import MARKER

if TYPE_CHECKING:
    from bot.affected.view import View
    from bot.jobs.ports import Ports
    from bot.jobs.shown import Shown
    from bot.render.base import Material
    from bot.render.trace import Origin, Tracer
    from bot.render.trace_declared import Declaration

MOST_RENDERS = 60  # of one report, however many units and findings it has
ROW = "\n"  # as a step: the number of a line in the text comes next


class Tracers:
    """A tracer for each part of each unit; units that render from the same files share one."""

    def __init__(self, units: dict[str, Unit], head: View, ports: Ports, memory: Memory) -> None:
        from bot.jobs.shown import Hosts
        from bot.render.trace_sources import Shelf

        self._hosts = Hosts(head, ports)
        self._units = units
        self._head = head
        self._ports = ports
        self._memory = memory
        self._shelf = Shelf()
        self._by_unit: dict[str, list[Tracer]] = {}
        self._looked = 0
        self.shown: dict[str, Shown] = {}  # declarations in the output of hosts
        self.read: dict[str, dict[str, object]] = {}  # rendered objects by their texts, of which none is masked
        self._of_hosts: dict[tuple[str, int], Tracer | None] = {}
        self._by_material: dict[tuple[object, ...], Tracer] = {}
        self._lines: dict[str, list[str]] = {}  # of files, where a field is looked for

    @property
    def units(self) -> int:
        """How many units the change reaches."""
        return len(self._units)

    def of(self, key: str) -> list[Tracer]:
        """The tracers of a unit; [] when it is not known or cannot be rendered."""
        if key not in self._by_unit:
            self._by_unit[key] = list(self._made(key))
        return self._by_unit[key]

    def _made(self, key: str) -> Iterator[Tracer]:
        from bot.jobs.material import materials

        unit = self._units.get(key)
        for number, material in enumerate(materials(self._head, unit) if unit else ()):
            try:
                tracer = self._declared(unit, number, material) if unit and not material.refusal else None
            except GatehouseError:
                continue
            if tracer is not None:
                yield tracer

    def _declared(self, unit: Unit, number: int, material: Material) -> Tracer | None:
        from bot.jobs.declaration import declaration

        self._looked += 1
        if self._looked > MOST_RENDERS:  # there are no renders left to prove anything with
            return self._tracer(material, None)
        declared = declaration(self._head, unit, number, self._ports.index)
        if declared is None and (found := self._hosts.shown(unit, number)):
            declared = found.declaration
            self.shown[declared.entry.path] = found
        return self._tracer(material, declared)

    def is_shown(self, origin: Origin | None) -> bool:
        """Whether it is a place in the output of a host."""
        return origin is not None and origin.file in self.shown

    def place(self, origin: Origin, spot: Spot) -> Place:
        """The file and line; of a field that is meant itself, where it is named, and of a line of a text in that file which
        a generator takes as a whole."""
        from bot.render.trace import ITSELF

        path = spot[1]
        if path[-2:-1] == (ROW,):
            return origin.file, self._row(origin, int(path[-1]))
        if len(path) < 2 or path[-1] != ITSELF or not isinstance(path[-2], str):
            return origin.file, origin.line
        return origin.file, key_line(self._lines_of(origin.file), origin.line, path[-2])

    def _row(self, origin: Origin, row: int) -> int:
        """The line of a text of several: of a file that is taken as a whole, or of a block of lines that stands as it is;
        else where the text begins."""
        if (origin.how, origin.line, origin.column) == ("generator", 1, 1):
            return row
        lines = self._lines_of(origin.file)
        return origin.line + (row if holds_row(lines, origin.line, row) else 0)

    def _lines_of(self, file: str) -> list[str]:
        if file not in self._lines:
            self._lines[file] = []
            with contextlib.suppress(GatehouseError):
                entry = self._head.entry(file)
                text = self._head.read(entry).decode("utf-8", "replace") if entry is not None else ""
                self._lines[file] = text.split("\n")
        return self._lines[file]

    def plain(self, tracer: Tracer) -> Tracer | None:
        """The same without the declaration."""
        return self._tracer(tracer.material, None)

    def of_host(self, found: Shown) -> Tracer | None:
        """The tracer of the host's part that makes an object."""
        key = (found.host.key, found.number)
        if key not in self._of_hosts:
            self._of_hosts[key] = None
            with contextlib.suppress(GatehouseError):
                self._of_hosts[key] = self._declared(found.host, found.number, found.material)
        return self._of_hosts[key]

    def _tracer(self, material: Material, declared: Declaration | None) -> Tracer | None:
        from bot.render.trace import Tracer

        engine = self._ports.engine
        name = (engine.name(material), *((declared.entry.path, *declared.key) if declared else ()))
        if name not in self._by_material:
            (outcome,) = engine.render_all([material], _silent)
            if not isinstance(outcome, Rendered):
                return None
            resources = [r for document in outcome.documents for r in self._memory.objects(document)]
            self.read |= {r.document.text: r.fields for r in resources if _is_whole(r)}
            rendered = [r.fields for r in resources]
            self._by_material[name] = Tracer(
                material, engine.tools, rendered=rendered, shelf=self._shelf, declaration=declared, key=engine.key
            )
        return self._by_material[name]


def _silent(done: int, known: int) -> None:
    """Nobody waits for an outcome that is there."""


def _is_whole(resource: Resource) -> bool:
    """Whether the text of its document is this object, as the renderer wrote it: no mask, and no list around it."""
    text = resource.document.text
    return TEXT not in resource.fields and not MARKER.search(text) and not resource.id.kind.endswith("List")
