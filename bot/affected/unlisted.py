"""Files that a change takes off the lists of kustomizations, while they stay where they are.

So does a kustomization file that comes to a directory of which Flux listed the manifests, and leaves some of them out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.affected.edges import Kind, ancestors
from bot.affected.facts import Role, role_of
from bot.affected.links import is_at_or_below
from bot.errors import TooBig

if TYPE_CHECKING:
    from bot.affected.view import View
    from bot.model.unit import KustomizeRender


def unlisted(before: View, after: View) -> dict[str, frozenset[str]]:
    """By each changed kustomization file, the manifests that its build took before and does not name any more: in files, and
    in other kustomizations; or that Flux listed before, as there was no kustomization."""
    found = {}
    for change in after.changes:
        if role_of(change.path) is not Role.KUSTOMIZATION:
            continue
        folder = change.path.rpartition("/")[0]
        if not before.kustomization_files(folder):
            gone = _listed_by_flux(before, folder) - manifests_of(after, _named(after, folder))
        else:
            gone = manifests_of(before, _named(before, folder) - _named(after, folder))
        if files := frozenset(path for path in gone if after.entry(path) is not None):
            found[change.path] = files
    return found


def _listed_by_flux(view: View, folder: str) -> set[str]:
    """The manifests at and below a directory that Flux takes without a kustomization there."""
    above = (folder, *ancestors(folder)) if folder else ("",)
    edges = [edge for each in above for edge in view.into(each) if edge.kind is Kind.TREE and edge.source[0] in "ut"]
    found = set[str]()
    if not edges:
        return found
    from bot.model.unit import KustomizeRender

    for key in {edge.source[2:] for edge in edges}:
        unit = view.unit(key)
        for part in unit.parts if unit is not None else ():
            if isinstance(part, KustomizeRender) and part.generate and is_at_or_below(folder, part.path):
                found |= _manifests(view, part, folder)
    return found


def _manifests(view: View, part: KustomizeRender, folder: str) -> set[str]:
    from bot.affected.closure import closure

    try:
        files = closure(view, part).files
    except TooBig:
        return set()
    return {path for path in files if is_at_or_below(path, folder) and role_of(path) is Role.MANIFEST}


def _named(view: View, folder: str) -> set[str]:
    return {edge.target for edge in view.out_of(f"k:{folder}") if edge.kind in (Kind.EXACT, Kind.BESIDE)}


def manifests_of(view: View, targets: set[str]) -> set[str]:
    """The manifests among some targets, and those that the kustomizations among them take."""
    files, seen, queue = set[str](), set[str](), sorted(targets)
    while queue:
        path = queue.pop()
        if path in seen:
            continue
        seen.add(path)
        if role_of(path) is Role.MANIFEST:
            files.add(path)
        elif view.kustomization_files(path):
            queue += _named(view, path)
    return files
