"""Objects that a change leaves in their files, and that go into another namespace from now on: by the `namespace` of a
kustomization, the `targetNamespace` of a Kustomization of Flux, or their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.affected.facts import Role, role_of
from bot.affected.put_into import above, namespaces_said
from bot.affected.sources import identity_of
from bot.affected.undelivered import manifests_taken
from bot.affected.unlisted import manifests_of
from bot.errors import UserError
from bot.model.unit import KustomizeRender

if TYPE_CHECKING:
    from bot.affected.view import View
    from bot.model.unit import Unit


def displaced(before: View, after: View) -> dict[str, frozenset[str]]:
    """By each changed file that gives another namespace, the manifests to which it gave one."""
    found = {}
    for change in after.changes:
        if change.before is None:
            continue
        if files := frozenset(path for path in _moved(before, after, change.path) if after.entry(path) is not None):
            found[change.path] = files
    return found


def _moved(before: View, after: View, path: str) -> set[str]:
    """The manifests below a changed file, where that gives them another namespace."""
    entry = before.entry(path)
    if role_of(path) is Role.KUSTOMIZATION:
        folder = path.rpartition("/")[0]
        differs = namespaces_said(before, folder) != namespaces_said(after, folder)
        return manifests_of(before, {folder}) if differs else set()
    found: set[str] = set()
    if role_of(path) is Role.MANIFEST and entry is not None and before.facts(entry).declares:
        for each in before.units_of(f"f:{path}"):
            old, new = before.unit(each.key), after.unit(each.key)
            if old is not None and new is not None and _given(old) != _given(new):
                found |= manifests_taken(before, old)
    return found


def _given(unit: Unit) -> list[str]:
    return [part.overlay.namespace for part in unit.parts if isinstance(part, KustomizeRender)]


def is_displaced(before: View, after: View, path: str, value: dict[str, object], namespace: str) -> bool:
    """Whether an object of a file at head was in a namespace for sure, and surely is not any more."""
    own = identity_of(value).namespace
    return _is_out(after, path, own, namespace) and _was_in(
        before, path, _own_before(before, path, value, own), namespace
    )


def _was_in(view: View, path: str, own: str, namespace: str) -> bool:
    found = above(view, path)
    return found is None or namespace in found.namespaces or (own == namespace and not found.namespaces)


def _is_out(view: View, path: str, own: str, namespace: str) -> bool:
    found = above(view, path)
    if found is None or namespace in found.namespaces:
        return False
    return bool(found.namespaces) or (not own and found.is_of_flux)


def _own_before(before: View, path: str, value: dict[str, object], own: str) -> str:
    """The namespace that the file at base said of the object; ``own`` where it did not hold it."""
    from bot.documents import load_all

    entry = before.entry(path)
    if entry is None or entry.is_symlink or entry.is_submodule:
        return own
    try:
        found = [document.value for document in load_all(before.read(entry), name=path)]
    except UserError:
        return own
    head = identity_of(value)
    named = (identity_of(each) for each in found if isinstance(each, dict))
    return next((each.namespace for each in named if (each.kind, each.name) == (head.kind, head.name)), own)
