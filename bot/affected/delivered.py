"""Units that a host's output declares: HelmReleases completed by an overlay, Applications made by a chart.

A *host* is a unit that is rendered to be asked; its children are paired by base and head like any other unit.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace

from bot.affected.closure import closure, whole
from bot.affected.contents import is_delivery
from bot.affected.declared import declared_unit
from bot.affected.lookup import Home, ViewLookup
from bot.affected.reach import Reach, reach
from bot.affected.rules import Reader
from bot.affected.sources import Declared, Lookup
from bot.affected.units import Pair, as_declared, covered, is_root, kustomize_unit
from bot.affected.view import View
from bot.errors import TooBig
from bot.model.resource import Document, Failed, Outcome
from bot.model.unit import CannotRender, HelmRender, KustomizeRender, Unit

_MARKS = ("argoproj.io", "fluxcd.io")
_MOST = 2000


@dataclass(frozen=True, slots=True)
class Child:
    """One unit of a host's output, a digest of the object that declares it, and what that reads where nothing can be
    rendered: files, directories, and ``objects``, a digest of what it found of those that it names."""

    unit: Unit
    digest: str
    files: tuple[str, ...] = ()
    trees: tuple[str, ...] = ()
    objects: str = ""


def hosts(before: View, after: View, found: tuple[Reach, Reach], read: Reader) -> list[Pair]:
    """The units whose output must be asked, although no changed path reaches them by itself."""
    keys: set[str] = set()
    directories: set[str] = set()
    for view, reached in ((before, found[0]), (after, found[1])):
        templates = [node[2:] for node in reached.hops if node[0] == "t"]
        files = {unit.declared_in for key in templates if (unit := view.unit(key)) is not None}
        above = reach(view, sorted(files))
        keys |= above.units
        directories |= above.kustomizations
        for node in reached.hops:
            if node.startswith("x:k:"):
                directories.add(node[4:])
                up = reach(view, [f"{node[4:]}/kustomization.yaml" if node[4:] else "kustomization.yaml"])
                keys |= up.units
                directories |= up.kustomizations
            elif node.startswith("x:h:"):
                keys |= {u.key for u in view.units_of(node[2:])}
                keys |= {e.source[2:] for e in view.into(node[4:]) if e.source[0] == "u"}
    pairs = [Pair(before.unit(key), after.unit(key)) for key in sorted(keys)]
    for directory in sorted(directories):
        if (is_root(before, directory) or is_root(after, directory)) and not covered(before, after, directory):
            base = kustomize_unit(before, directory, read) if before.buildable(directory) else None
            head = kustomize_unit(after, directory, read) if after.buildable(directory) else None
            pairs.append(Pair(base, head))
    return [pair for pair in pairs if pair.base or pair.head]


def may_host(unit: Unit | None) -> bool:
    """Whether a unit's output can declare units that its files do not."""
    return unit is not None and any(isinstance(part, KustomizeRender | HelmRender) for part in unit.parts)


def children(view: View, host: Unit, outcome: Outcome | None, read: Reader, home: Home) -> dict[str, Child]:
    """The units that a rendered host declares, by key."""
    from bot.affected.declarations import read_declared

    if outcome is None or isinstance(outcome, Failed) or not may_host(host):
        return {}
    lookup = ViewLookup(view, home, near=host.declared_in or f"{host.path}/kustomization.yaml")
    found: dict[str, Child] = {}
    for document in outcome.documents:
        for value in _objects(document):
            for declared in read_declared(value, lookup):
                identity = declared.id
                key = f"{host.key}>{identity.kind}/{identity.namespace}/{identity.name}"
                file = host.declared_in or host.path
                unit = declared_unit(view, file, declared, read, key=key)
                path = host.path if all(isinstance(part, CannotRender) for part in unit.parts) else unit.path
                unit = replace(unit, path=path, environment=host.environment or unit.environment, declared_in=file)
                if len(found) < _MOST:
                    found[key] = _child(unit, document.digest, declared, lookup)
    return found


def _child(unit: Unit, digest: str, declared: Declared, lookup: Lookup) -> Child:
    if not _is_unknown(unit):
        return Child(unit, digest)
    objects = repr([lookup.find(*names) for names in declared.depends_objects])
    trees = dict.fromkeys((*declared.depends_trees, *declared.paths))
    hashed = hashlib.sha256(objects.encode("utf-8", "surrogatepass")).hexdigest()
    return Child(unit, digest, declared.depends_files, tuple(trees), hashed)


def _is_unknown(unit: Unit) -> bool:
    """Whether nothing can be rendered for a part of the unit, so that no closure says what it reads."""
    return any(isinstance(part, CannotRender) for part in unit.parts)


def _objects(document: Document) -> Iterable[dict[str, object]]:
    if not any(mark in document.text for mark in _MARKS):
        return
    from bot.documents import load_one
    from bot.errors import UserError

    try:
        value = load_one(document.text)
    except UserError:
        return
    if isinstance(value, dict) and is_delivery(value):
        yield value


def affected_children(before: View, after: View, base: dict[str, Child], head: dict[str, Child]) -> list[Pair]:
    """The children that the change may alter: all but those whose declaration and files are provably the same."""
    found = []
    for key in sorted(base.keys() | head.keys()):
        old, new = base.get(key), head.get(key)
        if not (old and new and _untouched(before, after, old, new)):
            pair = Pair(old.unit if old else None, new.unit if new else None)
            found.append(as_declared(before, after, pair))
    return found


def _untouched(before: View, after: View, old: Child, new: Child) -> bool:
    if (old.unit.parts, old.unit.generated) != (new.unit.parts, new.unit.generated):
        return False
    try:
        if _is_unknown(new.unit) and not _reads_the_same(before, after, old, new):
            return False
        return all(closure(before, part).key() == closure(after, part).key() for part in new.unit.parts)
    except TooBig:
        return False


def _reads_the_same(before: View, after: View, old: Child, new: Child) -> bool:
    if (old.digest, old.objects) != (new.digest, new.objects):
        return False
    return whole(before, old.files, old.trees).key() == whole(after, new.files, new.trees).key()
