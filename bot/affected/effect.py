"""What a change affects: from its paths, over what they reach on both sides, to pairs of units."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bot.affected.other_tools import tool_notes
from bot.affected.reach import Reach, reach
from bot.affected.unlisted import unlisted

if TYPE_CHECKING:
    from bot.affected.pairs import Pair
    from bot.affected.rules import Reader
    from bot.affected.view import View


class Affected(NamedTuple):
    """``pairs`` in the order of paths; ``unmapped`` are changed paths that reach no unit on either side; ``notes`` say which
    belong to tools that are not read."""

    pairs: tuple[Pair, ...]
    unmapped: tuple[str, ...]
    before: Reach
    after: Reach
    notes: tuple[str, ...] = ()


def affected(before: View, after: View, read: Reader, *, everything: bool) -> Affected:
    """The units whose closure holds a changed path, at base or at head. ``everything`` adds the kustomizations in
    between that are not deployed themselves."""
    paths = [change.path for change in after.changes]
    old, new = reach(before, paths, naming=unlisted(before, after)), reach(after, paths)
    pairs: list[Pair] = []
    live: set[str] = set()
    if old.hops or new.hops:
        from bot.affected.units import reached

        pairs, live = reached(before, after, (old, new), read, everything=everything)
    mapped = old.paths_reaching(live) | new.paths_reaching(live)
    unmapped = tuple(p for p in paths if p not in mapped and not read.ignore.match(p))
    wanted = [path for path in paths if not read.ignore.match(path)]
    return Affected(tuple(pairs), unmapped, old, new, tuple(tool_notes(before, after, wanted, unmapped)))
