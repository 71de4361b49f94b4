"""What nobody can deploy from this change on: Applications that the cluster refuses whatever their sources hold, or in which
their set leaves placeholders, and charts of which an object says no kind or no name. What is there stays as it was."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.affected.argocd_spec import REFUSED
from bot.affected.pairs import Pair
from bot.affected.unfilled import UNFILLED
from bot.model.resource import Failed, Outcome, Rendered
from bot.render.helm_kinds import KINDLESS, NAMELESS, TWICE

if TYPE_CHECKING:
    from bot.jobs.ports import Result
    from bot.model.unit import Unit

_REFUSES = " Flux refuses the release: write the key once."


def with_refused(result: Result) -> Result:
    """The result; a failure where something is refused that was not refused before, or the first placeholder is left. What
    was so before may have been applied in another way, and stays a note."""
    return _with_incomplete(_with_unfilled(_with_refused(result)))


def _with_refused(result: Result) -> Result:
    pair, base, head = result
    known = _noted(pair.base, REFUSED)
    new = [note for note in _noted(pair.head, REFUSED) if note not in known]
    if not set(known).issubset(_noted(pair.head, REFUSED)):  # mended
        pair = Pair(_without(pair.base, REFUSED), pair.head)
    if new and isinstance(head, Rendered):
        why = "; ".join(note.removeprefix(REFUSED) for note in new)
        head = Failed(f"{why}: the cluster refuses the Application")
    return pair, base, head


def _with_unfilled(result: Result) -> Result:
    """The same for placeholders. They count where the sources lie elsewhere, too: nobody looks for these then."""
    pair, base, head = result
    known, new = (_noted(unit, UNFILLED) for unit in pair)
    if not new:
        return Pair(_without(pair.base, UNFILLED) if pair.head else pair.base, pair.head), base, head
    if known or not (isinstance(head, Rendered) or (isinstance(head, Failed) and head.elsewhere)):
        return result
    why = "; ".join(note.removeprefix(UNFILLED) for note in new)
    breaks = isinstance(base, Failed) and base.elsewhere
    return Pair(pair.base, _without(pair.head, UNFILLED)), base, Failed(f"{UNFILLED}{why}", breaks=breaks)


def _with_incomplete(result: Result) -> Result:
    """The same for objects without a kind or a name, and for keys that stand twice where Flux deploys them: a render tells
    of these. A new chart may lack the values for names."""
    pair, base, head = result
    for mark in (KINDLESS, NAMELESS, TWICE):
        known, new = (_of_render(outcome, mark) for outcome in (base, head))
        counts = _is_of_flux(pair.head) if mark == TWICE else mark == KINDLESS or isinstance(base, Rendered)
        if new and not known and counts:
            return pair, base, Failed("; ".join(new) + (_REFUSES if mark == TWICE else ""))
        if isinstance(base, Rendered) and isinstance(head, Rendered):  # what head still has is said of head
            base = replace(base, notes=tuple(note for note in base.notes if note not in known))
    return pair, base, head


def _is_of_flux(unit: Unit | None) -> bool:
    return unit is not None and unit.source is not None and unit.source.kind == "HelmRelease"


def _of_render(outcome: Outcome | None, mark: str) -> list[str]:
    notes = outcome.notes if isinstance(outcome, Rendered) else ()
    return [note for note in notes if note.startswith(mark)]


def _noted(unit: Unit | None, mark: str) -> list[str]:
    return [note for note in unit.notes if note.startswith(mark)] if unit else []


def _without(unit: Unit | None, mark: str) -> Unit | None:
    return unit and replace(unit, notes=tuple(note for note in unit.notes if not note.startswith(mark)))
