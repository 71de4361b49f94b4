"""Paths that declarations name and that are not here, or not in their artifact: whose mistake that is, which directory is
meant, and what is left to itself by it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.affected.links import is_at_or_below
from bot.affected.meant import moved_to, nearest
from bot.affected.pairs import Pair
from bot.model.resource import Failed, Outcome
from bot.model.unit import CannotRender, KustomizeRender

if TYPE_CHECKING:
    from bot.affected.view import View
    from bot.jobs.ports import Result
    from bot.model.unit import Unit


def blamed(result: Result, before: View, after: View) -> Result:
    """The result; a new or changed declaration is to blame for a path that is not here, where all else of its source is."""
    pair, base, head = result
    unit = pair.head
    if unit is None or not isinstance(head, Failed) or not head.elsewhere:
        return result
    if isinstance(base, Failed) and base.reason == head.reason:
        return result
    if not any(isinstance(part, CannotRender) and part.absent for part in unit.parts):
        return result
    from bot.affected.same_source import is_of_this_repository

    if not is_of_this_repository(before, after, unit):
        return result
    more = "all else that comes from there lies in this repository: correct the path, or add the directory"
    return pair, base, replace(head, elsewhere=False, reason=f"{head.reason}; {more}")


def corrected(result: Result, after: View) -> Result:
    """The result; a path that is not here is told with the directory to which its files went, or that is written nearly so;
    one that an artifact lacks with what that holds."""
    pair, base, head = result
    if not isinstance(head, Failed):
        return result
    if pair.head is not None and (lacking := _not_copied(pair.head, after)) and not head.machine:
        return pair, base, replace(head, reason=f"{head.reason}; {lacking}")
    missing = _missing(pair.head)
    if not missing:
        return result
    if new := moved_to(after, missing):
        return pair, base, replace(head, reason=f"{head.reason}; its files lie in {new} now")
    near = nearest(after, missing)
    return (pair, base, replace(head, reason=f"{head.reason}; {near} is here: is it meant?")) if near else result


def _not_copied(unit: Unit, after: View) -> str:
    """Which file of a build its artifact does not hold, as a half sentence; "" where it holds all of them."""
    from bot.affected.closure import closure
    from bot.errors import TooBig

    for part in unit.parts:
        if isinstance(part, KustomizeRender) and part.copied:
            try:
                wanted = closure(after, replace(part, copied=())).files.keys() - closure(after, part).files.keys()
            except TooBig:
                continue
            if wanted:
                return (
                    f"its artifact does not hold {min(wanted)}: the ArtifactGenerator copies {', '.join(part.copied)}"
                )
    return ""


def left_behind(results: Iterable[Result], after: View) -> set[str]:
    """The keys of units that discovery finds at head by nothing but a directory, and only because a declaration that fails
    from now on has another path than that directory's: one that is written nearly so, or that of a moment ago, also where
    its files were a moment ago."""
    known = list(results)
    meant = {path for result in known if _begins_to_miss(*result) for path in _meant(result[0], after)}
    if not meant:
        return set()
    from bot.jobs.left_with import is_with_mistaken

    alone = [(pair.unit.path, pair) for pair, _, _ in known if _is_found_now(pair)]
    alone += [(pair.unit.declared_in, pair) for pair, _, _ in known if is_with_mistaken(pair, after)]
    return {pair.unit.key for place, pair in alone if any(is_at_or_below(place, path) for path in meant)}


def _begins_to_miss(pair: Pair, base: Outcome | None, head: Outcome | None) -> bool:
    is_mistake = isinstance(head, Failed) and not (head.machine or head.elsewhere)
    return is_mistake and not isinstance(base, Failed) and bool(_missing(pair.head))


def _meant(pair: Pair, after: View) -> set[str]:
    """The directories that a declaration with a wrong path may be about."""
    before = pair.base.path if pair.base is not None else ""
    missing = _missing(pair.head)
    return {path for path in (nearest(after, missing), moved_to(after, missing), before) if path}


def _is_found_now(pair: Pair) -> bool:
    """Whether a unit that nothing declares is deployed at head only, for all that its directory tells."""
    unit = pair.head
    if unit is None or unit.source is not None or not unit.root or unit.key.startswith("config:"):
        return False
    return pair.base is None or not pair.base.root


def _missing(unit: Unit | None) -> str:
    parts = unit.parts if unit is not None and unit.source is not None else ()
    found = (part for part in parts if isinstance(part, CannotRender) and (part.wrong or not part.of_made))
    return next((part.missing for part in found if part.missing), "")
