"""Units that Argo CD and Flux objects declare: which of them count, and how each is rendered."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from bot.affected import stray_patches
from bot.affected.chart_parts import is_kept, is_loaded
from bot.affected.declared_edges import declared_edges
from bot.affected.edges import WIDE, Edge, Found, Kind
from bot.affected.kustomization_scope import refs
from bot.affected.left_out import left_out_by
from bot.affected.lookup import Home, ViewLookup
from bot.affected.open_paths import open_paths
from bot.affected.rules import Reader
from bot.affected.sources import Declared
from bot.affected.view import View
from bot.model.snapshot import Entry
from bot.model.unit import (
    CannotRender,
    HelmRender,
    KustomizeRender,
    PlainRender,
    Render,
    Renderer,
    Unit,
)

if TYPE_CHECKING:
    from bot.config.schema import UnitRule

# Kustomization fields whose files become objects; a declaration in a patch is only a part of one.
_OBJECT_FIELDS = frozenset(("resources", "bases", "components", "unparsed"))
_FIELDS: WeakKeyDictionary[View, dict[str, dict[str, set[str]]]] = WeakKeyDictionary()


def declarations(view: View, path: str, read: Reader, home: Home, lookup: ViewLookup | None = None) -> Found:
    """The units of the Argo CD and Flux objects in one file. ``lookup``: where the names of other objects are looked up."""
    from bot.affected.declarations import read_declared

    entry = view.entry(path)
    if entry is None:
        return [], []
    objects = view.whole(entry).declared
    if not objects or is_loaded(view, path):
        return [], []
    is_meant = not (read.ignore.match(path) or is_kept(view, path))
    fields = _used_as(view, path, even_beside=not is_meant)
    if not (is_meant or fields):  # a kustomization that takes it applies it all the same
        return [], []
    if fields and not fields & _OBJECT_FIELDS:  # a patch: part of an object
        return [], []
    scope = f"f:{path}"
    lookup = lookup or ViewLookup(view, home, near=path, namer=read.namer)
    edges: list[Edge] = []
    units: list[Unit] = []
    for value in objects:
        for found in _located(view, entry, value, read_declared(value, lookup)):
            unit = declared_unit(view, path, found, read, template=bool(fields))
            if any(unit.key == other.key for other in units):
                unit = replace(unit, notes=(*unit.notes, f"{path} holds {unit.source} twice: the lower one counts."))
                units = [other for other in units if other.key != unit.key]
            units.append(unit)
            edges += declared_edges(view, scope, path, unit, found)
            edges += [Edge(scope, f"{WIDE}u:{unit.key}", Kind.TREE, place) for place in open_paths(value)]
    by, asked = ("", []) if fields else stray_patches.left_out_by(view, path, objects)
    if by := by or ("" if fields else left_out_by(view, path, units, edges)):
        units = [replace(unit, left_out_by=by) for unit in units]
    edges += asked
    edges += lookup.edges(scope, edges)  # also what was looked for in vain, by readers that then found nothing
    return list(dict.fromkeys(edges)), units


def _located(view: View, entry: Entry, value: dict[str, object], found: list[Declared]) -> list[Declared]:
    """The same; what is mistyped in the object is said with its line."""
    from bot.affected.mistyped import line_of, mistake

    wrong = mistake(str(value.get("apiVersion")), str(value.get("kind")))
    if wrong is None:
        return found
    return [each.at(entry.path, line_of(view.read(entry), wrong.wrong)) for each in found]


def _used_as(view: View, path: str, *, even_beside: bool) -> set[str]:
    """The fields of kustomizations that name the file, by whatever name. ``even_beside``: also of those that are ignored,
    on which others may build."""
    names = {path, *view.aliases(path)}
    kinds = (Kind.EXACT, Kind.BESIDE) if even_beside else (Kind.EXACT,)
    edges = (edge for name in names for edge in view.into(name) if edge.kind in kinds)
    directories = {edge.source[2:] for edge in edges if edge.source.startswith("k:")}
    found = (_fields(view, directory) for directory in directories)
    return {field for fields in found for name in names for field in fields.get(name, ())}


def _fields(view: View, directory: str) -> dict[str, set[str]]:
    """By what a kustomization names, the fields that name it; read once for each view, as many files may be named."""
    known = _FIELDS.setdefault(view, {})
    if directory not in known:
        found = known[directory] = {}
        entry = view.kustomization(directory)
        for ref in refs(view, entry, directory) if entry is not None else ():
            if ref.target is not None:
                found.setdefault(ref.target, set()).add(ref.field)
    return known[directory]


def is_only_patch(view: View, path: str) -> bool:
    """Whether kustomizations name a file, and none of them for its objects. Asked when all edges of a side are known."""
    fields = _used_as(view, path, even_beside=True)
    return bool(fields) and not fields & _OBJECT_FIELDS


def declared_unit(
    view: View, file: str, found: Declared, read: Reader, *, template: bool = False, key: str = ""
) -> Unit:
    """The unit of one declaration. ``key`` is its own in a file, else that of the host's output it comes from."""
    path = found.paths[0] if found.paths else _path_of(found.parts) or file.rpartition("/")[0]
    more = (found.namespace, *found.more_hints)
    named = read.namer.name(
        path, declared_in=file, hints=(found.environment_hint,), more=more, app=found.app_hint, values=_values(found)
    )
    renderer = _renderer(view, found)
    rule = read.about(path, renderer, found.id.group)
    told = read.told_environment(rule)
    environment = named.environment if told is None else told
    return Unit(
        key=key or f"{file}#{found.id.kind}/{found.id.namespace}/{found.id.name}",
        path=path,
        renderer=renderer,
        parts=tuple(_settled(_as_said(part, rule), read, environment, rule) for part in found.parts),
        source=found.id,
        declared_in=file,
        app=named.app if rule is None or rule.app is None else rule.app,
        environment=environment,
        template=template,
        notes=(*found.notes, *(named.notes if told is None else ())),
        generated=found.generated,
        application_set=found.application_set,
        takes=found.takes,
        lacks=found.lacks,
        stays=found.stays,
        rows=found.rows,
        namespace=found.namespace if _has_default(found) else "",
        cluster=_cluster(found.cluster, environment, read),
        packed_by_version=found.packed_by_version,
        decrypts=found.decrypts,
    )


