"""Which scopes a difference between two trees can have changed, so that they are read again.

Too many cost a reading, one too few would hide a change: the law that an index moved along a difference says what one says
that was read from scratch is a property test.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from itertools import takewhile
from typing import TYPE_CHECKING

from bot.affected.chart_templates import kustomizations_below
from bot.affected.edges import Edge, Kind, ancestors
from bot.affected.facts import NAMING, Role, role_of

if TYPE_CHECKING:
    from bot.affected.view import View
    from bot.model.snapshot import Change, Entry


def scopes_touched(before: View, after: View) -> Iterator[str]:
    """The scopes that read, or could newly read, one of the changed paths."""
    for change in after.changes:
        path = change.path
        folder = path.rpartition("/")[0]
        role = role_of(path)
        comes_or_goes = _comes_or_goes(change)
        yield from _users(before, after, path, comes_or_goes=comes_or_goes)
        if role is Role.KUSTOMIZATION:
            yield f"k:{folder}"
            yield from _users(before, after, folder, comes_or_goes=True)
        if role is Role.CHART:
            yield from _around_chart(before, after, folder, comes_or_goes=comes_or_goes)
        if role is Role.MANIFEST:
            yield f"p:{folder}"
            if _declares(before, change.before) or _declares(after, change.after):
                yield f"f:{path}"
        if role in NAMING:
            yield from _object_users(before, after, change)
        names = {path, *before.links().carriers(path), *after.links().carriers(path)}
        for name in names if comes_or_goes else ():
            if role_of(name) in (Role.KUSTOMIZATION, Role.CHART):
                yield from plain_below(before, after, name.rpartition("/")[0])
        if _is_link(change):
            yield from (edge.scope for edge in before.below(path))
        yield from (f"h:{d}" for d in ancestors(path) if _is_chart(before, d) or _is_chart(after, d))


def _around_chart(before: View, after: View, folder: str, *, comes_or_goes: bool) -> Iterator[str]:
    """A Chart.yaml says something about its directory, about charts and declarations below, and to what depends on it. Of
    declarations it says by being there whether they are its own."""
    for view in (before, after):
        yield from (f"h:{d}" for d in (folder, *_charts_below(view, folder)))
        for entry in view.walk(folder) if comes_or_goes else ():
            if role_of(entry.path) is Role.MANIFEST and _declares(view, entry):
                yield f"f:{entry.path}"
        for below in kustomizations_below(view, folder):
            yield f"k:{below}"
            yield from _users(before, after, below, comes_or_goes=True)
    yield from _users(before, after, folder, comes_or_goes=True)
    edges = (*before.onto(folder), *after.onto(folder))
    yield from (edge.scope for edge in edges if edge.kind in (Kind.TREE, Kind.SHARED))


def plain_below(before: View, after: View, folder: str) -> Iterator[str]:
    """A directory and those below it, as directories of plain manifests."""
    yield from (f"p:{d}" for d in {folder, *before.directories(folder), *after.directories(folder)})


def _users(before: View, after: View, path: str, *, comes_or_goes: bool) -> Iterator[str]:
    """Scopes with an edge onto the path, by whatever name on either side. Edges onto a whole tree matter only to what
    lists it, because what they reach stays the same otherwise."""
    for view in (before, after):
        for edge in view.onto(path):
            if edge.kind is Kind.GENERATES:
                if comes_or_goes or edge.target == path or edge.source == edge.scope:
                    yield edge.scope
            elif (edge.target == path or edge.kind in (Kind.EXACT, Kind.BESIDE)) and (
                edge.scope[0] != "p" or comes_or_goes
            ):
                yield edge.scope


def _object_users(before: View, after: View, change: Change) -> Iterator[str]:
    names = set()
    for view, entry in ((before, change.before), (after, change.after)):
        if entry is not None:
            names |= set(view.facts(entry).names)
    for kind, name in names:
        yield from (edge.scope for edge in before.onto_object(kind, name))


def declarations_used(before: View, after: View) -> Iterator[str]:
    """Files with Argo CD or Flux objects whose kustomization was read again: whether they are objects or patches is
    said there, maybe by the name of a symlink."""
    for scope in after.replaced:
        for view in () if _names_the_same(before, after, scope) else (before, after):
            for target in _targets(view.of_scope(scope)):
                real = view.links().way(target).real or target
                if role_of(real) is Role.MANIFEST and _declares(view, view.entry(real)):
                    yield f"f:{real}"


def _names_the_same(before: View, after: View, scope: str) -> bool:
    """Whether a kustomization was read again for nothing but what it names: it says the same about each file."""
    if scope[0] != "k" or before.links() or after.links():
        return False
    old, new = (view.kustomization_files(scope[2:]) for view in (before, after))
    return old == new and not any(after.whole(entry, Role.KUSTOMIZATION).words for entry in new)


def governed(before: View, after: View) -> Iterator[str]:
    """Files with Argo CD or Flux objects over which a kustomization begins or ceases to have a say (``left_out``): what it
    lists is known, and it was read again where a file that it lists has changed."""
    folders = [scope[2:] for scope in after.replaced if scope[0] == "k"]
    for folder in folders:
        if _say(before, folder) != _say(after, folder):
            for view in (before, after):
                yield from (f"f:{path}" for path in _declared_under(view, folder))


def _say(view: View, folder: str) -> tuple[str, ...]:
    """What a directory's kustomization has to say about the declarations below."""
    from bot.affected.left_out import governs  # not loaded where no kustomization is read again

    return tuple(entry.path for entry in view.kustomization_files(folder)[:1]) + ("governs",) * governs(view, folder)


