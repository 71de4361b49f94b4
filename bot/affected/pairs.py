"""Base and head of one unit. A declaration whose file got another name is one unit and not two: it is the same object."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from bot.affected.links import is_at_or_below
from bot.model.unit import Unit


class Pair(NamedTuple):
    """One affected unit as it is on each side; None where it does not exist."""

    base: Unit | None
    head: Unit | None

    @property
    def unit(self) -> Unit:
        """The unit as it is, or was."""
        found = self.head or self.base
        assert found is not None
        return found


def rejoined(pairs: Iterable[Pair]) -> list[Pair]:
    """The pairs, where a declared unit that is gone and one that is new are the same object of the same environment as
    one. Files of different directories may be for different clusters, unless one lies above the other and the environment is
    known; those, and where several could be meant, stay apart. An ApplicationSet goes where its Applications went."""
    found = list(pairs)
    gone = _by_object(pair.base for pair in found if pair.head is None)
    new = _by_object(pair.head for pair in found if pair.base is None)
    joined = {key: Pair(gone[key][0], new[key][0]) for key in gone.keys() & new.keys() if _is_one(gone[key], new[key])}
    moves = {_move_of_set(pair) for pair in joined.values()}
    joined |= {key: pair for key in gone.keys() & new.keys() if (pair := _moved_set(gone[key], new[key], moves))}
    parts = {unit.key for pair in joined.values() for unit in pair if unit is not None}
    return [pair for pair in found if (pair.base and pair.head) or pair.unit.key not in parts] + list(joined.values())


def _by_object(units: Iterable[Unit | None]) -> dict[tuple[object, ...], list[Unit]]:
    found: dict[tuple[object, ...], list[Unit]] = {}
    for unit in units:
        if unit is not None and unit.source is not None and unit.declared_in:
            key = (unit.source.group, unit.source.kind, unit.source.namespace, unit.source.name, unit.environment)
            found.setdefault(key, []).append(unit)
    return found


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


def _is_one(gone: list[Unit], new: list[Unit]) -> bool:
    if len(gone) != 1 or len(new) != 1:
        return False
    one, other = (unit.declared_in.rpartition("/")[0] for unit in (*gone, *new))
    is_above = is_at_or_below(one, other) or is_at_or_below(other, one)
    return one == other or (bool(new[0].environment) and is_above)
