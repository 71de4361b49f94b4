"""Files that a change takes off the lists of kustomizations, while they stay where they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.affected.edges import Kind
from bot.affected.facts import Role, role_of

if TYPE_CHECKING:
    from bot.affected.view import View


def unlisted(before: View, after: View) -> dict[str, frozenset[str]]:
    """By each changed kustomization file, the manifests that its build took before and does not name any more: in files, and
    in other kustomizations."""
    found = {}
    for change in after.changes:
        if change.before is not None and role_of(change.path) is Role.KUSTOMIZATION:
            folder = change.path.rpartition("/")[0]
            gone = _named(before, folder) - _named(after, folder)
            if gone and (files := frozenset(path for path in _files(before, gone) if after.entry(path) is not None)):
                found[change.path] = files
    return found


def _named(view: View, folder: str) -> set[str]:
    return {edge.target for edge in view.out_of(f"k:{folder}") if edge.kind in (Kind.EXACT, Kind.BESIDE)}


def _files(view: View, targets: set[str]) -> set[str]:
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
