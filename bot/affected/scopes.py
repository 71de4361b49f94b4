"""Read one scope of a repository: the edges and units that a kustomization, a declaration, a chart, a directory of plain
manifests or the configuration gives. Each function looks at one view and returns what it found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bot.affected.chart_values import values_by_environment, watched
from bot.affected.contents import words_of
from bot.affected.deliveries import chart_edges, patch_edges
from bot.affected.edges import NOBODY, WIDE, Edge, Kind, ancestors
from bot.affected.facts import KUSTOMIZATION_NAMES, Facts, Role, role_of
from bot.affected.plain_files import note, set_apart
from bot.affected.references import Reference, composes, held, join, plugin_references, references
from bot.affected.rules import Reader
from bot.affected.view import View
from bot.errors import TooBig
from bot.model.snapshot import Entry
from bot.model.unit import HelmRender, PlainRender, Renderer, Unit

Found = tuple[list[Edge], list[Unit]]

# Directories whose manifests nobody deploys unless something names them; a change below them is listed as unmapped.
_NOT_DEPLOYED = frozenset(
    ("docs", "doc", "examples", "example", "samples", "sample", "test", "tests", "testdata", "fixtures", "hack", "extras",
     "e2e", "templates", "node_modules", "vendor", "schemas")
)  # fmt: skip
_MOST_PLUGIN_FILES = 200
_MOST_REMEMBERED = 4096


# -- kustomizations


def kustomization(view: View, directory: str, read: Reader) -> Found:
    """The edges of the kustomization in ``directory``; none when there is none."""
    scope = f"k:{directory}"
    edges = [Edge(scope, scope, Kind.EXACT, path) for path in _own_files(view, directory)]
    if edges and read.holds_back(directory):
        edges.append(Edge(scope, f"{NOBODY}{scope}", Kind.EXACT, directory))
    for entry in view.kustomization_files(directory):
        found = refs(view, entry, directory)
        edges += patch_edges(view, entry, found, scope)
        if view.facts(entry, Role.KUSTOMIZATION).unread:
            edges.append(Edge(scope, scope, Kind.TREE, ""))
        if view.whole(entry, Role.KUSTOMIZATION).words:  # what is a path in it depends on what there is
            edges.append(Edge(scope, scope, Kind.GENERATES, ""))
        if any(_is_garbled(view, ref.target) for ref in found):  # what it declares is known from the output alone
            edges.append(Edge(scope, f"{WIDE}{scope}", Kind.TREE, ""))
        for ref in found:
            if ref.target is not None:
                is_beside = read.ignore.match(directory) or _is_beside(directory, ref.target, read)
                kind = Kind.BESIDE if is_beside else Kind.EXACT
                edges.append(Edge(scope, scope, Kind.TREE if ref.tree else kind, ref.target))
                if ref.plugin:
                    edges += _plugin_edges(view, ref, directory)
    return list(dict.fromkeys(edges)), []


def _is_beside(directory: str, target: str, read: Reader) -> bool:
    """Whether a kustomization builds on another environment's beside it (``overlays/qa`` on ``../dev``). That one is no mere
    part: people deploy both."""
    if (
        role_of(target) is not Role.NONE
        or directory == target
        or directory.rpartition("/")[0] != target.rpartition("/")[0]
    ):
        return False
    own, other = (read.namer.name(path).environment for path in (directory, target))
    return bool(own and other) and own != other


def _is_garbled(view: View, path: str | None) -> bool:
    if path is None or role_of(path) is not Role.MANIFEST:
        return False
    real, _ = view.resolve(path)
    entry = view.entry(real) if real is not None else None
    return entry is not None and view.facts(entry, Role.MANIFEST).garbled


def _own_files(view: View, directory: str) -> Iterator[str]:
    """The files that kustomize may take for the kustomization, and what lies on the way of a symlink to one."""
    for name in KUSTOMIZATION_NAMES:
        path = f"{directory}/{name}" if directory else name
        entry = view.entry(path)
        if entry is not None and entry.is_symlink:
            real, links = view.resolve(path)
            yield from links
            if real is not None:
                yield real
        elif entry is not None:
            yield path


def refs(view: View, entry: Entry, directory: str) -> list[Reference]:
    """The references of a kustomization file; of one that does not parse, every word that is a path in the tree. Those that
    many units share are read once."""
    key = (entry.oid, entry.path, directory)
    if key not in view.references:
        if len(view.references) >= _MOST_REMEMBERED:
            view.references.clear()
        view.references[key] = _refs(view, entry, directory)
    return view.references[key]


def _refs(view: View, entry: Entry, directory: str) -> list[Reference]:
    facts = view.whole(entry, Role.KUSTOMIZATION)
    if facts.words:
        found = ((word, join(directory, word)) for word in facts.words)
        return [Reference("unparsed", word, target) for word, target in found if target and _exists(view, target)]
    return references(facts.value, directory)


def _exists(view: View, path: str) -> bool:
    real, _ = view.resolve(path)
    return real is not None and (view.entry(real) is not None or view.is_dir(real))


def _plugin_edges(view: View, ref: Reference, directory: str) -> list[Edge]:
    """Edges onto the configuration of a builtin plugin and the files that it names: relative to the kustomization that
    runs it. A directory is built first: whatever its kustomization reads may hold such a name."""
    scope = f"k:{directory}"
    targets: list[str] = []
    edges: list[Edge] = []
    queue, seen = [ref.target or ""], set[str]()
    while queue:
        path = queue.pop()
        if path in seen:
            continue
        seen.add(path)
        if len(seen) > _MOST_PLUGIN_FILES:
            edges.append(Edge(scope, scope, Kind.TREE, ""))
            break
        real, links = view.resolve(path)
        targets += (path, *links, *([] if real is None else [real]))
        entry = view.entry(real) if real is not None else None
        files = [entry] if entry is not None else []
        if entry is None and real is not None:
            targets += _own_files(view, real)
            files = view.kustomization_files(real)
            for below in files:
                if composes(view.facts(below, Role.KUSTOMIZATION).value):
                    edges.append(Edge(scope, scope, Kind.TREE, directory))
                queue += [r.target for r in refs(view, below, real) if r.target is not None]
        for file in files:
            named = _named_in(view, file, directory, ref.field)
            targets += named or ()
            if named is None:
                edges.append(Edge(scope, scope, Kind.TREE, ""))
    return [*edges, *(Edge(scope, scope, Kind.EXACT, target) for target in targets)]


def _named_in(view: View, entry: Entry, directory: str, field: str) -> list[str] | None:
    """Everything in a plugin configuration that may be a path; None for one that is too big to be read."""
    from bot.documents import DocumentError, load_all

    try:
        data = view.read(entry)
        values: list[object] = [document.value for document in load_all(data, name=entry.path)]
    except TooBig:
        return None
    except DocumentError:
        values = list(words_of(data))
    homes = {directory, entry.path.rpartition("/")[0]}
    found = (found.target for home in homes for found in plugin_references(values, home, field))
    return [target for target in found if target is not None]


# -- charts


def chart(view: View, directory: str, read: Reader) -> Found:
    """The Helm chart in ``directory``: a unit for each environment's values, or one with the defaults."""
    entry = view.entry(f"{directory}/Chart.yaml" if directory else "Chart.yaml")
    if entry is None or is_subchart(view, directory):
        return [], []
    value = view.facts(entry).value
    if isinstance(value, dict) and value.get("type") == "library":
        return [], []
    name = chart_name(view, directory)
    scope = f"h:{directory}"
    edges, units = chart_edges(view, directory, scope), []
    if read.holds_back(directory):
        return edges, []
    edges += [Edge(scope, scope, Kind.GENERATES, root) for root in watched(directory)]
    trees = chart_trees(view, directory)
    named = read.namer.name(directory, app=name)
    for variant, values in sorted(values_by_environment(view, directory, read).items()):
        key = f"{directory or '.'}@{variant}"  # also without one: a kustomization may lie beside the chart
        notes = (*values.notes, *(() if values.environment else named.notes))
        environment = values.environment or named.environment
        version = read.kube_version(environment)
        render = HelmRender(directory, name, value_files=values.files, kube_version=version)
        units.append(
            Unit(key, directory, Renderer.HELM, (render,), app=named.app, environment=environment, notes=notes)
        )
        edges += [Edge(scope, f"u:{key}", Kind.TREE, tree) for tree in trees]
        edges += [Edge(scope, f"u:{key}", Kind.EXACT, file) for file in values.files]
    return edges, units


