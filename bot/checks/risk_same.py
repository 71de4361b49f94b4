"""What stays the same although the change touches it: objects of which only labels differ, and those that only change the
unit in which they lie (a directory that gets another name, files that move to another overlay).

Where no object of the repository deploys either unit, whoever does it from outside finds the old path empty. Argo CD and
Flux prune nothing by a path that is not there; what makes Applications from directories deletes one and makes another. So it
is a step to take with care, and nothing that is lost for good.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from bot.model.evidence import Evidence, Statement, UnitEvidence
from bot.model.resource import Resource
from bot.model.result import UnitState

# What is said of an object as such, whatever deploys it.
_SAID_ONCE = frozenset(("risk/rbac", "risk/rbac-powers", "risk/admission", "risk/cluster-scoped"))


def differ_in_labels(base: Resource, head: Resource) -> bool:
    """Whether nothing but labels tells two versions of an object apart: those of a new release of its chart or operator."""
    return _unlabelled(base) == _unlabelled(head)


def _unlabelled(resource: Resource) -> dict[str, Any]:
    metadata = resource.fields.get("metadata")
    if not isinstance(metadata, dict):
        return resource.fields
    return {**resource.fields, "metadata": {key: value for key, value in metadata.items() if key != "labels"}}


def come_elsewhere(unit: UnitEvidence, gone: Sequence[Resource]) -> bool:
    """Whether all objects of a unit that goes come in others with the same change, and no object deploys any of them."""
    found = [unit.moves.get(resource.id) for resource in gone]
    return bool(found) and all(move is not None and not move.declared for move in found)


def without_arrivals(statements: Iterable[Statement], evidence: Evidence) -> Iterator[Statement]:
    """Without what is said of new objects that were in another unit of the environment, word for word."""
    left = {
        (unit.environment, resource.id, resource.document.digest)
        for unit in evidence.units
        if unit.base and unit.moves
        for resource in unit.base.objects
        if resource.id in unit.moves
    }
    arrived = {
        (unit.key, resource.id)
        for unit in evidence.units
        if unit.head and left and unit.state is not UnitState.REMOVED
        for resource in unit.head.objects
        if (unit.environment, resource.id, resource.document.digest) in left
    }
    for each in statements:
        if each.rule not in _SAID_ONCE or (each.unit, each.object) not in arrived:
            yield each
