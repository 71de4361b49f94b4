"""One side of a comparison: a tree with what its files say and its file graph, as the stored index plus what differs.

Implements model.snapshot.Indexed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from bot.affected.chart_templates import is_template
from bot.affected.edges import Edge, Kind, MemoryEdges, ancestors, object_target
from bot.affected.facts import (
    ANY,
    CHARTS,
    DEFINED,
    KUSTOMIZATION_NAMES,
    NAMING,
    NOTHING,
    OBJECT,
    OF_PROJECT,
    USED,
    Facts,
    Role,
    role_of,
)
from bot.affected.files import Files, Source
from bot.affected.links import is_at_or_below
from bot.affected.shared_name import shared_name
from bot.affected.store import Store
from bot.errors import TooBig

if TYPE_CHECKING:
    from bot.affected.naming import Namer
    from bot.affected.references import Reference
    from bot.model.snapshot import Change, Entry
    from bot.model.symlinks import Way
    from bot.model.unit import Unit


class View(Files):
    """The snapshot and its graph. See ``files`` for its files and symlinks."""

    def __init__(self, store: Store, source: Source, tree: str, changes: list[Change]) -> None:
        super().__init__(store, source, tree, changes)
        self.stored_graph = True  # False while the graph of the stored tree itself is being read
        self._facts: dict[tuple[str, Role], Facts] = {}
        self.new_facts: list[tuple[str, int, str]] = []
        self._linked: dict[str, Way] | None = None
        self._changed_names: dict[tuple[str, str], list[str]] | None = None
        self._aliases: dict[str, set[str]] = {}
        self._kustomizations: dict[str, list[Entry]] = {}
        self._buildable: dict[str, bool] = {}
        self.references: dict[tuple[str, str, str], list[Reference]] = {}  # see ``kustomization_scope.refs``
        self.replaced: set[str] = set()  # scopes that were read again
        self._edges = MemoryEdges()
        self._units: dict[str, list[Unit]] = {}
        self._units_by_key: dict[str, list[Unit]] = {}
        self.read_scope: Callable[[View, str], list[Unit]] | None = None
        self._read_again: dict[str, list[Unit]] = {}

    # -- symlinks

    def aliases(self, path: str) -> set[str]:
        """Other names under which something refers to a path, through symlinks."""
        self._linked_targets()
        return self._aliases.get(path, set())

    def _linked_targets(self) -> dict[str, Way]:
        """Where the targets of edges lead that pass a symlink."""
        if self._linked is None:
            links = self.links()
            names = {edge.target for link in links for edge in (*self.into(link), *self.below(link))}
            self._linked = {name: links.way(name) for name in sorted(names)}
            self._aliases = {}
            for name, way in self._linked.items():
                if way.real is not None:
                    self._aliases.setdefault(way.real, set()).add(name)
        return self._linked

    # -- facts

    def facts(self, entry: Entry, role: Role | None = None) -> Facts:
        """What a file says, in the role its name gives it, or in the one that a symlink to it has."""
        role = role_of(entry.path) if role is None else role
        if role is Role.NONE or entry.is_symlink or entry.is_submodule:
            return NOTHING
        known = self._facts.get((entry.oid, role)) or self._store.facts(entry.oid, role)
        if known is None:
            known = self.learn(entry, self._beginning(entry), role)
        self._facts[entry.oid, role] = known
        return known

    def whole(self, entry: Entry, role: Role | None = None) -> Facts:
        """The same with what the index does not keep because it may hold secrets: the file is read again for it."""
        role = role_of(entry.path) if role is None else role
        known = self.facts(entry, role)
        if known.partial:
            from bot.affected.contents import read_facts

            known = read_facts(role, self._beginning(entry), entry.path)
            self._facts[entry.oid, role] = known
        return known

    def learn(self, entry: Entry, data: bytes, role: Role | None = None) -> Facts:
        """Read the facts of a content that is at hand."""
        from bot.affected.contents import read_facts

        role = role_of(entry.path) if role is None else role
        known = read_facts(role, data, entry.path)
        self._facts[entry.oid, role] = known
        self.new_facts.append((entry.oid, int(role), known.dump()))
        return known

    def _beginning(self, entry: Entry) -> bytes:
        """The content, of a very big file as much as is read when the whole repository is."""
        try:
            return self.read(entry)
        except TooBig:
            return next(data for _, data in self._source.blobs(iter((entry,))))

    def kustomization(self, directory: str) -> Entry | None:
        """The kustomization file of a directory, None when there is none (symlinks followed)."""
        return next(iter(self.kustomization_files(directory)), None)

    def kustomization_files(self, directory: str) -> list[Entry]:
        """Every file that kustomize may take for the directory's kustomization: it tries all names and skips those that
        it cannot load, such as a symlink to nothing."""
        if directory not in self._kustomizations:
            self._kustomizations[directory] = list(self._find_kustomizations(directory))
        return self._kustomizations[directory]

    def _find_kustomizations(self, directory: str) -> Iterator[Entry]:
        paths = [f"{directory}/{name}" if directory else name for name in KUSTOMIZATION_NAMES]
        known = self._changed if self._whole is None else self._whole
        stored = self._store.named_in(directory, KUSTOMIZATION_NAMES) if self._whole is None else {}
        for path in paths:
            entry = known[path] if path in known else stored.get(path)
            if entry is not None and entry.is_symlink:
                real, _ = self.resolve(entry.path)
                entry = self.entry(real) if real is not None else None
            if entry is not None and not entry.is_submodule and not is_template(self, directory, entry):
                yield entry

    def named(self, kind: str, name: str) -> list[str]:
        """Files that may hold the object ``name``."""
        found = {path for path in self._store.named(kind, name) if path not in self._changed}
        return sorted(found.union(self._named_in_changed().get((kind, name), ())))

    def names_in(self, entry: Entry) -> tuple[tuple[str, str], ...]:
        """(kind, name) under which the index finds a file."""
        role = role_of(entry.path)
        if role is Role.CHART:
            return ((CHARTS, entry.path.rpartition("/")[0].rpartition("/")[2]),)
        return self.facts(entry).names if role in NAMING else ()

    def defining(self, kind: str) -> list[str]:
        """Files that may hold a CRD of the kind."""
        return self._named_so_or_any(DEFINED, kind)

    def using(self, api_version: str, kind: str) -> list[str]:
        """Files with objects of a kind that is none of Kubernetes' own."""
        return self.named(USED, f"{api_version} {kind}")

    def of_project(self, name: str) -> list[str]:
        """Files with Applications, or sets of them, that name the AppProject."""
        return self._named_so_or_any(OF_PROJECT, name)

    def _named_so_or_any(self, what: str, name: str) -> list[str]:
        return sorted({*self.named(what, name), *self.named(what, "")})

    def _named_in_changed(self) -> dict[tuple[str, str], list[str]]:
        if self._changed_names is None:
            self._changed_names = {}
            for path, entry in self._changed.items():
                for name in self.names_in(entry) if entry is not None else ():
                    self._changed_names.setdefault(name, []).append(path)
        return self._changed_names

    # -- the graph (affected.edges.Edges)

    def replace_scope(self, scope: str, edges: list[Edge], units: list[Unit]) -> None:
        """Read a scope anew: what the store says about it no longer holds on this side."""
        self.replaced.add(scope)
        self._linked = None
        for edge in edges:
            self._edges.add(edge)
        self._units[scope] = units
        for unit in units:
            self._units_by_key.setdefault(unit.key, []).append(unit)

    def into(self, target: str) -> list[Edge]:
        if not self.stored_graph:
            return self._edges.into(target)
        return [e for e in self._store.into(target) if e.scope not in self.replaced] + self._edges.into(target)

    def onto(self, path: str) -> Iterator[Edge]:
        """Every edge that a path has to do with: onto it, onto its directory or a tree above it, by whatever name."""
        yield from self._onto(path)
        if not self.links():
            return
        carriers = sorted(self.links().carriers(path))
        for carrier in carriers:
            yield from (edge for edge in self._onto(carrier) if edge.kind not in (Kind.EXACT, Kind.BESIDE))
        for name, way in self._linked_targets().items():
            if way.real == path or way.depends_on(path):
                yield from self.into(name)
                continue
            for place in (path, *carriers):
                if is_at_or_below(place, way.real):
                    nearest = place.rpartition("/")[0] == way.real
                    yield from (edge for edge in self.into(name) if _holds(edge, nearest=nearest))

    def _onto(self, path: str) -> Iterator[Edge]:
        yield from self.into(path)
        for level, above in enumerate(ancestors(path)):
            yield from (edge for edge in self.into(above) if _holds(edge, nearest=level == 0))

    def below(self, prefix: str) -> list[Edge]:
        kept = [e for e in self._store.below(prefix) if e.scope not in self.replaced]
        return kept + list(self._edges.below(prefix))

    def onto_object(self, kind: str, name: str) -> list[Edge]:
        """Edges onto an object by its name; onto every one for the name ``ANY``."""
        if kind == OBJECT:
            return []
        if (kind, name) != ANY:
            return self.into(object_target(kind, name))
        stored = [edge for edge in self._store.onto_objects() if edge.scope not in self.replaced]
        return stored + [edge for edge in self._edges if edge.kind is Kind.OBJECT]

    def onto_renamed(self, prefix: str, suffix: str) -> list[Edge]:
        """Edges onto ConfigMaps by a name that begins and ends so."""
        start = object_target("ConfigMap", prefix)
        edges = [edge for edge in self._store.onto_objects(start) if edge.scope not in self.replaced]
        edges += (edge for edge in self._edges if edge.kind is Kind.OBJECT and edge.target.startswith(start))
        return [edge for edge in edges if edge.target.endswith(suffix)]

    def out_of(self, source: str) -> list[Edge]:
        if not self.stored_graph:
            return self._edges.out_of(source)
        return [e for e in self._store.out_of(source) if e.scope not in self.replaced] + self._edges.out_of(source)

    def of_scope(self, scope: str) -> list[Edge]:
        return self._edges.of_scope(scope) if scope in self.replaced else self._store.of_scope(scope)

    # -- units that a scope declares

    def unit(self, key: str) -> Unit | None:
        """A declared unit by its key."""
        rows = [(scope, data) for scope, data in self._store.unit(key) if data and scope not in self.replaced]
        found = [self._complete(scope, _load(data)) for scope, data in rows]
        found += self._units_by_key.get(key, [])
        return min(found, key=lambda u: (str(u.source), u.declared_in)) if found else None

    def _complete(self, scope: str, unit: Unit) -> Unit:
        """The unit with its parts: those of a declaration are not kept in the index, because values may hold secrets."""
        if unit.parts or self.read_scope is None:
            return unit
        if scope not in self._read_again:
            self._read_again[scope] = self.read_scope(self, scope)
        return next((found for found in self._read_again[scope] if found.key == unit.key), unit)

    def units_of(self, scope: str) -> list[Unit]:
        if scope in self.replaced:
            return self._units.get(scope, [])
        return [_load(data) for data in self._store.units_of(scope) if data]

    def units(self) -> Iterator[Unit]:
        """Every declared unit of this side, those that the index holds without their parts (``unit`` gives them)."""
        for scope, data in self._store.all_units():
            if data and scope not in self.replaced:
                yield _load(data)
        for units in self._units.values():
            yield from units

    def pending(self, namer: Namer) -> tuple[list[Edge], list[tuple[str, str, str, str, str]]]:
        """The edges and units that are not in the store yet, in the form it takes."""
        from bot.model.codec import dump_unit

        data = {(scope, u.key): dump_unit(_kept(scope, u)) for scope, units in self._units.items() for u in units}
        named = self._named(namer)
        return list(self._edges), [
            (key, scope, data.get((scope, key), ""), app, environment) for environment, key, scope, app in named
        ]

    def _named(self, namer: Namer) -> Iterator[tuple[str, str, str, str]]:
        """(environment, key, scope, application's shared name) of the units of scopes that were read again."""
        for scope, units in self._units.items():
            for unit in units:
                yield unit.environment, unit.key, scope, shared_name(unit.app, unit.environment, namer, unit.path)
        for scope in self.replaced:
            if scope[0] == "k" and self.buildable(scope[2:]):
                found = namer.name(scope[2:])
                yield found.environment, scope, scope, shared_name(found.app, found.environment, namer, scope[2:])

    def of_app(self, app: str, namer: Namer, most: int) -> list[tuple[str, str]]:
        """(environment, key) of the units of an application under the name that it has everywhere (``shared_name``), about
        ``most`` of them at most; ``k:DIR`` for the build of a kustomization."""
        stored = [(e, key) for e, key, scope in self._store.of_app(app, most) if scope not in self.replaced]
        return stored + [(e, key) for e, key, _, own in self._named(namer) if own == app]

    def buildable(self, directory: str) -> bool:
        """Whether the directory holds a kustomization that is built by itself (not a Component)."""
        from bot.affected.references import is_component

        if directory not in self._buildable:
            files = self.kustomization_files(directory)
            found = any(not is_component(self.facts(entry, Role.KUSTOMIZATION).value) for entry in files)
            self._buildable[directory] = found
        return self._buildable[directory]

    def kustomizations(self) -> list[str]:
        """Every directory with a kustomization that can be built, sorted."""
        stored = {key[2:] for key in self._store.kustomizations() if key not in self.replaced}
        return sorted(stored | {s[2:] for s in self.replaced if s[0] == "k" and self.buildable(s[2:])})

    def deployed(self) -> int:
        """How many units the stored tree deploys."""
        return self._store.deployed()


def _load(data: str) -> Unit:
    from bot.model.codec import load_unit

    return load_unit(data)


def _kept(scope: str, unit: Unit) -> Unit:
    """The unit as the index may keep it."""
    from dataclasses import replace

    return replace(unit, parts=(), generated="", takes=(), lacks=(), stays="") if scope[0] == "f" else unit


def _holds(edge: Edge, *, nearest: bool) -> bool:
    """Whether an edge onto a directory is about what lies in it; ``nearest``: directly inside."""
    return edge.kind in (Kind.TREE, Kind.SHARED, Kind.GENERATES) or (edge.kind is Kind.DIR and nearest)
