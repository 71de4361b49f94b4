"""The Argo CD and Flux objects of one side that concern the change: rendered, declared in files, or in changed files."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from itertools import chain, takewhile
from typing import Any, NamedTuple

from bot.checks.argocd_project import Project
from bot.errors import GatehouseError
from bot.model.evidence import Evidence, Side, UnitEvidence
from bot.model.snapshot import Entry, Snapshot
from bot.model.unit import ObjectId

_GROUPS = ("argoproj.io", "kustomize.toolkit.fluxcd.io", "helm.toolkit.fluxcd.io")
_KINDS = ("Application", "ApplicationSet", "AppProject", "Kustomization", "HelmRelease")
_ENDINGS = (".yaml", ".yml", ".json")
_DEPLOYING = ("Application", "ApplicationSet")
_MOST_BESIDE = 50
_MOST_BYTES = 1024 * 1024


class Written(NamedTuple):
    """An object in a file: the number of its document, and its place in that."""

    data: bytes
    number: int
    at: tuple[str | int, ...]

    def line_of(self, place: tuple[str | int, ...]) -> int:
        from bot.documents import find_lines

        places = [(*self.at, *place)]
        return find_lines(self.data, name="a declaration", number=self.number, places=places)[0]


class Declared(NamedTuple):
    """One object. ``unit`` is the key of the unit that renders it, "" for one of a file; ``path`` is that unit's path or
    the file, ``line`` where the file says it (0 for a rendered one), and ``written`` what that file holds."""

    id: ObjectId
    fields: dict[str, Any]
    unit: str
    path: str
    line: int
    written: Written | None = None

    def line_of(self, place: tuple[str | int, ...]) -> int:
        """The line of a field in the file, or of what is there of it; 0 for a rendered object."""
        return self.written.line_of(place) if self.written else self.line

    @property
    def spec(self) -> dict[str, Any]:
        return mapping(self.fields.get("spec"))


class Declarations:
    """Everything of one side, each object once: what is rendered says more than the file it came from."""

    def __init__(self, evidence: Evidence, side: Side) -> None:
        self._files = evidence.files(side)
        self._read: dict[str, list[Declared]] = {}
        rendered = [d for unit in evidence.units for d in _rendered(unit, side)]
        # A kustomization gives a namespace to what names none in its file.
        known = {each for d in rendered for each in (d.id, replace(d.id, namespace=""))}
        paths = [c.path for c in evidence.changes if (c.before if side is Side.BASE else c.after) is not None]
        paths += [s.unit.declared_in for u in evidence.units if (s := u.side(side)) and s.unit.declared_in]
        written = [d for path in dict.fromkeys(paths) for d in self._of_file(path) if d.id not in known]
        self.all = [*rendered, *written]

    def of(self, *kinds: str) -> list[Declared]:
        return [d for d in self.all if d.id.kind in kinds]

    def application(self, source: ObjectId, declared_in: str) -> Declared | None:
        """The Application that deploys a unit, or the one ApplicationSet of its file that may have generated it."""
        same = [d for d in self.of(source.kind) if d.id.name == source.name and d.id.namespace == source.namespace]
        if same:
            return max(same, key=lambda d: _shared(d.path, declared_in))
        sets = [d for d in self._of_file(declared_in) if d.id.kind == "ApplicationSet"]
        return sets[0] if len(sets) == 1 else None

    def written(self, one: Declared, file: str) -> Declared:
        """The same, with the line of a file that says it as it is named there; as it was where the file does not."""
        found = next((d for d in self._of_file(file) if d.id == one.id), None) if file else None
        return one._replace(path=found.path, line=found.line, written=found.written) if found else one

    def project(self, name: str, near: str) -> Declared | None:
        """The AppProject of a name: rendered or in a changed file, else in any file; of several the nearest one. None where
        there is none, or where two are as near and differ."""
        found = [d for d in self.of("AppProject") if d.id.name == name]
        found = found or list(self._projects(name))
        if not found:
            return None
        nearest = max(_shared(d.path, near) for d in found)
        best = [d for d in found if _shared(d.path, near) == nearest]
        return best[0] if all(d.spec == best[0].spec for d in best) else None

    def is_nearest(self, project: Declared, near: str) -> bool:
        """Whether no file holds another AppProject of its name that lies nearer to a path."""
        paths = self._files.named("AppProject", project.id.name)
        most = max((_shared(path, near) for path in paths), default=0)
        own = (
            path for path in paths if path == project.path or path.startswith(f"{project.path}/") or not project.path
        )
        return len(paths) <= 1 or any(_shared(path, near) == most for path in own)

    def has_file(self, path: str) -> bool:
        return self._files.entry(path) is not None

    def has_project(self, name: str) -> bool:
        """Whether there is an AppProject of the name anywhere."""
        return any(d.id.name == name for d in self.of("AppProject")) or any(self._projects(name))

    def _projects(self, name: str) -> Iterator[Declared]:
        """The AppProjects of a name that files hold."""
        for path in self._files.named("AppProject", name):
            yield from (d for d in self._of_file(path) if d.id.kind == "AppProject" and d.id.name == name)

    def naming_projects(self, names: set[str]) -> Iterator[Declared]:
        """Applications, and sets of them, whose project is one of these, in whatever file."""
        known: set[ObjectId] = set()
        for declared in chain(self.of(*_DEPLOYING), self.written_for(names)):
            if declared.id not in known and text(application_spec(declared).get("project")) in names:
                known.add(declared.id)
                yield declared

    def written_for(self, projects: Collection[str]) -> Iterator[Declared]:
        """The same as files say them, each file's own, whatever another one of the same name says."""
        paths = sorted({path for name in projects for path in self._files.of_project(name)})
        written = (d for path in paths for d in self._of_file(path) if d.id.kind in _DEPLOYING)
        yield from (d for d in written if text(application_spec(d).get("project")) in projects)

    def beside(self, declared: Declared) -> Iterator[Declared]:
        """Other Applications of the unit that renders it, or of its file and the files beside that; not all of very many."""
        if declared.unit:
            found = [d for d in self.of("Application") if d.unit == declared.unit]
        else:
            entries, _ = self._files.children(declared.path.rpartition("/")[0])
            found = [d for entry in entries[:_MOST_BESIDE] for d in self._of_file(entry.path)]
        yield from (d for d in found if d.id.kind == "Application" and d.id != declared.id)

    def _of_file(self, path: str) -> list[Declared]:
        if path not in self._read:
            self._read[path] = list(self._objects(path)) if path.endswith(_ENDINGS) else []
        return self._read[path]

    def _objects(self, path: str) -> Iterator[Declared]:
        entry = self._files.entry(path)
        data = _content(self._files, entry) if entry else b""
        if not any(group.encode() in data for group in _GROUPS):
            return
        from bot.documents import load_all

        try:
            documents = load_all(data, name=path)
        except GatehouseError:
            return  # a template of a chart, or broken: whoever renders it says so
        for number, document in enumerate(documents):
            value = document.value
            items = value.get("items") if isinstance(value, dict) else None
            every = enumerate(items) if isinstance(items, list) else ()
            for at, one in (((), value), *((("items", i), item) for i, item in every)):
                if isinstance(one, dict) and (identity := _identity(one)):
                    yield Declared(identity, one, "", path, document.line, Written(data, number, at))


