"""Units that a change does not affect and a check needs: found by indexed questions, never by listing all units.

Two questions: the same application in the environment before, by the names that discovery gave; and who else may make
some objects in the same place. For the second the files that write an object of that name are asked whom they reach, and
the users of the same chart and units of the same name are looked at. More may be found than is right, because what is found
gets rendered and compared; what only a template's output knows under another name is not found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from bot.affected.apart import shared
from bot.affected.builds import covered, kustomize_unit
from bot.affected.edges import Kind
from bot.affected.facts import OBJECT
from bot.affected.listed import is_listed
from bot.affected.reach import reach
from bot.affected.roots import is_root
from bot.affected.rules import Reader
from bot.affected.shared_name import shared_name
from bot.affected.view import View
from bot.model.unit import HelmRender, Unit, is_named

_MOST_ROWS = 1000  # units of one application
_MOST_FILES = 300  # that may write the objects of one change
_MOST_REACHED = 3000
_APPLICATION = "#Application/"  # in the key of a unit that one declares
_SHORTEST = 3  # letters of a written name that a longer one may come from


class Neighbours(NamedTuple):
    """The units; ``cut``: there may be more."""

    units: tuple[Unit, ...] = ()
    cut: bool = False


class Maker(NamedTuple):
    """An affected unit, names of objects that it makes, and the names that its own files write."""

    unit: Unit
    names: frozenset[str]
    written: frozenset[str] = frozenset()

    @property
    def asked(self) -> set[str]:
        """Names under which a file may write these objects: a kustomization puts words before and behind them."""
        parts = {word for word in self.written if len(word) >= _SHORTEST and any(word in name for name in self.names)}
        return {*self.names, *parts}


def before(view: View, read: Reader, called: str, environment: str, *, most: int) -> Neighbours:
    """The units of what is ``called`` so everywhere, in the nearest environment before one that is no production."""
    namer = read.namer
    rows = view.of_app(called, namer, _MOST_ROWS)
    own, cut = namer.rank(environment), len(rows) >= _MOST_ROWS
    keys: dict[str, list[str]] = {}
    for name, key in rows:
        if name and not namer.is_production(name) and namer.rank(name) < own:
            keys.setdefault(name, []).append(key)
    for name in sorted(keys, key=namer.rank, reverse=True):
        found = [unit for key in sorted(keys[name])[: 2 * most] if (unit := _listed(view, read, key)) is not None]
        if found:
            return Neighbours(tuple(found[:most]), cut or len(keys[name]) > 2 * most or len(found) > most)
    return Neighbours(cut=cut)


def beside(view: View, read: Reader, called: str, *, most: int) -> list[Unit]:
    """Production units of what is ``called`` so everywhere: other clusters, of which one may be ahead of the others."""
    rows = view.of_app(called, read.namer, _MOST_ROWS)
    keys = sorted(key for name, key in rows if name and read.namer.is_production(name))
    return [unit for key in keys[:most] if (unit := _listed(view, read, key)) is not None]


def _listed(view: View, read: Reader, key: str) -> Unit | None:
    """The unit of a key, if it is deployed by itself."""
    if key.startswith("k:"):
        directory = key[2:]
        alone = is_root(view, directory) and not covered(view, view, directory)
        return kustomize_unit(view, directory, read) if alone else None
    unit = view.unit(key)
    return unit if unit is not None and not unit.template and is_listed(view, key) else None


def makers(view: View, read: Reader, wanted: Sequence[Maker], *, most: int) -> Neighbours:
    """Other units that may make the same objects in the same places."""
    files, cut = _files(view, wanted)
    found = reach(view, files, most=_MOST_REACHED)
    places = {maker.unit.place for maker in wanted} - {None}
    folders = {place[-1] for place in places if place is not None}
    named = any(place is not None and is_named(place) for place in places)  # the units of a cluster may lie anywhere
    builds = (f"k:{path}" for path in sorted(found.kustomizations))
    keys = [*sorted(found.units), *builds, *_akin(view, read, wanted)]
    mine = {maker.unit.key for maker in wanted}
    units: dict[str, Unit] = {}
    for key in dict.fromkeys(keys):
        if key.removeprefix("k:") in mine or not (_may_lie_in(key, folders) or (named and _APPLICATION in key)):
            continue
        unit = _listed(view, read, key)
        if unit is not None and unit.place in places:
            if len(units) >= most:
                return Neighbours(tuple(units.values()), True)
            units[key] = unit
    return Neighbours(tuple(units.values()), cut or found.cut)


def _may_lie_in(key: str, folders: set[str]) -> bool:
    """Whether a unit may be deployed to a place that ends so (``Unit.place``), by its key alone."""
    if not key.startswith("k:"):
        return key.partition("#")[0].rpartition("/")[0] in folders
    words = key[2:].split("/")
    return any("/".join(other for other in words if other != word) in folders for word in words)


def _files(view: View, wanted: Iterable[Maker]) -> tuple[list[str], bool]:
    """The files that may write the objects, those of every unit in turn until there are too many."""
    files: dict[str, None] = {}
    for maker in wanted:
        for name in sorted(maker.asked):
            for path in _nearest(view.named(OBJECT, name), maker.unit):
                if len(files) >= _MOST_FILES:
                    return list(files), True
                files[path] = None
    return list(files), False


def _nearest(paths: list[str], unit: Unit) -> list[str]:
    """Those that share most of their path with the unit first."""
    return sorted(paths, key=lambda path: (-shared(f"{path}/", f"{unit.path}/"), path))


def _akin(view: View, read: Reader, wanted: Iterable[Maker]) -> Iterator[str]:
    """Units whose objects get their names from templates: of the same chart, or of the same name."""
    for maker in wanted:
        unit = maker.unit
        charts = {part.chart for part in unit.parts if isinstance(part, HelmRender) and part.chart}
        for chart in sorted(charts):
            edges = view.onto(f"{chart}/Chart.yaml")
            keys = sorted({e.source[2:] for e in edges if e.kind is not Kind.GENERATES and e.source[:2] == "u:"})
            yield from (key for key in keys if _meets(view, unit, key, chart))
        if unit.app:
            name = shared_name(unit.app, unit.environment, read.namer)
            rows = view.of_app(name, read.namer, _MOST_ROWS)
            yield from sorted(key for environment, key in rows if environment == unit.environment)


def _meets(view: View, unit: Unit, key: str, chart: str) -> bool:
    """Whether another unit puts the same chart into a namespace of this one."""
    if key.partition("#")[0].rpartition("/")[0] != unit.declared_in.rpartition("/")[0]:
        return False
    other = view.unit(key)
    return other is not None and bool(_namespaces(unit, chart) & _namespaces(other, chart))


def _namespaces(unit: Unit, chart: str) -> set[str]:
    return {part.namespace for part in unit.parts if isinstance(part, HelmRender) and part.chart == chart}
