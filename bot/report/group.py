"""Identical diffs of several units become one, and environments come in the order a reader needs them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from bot.model.result import ObjectChange, Report, UnitChange, UnitState
from bot.report.phrase import nameable

_HUNK = r"(?m)^@@ -[0-9]+(?:,[0-9]+)? \+[0-9]+(?:,[0-9]+)? @@(.*)$"
NO_ENVIRONMENT = "no environment"


class Place(NamedTuple):
    """Where a diff happens: one object in one unit."""

    unit: UnitChange
    change: ObjectChange


class SharedDiff(NamedTuple):
    """One diff and every place that has exactly it, the most dangerous environment first."""

    number: int  # position in the report, from 1
    places: tuple[Place, ...]

    @property
    def first(self) -> Place:
        return self.places[0]

    @property
    def change(self) -> ObjectChange:
        return self.places[0].change

    @property
    def environment(self) -> str:
        """The environment under which the diff is shown."""
        return self.places[0].unit.environment

    def within(self, environment: str) -> tuple[Place, ...]:
        """The places in one environment."""
        return tuple(place for place in self.places if place.unit.environment == environment)


def environments(report: Report) -> tuple[str, ...]:
    """The environments of the affected units: most dangerous first, unknown ones by name, "" (none) last."""
    present = {unit.environment for unit in report.units}
    known = [name for name in reversed(report.environments) if name in present]
    return tuple(dict.fromkeys([*known, *sorted(present - {""}), *([""] if "" in present else [])]))


def moving_units(report: Report) -> tuple[UnitChange, ...]:
    """Affected units whose outcome differs or cannot be told, by environment and then in the report's order."""
    order = {name: number for number, name in enumerate(environments(report))}
    units = (unit for unit in report.units if unit.state is not UnitState.UNCHANGED)
    return tuple(sorted(units, key=lambda unit: order[unit.environment]))


def shared_diffs(report: Report) -> tuple[SharedDiff, ...]:
    """All object diffs in reading order, each once: by environment, dangerous first, pure noise last."""
    places = [Place(unit, change) for unit in moving_units(report) for change in unit.objects]
    order = {name: number for number, name in enumerate(environments(report))}
    places.sort(key=lambda place: (order[place.unit.environment], _weight(place.change)))
    found: dict[tuple[object, ...], list[Place]] = {}
    for place in places:
        change = place.change
        diff = re.sub(_HUNK, r"@@\1", change.diff)  # the same lines may stand at other numbers
        key = (change.id.api_version, change.id.kind, change.state, diff, change.danger, change.noise)
        found.setdefault((*key, change.only_noise, change.was is None), []).append(place)
    return tuple(SharedDiff(number, tuple(same)) for number, same in enumerate(found.values(), 1))


def named(report: Report) -> Report:
    """The report with a title for every unit that shares its path with another: its application, else its environment, else
    what declares it (and where, if that is in several clusters), else its renderer. So has an ApplicationSet that is gone:
    its path is where those of its Applications begin, and that is still there; and one of which nothing is found but its
    declaration; and one whose name holds what looks like a credential."""
    sharing = Counter(unit.path for unit in report.units)
    crowds = {path: [u for u in report.units if u.path == path] for path, count in sharing.items() if count > 1}
    for unit in report.units:
        if is_removed_set(unit):
            crowds.setdefault(unit.path, [unit])
    units = tuple(_titled(unit, crowds[unit.path]) if unit.path in crowds else _alone(unit) for unit in report.units)
    return replace(report, units=tuple(map(_nameable, units)))


def _nameable(unit: UnitChange) -> UnitChange:
    name = nameable(unit.name)
    return unit if name == unit.name else replace(unit, title=name)


def is_removed_set(unit: UnitChange) -> bool:
    """Whether a unit is an ApplicationSet that goes, and of which only Argo CD knows what it made."""
    return unit.state is UnitState.REMOVED and unit.source is not None and unit.source.kind == "ApplicationSet"


def _alone(unit: UnitChange) -> UnitChange:
    """A unit that no other shares its path with; with its environment, where it is a chart with the values of one; with its
    object, where that path is only the directory of the file which declares it, or of the kustomization in whose output it
    is, and has not its name."""
    own = f"{unit.path or '.'}@"
    if unit.source is None and unit.environment and unit.key.startswith(own) and unit.key != own:
        return replace(unit, title=f"{unit.path or '.'} ({unit.environment})")
    if unit.source is None or unit.state not in (UnitState.BROKEN, UnitState.UNRENDERABLE):
        return unit
    places = (unit.file.rpartition("/")[0], _place(unit))
    if unit.path not in places or unit.source.name in unit.path.split("/"):
        return unit
    return replace(unit, title=f"{unit.path or '.'} ({unit.source})")


def _titled(unit: UnitChange, crowd: list[UnitChange]) -> UnitChange:
    for tell in (_app, _environment, _own):
        if all(tell(other) for other in crowd) and len({tell(other) for other in crowd}) == len(crowd):
            return replace(unit, title=f"{unit.path or '.'} ({tell(unit)})")
    own = _own(unit)
    alike = [other for other in crowd if _own(other) == own]
    where = f" in {_place(unit)}" if len({_place(other) for other in alike}) == len(alike) > 1 else ""
    return replace(unit, title=f"{unit.path or '.'} ({own}{where})")


def _place(unit: UnitChange) -> str:
    """What declares it, or in whose output it is declared, as its key begins."""
    return re.split("[>#]", unit.key)[0]


def _app(unit: UnitChange) -> str:
    return unit.app


def _environment(unit: UnitChange) -> str:
    return unit.environment


def _own(unit: UnitChange) -> str:
    """The object that declares it, else its renderer."""
    return str(unit.source or unit.renderer)


def place_name(place: Place, diff: SharedDiff) -> str:
    """The unit of another place of a diff: its last name when it lies beside the unit shown, else its path; with the
    object's name when that is another one."""
    directory, _, last = place.unit.path.rpartition("/")
    beside = directory and not place.unit.title and directory == diff.first.unit.path.rpartition("/")[0]
    name = last if beside else place.unit.name
    other = place.change.id.name
    return name if other == diff.change.id.name else f"{name} ({other})"


def _weight(change: ObjectChange) -> int:
    return 0 if change.danger else 2 if change.only_noise else 1


def line_counts(changes: Iterable[ObjectChange]) -> tuple[int, int]:
    """Added and removed lines. Only a line feed ends a line: content may hold other characters that look like it."""
    added = removed = 0
    for change in changes:
        for row in change.diff.split("\n"):
            added += row.startswith("+")
            removed += row.startswith("-")
    return added, removed