def _declared_under(view: View, folder: str) -> Iterator[str]:
    """Files with declarations below a directory, without those below another kustomization."""
    for entry in view.walk(folder):
        if role_of(entry.path) is Role.MANIFEST and _declares(view, entry):
            nearer = takewhile(lambda above: above != folder, ancestors(entry.path))
            if not any(view.kustomization_files(above) for above in nearer):
                yield entry.path


def is_declared_anew(before: View, after: View, paths: Container[str]) -> bool:
    """Whether the declarations that were read again have to do with paths of which the configuration speaks: it may only
    describe what is declared there."""
    scopes = (scope for scope in after.replaced if scope[0] == "f")
    return any(edge.target in paths for scope in scopes for view in (before, after) for edge in view.of_scope(scope))


def unclaimed_folders(before: View, after: View) -> Iterator[str]:
    """Directories of plain manifests in which a path gained or lost its reader."""
    for scope in after.replaced:
        old, new = ({(e.kind, e.target) for e in view.of_scope(scope) if _claims(e)} for view in (before, after))
        for kind, target in old ^ new:
            if target:
                yield f"p:{target.rpartition('/')[0]}"
            yield f"p:{target}"
            if kind is Kind.TREE:
                yield from plain_below(before, after, target)


def _claims(edge: Edge) -> bool:
    """Whether an edge may take files from the plain manifests (``plain_scope.is_claimed``), or make them some
    (``may_be_plain``)."""
    return edge.kind in (Kind.EXACT, Kind.BESIDE, Kind.TREE, Kind.DIR, Kind.SHARED) and edge.source[0] != "x"


def _targets(edges: Iterable[Edge]) -> Iterator[str]:
    return (edge.target for edge in edges if not edge.target.startswith("\1"))


def _charts_below(view: View, folder: str) -> list[str]:
    return [d for d in view.directories(folder) if _is_chart(view, d)]


def _is_chart(view: View, directory: str) -> bool:
    return view.entry(f"{directory}/Chart.yaml" if directory else "Chart.yaml") is not None


def _declares(view: View, entry: Entry | None) -> bool:
    return entry is not None and view.facts(entry).declares


def _comes_or_goes(change: Change) -> bool:
    """Whether paths are there on one side only; a symlink that turns elsewhere makes all below it come and go."""
    if change.before is None or change.after is None:
        return True
    return change.before.mode != change.after.mode or _is_link(change)


def _is_link(change: Change) -> bool:
    return any(e is not None and (e.is_symlink or e.is_submodule) for e in (change.before, change.after))
