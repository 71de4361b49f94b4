"""Declarations whose file got another name: each is one unit and not two, because it is the same object.

The same object of the same cluster: what takes the file tells the cluster, up to the topmost declaration. What two clusters
may hold stays apart, so that a removal in one is never hidden by what comes in the other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from bot.affected.environment_words import places_of
from bot.affected.facts import OBJECT
from bot.affected.moved_sets import sets_gone, settled
from bot.affected.pairs import Pair
from bot.affected.takers import Takers
from bot.model.unit import PlainRender, Unit

if TYPE_CHECKING:
    from bot.affected.view import View

_Match = tuple[Unit, Unit]
_Identity = tuple[str, str, str, str]


def rejoined(pairs: Iterable[Pair], before: View, after: View) -> list[Pair]:
    """The pairs, where a declared unit that is gone and one that is new are the same object of the same cluster as one.
    Where several could be meant they stay apart. An ApplicationSet goes where its Applications went."""
    found = list(pairs)
    gone = _by_object((*(pair.base for pair in found if pair.head is None), *sets_gone(found, before, after)))
    new = _by_object(pair.head for pair in found if pair.base is None)
    both = gone.keys() & new.keys()
    if not both:
        return found
    matching = _Matching(before, after)
    joined = [Pair(*match) for match in matching.of({each: (gone[each], new[each]) for each in sorted(both)})]
    joined += _moved_sets(gone, new, joined)
    joined = list(settled(joined, found, before, after))
    parts = {unit.key for pair in joined for unit in pair if unit is not None}
    return [pair for pair in found if (pair.base and pair.head) or pair.unit.key not in parts] + joined


def _by_object(units: Iterable[Unit | None]) -> dict[_Identity, list[Unit]]:
    found: dict[_Identity, list[Unit]] = {}
    for unit in units:
        if unit is not None and unit.source is not None and unit.declared_in:
            found.setdefault(_identity(unit), []).append(unit)
    return found


def _identity(unit: Unit) -> _Identity:
    source = unit.source
    assert source is not None
    return source.group, source.kind, source.namespace, source.name


def are_apart(one: Unit, other: Unit) -> bool:
    """Whether two declarations are known to be for different clusters: their environments differ, or a directory after
    ``clusters/`` and the like."""
    if one.environment and other.environment and one.environment != other.environment:
        return True
    here, there = places_of(one.declared_in), places_of(other.declared_in)
    return any(name != other_name for name, other_name in zip(here, there, strict=False))


class _Matching:
    """Which units that are gone are which that are new."""

    def __init__(self, before: View, after: View) -> None:
        self._after = after
        self._before = before
        self._takers = (Takers(before), Takers(after))
        self._renamed: dict[str, str] = {}  # what takes files may have moved, too

    def of(self, wanted: dict[_Identity, tuple[list[Unit], list[Unit]]]) -> list[_Match]:
        """The matches. Those of what takes other files come to be known on the way, and are used for these."""
        found: list[_Match] = []
        while True:
            fresh = [match for gone, new in wanted.values() for match in self._matches(gone, new)]
            if not fresh:
                return found
            found += fresh
            for base, head in fresh:
                self._renamed[f"u:{base.key}"] = f"u:{head.key}"
                gone, new = wanted[_identity(base)]
                gone.remove(base)
                new.remove(head)

    def _matches(self, gone: list[Unit], new: list[Unit]) -> list[_Match]:
        for is_one in (self._in_one_place, self._of_one_top):
            if clear := _clear([(base, head) for base in gone for head in new if is_one(base, head)]):
                return clear
        alone = _clear([(base, head) for base in gone for head in new if self._may_be_one(base, head)])
        return [match for match in alone if not any(True for _ in self._others(*match))]

    def _in_one_place(self, base: Unit, head: Unit) -> bool:
        """Whether both lie side by side, and what takes the one is not known to leave out the other."""
        beside = base.environment == head.environment and _folder(base) == _folder(head)
        return beside and not self._is_left_out(base, head)

    def _is_left_out(self, base: Unit, head: Unit) -> bool:
        """Whether a declaration that takes files of a directory, and is still there, takes the one and not the other: its
        ``include`` or ``exclude`` says which. Of what may fail to build nobody knows that it lets go of anything."""
        old, new = (takers.direct(unit.declared_in) for takers, unit in zip(self._takers, (base, head), strict=True))
        left = {self._renamed.get(node, node) for node in old} - new
        return any(node[0] == "u" and _takes_files(self._after.unit(node[2:])) for node in left)

    def _of_one_top(self, base: Unit, head: Unit) -> bool:
        """Whether the same topmost declarations take both."""
        if are_apart(base, head):
            return False
        old, new = self._tops(base, head)
        return bool(old) and frozenset(self._renamed.get(node, node) for node in old) == new

    def _may_be_one(self, base: Unit, head: Unit) -> bool:
        """Whether nothing here deletes the one, and nothing tells them apart."""
        if are_apart(base, head):
            return False
        old, _ = self._tops(base, head)
        return not any(node[0] == "u" or self._after.buildable(node[2:]) for node in old)

    def _tops(self, base: Unit, head: Unit) -> tuple[frozenset[str], frozenset[str]]:
        return self._takers[0].tops(base.declared_in), self._takers[1].tops(head.declared_in)

    def _others(self, base: Unit, head: Unit) -> Iterator[Unit]:
        """Other declarations of the object on either side that nothing tells apart."""
        for view, own in ((self._before, base), (self._after, head)):
            for path in view.named(OBJECT, head.source.name if head.source else ""):
                for unit in view.units_of(f"f:{path}"):
                    is_it = unit.source is not None and unit.key != own.key and _identity(unit) == _identity(own)
                    if is_it and not (are_apart(unit, base) or are_apart(unit, head)):
                        yield unit


def _takes_files(unit: Unit | None) -> bool:
    return unit is not None and all(isinstance(part, PlainRender) for part in unit.parts)


def _folder(unit: Unit) -> str:
    return unit.declared_in.rpartition("/")[0]


def _clear(possible: list[_Match]) -> list[_Match]:
    """The matches of which neither unit is in another one."""
    often = Counter(unit.key for match in possible for unit in match)
    return [(base, head) for base, head in possible if often[base.key] == 1 and often[head.key] == 1]


def _moved_sets(
    gone: dict[_Identity, list[Unit]], new: dict[_Identity, list[Unit]], joined: list[Pair]
) -> Iterator[Pair]:
    moves = {_move_of_set(pair) for pair in joined}
    for key in sorted(gone.keys() & new.keys()):
        if pair := _moved_set(gone[key], new[key], moves):
            yield pair


def _move_of_set(pair: Pair) -> tuple[str, ...]:
    """From where to where an Application's set went; () where nothing generates it."""
    base, head = pair
    if base is None or head is None or head.source is None or not head.application_set:
        return ()
    named = base.application_set == head.application_set
    return (head.source.namespace, head.application_set, base.declared_in, head.declared_in) if named else ()


def _moved_set(gone: list[Unit], new: list[Unit], moves: set[tuple[str, ...]]) -> Pair | None:
    if len(gone) != 1 or len(new) != 1 or new[0].source is None or new[0].source.kind != "ApplicationSet":
        return None
    source = new[0].source
    move = (source.namespace, source.name, gone[0].declared_in, new[0].declared_in)
    return Pair(gone[0], new[0]) if move in moves else None
