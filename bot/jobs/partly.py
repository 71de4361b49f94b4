"""Units that cannot be rendered as a whole: an Application with several sources, of which one is a chart of a registry. What
its other sources make is compared all the same, as far as they can be rendered on both sides.

The unit stays what it is, ``unrenderable`` or ``removed``, with the reason: what is seen here is not all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from bot.affected.pairs import Pair
from bot.model.resource import Document, Failed, Outcome, Rendered
from bot.model.unit import CannotRender, HelmRender, KustomizeRender, PlainRender, Render, Unit
from bot.render.base import NOTHING

_MOST_NAMED = 5
_Match = tuple[int | None, int | None]  # a part by its numbers at base and head; None: it is not there


class Partly(NamedTuple):
    """What can be compared: the unit with only these parts on each side, and what they make; None for a side that does not
    have the unit."""

    pair: Pair
    base: Rendered | None
    head: Rendered | None


def partly(pair: Pair, base: Outcome | None, head: Outcome | None) -> Partly | None:
    """What can be compared of a unit that can be rendered as a whole on no side; None where that is nothing, and where what
    fails is the change's own fault: then that comes first."""
    if not _is_known_in_part(pair, base, head):
        return None
    matches = [match for match in _matches(pair) if _is_seen(match, base, head)]
    if not matches:
        return None
    of_base, of_head = ([number for number in side if number is not None] for side in zip(*matches, strict=True))
    return Partly(
        Pair(_reduced(pair.base, of_base), _reduced(pair.head, of_head)),
        _taken(pair.base, base, of_base),
        _taken(pair.head, head, of_head),
    )


def tells_of(bare: Pair, pair: Pair, base: Outcome | None, head: Outcome | None) -> bool:
    """Whether what can be compared of a unit that fails as a whole holds the directory that another unit builds alone."""
    seen = partly(pair, base, head)
    if seen is None:
        return False
    sides = [(alone, unit) for alone, unit in zip(bare, seen.pair, strict=True) if alone and unit]
    return bool(sides) and all(
        any(isinstance(part, KustomizeRender | PlainRender) and part.path == alone.path for part in unit.parts)
        for alone, unit in sides
    )


def _reduced(unit: Unit | None, numbers: Sequence[int]) -> Unit | None:
    return unit and replace(unit, parts=tuple(unit.parts[number] for number in numbers))


def told(seen: Partly, whole: Pair, *, differs: bool) -> Iterator[str]:
    """What a reader must know of a unit that is compared in part, as sentences."""
    here = _names(seen.pair)
    own = f"its part in this repository ({here})"
    seen_of_it = f"Shown is only {own}" if differs else f"I{own[1:]} is the same as before"
    yield f"{seen_of_it}; what its other sources make is not known."
    known = {part for unit in seen.pair if unit for part in unit.parts}
    others = (unit and replace(unit, parts=tuple(p for p in unit.parts if p not in known)) for unit in whole)
    if rest := _names(Pair(*others)):
        yield f"What {rest} makes is not compared: it can be rendered on one side at most."


def _names(pair: Pair) -> str:
    paths = list(dict.fromkeys(path for unit in pair if unit for part in unit.parts if (path := _path(part))))
    more = f" and {len(paths) - _MOST_NAMED} more" if len(paths) > _MOST_NAMED else ""
    return f"{', '.join(paths[:_MOST_NAMED])}{more}"


def _is_known_in_part(pair: Pair, base: Outcome | None, head: Outcome | None) -> bool:
    sides = zip(pair, (base, head), strict=True)
    if any(unit is not None and len(_parts(outcome)) != len(unit.parts) for unit, outcome in sides):
        return False
    if not isinstance(head, Failed) or head.elsewhere:
        return True
    return isinstance(base, Failed) and not base.elsewhere


def _parts(outcome: Outcome | None) -> tuple[Outcome, ...]:
    """What each part of a unit gave that failed."""
    return (outcome.parts or (outcome,)) if isinstance(outcome, Failed) else ()


def _is_seen(match: _Match, base: Outcome | None, head: Outcome | None) -> bool:
    """Whether a part can be rendered on each side that has it."""
    sides = zip(match, (base, head), strict=True)
    return all(number is None or isinstance(_parts(outcome)[number], Rendered) for number, outcome in sides)


def _taken(unit: Unit | None, outcome: Outcome | None, numbers: Sequence[int]) -> Rendered | None:
    if unit is None:
        return None
    documents: list[Document] = []
    notes: list[str] = []
    unset: list[str] = []
    for part in (_parts(outcome)[number] for number in numbers):
        if isinstance(part, Rendered):
            documents += part.documents
            notes += (note for note in part.notes if note != NOTHING)
            unset += part.unset
    return Rendered(tuple(documents), tuple(dict.fromkeys(notes)), tuple(dict.fromkeys(unset)))


# -- which part of base is which of head


def _matches(pair: Pair) -> list[_Match]:
    """The parts of both sides that belong together, in the order of head: those that say the same, then those of one path,
    then what is left, one after another. A part of one side alone is listed as long as it cannot be what the other side
    takes from elsewhere."""
    old, new = (dict(enumerate(unit.parts)) if unit else {} for unit in pair)
    found: dict[int, int] = {}  # the number at base, by that at head
    for mark in _MARKS:
        free: dict[object, list[int]] = {}
        for number in sorted(old, reverse=True):
            free.setdefault(mark(old[number]), []).append(number)
        for number, part in list(new.items()):
            if same := free.get(mark(part)):
                found[number] = same.pop()
                del new[number], old[found[number]]
    gone, fresh = (any(isinstance(part, CannotRender) for part in side.values()) for side in (old, new))
    numbers = sorted({*found, *(() if gone else new)})
    return [*((found.get(number), number) for number in numbers), *(() if fresh else ((at, None) for at in old))]


_MARKS: tuple[Callable[[Render], object], ...] = (
    lambda part: part,
    lambda part: (type(part), _path(part)),
    lambda part: isinstance(part, CannotRender),
)


def _path(part: Render) -> str:
    """The directory or file of a part in this repository; "" for one that is not here."""
    if isinstance(part, CannotRender):
        return ""
    return (part.chart if isinstance(part, HelmRender) else part.path) or "."