def chart_name(view: View, directory: str) -> str:
    """The name that a chart gives itself, else its directory's: that of its release where nothing names one. A chart that
    does not parse is a unit that does not render."""
    entry = view.entry(f"{directory}/Chart.yaml" if directory else "Chart.yaml")
    value = view.facts(entry).value if entry is not None else None
    name = value.get("name") if isinstance(value, dict) else None
    return str(name or directory.rpartition("/")[2])


def is_subchart(view: View, directory: str) -> bool:
    """Whether a chart lies in the ``charts/`` directory of another one."""
    parts = directory.split("/")
    for at in range(len(parts) - 1, -1, -1):
        if parts[at] == "charts":
            parent = "/".join(parts[:at])
            if view.entry(f"{parent}/Chart.yaml" if parent else "Chart.yaml") is not None:
                return True
    return False


def chart_trees(view: View, directory: str) -> list[str]:
    """The chart's directory and those of its ``file://`` dependencies, theirs included."""
    found: list[str] = []
    queue = [directory]
    while queue and len(found) < _MOST_PLUGIN_FILES:
        path = queue.pop()
        if path in found:
            continue
        found.append(path)
        entry = view.entry(f"{path}/Chart.yaml" if path else "Chart.yaml")
        queue += [target for _, target in local_dependencies(view.facts(entry) if entry else Facts(), path)]
    return found


