"""ApplicationSets that generate nothing any more: Argo CD deletes nothing then. What such a set made stays as it was, and
the set itself is what the change breaks. So it is where only Argo CD knows any more what the set makes: then nobody can
tell whether what it made stays.

Argo CD's controller leaves all Applications of a set alone as soon as one parameter set fails
(applicationset/controllers/applicationset_controller.go, Reconcile).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.affected.sources import identity_of
from bot.model.unit import CannotRender, ObjectId, Render, Unit

if TYPE_CHECKING:
    from bot.affected.delivered import Child
    from bot.affected.view import View

_MOST_NAMED = 5
_NUMBER = re.compile(r"(?<=: spec\.generators)\[\d+\]")
_WAY_OUT = (
    "generate them from what lies in this repository (list, git, clusters with their Secrets), or ask "
    "`argocd appset generate` before you merge"
)


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
    return any(_stops(part) for part in unit.parts)


def _stops(part: Render) -> bool:
    return isinstance(part, CannotRender) and not part.of_made and (part.wrong or part.stops)


def hides(base: Unit | None, head: Unit | None) -> bool:
    """Whether a set generates something that only Argo CD knows, and did not at base. (Which of its generators that is does
    not count: another one may be gone.)"""
    return head is not None and _is_set(head) and bool(_hidden(head) - (_hidden(base) if base else set()))


def _hidden(unit: Unit) -> set[str]:
    return {_NUMBER.sub("", part.reason) for part in unit.parts if isinstance(part, CannotRender) and part.hides}


def out_of_sight(unit: Unit, base: Unit | None, head: Unit) -> Unit | None:
    """An Application of the set ``base`` that is not among what ``head`` is known to make; None when it is gone."""
    if is_stopped(head) or not hides(base, head):
        return None
    reason = (
        f"{head.source} made {unit.source}; what it makes now only Argo CD knows, so whether this one stays is not known: "
        f"{_WAY_OUT}."
    )
    return replace(unit, parts=(CannotRender(reason),))


def standing_in(stopped: Unit, made: Iterable[Unit]) -> Unit:
    """The set on the side where it generates: by itself it renders nothing. ``made`` is what it generates there."""
    names = _names(made)
    about = "Argo CD updates none of its Applications, and deletes none, as long as it fails"
    return _as_it_generates(stopped, (f"{about}: {names}.",) if names else ())


def _as_it_generates(unit: Unit, notes: tuple[str, ...]) -> Unit:
    return replace(unit, parts=(), notes=notes, application_set=unit.source.name if unit.source else "")


def _names(made: Iterable[Unit]) -> str:
    names = sorted(unit.source.name for unit in made if unit.source)
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return f"{', '.join(names[:_MOST_NAMED])}{more}"


def _hiding(head: Unit, lost: Iterable[Unit]) -> Unit:
    """The set on the side where only Argo CD knows what it makes, with what it made before and what to do."""
    told = f"; it made {_names(lost)}, and whether they stay is not known: {_WAY_OUT}."
    (first, *others) = sorted(head.parts, key=lambda part: not (isinstance(part, CannotRender) and part.hides))
    assert isinstance(first, CannotRender)
    return replace(head, parts=(replace(first, reason=f"{first.reason}{told}"), *others))


def is_standing_in(unit: Unit) -> bool:
    """Whether a unit is a set that generates: it renders nothing, and no index knows its parts."""
    return bool(unit.application_set) and _is_set(unit)


def sets_concerned(before: View, after: View, sides: Iterable[tuple[Unit | None, Unit | None]]) -> list[str]:
    """The keys of the sets that stop on a side, or hide what they make, and of whose Applications one is there on one side
    only."""
    one_sided = (base or head for base, head in sides if (base is None) != (head is None))
    names = dict.fromkeys(set_of(unit) for unit in one_sided if unit)
    found = ((name, before.unit(name), after.unit(name)) for name in names if name)
    return [name for name, base, head in found if is_stopped(base) or is_stopped(head) or hides(base, head)]


def with_set(before: View, after: View, base: Unit | None, head: Unit | None) -> tuple[Unit | None, Unit | None]:
    """Both sides of a unit: of a set that fails on one side only, the other is how it generates there. So it is for one that
    hides what it made."""
    if head is not None and is_stopped(head) and not is_stopped(base):
        generating = declared_set(before, head)
        base = generating if generating and (base is None or counts(head, generating)) else base
    elif head is None and base is not None and _is_set(base):
        head = declared_set(after, base)
        if head is not None and not is_stopped(base):  # it never failed, and says by its Applications what it makes now
            return (base, replace(head, notes=())) if _hidden(base) else (None, None)
    elif head is not None and not is_stopped(base) and not is_stopped(head) and hides(base, head):
        base, head = with_lost(base, head, _lost(_made(before, head), _made(after, head)))
    return base, head


def _lost(made: Iterable[Unit], known: Iterable[Unit]) -> list[Unit]:
    kept = {unit.key for unit in known}
    return [unit for unit in made if unit.key not in kept]


def with_lost(base: Unit | None, head: Unit, lost: list[Unit]) -> tuple[Unit | None, Unit]:
    """A set that hides what became of these: there is something to compare it with only where it lost any."""
    return (_as_it_generates(head, ()), _hiding(head, lost)) if lost else (base, head)


def _made(view: View, unit: Unit) -> list[Unit]:
    return [made for made in view.units_of(f"f:{unit.declared_in}") if set_of(made) == unit.key]


def _is_set(unit: Unit) -> bool:
    return unit.source is not None and unit.source.kind == "ApplicationSet"


def counts(stopped: Unit, generating: Unit) -> bool:
    """Whether a set that was partly known is broken now: it made something, or what is wrong is sure."""
    return bool(generating.notes) or any(isinstance(part, CannotRender) and part.wrong for part in stopped.parts)


def with_sets(old: dict[str, Child], new: dict[str, Child]) -> tuple[dict[str, Child], dict[str, Child]]:
    """The same for what a host declares on both sides, and the Applications that nobody deletes."""
    stopped = {key for key, child in new.items() if is_stopped(child.unit)}
    kept = {key: child for key, child in old.items() if key not in new and set_of(child.unit) in stopped}
    broken = {key for key in stopped if key not in old or not is_stopped(old[key].unit)}
    mended = {key for key, child in old.items() if key not in new and _is_set(child.unit)}
    makes = {set_of(child.unit) for child in new.values()}
    never_failed = {key for key in mended & makes if not (is_stopped(old[key].unit) or _hidden(old[key].unit))}
    mended -= never_failed
    old = {key: child for key, child in old.items() if key not in never_failed}
    hidden, unknown = _out_of_sight(old, new)
    return {**old, **_generating(broken, new, old), **hidden}, {
        **new,
        **kept,
        **_generating(mended, old, new),
        **unknown,
    }


def _out_of_sight(old: dict[str, Child], new: dict[str, Child]) -> tuple[dict[str, Child], dict[str, Child]]:
    """The sets that hide what they made, at base and at head, and at head what they made."""
    lost: dict[str, dict[str, Child]] = {}
    for key, child in old.items():
        if key not in new and (name := set_of(child.unit)) in new:
            lost.setdefault(name, {})[key] = child
    before: dict[str, Child] = {}
    after: dict[str, Child] = {}
    for name, gone in lost.items():
        base, head = old[name].unit if name in old else None, new[name]
        units = {key: unit for key, child in gone.items() if (unit := out_of_sight(child.unit, base, head.unit))}
        after |= {key: replace(gone[key], unit=unit) for key, unit in units.items()}
        if units and not is_stopped(base):
            one, other = with_lost(base, head.unit, [child.unit for child in gone.values()])
            before[name] = replace(head, unit=one or head.unit)
            after[name] = replace(head, unit=other)
    return before, after


def _generating(keys: set[str], failing: dict[str, Child], made: dict[str, Child]) -> dict[str, Child]:
    """The sets as they generate on the side where they do."""
    found: dict[str, list[Unit]] = {}
    for child in made.values():
        found.setdefault(set_of(child.unit), []).append(child.unit)
    wanted = sorted(keys & found.keys())
    return {key: replace(failing[key], unit=standing_in(failing[key].unit, found[key])) for key in wanted}


def declared_set(view: View, unit: Unit) -> Unit | None:
    """The set as it generates, if the same file declares it there."""
    entry = view.entry(unit.declared_in)
    if entry is None or not any(_is_same(unit, identity_of(value)) for value in view.whole(entry).declared):
        return None
    return standing_in(unit, _made(view, unit))


def _is_same(unit: Unit, found: ObjectId) -> bool:
    return unit.source is not None and replace(unit.source, api_version=found.api_version) == found
