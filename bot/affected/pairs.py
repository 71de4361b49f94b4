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
    known; those, and where several could be meant, stay apart."""
    found = list(pairs)
    gone = _by_object(pair.base for pair in found if pair.head is None)
    new = _by_object(pair.head for pair in found if pair.base is None)
    joined = {key: Pair(gone[key][0], new[key][0]) for key in gone.keys() & new.keys() if _is_one(gone[key], new[key])}
    parts = {unit.key for pair in joined.values() for unit in pair if unit is not None}
    return [pair for pair in found if (pair.base and pair.head) or pair.unit.key not in parts] + list(joined.values())


def _by_object(units: Iterable[Unit | None]) -> dict[tuple[object, ...], list[Unit]]:
    found: dict[tuple[object, ...], list[Unit]] = {}
    for unit in units:
        if unit is not None and unit.source is not None and unit.declared_in:
            key = (unit.source.group, unit.source.kind, unit.source.namespace, unit.source.name, unit.environment)
            found.setdefault(key, []).append(unit)
    return found


def _is_one(gone: list[Unit], new: list[Unit]) -> bool:
    if len(gone) != 1 or len(new) != 1:
        return False
    one, other = (unit.declared_in.rpartition("/")[0] for unit in (*gone, *new))
    is_above = is_at_or_below(one, other) or is_at_or_below(other, one)
    return one == other or (bool(new[0].environment) and is_above)
