"""Files that a change leaves where they are, while the Kustomization of Flux that deployed them goes, leaves them out, or is
taken off the list that it was on: Flux deletes their objects.

A directory with a kustomization is deployed by itself then, for all that its files say; nobody did that before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from bot.affected.facts import Role, role_of
from bot.affected.sources import identity_of
from bot.errors import TooBig
from bot.model.unit import CannotRender, KustomizeRender, ObjectId, Unit

if TYPE_CHECKING:
    from bot.affected.rules import Reader
    from bot.affected.takers import Takers
    from bot.affected.view import View

_KIND = ("kustomize.toolkit.fluxcd.io", "Kustomization")


def undelivered(
    before: View, after: View, read: Reader, unlisted: Mapping[str, frozenset[str]]
) -> dict[str, frozenset[str]]:
    """By each changed path, the manifests whose objects Flux deletes although their files stay. ``unlisted``: files that
    changed kustomizations list no more."""
    gone = _let_go(before, after, read, unlisted)
    left = {path: _left(before, after, units) for path, units in gone.items()}
    if not any(left.values()):
        return {}
    from bot.affected.takers import Takers

    takers = Takers(after)
    keys = {f"u:{unit.key}" for units in gone.values() for unit, head in units if head is None}
    found = {
        path: frozenset(file for file in files if not _delivers(before, takers, file, keys))
        for path, files in left.items()
    }
    return {path: files for path, files in found.items() if files}


def _let_go(
    before: View, after: View, read: Reader, unlisted: Mapping[str, frozenset[str]]
) -> dict[str, list[tuple[Unit, Unit | None]]]:
    """By each changed path, the Kustomizations that go with it, or that are other ones from now on. One that fails from now
    on, as its path is not there, deletes nothing as long as that lasts."""
    found: dict[str, list[tuple[Unit, Unit | None]]] = {}
    for change in after.changes:
        if role_of(change.path) is Role.MANIFEST and not _is_garbled(after, change.path):
            pairs = [(unit, after.unit(unit.key)) for unit in _deleting(before, change.path)]
            if pairs := [(unit, head) for unit, head in pairs if not _fails(head)]:
                found.setdefault(change.path, []).extend(pairs)
        for file in sorted(unlisted.get(change.path, ())):
            if units := list(_deleting(before, file)):
                from bot.affected.deployed import is_deployed

                if not is_deployed(after, file, read):
                    found.setdefault(change.path, []).extend((unit, None) for unit in units)
    return found


def _fails(unit: Unit | None) -> bool:
    parts = unit.parts if unit is not None else ()
    return any(isinstance(part, CannotRender) and (part.wrong or bool(part.missing)) for part in parts)


def _is_garbled(view: View, path: str) -> bool:
    """Whether a file is there and cannot be read, so that nothing is applied or deleted."""
    entry = view.entry(path)
    return entry is not None and (entry.is_symlink or entry.is_submodule or view.facts(entry).garbled)


def _deleting(view: View, path: str) -> Iterator[Unit]:
    """The Kustomizations of a file that delete what they deployed, once it is theirs no more."""
    entry = view.entry(path)
    facts = view.facts(entry) if entry is not None and not entry.is_symlink and not entry.is_submodule else None
    if entry is None or facts is None or not facts.declares:
        return
    units = {unit.source: unit for unit in _units(view, path)}
    for value in view.whole(entry).declared if units else ():
        unit, spec = units.get(identity_of(value)), value.get("spec")
        if unit is not None and isinstance(spec, dict) and deletes(spec):
            yield unit


def deletes(spec: dict[str, object]) -> bool:
    """Whether Flux deletes the objects of such a Kustomization: of one that is suspended it touches none."""
    return spec.get("prune") is True and spec.get("suspend") is not True and spec.get("deletionPolicy") != "Orphan"


def _units(view: View, path: str) -> Iterator[Unit]:
    for each in view.units_of(f"f:{path}"):
        if each.source is not None and _is_known(each.source) and (unit := view.unit(each.key)) is not None:
            yield unit


def _is_known(identity: ObjectId) -> bool:
    return (identity.api_version.partition("/")[0], identity.kind) == _KIND


def _left(before: View, after: View, units: Iterable[tuple[Unit, Unit | None]]) -> set[str]:
    """The manifests that the units took at base, and take no more at head, where they are still there."""
    found: set[str] = set()
    for unit, head in units:
        taken = manifests_taken(before, unit)
        kept = manifests_taken(after, head) if head is not None else frozenset[str]()
        found |= {path for path in taken - kept if after.entry(path) is not None}
    return found


def manifests_taken(view: View, unit: Unit) -> frozenset[str]:
    """The manifests that the builds of a unit read; none of a closure that is too big."""
    found: set[str] = set()
    for part in unit.parts:
        if not isinstance(part, KustomizeRender) or (unit.template and not part.path):
            continue  # a patch gives it a path: else it would take everything
        from bot.affected.closure import closure

        try:
            found.update(path for path in closure(view, part).files if role_of(path) is Role.MANIFEST)
        except TooBig:
            continue
    return frozenset(found)


def _delivers(before: View, after: Takers, file: str, gone: set[str]) -> bool:
    """Whether anything takes the file at head: a declaration, or a kustomization that is not on its own only since the
    change."""
    from bot.affected.roots import is_root

    for node in after.direct(file) - gone:
        if node[0] == "u" or not before.buildable(node[2:]) or is_root(before, node[2:]):
            return True
    return False
