"""The closure of a render: every file of one side that can have a say in it, and what is looked for but not there.

Only these files are laid out for the renderer, so a render that succeeds proves its closure complete.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain, islice

from bot.affected.charts import chart_trees, local_dependencies
from bot.affected.declared_edges import part_edges
from bot.affected.edges import Edge, Kind
from bot.affected.facts import KUSTOMIZATION_NAMES, Role, role_of
from bot.affected.kustomization_scope import refs
from bot.affected.links import is_at_or_below
from bot.affected.references import Reference, names_repository
from bot.affected.taken import takes
from bot.affected.view import View
from bot.errors import TooBig
from bot.model.snapshot import Entry
from bot.model.unit import HelmRender, KustomizeRender, PlainRender, Render

MOST_FILES = 50_000


@dataclass(slots=True)
class Closure:
    """``files`` by path, symlinks included as such. ``missing`` are paths that nothing holds, but for charts;
    ``remote`` and ``outside`` are references that leave the repository, as (file, text)."""

    files: dict[str, Entry] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    remote: list[tuple[str, str]] = field(default_factory=list)
    outside: list[tuple[str, str]] = field(default_factory=list)
    astray: str = ""  # the sentence about the symlink by which the first of these leaves
    submodules: list[str] = field(default_factory=list)
    chart_dependencies: list[tuple[str, str, str]] = field(default_factory=list)  # chart, name, directory

    def key(self) -> list[tuple[str, int, str]]:
        """(path, mode, blob id) of every file, sorted: with the options all that a render depends on."""
        return sorted((e.path, e.mode, e.oid) for e in self.files.values())


def closure(view: View, part: Render) -> Closure:
    """The closure of one render on one side. Raises TooBig over 50,000 files."""
    walk = _Walk(view, laid_out=not isinstance(part, PlainRender))
    for edge in part_edges(view, "", "", part):
        walk.follow(edge)
    if isinstance(part, HelmRender) and not part.mounts:
        walk.chart_dependencies(part.chart)
    if isinstance(part, KustomizeRender) and not part.mounts:
        walk.check_root(part.path)
    found = walk.closure
    if isinstance(part, KustomizeRender | HelmRender) and part.source_ignore is not None:
        _leave_out(found, view, part.source_ignore)
    if isinstance(part, KustomizeRender) and part.copied:
        held = part.copied
        found.files = {p: e for p, e in found.files.items() if any(is_at_or_below(p, copied) for copied in held)}
    if isinstance(part, PlainRender):
        _only_manifests(found, view, part)
    return found


def whole(view: View, files: Iterable[str], trees: Iterable[str]) -> Closure:
    """Files and everything below directories, symlinks and the local dependencies of charts followed: what a declaration
    reads that nothing can render. Raises TooBig over 50,000 files."""
    walk = _Walk(view, laid_out=False)
    for file in files:
        walk.follow(Edge("", "", Kind.EXACT, file))
    for tree in trees:
        for below in chart_trees(view, tree):
            walk.tree(below)
    return walk.closure


def _leave_out(found: Closure, view: View, ignore: str) -> None:
    """Without the files that Flux does not see."""
    from bot.affected.sourceignore import source_ignore

    excludes = source_ignore(view, ignore).excludes
    found.files = {path: entry for path, entry in found.files.items() if not excludes(path)}
    found.remote = [(file, text) for file, text in found.remote if not excludes(file)]
    found.outside = [(file, text) for file, text in found.outside if not excludes(file)]


def _only_manifests(found: Closure, view: View, part: PlainRender) -> None:
    """Without what is no manifest by its name. A symlink counts by its own name: what it leads to has any."""
    real = view.resolve(part.path)[0] or ""
    listed = {p for p in found.files if takes(part, p, part.path if is_at_or_below(p, part.path) else real)}
    targets = {view.resolve(path)[0] for path in listed if found.files[path].is_symlink}
    found.files = {
        path: entry for path, entry in found.files.items() if entry.is_symlink or path in listed or path in targets
    }


class _Walk:
    def __init__(self, view: View, *, laid_out: bool) -> None:
        self._view = view
        self._laid_out = laid_out  # a program reads the files from a directory, so that empty ones must be kept
        self.closure = Closure()
        self._seen: set[str] = set()

    def follow(self, edge: Edge) -> None:
        if edge.kind in (Kind.EXACT, Kind.BESIDE):
            self.path(edge.target)
        elif edge.kind is Kind.TREE:
            self.tree(edge.target)
        elif edge.kind is Kind.DIR:
            for entry in self._view.files_in(edge.target):
                self.path(entry.path)

    def path(self, path: str, at: str = "") -> None:
        """A file, or the kustomization in a directory."""
        real = self._real(path, at)
        if real is None:
            return
        entry = self._view.entry(real)
        if entry is not None:
            self._add(entry)
        elif self._view.kustomization(real) is not None:
            self.kustomization(real)
        elif self._view.is_dir(real):
            self._keep_directory(real)
        elif (inside := self._submodule(real)) is not None:
            self.closure.submodules.append(inside)
        else:
            self.closure.missing.append(real)

    def kustomization(self, directory: str) -> None:
        if f"k:{directory}" in self._seen:
            return
        self._seen.add(f"k:{directory}")
        own = [f"{directory}/{name}" if directory else name for name in KUSTOMIZATION_NAMES]
        for path in own:
            if self._view.entry(path) is not None and self._view.resolve(path)[0] is not None:
                self.path(path)  # one that leads out or in a circle is no file: kustomize takes the next name
        files = self._view.kustomization_files(directory)
        self._refuse_unread(files, Role.KUSTOMIZATION)
        for entry in files if len(files) == 1 else ():  # of several, which one counts kustomize knows, or it refuses
            for ref in refs(self._view, entry, directory):
                self._reference(ref, entry.path)
        for edge in self._view.out_of(f"k:{directory}"):  # also what plugin configurations name
            if edge.target not in own:
                self.follow(edge)

    def _refuse_unread(self, entries: list[Entry], role: Role) -> None:
        """Raise TooBig for a file that may name anything."""
        for entry in entries:
            if self._view.facts(entry, role).unread:
                raise TooBig(f"{entry.path} is over 16 MiB, so what it names is not known; split it.")

    def _reference(self, ref: Reference, file: str) -> None:
        if ref.remote:
            if not self._is_local(ref):
                self.closure.remote.append((file, ref.text))
        elif ref.target is None and ref.field != "unparsed":
            self.closure.outside.append((file, ref.text))

    def _is_local(self, ref: Reference) -> bool:
        """Whether what looks like an address is a path here: kustomize takes a file first, of directories those whose
        name it does not read as a repository."""
        if ref.target is None:
            return False
        real, _ = self._view.resolve(ref.target)
        if real is None:
            return False
        if ref.field != "components" and self._view.entry(real) is not None:
            return True
        return self._view.is_dir(real) and not names_repository(ref.text)

    def tree(self, directory: str) -> None:
        """Everything below a directory, and what its symlinks point to."""
        real = self._real(directory, "")
        if real is None or f"t:{real}" in self._seen:
            return
        self._seen.add(f"t:{real}")
        empty = True
        for entry in self._view.walk(real):
            empty = False
            if entry.is_symlink:
                self._link_target(entry)
            self._add(entry)
        kustomizations = [e for e in list(self.closure.files.values()) if role_of(e.path) is Role.KUSTOMIZATION]
        for entry in kustomizations:
            self.kustomization(entry.path.rpartition("/")[0])
        if empty:
            missing = len(self.closure.missing)
            self.path(real)
            del self.closure.missing[missing:]  # a chart that is not here is one of a registry

    def chart_dependencies(self, chart: str) -> None:
        queue = [chart]
        while queue:
            directory = queue.pop()
            if f"c:{directory}" in self._seen:
                continue
            self._seen.add(f"c:{directory}")
            entry = self._view.entry(f"{directory}/Chart.yaml" if directory else "Chart.yaml")
            self._refuse_unread([entry] if entry else [], Role.CHART)
            for name, target in local_dependencies(self._view.facts(entry), directory) if entry else []:
                self.closure.chart_dependencies.append((directory, name, target))
                queue.append(target)

    def check_root(self, directory: str) -> None:
        """A kustomization that is not there is missed under its usual name."""
        if self._view.kustomization(directory) is None and not self._view.is_dir(directory):
            self.closure.missing.append(f"{directory}/{KUSTOMIZATION_NAMES[0]}")

    def _keep_directory(self, directory: str) -> None:
        """A directory of which no file is read: the renderer must see that it is there."""
        way = self._view.links().way
        below = chain(self._view.files_in(directory), self._view.walk(directory))
        kept = (e for e in below if not e.is_submodule and (not e.is_symlink or way(e.path).real is not None))
        for entry in islice(kept, 1):
            self._add(entry)

    def _link_target(self, link: Entry) -> None:
        real = self._real(link.path, "")
        if real is None or real in self._seen:
            return
        self._seen.add(real)
        entry = self._view.entry(real)
        if entry is not None:
            self._add(entry)
        elif self._view.is_dir(real):
            self.tree(real)

    def _real(self, path: str, at: str) -> str | None:
        """Where a path leads, None where it leads nowhere. Its symlinks take part; that one leads in a circle is said when
        they are laid out."""
        way = self._view.links().way(path)
        for link in way.links:
            entry = self._view.entry(link)
            if entry is not None:
                self._add(entry)
        if way.real is None:
            if not way.circles:
                self.closure.outside.append((at or path, path))
                self.closure.astray = self.closure.astray or self._view.links().refusal(way.links[-1])
            return None
        for folder in dict.fromkeys(way.left):
            if not self._view.is_dir(folder):
                self.closure.missing.append(folder)
                return None
            if self._laid_out:
                self._keep_directory(folder)
        return way.real

    def _submodule(self, path: str) -> str | None:
        return next((s for s in self._view.submodules() if path == s or path.startswith(s + "/")), None)

    def _add(self, entry: Entry) -> None:
        if entry.is_submodule:
            self.closure.submodules.append(entry.path)
            return
        self.closure.files[entry.path] = entry
        if len(self.closure.files) > MOST_FILES:
            raise TooBig(f"More than {MOST_FILES} files take part in one unit; split it.")
