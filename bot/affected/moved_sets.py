"""ApplicationSets whose file got another name and that, in the same change, begin to fail or to hide what they make: what
they made is not removed. Where a set generates it is no unit by itself, so it is stood in for until it is found again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.affected.lasting import lives_on
from bot.affected.pairs import Pair
from bot.affected.stopped import (
    counts,
    declared_set,
    hides,
    is_stopped,
    out_of_sight,
    set_of,
    standing_in,
    with_lost,
)

if TYPE_CHECKING:
    from bot.affected.view import View
    from bot.model.unit import Unit


def sets_gone(found: list[Pair], before: View, after: View) -> list[Unit]:
    """The sets that generated at base, and that their file does not declare any more, where a set of their name is new and
    fails, or hides what it makes."""
    names = {_name(head) for base, head in found if base is None and head is not None and _is_troubled(None, head)}
    if not names:
        return []
    gone: dict[str, list[Unit]] = {}
    for base, head in found:
        if base is not None and head is None and (key := set_of(base)) and before.unit(key) is None:
            gone.setdefault(key, []).append(base)
    stood_in = (_stood_in(key, made) for key, made in sorted(gone.items()))
    return [unit for unit in stood_in if _name(unit) in names and declared_set(after, unit) is None]


def _name(unit: Unit) -> tuple[str, str]:
    source = unit.source
    return (source.namespace, source.name) if source is not None and source.kind == "ApplicationSet" else ("", "")


def _stood_in(key: str, made: list[Unit]) -> Unit:
    """The set under its own key, in the file of what it made."""
    source = made[0].source
    assert source is not None
    own = replace(source, kind="ApplicationSet", name=made[0].application_set)
    return standing_in(replace(made[0], key=key, source=own, environment="", app="", generated=""), made)


def _is_troubled(base: Unit | None, head: Unit) -> bool:
    """Whether a set stops, or hides something from now on."""
    return (is_stopped(head) and not is_stopped(base)) or hides(base, head)


def settled(joined: list[Pair], found: list[Pair], before: View, after: View) -> Iterator[Pair]:
    """Pairs of what moved; of a set that fails now, or hides what it makes, as if it had done so where it was: with what it
    made at base and nothing is known to make at head. ``found`` are all pairs as they were before."""
    moved = {unit.key for pair in joined for unit in pair if unit is not None}
    for pair in joined:
        base, head = pair
        known = before.unit(base.key) if base is not None else None  # none where it only generates
        if base is None or head is None or _name(head) == ("", "") or not _is_troubled(known, head):
            yield pair
            continue
        gone = (unit for unit, other in found if unit is not None and other is None and unit.key not in moved)
        yield from _in_trouble(known, head, [unit for unit in gone if set_of(unit) == base.key], after)


def _in_trouble(base: Unit | None, head: Unit, lost: list[Unit], after: View) -> Iterator[Pair]:
    if is_stopped(head):
        generating = standing_in(head, lost)
        yield Pair(generating if base is None or counts(head, generating) else base, head)
        yield from (Pair(unit, lives_on(after, unit)) for unit in lost)
    else:
        yield Pair(*with_lost(base, head, lost))
        yield from (Pair(unit, out_of_sight(unit, base, head)) for unit in lost)
