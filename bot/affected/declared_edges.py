"""What a declared unit depends on, as edges: its declaration, what that names or looks for, and what its renders read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bot.affected.charts import chart_trees
from bot.affected.contents import ARTIFACTS
from bot.affected.edges import SOURCE_IGNORE, WIDE, Edge, Kind, ancestors, object_target
from bot.affected.facts import KUSTOMIZATION_NAMES
from bot.affected.sources import CLUSTER_SECRETS, Declared
from bot.affected.taken import sees_kustomization
from bot.affected.view import View
from bot.model.unit import (
    HelmRender,
    KustomizeRender,
    PlainRender,
    Render,
    Unit,
)


def declared_edges(view: View, scope: str, file: str, unit: Unit, found: Declared) -> list[Edge]:
    """What a unit depends on that is declared in ``file``."""
    source = f"{'t' if unit.template else 'u'}:{unit.key}"
    edges = [Edge(scope, source, Kind.EXACT, file)]
    edges += [edge for part in unit.parts for edge in part_edges(view, scope, source, part)]
    for part in unit.parts:  # a build that fails, whatever else lies in the directory
        if isinstance(part, KustomizeRender) and not (
            part.generate or part.mounts or view.kustomization_files(part.path)
        ):
            edges.append(Edge(scope, source, Kind.TREE, part.path))
    edges += [Edge(scope, source, Kind.EXACT, path) for path in files_read(view, found)]
    edges += [Edge(scope, source, Kind.TREE, tree) for path in found.depends_trees for tree in chart_trees(view, path)]
    shared = dict.fromkeys(tree for path in found.depends_shared for tree in chart_trees(view, path))
    edges += [Edge(scope, source, Kind.SHARED, tree) for tree in shared]
    edges += [Edge(scope, source, Kind.GENERATES, path) for path in found.paths]
    for kind, _, name in found.depends_objects:
        wanted = ARTIFACTS if kind == "ExternalArtifact" else kind
        edges.append(Edge(scope, source, Kind.OBJECT, object_target(wanted, name)))
    edges += [Edge(scope, scope, Kind.GENERATES, _literal(glob)) for glob in found.depends_globs]
    edges += [Edge(scope, f"{WIDE}u:{unit.key}", Kind.TREE, "")] if found.depends_anywhere else []
    edges += [edge for part in unit.parts for edge in _ignore_edges(scope, source, part)]
    return edges


def files_read(view: View, found: Declared) -> Iterator[str]:
    """The files that a declaration names. One in which an object is looked up is reached by that object's name alone: an
    edge onto the file would say that it is somebody's, while it is applied like any other."""
    clusters = frozenset(view.named(CLUSTER_SECRETS, "") if (CLUSTER_SECRETS, "", "") in found.depends_objects else ())
    return (path for path in found.depends_files if path not in clusters)


def _ignore_edges(scope: str, source: str, part: Render) -> list[Edge]:
    """Every file that says what Flux leaves out may change the unit; those above its path also how it is read."""
    if not isinstance(part, KustomizeRender | HelmRender) or part.source_ignore is None:
        return []
    path = part.path if isinstance(part, KustomizeRender) else part.chart
    above = [path, *ancestors(path)] if path else [""]
    return [
        Edge(scope, source, Kind.OBJECT, object_target(SOURCE_IGNORE, "")),
        *(Edge(scope, source, Kind.EXACT, _inside(directory, SOURCE_IGNORE)) for directory in above),
    ]


def _literal(glob: str) -> str:
    from bot.affected.globs import literal_prefix

    return literal_prefix(glob)


def part_edges(view: View, scope: str, source: str, part: Render) -> list[Edge]:
    """What one render reads, as edges of the unit."""
    if isinstance(part, KustomizeRender):
        return _kustomize_edges(view, scope, source, part)
    if isinstance(part, PlainRender):
        kind = Kind.TREE if part.recurse else Kind.DIR
        if view.entry(part.path) is not None:
            kind = Kind.EXACT
        return [Edge(scope, source, kind, part.path)]
    if isinstance(part, HelmRender):
        files = [*part.default_files, *part.value_files, *(path for _, path in part.file_parameters)]
        trees = [m.source for m in part.mounts] or chart_trees(view, part.chart)
        edges = [Edge(scope, source, Kind.TREE, tree) for tree in trees]
        return edges + [Edge(scope, source, Kind.EXACT, path) for path in files]
    return []


def _kustomize_edges(view: View, scope: str, source: str, part: KustomizeRender) -> list[Edge]:
    if part.mounts:
        return [Edge(scope, source, Kind.TREE, mount.source) for mount in part.mounts]
    if part.generate and not sees_kustomization(view, part):
        edges = [Edge(scope, source, Kind.TREE, part.path)]
        edges += [Edge(scope, source, Kind.EXACT, path) for path in _listed(view, part)]
    else:
        edges = [Edge(scope, source, Kind.EXACT, part.path)]
        edges += [Edge(scope, source, Kind.GENERATES, _inside(part.path, name)) for name in KUSTOMIZATION_NAMES]
    for component in part.overlay.components:
        from bot.affected.references import join

        target = join(part.path, component)
        if target is not None:
            edges.append(Edge(scope, source, Kind.EXACT, target))
    return edges


def _listed(view: View, part: KustomizeRender) -> Iterator[str]:
    """The kustomizations that Flux lists in the one it generates, the first on each way down, which are built as parts of
    it; and the ``.sourceignore`` files that have a say in that."""
    real, _ = view.resolve(part.path)
    found: list[str] = []
    for entry in view.walk(real) if real is not None else ():
        folder, _, name = entry.path.rpartition("/")
        if name == SOURCE_IGNORE:
            yield entry.path
        elif name in KUSTOMIZATION_NAMES and folder != real:
            found.append(folder)
    tops: set[str] = set()
    for folder in sorted(set(found), key=lambda path: path.count("/")):
        if tops.isdisjoint(ancestors(folder)) and sees_kustomization(view, replace(part, path=folder)):
            tops.add(folder)
    yield from sorted(tops)


def _inside(directory: str, name: str) -> str:
    return f"{directory}/{name}" if directory else name
