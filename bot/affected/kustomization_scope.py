"""The scope of a kustomization: the edges onto what it reads, and which references its files hold."""

from __future__ import annotations

from collections.abc import Iterator

from bot.affected.chart_templates import is_template
from bot.affected.contents import words_of
from bot.affected.deliveries import patch_edges
from bot.affected.edges import NOBODY, WIDE, Edge, Found, Kind
from bot.affected.facts import KUSTOMIZATION_NAMES, Role, role_of
from bot.affected.references import Reference, composes, join, plugin_references, references
from bot.affected.rules import Reader
from bot.affected.view import View
from bot.errors import TooBig
from bot.model.snapshot import Entry

_MOST_PLUGIN_FILES = 200
_MOST_REMEMBERED = 4096


def kustomization(view: View, directory: str, read: Reader) -> Found:
    """The edges of the kustomization in ``directory``; none when there is none."""
    scope = f"k:{directory}"
    edges = [Edge(scope, scope, Kind.EXACT, path) for path in _own_files(view, directory)]
    if _is_of_chart(view, directory):
        return [], []
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


def _is_of_chart(view: View, directory: str) -> bool:
    """Whether the files that are called like kustomizations are templates of a chart."""
    paths = (f"{directory}/{name}" if directory else name for name in KUSTOMIZATION_NAMES)
    files = [entry for path in paths if (entry := view.entry(path)) is not None and not entry.is_symlink]
    return bool(files) and all(is_template(view, directory, entry) for entry in files)


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
