"""Applications that the cluster refuses from this change on, whatever their sources hold: what is there stays as it was."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.affected.argocd_spec import REFUSED
from bot.affected.pairs import Pair
from bot.model.resource import Failed, Rendered

if TYPE_CHECKING:
    from bot.jobs.changes import Result
    from bot.model.unit import Unit


def with_refused(result: Result) -> Result:
    """The result; a failure where something is refused that was not refused before. What was so before may have been
    applied in another way, and stays a note."""
    pair, base, head = result
    known = set(_refusals(pair.base))
    new = [note for note in _refusals(pair.head) if note not in known]
    if known - set(_refusals(pair.head)) and pair.base is not None:  # mended
        kept = tuple(note for note in pair.base.notes if not note.startswith(REFUSED))
        pair = Pair(replace(pair.base, notes=kept), pair.head)
    if new and isinstance(head, Rendered):
        why = "; ".join(note.removeprefix(REFUSED) for note in new)
        head = Failed(f"{why}: the cluster refuses the Application")
    return pair, base, head


def _refusals(unit: Unit | None) -> list[str]:
    return [note for note in unit.notes if note.startswith(REFUSED)] if unit else []
