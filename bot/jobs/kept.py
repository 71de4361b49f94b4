"""What leaves Git and stays in the cluster: nothing is deleted where whoever deploys it does not prune, or where the object
says that it is to be kept. Asked only for changes that take objects away."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.model.evidence import Evidence, UnitEvidence, UnitSide
from bot.model.resource import Outcome, Rendered, Resource
from bot.model.result import STAYS, ObjectChange, ObjectState, UnitChange, UnitState

if TYPE_CHECKING:
    from bot.affected.view import View
    from bot.checks.deployer import Deployers
    from bot.diff.resources import Memory
    from bot.jobs.ports import Result
    from bot.model.unit import ObjectId, Unit

UNPRUNED = f"{STAYS}: whoever deploys it does not prune"
KEPT = f"{STAYS}: its own metadata says that it is kept"
DEFINES = f"{STAYS}: Argo CD deletes no definitions with an Application"
WAITS = f"{STAYS} until somebody syncs with pruning"


def with_kept(
    changes: tuple[UnitChange, ...], results: list[Result], before: View, after: View, memory: Memory
) -> tuple[UnitChange, ...]:
    """The changes, each aligned with its result, where no object that stays is told as deleted."""
    found = [
        (change, result) for change, result in zip(changes, results, strict=True) if any(map(_goes, change.objects))
    ]
    if not found:
        return changes
    from bot.checks.deployer import Deployers

    units = {change.key: _evidence(change, result, memory) for change, result in found}
    sources = {
        unit.source for _, (pair, _, _) in found for unit in pair if unit is not None and unit.source is not None
    }
    hosts = (_declaring(result, sources, memory) for result in results)
    shown = (*units.values(), *(host for host in hosts if host is not None))
    deployers = Deployers(Evidence(shown, tuple(after.changes), before, after))
    told = (_told(change, units[change.key], deployers) if change.key in units else change for change in changes)
    return tuple(told)


def _goes(change: ObjectChange) -> bool:
    return change.state is ObjectState.REMOVED


def _told(change: UnitChange, unit: UnitEvidence, deployers: Deployers) -> UnitChange:
    from bot.diff.danger import order

    there = {resource.id: resource for resource in unit.base.objects} if unit.base else {}
    return replace(change, objects=order(_object(each, there.get(each.id), unit, deployers) for each in change.objects))


def _object(change: ObjectChange, base: Resource | None, unit: UnitEvidence, deployers: Deployers) -> ObjectChange:
    if not _goes(change) or base is None:
        return change
    if not deployers.keeps(unit, base):
        return replace(change, danger=WAITS) if deployers.waits(unit) else change
    if deployers.prunes(unit) is False:
        return replace(change, danger=UNPRUNED)
    defines = unit.head is None and base.id.kind == "CustomResourceDefinition" and unit.base and _is_of_argo(unit.base)
    return replace(change, danger=DEFINES if defines else KEPT)


def _is_of_argo(side: UnitSide) -> bool:
    return side.unit.source is not None and side.unit.source.group == "argoproj.io"


def _evidence(change: UnitChange, result: Result, memory: Memory) -> UnitEvidence:
    """A unit with the objects that leave it."""
    (base, head), old, new = result
    gone = {each.id for each in change.objects if _goes(each)}
    return _unit(change.key, _side(base, old, gone, memory), _side(head, new, set(), memory))


def _declaring(result: Result, wanted: set[ObjectId], memory: Memory) -> UnitEvidence | None:
    """A unit with those of the wanted objects that it shows, if any."""
    (base, head), old, new = result
    sides = _side(base, old, wanted, memory), _side(head, new, wanted, memory)
    return _unit(result[0].unit.key, *sides) if any(side and side.objects for side in sides) else None


def _unit(key: str, base: UnitSide | None, head: UnitSide | None) -> UnitEvidence:
    return UnitEvidence(key, "", "", "", production=False, state=UnitState.CHANGED, base=base, head=head)


def _side(unit: Unit | None, outcome: Outcome | None, wanted: set[ObjectId], memory: Memory) -> UnitSide | None:
    """One side with the wanted objects; only documents that may hold one are read."""
    if unit is None or not isinstance(outcome, Rendered):
        return None
    return UnitSide(unit, tuple(_wanted(outcome, wanted, memory)))


def _wanted(rendered: Rendered, wanted: set[ObjectId], memory: Memory) -> Iterator[Resource]:
    words = {each.name.rstrip("*") for each in wanted}
    documents = (d for d in rendered.documents if words and _holds(d.text, words))
    yield from (each for document in documents for each in memory.objects(document) if each.id in wanted)


def _holds(text: str, words: Iterable[str]) -> bool:
    return any(word in text for word in words)
