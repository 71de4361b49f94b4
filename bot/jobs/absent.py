"""Paths that Flux objects name and that are not here: whose mistake that is, where no file says what the source is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.affected.pairs import Pair
from bot.model.resource import Failed, Outcome
from bot.model.unit import CannotRender

if TYPE_CHECKING:
    from bot.affected.view import View

Result = tuple[Pair, Outcome | None, Outcome | None]


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
