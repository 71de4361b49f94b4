"""Objects that leave one unit and come in another one of the same environment with the same change: files that move between
directories, a directory that becomes a base, Applications that a set makes from now on. What was in a unit of no known
environment may come in several: plain files that become a base and its overlays.

Nothing is taken back: what goes is listed where it goes, because whatever deploys the units lies elsewhere and may prune
before it applies. That it comes again is said, on both units and beside each danger.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from bot.affected.environment_words import clusters_of, rank_of, usual_name
from bot.kubernetes.scope import is_cluster_scoped
from bot.model.evidence import Move
from bot.model.result import ObjectChange, ObjectState, UnitChange
from bot.model.unit import ObjectId

if TYPE_CHECKING:
    from bot.jobs.going_on import Lowers

_MOST_NAMED = 5
_ENTRY = re.compile(r"\A(?P<in> *)- ")  # the mark of an entry in a list

_Which = tuple[str, ObjectId]  # environment and identity
_Found = tuple[int, ObjectChange]  # which of the units, and what becomes of the object there
_ByObject = dict[_Which, list[_Found]]


class _Other(NamedTuple):
    """Where an object is found again, and whether it is another text there."""

    units: tuple[UnitChange, ...]
    differs: bool


_Others = dict[ObjectId, _Other]


def with_moves(told: list[UnitChange], renamed: Mapping[str, str], lowers: Lowers) -> list[UnitChange]:
    """The units, with a note at each that gives objects to another one or gets them, and that hint beside what looks like a
    deletion. ``renamed``: notes, by key, for units that are another one's as a whole; ``lowers``: see ``going_on``."""
    there, back = _both_ways(told)
    found = [
        _told(unit, there.get(at, {}), back.get(at, {}), renamed.get(unit.key, "")) for at, unit in enumerate(told)
    ]
    if not lowers:
        return found
    return [_with_lowers(unit, {*there.get(at, ()), *back.get(at, ())}, lowers) for at, unit in enumerate(found)]


def moves(told: Sequence[UnitChange]) -> list[dict[ObjectId, Move]]:
    """For each unit the objects that go there and come in another one, as the checks are told of them."""
    there, _ = _both_ways(told)
    return [
        {
            found: Move(_places(other, unit), declared=any(each.source is not None for each in (unit, *other.units)))
            for found, other in there.get(at, {}).items()
        }
        for at, unit in enumerate(told)
    ]


def _both_ways(told: Sequence[UnitChange]) -> tuple[dict[int, _Others], dict[int, _Others]]:
    """Where objects of each unit go, and where those that come were."""
    gone, new = (_by_object(told, state) for state in (ObjectState.REMOVED, ObjectState.ADDED))
    there: dict[int, _Others] = {}
    back: dict[int, _Others] = {}
    for (old, lost), (head, won) in _met(told, gone, new):
        if old != head and _may_be_one(lost.id, told[old], told[head]):
            differs = _rows(lost) != _rows(won)
            there.setdefault(old, {})[lost.id] = _Other((told[head],), differs)
            back.setdefault(head, {})[won.id] = _Other((told[old],), differs)
    _spread(told, gone, new, there, back)
    return there, back


def _met(told: Sequence[UnitChange], gone: _ByObject, new: _ByObject) -> Iterator[tuple[_Found, _Found]]:
    """Where an object goes and where it comes, in one environment; also an Application that a unit of no environment lists
    on one side and its own unit on the other, because a set makes it from now on, or does not any more."""
    for which in gone.keys() & new.keys():
        if len(gone[which]) == 1 and len(new[which]) == 1:  # else nobody can tell which is meant
            yield gone[which][0], new[which][0]
    lost, won = (_by_identity(found) for found in (gone, new))
    for each in lost.keys() & won.keys():
        if len(lost[each]) == 1 and len(won[each]) == 1:
            (at, old), (to, head) = lost[each][0], won[each][0]
            here, there = told[at], told[to]
            is_own = each in (here.source, there.source)
            if is_own and here.environment != there.environment and not (here.environment and there.environment):
                yield (at, old), (to, head)


def _by_identity(found: _ByObject) -> dict[ObjectId, list[_Found]]:
    whole: dict[ObjectId, list[_Found]] = {}
    for (_, each), places in found.items():
        whole.setdefault(each, []).extend(places)
    return whole


def _by_object(told: Sequence[UnitChange], state: ObjectState) -> _ByObject:
    """Where an object is new, or is no more."""
    found: _ByObject = {}
    for at, unit in enumerate(told):
        for each in unit.objects:
            if each.state is state and _has_name(each.id):
                found.setdefault((usual_name(unit.environment), each.id), []).append((at, each))
    return found


def _spread(
    told: Sequence[UnitChange], gone: _ByObject, new: _ByObject, there: dict[int, _Others], back: dict[int, _Others]
) -> None:
    """Add what goes from a unit of no known environment, and comes in units of others."""
    comes = _by_identity(new)
    for (environment, object_id), places in gone.items():
        old, lost = places[0]
        is_told = object_id in there.get(old, ())
        if is_told or rank_of(environment) is not None or len(places) > 1 or (environment, object_id) in new:
            continue
        heads = [
            (at, won)
            for at, won in comes.get(object_id, ())
            if object_id not in (*back.get(at, ()), told[at].source) and _may_be_one(object_id, told[old], told[at])
        ]
        if not heads:
            continue
        differ = {at: _rows(lost) != _rows(won) for at, won in heads}
        there.setdefault(old, {})[object_id] = _Other(tuple(told[at] for at in differ), any(differ.values()))
        for at, differs in differ.items():
            back.setdefault(at, {})[object_id] = _Other((told[old],), differs)