def local_dependencies(facts: Facts, directory: str) -> list[tuple[str, str]]:
    """(name, directory) of the ``file://`` dependencies that Chart.yaml declares."""
    found = []
    for item in held(facts.value, "dependencies"):
        for repository in held(item, "repository"):
            if isinstance(repository, str) and repository.startswith("file://"):
                target = join(directory, repository.removeprefix("file://"))
                if target is not None:
                    found.append((str(next(iter(held(item, "name")), "")), target))
    return found


# -- plain manifests


def plain(view: View, directory: str, read: Reader) -> Found:
    """The manifests directly in ``directory`` that nothing else reads: one unit, and one for each that is set apart."""
    scope = f"p:{directory}"
    if not may_be_plain(view, directory, read) or read.holds_back(directory):
        return [], []
    files = [e.path for e in view.files_in(directory) if is_unclaimed_manifest(view, e, read)]
    if not files:
        return [], []
    apart = set_apart(view, directory, read)
    alone = frozenset(apart)
    units = [_plain_unit(path, path, read) for path in files if path in alone]
    edges = [Edge(scope, f"u:{u.key}", Kind.EXACT, u.path) for u in units]
    if len(units) < len(files):
        rest = [path for path in files if path not in alone]
        unit = _plain_unit(f"{directory}/*".lstrip("/"), directory, read, apart)
        unit = replace(unit, notes=(*unit.notes, *note(directory, rest, read)))
        units.append(unit)
        edges.append(Edge(scope, f"u:{unit.key}", Kind.DIR, directory))
    return edges, units


def _plain_unit(key: str, path: str, read: Reader, apart: tuple[str, ...] = ()) -> Unit:
    named = read.namer.name(path)
    render = PlainRender(path, apart=apart)
    return Unit(key, path, Renderer.PLAIN, (render,), app=named.app, environment=named.environment, notes=named.notes)


def may_be_plain(view: View, directory: str, read: Reader) -> bool:
    """Whether manifests that lie in the directory are taken for deployed."""
    if read.plain.match(directory):
        return True
    segments = directory.split("/") if directory else []
    if any(s.lower() in _NOT_DEPLOYED or s.startswith(".") for s in segments):
        return False
    for path in (directory, *ancestors(directory)) if directory else ("",):
        if view.kustomization(path) is not None or view.entry(f"{path}/Chart.yaml" if path else "Chart.yaml"):
            return False
    return True


def is_unclaimed_manifest(view: View, entry: Entry, read: Reader) -> bool:
    """Whether a file holds objects that nothing else deploys."""
    if role_of(entry.path) is not Role.MANIFEST or read.holds_back(entry.path):
        return False
    return view.facts(entry).manifest and not is_claimed(view, entry.path)


def is_claimed(view: View, path: str) -> bool:
    """Whether something other than discovery of plain directories reads the file."""
    for edge in view.into(path):
        if edge.kind is Kind.EXACT and edge.source[0] != "x" and edge.scope[0] != "p" and edge.scope != f"f:{path}":
            return True
    for level, above in enumerate(ancestors(path)):
        for edge in view.into(above):
            if above == "" and edge.scope[0] == "k":  # it may name anything: that is no claim on everything
                continue
            if (edge.kind is Kind.TREE and edge.source[0] != "x") or (
                edge.kind is Kind.DIR and level == 0 and not edge.scope.startswith("p:")
            ):
                return True
    return False
