"""Units that a host's output declares: HelmReleases completed by an overlay, Applications made by a chart.

The children of a host (see ``hosts``) are paired by base and head like any other unit. A child stands for what discovery
finds by its directory alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

from bot.affected.closure import closure, whole
from bot.affected.declared import declared_unit
from bot.affected.declared_edges import files_read
from bot.affected.edges import ancestors
from bot.affected.facts import Role, role_of
from bot.affected.hosts import may_host
from bot.affected.lookup import Home
from bot.affected.outputs import declaring
from bot.affected.provided import ProvidedLookup, Providers
from bot.affected.rules import Reader
from bot.affected.sources import Declared, Lookup
from bot.affected.view import View
from bot.errors import TooBig
from bot.model.resource import Failed, Outcome
from bot.model.unit import CannotRender, HelmRender, KustomizeRender, ObjectId, PlainRender, Unit

_MOST = 2000


@dataclass(frozen=True, slots=True)
class Host:
    """One unit on one side whose output is asked. ``top``: the key under which the units of its cluster are kept apart
    from those of others; ``near``: the file from where names are looked up; ``above``: itself and what declares it."""

    unit: Unit
    top: str = ""
    near: str = ""
    above: tuple[Unit, ...] = ()


@dataclass(frozen=True, slots=True)
class Child:
    """One unit of a host's output, and a digest of the object that declares it.

    ``written`` is the unit as the file says that holds the object, where one does. ``read`` are the files that were read to
    know the declaration (a generator's parameters); ``matched``: it may be there because of a path that a generator matches.
    The others are what the declaration reads where nothing can be
    rendered: files, directories, and ``objects``, a digest of what it found of those it names.
    """

    unit: Unit
    digest: str
    written: Unit | None = None
    read: tuple[str, ...] = ()
    matched: bool = False
    files: tuple[str, ...] = ()
    trees: tuple[str, ...] = ()
    objects: str = ""


def children(
    providers: Providers,
    host: Host,
    outcome: Outcome | None,
    read: Reader,
    home: Home,
    *,
    passed_over: frozenset[str] = frozenset(),
    as_files: bool = False,
) -> dict[str, Child]:
    """The units that a rendered host declares, by key, without those of documents with the digests ``passed_over``. What
    declares the host itself is not among them. ``as_files``: also of a host whose output is its files as they are."""
    from bot.affected.declarations import read_declared

    if outcome is None or isinstance(outcome, Failed) or not (as_files or may_host(host.unit)):
        return {}
    view = providers.view
    lookup = ProvidedLookup(providers, home, near=host.near, own=outcome.documents)
    file = host.unit.declared_in or host.unit.path
    found: dict[str, Child] = {}
    written: dict[tuple[str, str, str], list[Unit]] | None = None
    for document in outcome.documents:
        for value in declaring(document) if document.digest not in passed_over else ():
            for declared in _located(view, host.unit, value, read_declared(value, lookup)):
                key = f"{host.top or host.unit.key}>{declared.id.kind}/{declared.id.namespace}/{declared.id.name}"
                unit = declared_unit(view, file, declared, read, key=key)
                told = read.told_environment(read.about(unit.path, unit.renderer, declared.id.group))
                found_by_name = read.namer.matched(unit.path) or host.unit.environment or unit.environment
                environment = found_by_name if told is None else told
                is_placed = not all(isinstance(part, CannotRender) for part in unit.parts)
                path = unit.path if is_placed else host.unit.path
                unit = replace(unit, path=path, environment=environment, declared_in=file)
                if len(found) >= _MOST or any(_is_same(unit, other) for other in host.above):
                    continue
                if written is None:
                    written = _written(view, host.unit)
                child = Child(
                    unit,
                    document.digest,
                    _as_written(declared.id, written),
                    tuple(files_read(view, declared)),
                    is_placed and bool(declared.depends_globs),
                )
                found[key] = _with_reads(child, declared, lookup)
    return found


def _located(view: View, host: Unit, value: dict[str, object], found: list[Declared]) -> list[Declared]:
    """The same; what is mistyped is said with its place, where one line of the host's files writes it."""
    from bot.affected.mistyped import lines_of, mistake

    wrong = mistake(str(value.get("apiVersion")), str(value.get("kind")))
    if wrong is None:
        return found
    places = [(path, line) for path, data in _texts(view, host) for line in lines_of(data, wrong.wrong)]
    return [each.at(*places[0]) for each in found] if len(places) == 1 else found


def _texts(view: View, unit: Unit) -> Iterator[tuple[str, bytes]]:
    """The files that a unit's render reads."""
    for part in unit.parts:
        try:
            for path, entry in closure(view, part).files.items():
                if not entry.is_symlink and not entry.is_submodule:
                    yield path, view.read(entry)
        except TooBig:
            continue


def _is_same(unit: Unit, other: Unit) -> bool:
    """Whether two units are one object of one cluster, which renders the same directory."""
    if unit.source is None or other.source is None or unit.path != other.path:
        return False
    return _names(unit.source) == _names(other.source) and _may_be(unit.source, other.source)


def _names(identity: ObjectId) -> tuple[str, str, str]:
    return identity.group, identity.kind, identity.name


def _may_be(one: ObjectId, other: ObjectId) -> bool:
    """Whether namespaces are the same, as far as they are written: a kustomization may set one later."""
    return one.namespace == other.namespace or not (one.namespace and other.namespace)


def _written(view: View, host: Unit) -> dict[tuple[str, str, str], list[Unit]]:
    """The declarations in the files that a host reads, by group, kind and name."""
    found: dict[tuple[str, str, str], list[Unit]] = {}
    for part in host.parts:
        try:
            files = closure(view, part).files
        except TooBig:
            continue
        for path, entry in files.items():
            for unit in view.units_of(f"f:{path}") if view.facts(entry).declares else ():
                if unit.source is not None:
                    found.setdefault(_names(unit.source), []).append(unit)
    return found


def _as_written(identity: ObjectId, written: dict[tuple[str, str, str], list[Unit]]) -> Unit | None:
    named = written.get(_names(identity), ())
    found = [unit for unit in named if unit.source and _may_be(identity, unit.source)]
    if not found:  # of another namespace: what Flux says of the directory, or a kustomization, sets it
        found = [unit for unit in named if not unit.template]
    return found[0] if len(found) == 1 else None


def _with_reads(child: Child, declared: Declared, lookup: Lookup) -> Child:
    if not _is_unknown(child.unit):
        return child
    objects = repr([lookup.find(*names) for names in declared.depends_objects])
    hashed = hashlib.sha256(objects.encode("utf-8", "surrogatepass")).hexdigest()
    trees = tuple(dict.fromkeys((*declared.depends_trees, *declared.paths)))
    return replace(child, files=declared.depends_files, trees=trees, objects=hashed)


def _is_unknown(unit: Unit) -> bool:
    """Whether nothing can be rendered for a part of the unit, so that no closure says what it reads."""
    return any(isinstance(part, CannotRender) for part in unit.parts)


def stands_for(view: View, unit: Unit) -> Iterator[str]:
    """The keys of the units that discovery finds by directory alone, and that a declared unit stands for."""
    for part in unit.parts:
        if isinstance(part, KustomizeRender | HelmRender) and part.mounts:
            continue
        if isinstance(part, HelmRender):
            yield from (u.key for u in view.units_of(f"h:{part.chart}"))
        elif isinstance(part, KustomizeRender) and view.kustomization(part.path) is not None:
            yield part.path or "."
        elif isinstance(part, KustomizeRender | PlainRender):
            if isinstance(part, KustomizeRender):
                yield from _listed(view, part)
            below = not isinstance(part, PlainRender) or part.recurse
            for directory in (part.path, *(view.directories(part.path) if below else ())):
                yield from (u.key for u in view.units_of(f"p:{directory}"))


def _listed(view: View, part: KustomizeRender) -> list[str]:
    """The kustomizations that Flux lists in the one it generates: the first on each way down."""
    try:
        files = closure(view, part).files
    except TooBig:
        return []
    inside = f"{part.path}/" if part.path else ""
    folders = {path.rpartition("/")[0] for path in files if role_of(path) is Role.KUSTOMIZATION}
    below = {folder for folder in folders if folder.startswith(inside)}
    return sorted(folder for folder in below if below.isdisjoint(ancestors(folder)))


def untouched(before: View, after: View, old: Child | None, new: Child | None) -> bool:
    """Whether the declaration of a unit and all that it reads are provably the same on both sides."""
    if old is None or new is None:
        return False
    if (old.unit.parts, old.unit.generated) != (new.unit.parts, new.unit.generated):
        return False
    if not set(new.unit.lacks) <= set(old.unit.lacks):
        return False  # what it names is gone, or never was here, although its parts are the same for all that is known
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