def _has_name(object_id: ObjectId) -> bool:
    """Whether it is known by a name of its own, and not by ``generateName`` or by none (``diff.resources.identity``)."""
    return not (object_id.name.startswith("(") or object_id.name.endswith("*"))


def _may_be_one(object_id: ObjectId, old: UnitChange, head: UnitChange) -> bool:
    """Whether nothing tells the object of one unit from that of the other: clusters in their paths, or a namespace that only
    declarations know. What a declaration deployed is deleted with it, also if its files are there and nobody takes them."""
    if old.source and not head.source:
        return False
    is_alike = object_id.namespace or is_cluster_scoped(object_id.group, object_id.kind)
    if not is_alike and (old.source or head.source):
        return False
    here, there = clusters_of(old.file or f"{old.path}/"), clusters_of(head.file or f"{head.path}/")
    return all(one == other for one, other in zip(here, there, strict=False))


def _rows(change: ObjectChange) -> list[str]:
    """The lines of an object that is on one side only; programs write them in different orders, so that another one may be
    the first of an entry."""
    return sorted(_ENTRY.sub(r"\g<in>  ", row[1:]) for row in change.diff.split("\n"))


def _told(unit: UnitChange, there: _Others, back: _Others, renamed: str) -> UnitChange:
    notes = (renamed,) if renamed else tuple(_notes(unit, there, back))
    if not notes:
        return unit
    objects = tuple(_hinted(each, there.get(each.id), unit) for each in unit.objects)
    return replace(unit, objects=objects, notes=(*unit.notes, *notes))


def _notes(unit: UnitChange, there: _Others, back: _Others) -> list[str]:
    notes = []
    if there:
        what = _counted(unit, ObjectState.REMOVED, len(there), ("comes", "come"))
        notes.append(f"{what} in {_named(unit, there)} with this change{_changed(there)}.")
    if back:
        what = _counted(unit, ObjectState.ADDED, len(back), ("was", "were"))
        notes.append(f"{what} in {_named(unit, back)} before{_changed(back)}.")
    return notes


def _counted(unit: UnitChange, state: ObjectState, some: int, verb: tuple[str, str]) -> str:
    """How many of the unit's objects that come or go do something, as the beginning of a sentence."""
    whole = len({each.id for each in unit.objects if each.state is state})
    one, many = ("goes", "go") if state is ObjectState.REMOVED else ("is new", "are new")
    if whole == 1:
        return f"The object that {one} here {verb[0]}"
    start = f"{some} of the {whole}" if some < whole else "Both" if whole == 2 else f"All {whole}"
    return f"{start} objects that {many} here {verb[some > 1]}"


def _changed(others: _Others) -> str:
    count = sum(each.differs for each in others.values())
    if not count:
        return ""
    return ", and is changed" if len(others) == 1 else f"; {count} of them changed"


def _named(unit: UnitChange, others: _Others) -> str:
    """The other units, with how many objects each where there are several."""
    counts: dict[str, int] = {}
    for other in others.values():
        name = _places(other, unit)
        counts[name] = counts.get(name, 0) + 1
    names = sorted(counts)
    if len(names) == 1:
        return names[0]
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(f"{name} ({counts[name]})" for name in names[:_MOST_NAMED]) + more


def _places(other: _Other, beside: UnitChange) -> str:
    """The units where an object is found again."""
    names = [called(unit, beside) for unit in other.units]
    if len(names) > _MOST_NAMED:
        return f"{', '.join(names[:_MOST_NAMED])} and {len(names) - _MOST_NAMED} more"
    return " and ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else names[0]


def called(unit: UnitChange, beside: UnitChange) -> str:
    """What tells a unit from another one: the object that declares it, or its directory."""
    if unit.source is not None:
        return str(unit.source)
    return unit.name if unit.name != beside.name else unit.key


def _hinted(change: ObjectChange, other: _Other | None, unit: UnitChange) -> ObjectChange:
    if other is None or change.state is not ObjectState.REMOVED:
        return change
    return replace(change, danger=f"{change.danger}; comes in {_places(other, unit)}")


# What the files of an overlay mean that is built on, on one side only; and where others like it are on both.
_KEPT = (
    (
        ObjectState.REMOVED,
        ("is still", "are still"),
        ", which is deployed by itself now",
        ", on which nothing here builds any more",
    ),
    (
        ObjectState.ADDED,
        ("was already", "were already"),
        ", which goes up in this one",
        ", on which nothing here built before",
    ),
)


def _with_lowers(unit: UnitChange, moved: set[ObjectId], lowers: Lowers) -> UnitChange:
    """The unit, with what an overlay below it still has, or had already."""
    notes = []
    hints: dict[ObjectId, str] = {}
    for state, verb, alone, listed in _KEPT:
        own = {each.id for each in unit.objects if each.state is state} - moved
        for lower in lowers.get((unit.key, state), ()):
            if held := own & lower.objects:
                where = f"{lower.path}{listed if lower.listed else alone}"
                notes.append(f"{_counted(unit, state, len(held), verb)} in {where}.")
                goes_on = state is ObjectState.REMOVED and not lower.listed
                hints |= dict.fromkeys(held if goes_on else (), f"still in {lower.path}")
    if not notes:
        return unit
    objects = (replace(o, danger=f"{o.danger}; {hints[o.id]}") if o.id in hints else o for o in unit.objects)
    return replace(unit, objects=tuple(objects), notes=(*unit.notes, *notes))
