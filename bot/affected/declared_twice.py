"""One object that several files of one root declare: one unit, which goes on as long as any of them declares it.

Argo CD warns of such an object and applies the last of its documents (controller/state.go, DeduplicateTargetObjects).
Deleting the others deletes nothing. What only may be one object stays apart: without a root in the repository, or under
different ones, each file may be for another cluster, or be pruned by itself. A build that takes both fails, and nobody knows
which of them the cluster has.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from bot.affected.edges import in_order
from bot.affected.facts import OBJECT
from bot.affected.pairs import Pair
from bot.model.unit import PlainRender

if TYPE_CHECKING:
    from bot.affected.takers import Takers
    from bot.affected.view import View
    from bot.model.unit import Unit

_MOST_FILES = 50
_MOST_NAMED = 5


class _Object(NamedTuple):
    """What makes declarations one object, where the same root takes them. Those of different sets are different: each set
    owns what it made."""

    group: str
    kind: str
    namespace: str
    name: str
    application_set: str


_Side = dict[frozenset[str], list["Unit"]]  # declarations of an object by what takes their files


def as_one(pairs: list[Pair], before: View, after: View) -> list[Pair]:
    """The pairs, where those of one object that one root takes from several files are a single one: the declaration that
    counted, and the one that counts now."""
    paths = {change.path for change in after.changes}
    concerned = [pair for pair in pairs if _is_concerned(pair, paths)]
    alone = {_object(pair.unit) for pair in concerned if pair.base is None or pair.head is None}
    views = (before, after)
    for each in dict.fromkeys(_object(pair.unit) for pair in concerned):
        files = [_files(view, each, paths, everywhere=each in alone) for view in views]
        if max(map(len, files)) > 1:
            pairs = _joined(pairs, [_declaring(*side, each) for side in zip(views, files, strict=True)], views)
    return pairs


def _is_concerned(pair: Pair, paths: set[str]) -> bool:
    """Whether a declaration comes, goes or changes."""
    unit = pair.unit
    if unit.source is None or not unit.declared_in or unit.source.kind == "ApplicationSet":
        return False
    return pair.base is None or pair.head is None or unit.declared_in in paths


def _object(unit: Unit) -> _Object:
    source = unit.source
    assert source is not None
    return _Object(source.group, source.kind, source.namespace, source.name, unit.application_set)


def _files(view: View, which: _Object, paths: set[str], *, everywhere: bool) -> list[str]:
    """The files that may declare an object, or the set that generates it; only those in directories of changed ones where
    it neither comes nor goes, or where there are many: in a fleet each cluster may have one of the name."""
    found = view.named(OBJECT, which.application_set or which.name)
    if everywhere and len(found) <= _MOST_FILES:
        return found
    folders = {_folder(path) for path in paths}
    return [path for path in found if _folder(path) in folders]


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _declaring(view: View, files: list[str], which: _Object) -> list[Unit]:
    from bot.affected.left_out import is_left_out

    found: dict[str, Unit] = {}
    for path in files:
        for unit in view.units_of(f"f:{path}"):
            if unit.source and not unit.template and _object(unit) == which and not is_left_out(view, unit):
                found[unit.key] = unit
    return list(found.values())


def _joined(pairs: list[Pair], units: list[list[Unit]], views: tuple[View, View]) -> list[Pair]:
    if max(map(len, units)) < 2:
        return pairs
    from bot.affected.takers import Takers

    takers = [Takers(view) for view in views]
    shared = set().union(*(_shared(each, found) for each, found in zip(takers, units, strict=True)))
    sides = [_by_root(each, found, shared) for each, found in zip(takers, units, strict=True)]
    for nodes in sorted(sides[0].keys() & sides[1].keys(), key=sorted):
        old, new = (side[nodes] for side in sides)
        if max(len(old), len(new)) > 1 and all(_applies_files(view, node) for view in views for node in nodes):
            pairs = _with_last(pairs, old, new, views)
    return pairs


def _shared(takers: Takers, units: Iterable[Unit]) -> set[str]:
    """What may take several of the files: of another cluster's nothing more is asked."""
    often = Counter(node for path in {unit.declared_in for unit in units} for node in takers.possible(path))
    return {node for node, count in often.items() if count > 1}


def _by_root(takers: Takers, units: Iterable[Unit], shared: set[str]) -> _Side:
    """The units by what takes their files; those that nothing takes, or what takes no other, are not asked for."""
    found: _Side = {}
    for unit in units:
        if not shared.isdisjoint(takers.possible(unit.declared_in)) and (nodes := takers.direct(unit.declared_in)):
            found.setdefault(nodes, []).append(unit)
    return found


def _applies_files(view: View, node: str) -> bool:
    """Whether something takes files as they are: a build refuses an object that is there twice."""
    unit = view.unit(node[2:]) if node[0] == "u" else None
    return unit is not None and all(isinstance(part, PlainRender) for part in unit.parts)


def _with_last(pairs: list[Pair], old: list[Unit], new: list[Unit], views: tuple[View, View]) -> list[Pair]:
    """The pairs, with one of the last declarations instead of those of any; as they are where one of them is another root's
    on one side, or lives on without being declared."""
    keys = ({unit.key for unit in old}, {unit.key for unit in new})
    mine = [pair for pair in pairs if any(unit.key in own for unit, own in zip(pair, keys, strict=True) if unit)]
    if not mine or any(unit.key not in own for pair in mine for unit, own in zip(pair, keys, strict=True) if unit):
        return pairs
    base, head = (view.unit(_last(units).key) for view, units in zip(views, (old, new), strict=True))
    if base is None or head is None:
        return pairs
    head = replace(head, notes=(*head.notes, *_notes(old, new)))
    return [*(pair for pair in pairs if pair not in mine), Pair(base, head)]


def _last(units: list[Unit]) -> Unit:
    return max(units, key=lambda unit: in_order(unit.declared_in))


def _notes(old: list[Unit], new: list[Unit]) -> Iterator[str]:
    source, files = new[0].source, _sorted(old)
    if len(old) > 1:
        yield f"{source} was declared in {_listed(files)}: what was applied last counted, which was {files[-1]}."
    files = _sorted(new)
    if len({_folder(path) for path in files}) > 1:  # two files of one directory are told of each unit
        yield (
            f"{source} is declared in {_listed(files)}: what is applied last wins, which is {files[-1]}. "
            "Delete or rename all but one."
        )


def _sorted(units: list[Unit]) -> list[str]:
    return sorted({unit.declared_in for unit in units}, key=in_order)


def _listed(files: list[str]) -> str:
    more = f" and {len(files) - _MOST_NAMED} more" if len(files) > _MOST_NAMED else ""
    return f"{', '.join(files[:_MOST_NAMED])}{more}"
