"""A directory of plain manifests that becomes a kustomization, or the reverse: one unit, whose objects are compared.

Whoever applies the directory goes on applying it: nothing is deleted but what the kustomization leaves out.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.affected.pairs import Pair
from bot.model.result import ObjectChange
from bot.model.unit import KustomizeRender, PlainRender, Unit

if TYPE_CHECKING:
    from bot.jobs.changes import Result

_KINDS = {PlainRender, KustomizeRender}


def with_converted(results: list[Result]) -> list[Result]:
    """The results, where the two units of such a directory are one. Declared units are one already: by their declaration."""
    gone = {_place(pair.base): (pair, base) for pair, base, _ in results if pair.base and pair.head is None}
    found: list[Result] = []
    joined: set[str] = set()
    for pair, base, head in results:
        old = gone.get(_place(pair.head)) if pair.head and pair.base is None else None
        if old is None or old[0].base is None or pair.head is None or not _are_one(old[0].base, pair.head):
            found.append((pair, base, head))
            continue
        joined.add(old[0].base.key)
        found.append((Pair(old[0].base, _noted(pair.head)), old[1], head))
    return [result for result in found if result[0].head or result[0].unit.key not in joined]


def is_converted(pair: Pair) -> bool:
    """Whether other programs write down the objects on each side, so that the same object has two texts."""
    return pair.base is not None and pair.head is not None and _turns(pair.base, pair.head)


def are_the_same(objects: tuple[ObjectChange, ...]) -> bool:
    """Whether nothing but how objects are written down differs."""
    return all(each.only_noise and not each.noise for each in objects)


def _place(unit: Unit | None) -> str | None:
    return unit.path if unit is not None and unit.source is None and unit.root and len(unit.parts) == 1 else None


def _are_one(base: Unit, head: Unit) -> bool:
    return _place(base) is not None and _place(base) == _place(head) and _turns(base, head)


def _turns(base: Unit, head: Unit) -> bool:
    kinds = [{type(part) for part in unit.parts} for unit in (base, head)]
    return sorted(map(len, kinds)) == [1, 1] and kinds[0] | kinds[1] == _KINDS


def _noted(head: Unit) -> Unit:
    if isinstance(head.parts[0], PlainRender):
        note = "It was a kustomization before; now its manifests are taken as they are."
    else:
        note = "Its manifests were taken as they are before; now its kustomization says what is deployed."
    return replace(head, notes=(*head.notes, note))