def project_of(declared: Declared) -> Project:
    return Project(declared.id.name, declared.id.namespace, declared.spec)


def application_spec(declared: Declared) -> dict[str, Any]:
    """The ``spec`` of an Application, or of those that a set generates."""
    spec = declared.spec
    return mapping(mapping(spec.get("template")).get("spec")) if declared.id.kind == "ApplicationSet" else spec


def mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def text(value: Any) -> str | None:
    """A text that says something by itself; None for what a template fills in later."""
    written = value if isinstance(value, str) else ""
    return None if "{{" in written or "${" in written else written


def _rendered(unit: UnitEvidence, side: Side) -> Iterator[Declared]:
    there = unit.side(side)
    for resource in there.objects if there else ():
        if resource.id.group in _GROUPS and resource.id.kind in _KINDS:
            yield Declared(resource.id, resource.fields, unit.key, unit.path, 0)


def _identity(value: dict[str, Any]) -> ObjectId | None:
    metadata = mapping(value.get("metadata"))
    texts = [value.get("apiVersion"), value.get("kind"), metadata.get("namespace"), metadata.get("name")]
    version, kind, namespace, name = (t if isinstance(t, str) else "" for t in texts)
    found = ObjectId(version, kind, namespace, name)
    return found if found.group in _GROUPS and kind in _KINDS else None


def _content(files: Snapshot, entry: Entry) -> bytes:
    if entry.is_symlink or entry.is_submodule:
        return b""
    try:
        data = files.read(entry)
    except GatehouseError:
        return b""
    return data if len(data) <= _MOST_BYTES else b""


def _shared(path: str, near: str) -> int:
    pairs = zip(path.split("/"), near.split("/"), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
