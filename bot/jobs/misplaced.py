"""Sources of Flux objects that are looked for in another namespace than the one that has them: a reference without
``namespace`` means the namespace of the object that refers."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from bot.jobs.made_otherwise import is_made
from bot.model.unit import PLACE

if TYPE_CHECKING:
    from bot.affected.view import View
    from bot.model.unit import Unit


def misplaced(head: Unit, after: View, before: Collection[str]) -> str:
    """A sentence where the unit begins to name a source that its cluster has in another namespace; "" otherwise. ``before``:
    what was lacking at base. Where others look for it in the same place, something puts it there."""
    for lacking in head.lacks:
        if not lacking.startswith(PLACE) or lacking in before or _is_usual(lacking, head, after):
            continue
        namespace, _, source = lacking.removeprefix(PLACE).partition(" of ")
        kind, _, place = source.partition(" ")
        wanted, _, name = place.partition("/")
        if is_made(after, kind, name, head):
            continue
        who = f"{head.source.kind} {head.source.name}" if head.source is not None else f"The Flux object of {head.path}"
        return (
            f"{who} names {kind} {name} and looks for it in namespace {wanted}, where nothing here puts one: Flux finds no "
            f"source. There is one in namespace {namespace}: write `namespace: {namespace}` beside the name."
        )
    return ""


def _is_usual(lacking: str, head: Unit, after: View) -> bool:
    """Whether a declaration of the same namespace that the change leaves alone lacks the same."""
    changed = {change.path for change in after.changes}
    others = (unit for unit in after.units() if unit.declared_in not in changed and _is_beside(unit, head))
    whole = (after.unit(unit.key) for unit in others)
    return any(unit is not None and lacking in unit.lacks for unit in whole)


def _is_beside(unit: Unit, head: Unit) -> bool:
    one, other = unit.source, head.source
    return one is not None and other is not None and one.namespace == other.namespace and "fluxcd" in one.group
