"""Units of ``.gatehouse.yaml`` that a change takes away or moves together with their entry: the base's copy of the file
counts, so that its entry still names what is gone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.affected.pairs import Pair
from bot.affected.rules import ENTRY
from bot.config.schema import FILE_NAME
from bot.model.resource import Failed, Rendered

if TYPE_CHECKING:
    from bot.affected.view import View
    from bot.jobs.ports import Result

_NOTE = (
    f"The change edits {FILE_NAME}, but here the base's copy counts, which still has the entry of this unit. "
    "Two changes pass: one that edits the entry and leaves the files where they are, then one that takes the files away."
)


def with_way_out(results: list[Result], after: View) -> list[Result]:
    """The results; a unit of an entry that goes or does not render any more says how its files can go, where the change
    edits the configuration too."""
    if not any(change.path == FILE_NAME for change in after.changes):
        return results
    return [
        (_noted(pair), base, head) if _goes(pair, base, head) else (pair, base, head) for pair, base, head in results
    ]


def _goes(pair: Pair, base: object, head: object) -> bool:
    return pair.unit.key.startswith(ENTRY) and isinstance(base, Rendered) and (head is None or isinstance(head, Failed))


def _noted(pair: Pair) -> Pair:
    return Pair(*(unit and replace(unit, notes=(*unit.notes, _NOTE)) for unit in pair))