def _cluster(said: str, environment: str, read: Reader) -> str:
    """What tells a cluster everywhere: its address, or a name that tells its environment. Another name (`workload`) may mean
    another cluster for the Argo CD of each environment. A checksum, because addresses out of Secrets are not kept."""
    if not said:
        return ""
    everywhere = "://" in said or read.namer.names_one(said)
    return hashlib.sha256((said if everywhere else f"{environment} {said}").encode()).hexdigest()[:16]


def _has_default(found: Declared) -> bool:
    """Whether an object that names no namespace goes where the declaration says; Flux refuses one of a Kustomization."""
    return found.id.kind in ("Application", "HelmRelease")


def _values(found: Declared) -> Iterator[str]:
    """The value files of an Application. Those of a HelmRelease say nothing: it is one for each cluster that takes it."""
    if found.id.group == "argoproj.io":
        for part in found.parts:
            if isinstance(part, HelmRender | CannotRender):
                yield from part.value_files if isinstance(part, HelmRender) else part.values


def _path_of(parts: Iterable[Render]) -> str:
    for part in parts:
        if isinstance(part, HelmRender):
            return part.chart
        if isinstance(part, KustomizeRender | PlainRender):
            return part.path
    return ""


def _renderer(view: View, found: Declared) -> Renderer:
    if not found.more_than_path and len(found.parts) == 1:
        part = found.parts[0]
        if isinstance(part, KustomizeRender):
            if part.generate and not part.mounts and view.kustomization(part.path) is None:
                return Renderer.PLAIN  # Flux lists the manifests of such a directory itself
            return Renderer.KUSTOMIZE
        if isinstance(part, PlainRender):
            return Renderer.PLAIN
        if isinstance(part, HelmRender):
            return Renderer.HELM
    return Renderer.ARGOCD if found.id.group == "argoproj.io" else Renderer.FLUX


def _as_said(part: Render, rule: UnitRule | None) -> Render:
    """The part with what the configuration says about this unit."""
    if rule is None:
        return part
    if isinstance(part, KustomizeRender):
        restrict = part.restrict if rule.restrict is None else rule.restrict
        helm = part.enable_helm if rule.enable_helm is None else rule.enable_helm
        return replace(part, restrict=restrict, enable_helm=helm)
    if rule.namespace is not None and isinstance(part, HelmRender | PlainRender):
        return replace(part, namespace=rule.namespace)
    return part


def _settled(part: Render, read: Reader, environment: str, rule: UnitRule | None) -> Render:
    """The part with what the configuration says about every render."""
    is_open = rule is None or rule.enable_helm is None
    if isinstance(part, KustomizeRender) and is_open and read.config.render.enable_helm:
        part = replace(part, enable_helm=True)
    if isinstance(part, HelmRender) and not part.kube_version:
        part = replace(part, kube_version=read.kube_version(environment))
    return part
