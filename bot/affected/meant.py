"""Which directory a path means that is not here: one whose name differs in a single slip of the hand, or one to which its
files went.

Asked for the units of a report only: what a declaration says does not depend on it.
"""

from __future__ import annotations

from collections import Counter
from itertools import takewhile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.affected.view import View
    from bot.model.snapshot import Entry


def nearest(view: View, path: str) -> str:
    """The directory that is written like ``path`` but for one letter too many, too few, wrong, or in another place; "" where
    there is none, or where several could be meant."""
    above = ""
    steps = path.split("/")
    for number, step in enumerate(steps, start=1):
        here = f"{above}/{step}" if above else step
        if not view.is_dir(here):
            rest = "".join(f"/{later}" for later in steps[number:])
            near = [each for each in view.children(above)[1] if is_one_slip(each.rpartition("/")[2], step)]
            found = [f"{each}{rest}" for each in near if view.is_dir(f"{each}{rest}")]
            return found[0] if len(found) == 1 else ""
        above = here
    return ""


def moved_to(view: View, path: str) -> str:
    """The directory that a change gives to the files of ``path``: to most of them as they were, and to none of them another
    one; "" without one."""
    below = f"{path}/"
    gone = {(c.path.removeprefix(below), c.before.oid) for c in view.changes if c.before and c.path.startswith(below)}
    new = [change.after for change in view.changes if change.after and not change.before] if gone else []
    found: Counter[str] = Counter()
    for name, oid in gone:
        found.update(each.path.removesuffix(f"/{name}") for each in new if _is_of(each, name, oid))
    if len(found) != 1:
        return ""
    ((directory, count),) = found.items()
    return directory if 2 * count >= len(gone) and not view.is_dir(path) else ""


def _is_of(entry: Entry, name: str, oid: str) -> bool:
    return entry.oid == oid and entry.path.endswith(f"/{name}")


def is_one_slip(one: str, other: str) -> bool:
    """Whether two names differ in one letter, or in two that changed places."""
    if abs(len(one) - len(other)) > 1:
        return False
    start = _common(one, other)
    one, other = one[start:], other[start:]
    end = _common(one[::-1], other[::-1])
    one, other = one[: len(one) - end], other[: len(other) - end]
    return max(len(one), len(other)) == 1 or (len(one) == 2 and one == other[::-1])


def _common(one: str, other: str) -> int:
    """How many letters two texts begin with alike."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
