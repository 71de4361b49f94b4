"""The root of a Flux cluster whose declaration goes to another directory: it is one unit, and so is all that it deploys.

What shows a unit tells its cluster. Where a root comes from another file (``gotk-sync.yaml`` one directory up, or a
FluxInstance instead), all that it shows has another key, and is the same object nevertheless.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from bot.affected.environment_words import usual_name
from bot.affected.pairs import Pair

if TYPE_CHECKING:
    from bot.jobs.ports import Result
    from bot.model.unit import Unit

_Hosts = Mapping[str, "Unit"]
_Match = tuple[str, str]
_Name = tuple[str, ...]
_GROUP, _KIND = "kustomize.toolkit.fluxcd.io", "Kustomization"


def with_moved_roots(results: list[Result], hosts: tuple[_Hosts, _Hosts]) -> list[Result]:
    """The results, where a root that is gone and one that is new are one, and so is what both show. ``hosts``: for base and
    head the units whose output shows others, by the keys of these. Where several could be meant they stay apart."""
    gone = {pair.unit.key: result for result in results if (pair := result[0]).head is None and pair.unit.source}
    new = {pair.unit.key: result for result in results if (pair := result[0]).base is None and pair.unit.source}
    fresh = list(_roots([each[0].unit for each in gone.values()], [each[0].unit for each in new.values()]))
    joined: dict[str, str] = {}
    while fresh:
        joined.update(fresh)
        shown = [(_shown(base, gone, hosts[0]), _shown(head, new, hosts[1])) for base, head in fresh]
        fresh = [match for old, others in shown for match in _alike(old, others) if match[0] not in joined]
    whole = {head: _one(gone[base], new[head]) for base, head in joined.items()}
    return [whole.get(result[0].unit.key, result) for result in results if result[0].unit.key not in joined]


def _roots(gone: list[Unit], new: list[Unit]) -> Iterator[_Match]:
    """Kustomizations of one name that render the same directory for the same environment, and are alone in that."""
    from bot.affected.moved import are_apart

    old, others = (_by(units, _as_root) for units in (gone, new))
    units = {unit.key: unit for unit in (*gone, *new)}
    for base, head in _alike(old, others):
        if not are_apart(units[base], units[head]):
            yield base, head


def _as_root(unit: Unit) -> _Name | None:
    source = unit.source
    if source is None or (source.group, source.kind) != (_GROUP, _KIND):
        return None
    return source.namespace, source.name, unit.path, usual_name(unit.environment)


def _as_object(unit: Unit) -> _Name | None:
    source = unit.source
    return (source.group, source.kind, source.namespace, source.name) if source else None


def _shown(by: str, alone: Mapping[str, Result], hosts: _Hosts) -> dict[_Name, list[str]]:
    """The keys of what one unit shows, by its objects."""
    return _by(
        (result[0].unit for key, result in alone.items() if (host := hosts.get(key)) and host.key == by), _as_object
    )


def _by(units: Iterable[Unit], name: Callable[[Unit], _Name | None]) -> dict[_Name, list[str]]:
    found: dict[_Name, list[str]] = {}
    for unit in units:
        if (named := name(unit)) is not None:
            found.setdefault(named, []).append(unit.key)
    return found


def _alike(old: Mapping[_Name, list[str]], new: Mapping[_Name, list[str]]) -> Iterator[_Match]:
    for name in sorted(old.keys() & new.keys()):
        if len(old[name]) == len(new[name]) == 1:
            yield old[name][0], new[name][0]


def _one(old: Result, new: Result) -> Result:
    return Pair(old[0].base, new[0].head), old[1], new[2]
