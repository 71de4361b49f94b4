"""The lines of findings, remembered from an earlier run on the same head: proving them takes renders."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from bot.errors import ToolError
from bot.model.codec import dump_unit
from bot.model.unit import ObjectId, Unit
from bot.render.engine import identity

if TYPE_CHECKING:
    from bot.affected.view import View
    from bot.jobs.ports import Ports
    from bot.render.tools import Tools

Place = tuple[str, int]  # file and line
Spot = tuple[ObjectId, tuple[str | int, ...]]
Known = dict[tuple[str, Spot], Place]  # by unit, and place in an object


class Traced(NamedTuple):
    """What was found, with a note for people. ``lasts``: whether the same files will always give it."""

    known: Known
    note: str = ""
    lasts: bool = True


class _Passing(Exception):
    def __init__(self, traced: Traced) -> None:
        super().__init__()
        self.traced = traced


def remembered(
    wanted: Sequence[object], units: dict[str, Unit], head: View, ports: Ports, trace: Callable[[], Traced]
) -> Traced:
    """What ``trace`` gives for what is ``wanted`` of units at head. All that it looks at is in the tree of head, and in how
    units are made of it; which units those are, and the hosts that show them, is told by ``units`` and the ports."""

    def ask() -> dict[str, object]:
        traced = trace()
        if not traced.lasts:
            raise _Passing(traced)
        rows = [[unit, *_words(spot), *place] for (unit, spot), place in traced.known.items()]
        return {"places": rows, "note": traced.note}

    try:
        raw: Any = ports.remember("lines of findings", _name(wanted, units, head, ports), ask)
    except _Passing as passing:
        return passing.traced
    return Traced({(unit, _spot(*words)): (file, line) for unit, *words, file, line in raw["places"]}, raw["note"])


def _name(wanted: Sequence[object], units: dict[str, Unit], head: View, ports: Ports) -> str:
    """A digest of all that the answer depends on."""
    digest = hashlib.sha256(f"{head.tree} {ports.index.settings} {len(units)} {ports.engine.tools.limits}".encode())
    for each in (*wanted, *_made(units.values(), ports.engine.tools), *_made(ports.hosts.values(), ports.engine.tools)):
        digest.update(f"\0{each}".encode("utf-8", "surrogateescape"))
    digest.update(repr([(key, host.key) for key, host in sorted(ports.hosts.items())]).encode())
    return digest.hexdigest()


def _made(units: Iterable[Unit], tools: Tools) -> list[str]:
    """How each unit is rendered, and with which programs."""
    found = []
    for unit in sorted(units, key=lambda unit: unit.key):
        try:
            programs = [identity(part, tools) for part in unit.parts]
        except ToolError:
            programs = []
        found.append(f"{dump_unit(unit)} {programs}")
    return found


def _words(spot: Spot) -> tuple[list[str], list[str | int]]:
    found, path = spot
    return [found.api_version, found.kind, found.namespace, found.name], list(path)


def _spot(words: list[str], path: list[str | int]) -> Spot:
    return ObjectId(*words), tuple(path)
