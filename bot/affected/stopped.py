"""ApplicationSets that generate nothing any more: Argo CD deletes nothing then. What such a set made stays as it was, and
the set itself is what the change breaks.

Argo CD's controller leaves all Applications of a set alone as soon as one parameter set fails
(applicationset/controllers/applicationset_controller.go, Reconcile).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.affected.sources import identity_of
from bot.model.unit import CannotRender, ObjectId, Unit

if TYPE_CHECKING:
    from bot.affected.delivered import Child
    from bot.affected.view import View

_MOST_NAMED = 5


def set_of(unit: Unit) -> str:
    """The key of the ApplicationSet that generates a unit, "" where none does. (A key ends with the object's identity.)"""
    if not unit.application_set or unit.source is None:
        return ""
    here = f"/{unit.source.namespace}/"
    return f"{unit.key.removesuffix(f'Application{here}{unit.source.name}')}ApplicationSet{here}{unit.application_set}"


def is_stopped(unit: Unit | None) -> bool:
    """Whether a unit stands for an ApplicationSet that generates nothing."""
    if unit is None or not _is_set(unit):
        return False
    return any(isinstance(part, CannotRender) and (part.wrong or part.stops) for part in unit.parts)


def standing_in(stopped: Unit, made: Iterable[Unit]) -> Unit:
    """The set on the side where it generates: by itself it renders nothing. ``made`` is what it generates there."""
    names = sorted(unit.source.name for unit in made if unit.source)
    notes: tuple[str, ...] = ()
    if names:
        more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
        notes = (
            f"Argo CD updates none of its Applications, and deletes none, as long as it fails: "
            f"{', '.join(names[:_MOST_NAMED])}{more}.",
        )
    return replace(stopped, parts=(), notes=notes, application_set=stopped.source.name if stopped.source else "")


def is_standing_in(unit: Unit) -> bool:
    """Whether a unit is a set that generates: it renders nothing, and no index knows its parts."""
    return bool(unit.application_set) and _is_set(unit)


def sets_concerned(before: View, after: View, sides: Iterable[tuple[Unit | None, Unit | None]]) -> list[str]:
    """The keys of the sets that stop on a side, and of whose Applications one is there on one side only."""
    one_sided = (base or head for base, head in sides if (base is None) != (head is None))
    names = dict.fromkeys(set_of(unit) for unit in one_sided if unit)
    return [name for name in names if name and (is_stopped(before.unit(name)) or is_stopped(after.unit(name)))]


def with_set(before: View, after: View, base: Unit | None, head: Unit | None) -> tuple[Unit | None, Unit | None]:
    """Both sides of a unit: of a set that fails on one side only, the other is how it generates there."""
    if head is not None and is_stopped(head) and not is_stopped(base):
        generating = _declared_set(before, head)
        base = generating if generating and (base is None or _counts(head, generating)) else base
    elif head is None and base is not None and _is_set(base):
        head = _declared_set(after, base)
    return base, head


def _is_set(unit: Unit) -> bool:
    return unit.source is not None and unit.source.kind == "ApplicationSet"


def _counts(stopped: Unit, generating: Unit) -> bool:
    """Whether a set that was partly known is broken now: it made something, or what is wrong is sure."""
    return bool(generating.notes) or any(isinstance(part, CannotRender) and part.wrong for part in stopped.parts)


def with_sets(old: dict[str, Child], new: dict[str, Child]) -> tuple[dict[str, Child], dict[str, Child]]:
    """The same for what a host declares on both sides, and the Applications that nobody deletes."""
    stopped = {key for key, child in new.items() if is_stopped(child.unit)}
    kept = {key: child for key, child in old.items() if key not in new and set_of(child.unit) in stopped}
    broken = {key for key in stopped if key not in old or not is_stopped(old[key].unit)}
    mended = {key for key, child in old.items() if key not in new and _is_set(child.unit)}
    return {**old, **_generating(broken, new, old)}, {**new, **kept, **_generating(mended, old, new)}


def _generating(keys: set[str], failing: dict[str, Child], made: dict[str, Child]) -> dict[str, Child]:
    """The sets as they generate on the side where they do."""
    found: dict[str, list[Unit]] = {}
    for child in made.values():
        found.setdefault(set_of(child.unit), []).append(child.unit)
    wanted = sorted(keys & found.keys())
    return {key: replace(failing[key], unit=standing_in(failing[key].unit, found[key])) for key in wanted}


def _declared_set(view: View, unit: Unit) -> Unit | None:
    """The set as it generates, if the same file declares it there."""
    entry = view.entry(unit.declared_in)
    if entry is None or not any(_is_same(unit, identity_of(value)) for value in view.whole(entry).declared):
        return None
    return standing_in(unit, (made for made in view.units_of(f"f:{unit.declared_in}") if set_of(made) == unit.key))


def _is_same(unit: Unit, found: ObjectId) -> bool:
    return unit.source is not None and replace(unit.source, api_version=found.api_version) == found
