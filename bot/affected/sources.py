"""What Argo CD and Flux objects say to Gatehouse, and what their readers may ask the repository."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from bot.affected.fields import Fields, Wrong, WrongShape
from bot.model.unit import CannotRender, ObjectId, Render

SECRETS_MADE = ("ExternalSecret", "SealedSecret")  # kinds of which a controller makes a Secret
CLUSTER_SECRETS = "ClusterSecrets"  # what a file with Secrets of Argo CD's clusters is found by
ARGOCD = "ArgoCD"  # the resource of Argo CD's operator, which is found by no name: a namespace holds one
KUSTOMIZATION_FILES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_SOURCE_KINDS = {
    "source.toolkit.fluxcd.io": frozenset(
        {"GitRepository", "OCIRepository", "HelmRepository", "HelmChart", "Bucket", "ExternalArtifact"}
    ),
    "source.extensions.fluxcd.io": frozenset({"ArtifactGenerator"}),
    "": frozenset({"ConfigMap", "Secret"}),
}


class Lookup(Protocol):
    """The repository under check, as the readers of declarations see it. Paths have no leading slash, root is ""."""

    @property
    def is_output(self) -> bool:
        """Whether the objects that ask are as a build made them, and not as files hold them, which may be patches."""
        ...

    def is_here(self, url: str) -> bool:
        """Whether this git URL means the repository under check, for all that is known."""
        ...

    def is_surely_here(self, url: str) -> bool:
        """Whether this git URL is the repository's own, and not only one that may be it."""
        ...

    def is_packed_here(self, url: str) -> bool:
        """Whether this OCI URL is most likely what is packed of the repository under check."""
        ...

    def is_dir(self, path: str) -> bool: ...

    def is_file(self, path: str) -> bool: ...

    def glob_dirs(self, pattern: str) -> list[str]:
        """Directories whose whole path matches, sorted. ``*``, ``?``, ``[a-z]`` stay inside one path segment and
        ``\\`` escapes (Go's path.Match, which Argo CD uses here: ``**`` is no more than ``*``); no directory
        below one whose name starts with a dot."""
        ...

    def glob_files(self, pattern: str) -> list[str]:
        """Files whose whole path matches, sorted: ``**`` crosses directories, ``{a,b}`` is a choice, the rest as
        in ``glob_dirs``."""
        ...

    def list_files(self, pattern: str) -> list[str]:
        """Files that ``git ls-files`` lists for the pattern, sorted: ``*`` and ``?`` cross directories, and a directory
        means what lies below it."""
        ...

    def read(self, path: str) -> bytes:
        """The file's content. Raises UserError (too big, not there)."""
        ...

    def find(self, kind: str, namespace: str, name: str) -> dict[str, object] | None:
        """The manifest of a source, ConfigMap or Secret, if the repository holds one.

        The exact namespace first; a manifest without namespace answers for any (its kustomization sets it), and
        ``namespace`` "" accepts any. Clusters often repeat names: of several manifests the one nearest to the file
        that refers answers (its own cluster's, then the longest common directory), so a Lookup serves the objects of one
        file. For ``ArgoCD``, name "" accepts any. For ``ExternalArtifact``: the ArtifactGenerator whose ``artifact_names``
        hold the name.
        """
        ...

    def lent_from(self, kind: str, namespace: str, name: str) -> str:
        """The file from which ``find`` answers, where its path tells that it is of another cluster than the file that
        refers, as nothing nearer has the name; "" otherwise."""
        ...

    def cluster_secrets(self, namespace: str) -> list[tuple[str, dict[str, object]]]:
        """(file, object) of every Secret that may describe a cluster to the Argo CD in ``namespace`` ("" for any, as
        is a Secret without one), the nearest to the file that refers first; and of every SealedSecret and ExternalSecret
        of which a controller makes one."""
        ...


@dataclass(frozen=True, slots=True)
class Declared:
    """One thing that an object declares to be rendered, with everything that can change the result.

    ``paths`` are directories it renders; ``depends_files`` may name files that do not exist today;
    ``depends_shared`` are directories that stay units of their own; ``depends_globs`` are the patterns of generators: a path
    that begins or ceases to match may add or remove units of the same object. ``more_than_path`` is set by anything beyond
    building the path.
    """

    id: ObjectId
    parts: tuple[Render, ...]
    paths: tuple[str, ...] = ()
    depends_files: tuple[str, ...] = ()
    depends_trees: tuple[str, ...] = ()
    depends_shared: tuple[str, ...] = ()
    depends_objects: tuple[tuple[str, str, str], ...] = ()
    depends_globs: tuple[str, ...] = ()
    more_than_path: bool = False
    depends_anywhere: bool = False  # what it renders may name any path, so that its output has to be asked
    namespace: str = ""
    cluster: str = ""  # the address or name of the cluster, unless it is that of Argo CD itself
    app_hint: str = ""
    environment_hint: str = ""
    more_hints: tuple[str, ...] = ()  # what may name the environment, if nothing better does
    notes: tuple[str, ...] = ()
    generated: str = ""  # the object as JSON text, where a generator makes it
    application_set: str = ""  # the name of the ApplicationSet whose generator it is
    rows: tuple[str, ...] = ()  # the files of its generator
    takes: tuple[str, ...] = ()  # as in model.unit.Unit
    lacks: tuple[str, ...] = ()
    stays: str = ""
    packed_by_version: bool = False
    decrypts: bool = False

    def at(self, file: str, line: int) -> Declared:
        """The same, where what cannot be rendered is told with its place."""
        parts = (
            replace(part, reason=f"{file}, line {line}: {part.reason}") if isinstance(part, CannotRender) else part
            for part in self.parts
        )
        return replace(self, parts=tuple(parts))


@dataclass(slots=True)
class Gathering:
    """What a reader has found so far: the mutable side of Declared, without doubles and in order."""

    paths: dict[str, None] = field(default_factory=dict)
    files: dict[str, None] = field(default_factory=dict)
    trees: dict[str, None] = field(default_factory=dict)
    shared: dict[str, None] = field(default_factory=dict)
    objects: dict[tuple[str, str, str], None] = field(default_factory=dict)
    globs: dict[str, None] = field(default_factory=dict)
    notes: dict[str, None] = field(default_factory=dict)
    takes: dict[str, None] = field(default_factory=dict)
    lacks: dict[str, None] = field(default_factory=dict)
    more: bool = False
    anywhere: bool = False
    packed_by_version: bool = False
    decrypts: bool = False

    def path(self, path: str) -> None:
        self.paths[path] = None

    def file(self, path: str) -> None:
        self.files[path] = None

    def tree(self, path: str) -> None:
        self.trees[path] = None

    def note(self, sentence: str) -> None:
        self.notes[sentence] = None

    def manifest(self, kind: str, namespace: str, name: str) -> None:
        self.objects[(kind, namespace, name)] = None

    def values(self, source: Fields, namespace: str, lookup: Lookup) -> dict[str, object] | None:
        """The ConfigMap or Secret that a ``valuesFrom`` or ``substituteFrom`` names, if the repository holds it."""
        return self.named(source.text("kind"), namespace, source.text("name"), lookup, optional=source.flag("optional"))

    def named(
        self, kind: str, namespace: str, name: str, lookup: Lookup, *, optional: bool = False
    ) -> dict[str, object] | None:
        """The manifest of that name, if the repository holds it; noted as what the result depends on, and as what must be
        there unless it is optional. What only another cluster has is not there, for that."""
        self.manifest(kind, namespace, name)
        manifest = lookup.find(kind, namespace, name)
        lender = lookup.lent_from(kind, namespace, name) if manifest is not None else ""
        if not optional:
            (self.lacks if manifest is None or lender else self.takes)[f"{kind} {name}"] = None
        if lender:
            self.note(f"{kind} {name} is read from {lender}, which is of another cluster: nothing nearer has that name")
        return manifest

    def declared(
        self, identity: ObjectId, parts: list[Render], *, namespace: str, cluster: str = "", environment: str = ""
    ) -> Declared:
        return Declared(
            id=identity,
            parts=tuple(sorted(parts, key=_is_not_wrong)),  # the first one that fails speaks for the unit
            paths=tuple(self.paths),
            depends_files=tuple(self.files),
            depends_trees=tuple(self.trees),
            depends_shared=tuple(path for path in self.shared if path not in self.trees),
            depends_objects=tuple(self.objects),
            depends_globs=tuple(self.globs),
            more_than_path=self.more,
            depends_anywhere=self.anywhere,
            namespace=namespace,
            cluster=cluster,
            app_hint=identity.name,
            environment_hint=environment,
            notes=tuple(self.notes),
            takes=tuple(self.takes),
            lacks=tuple(self.lacks),
            packed_by_version=self.packed_by_version,
            decrypts=self.decrypts,
        )


def _is_not_wrong(part: Render) -> bool:
    return not (isinstance(part, CannotRender) and part.wrong)


def identity_of(obj: Mapping[str, object]) -> ObjectId:
    """The identity a manifest gives itself; "" for whatever is missing or no text. Never fails."""
    metadata = obj.get("metadata")
    metadata = metadata if isinstance(metadata, Mapping) else {}
    values = (obj.get("apiVersion"), obj.get("kind"), metadata.get("namespace"), metadata.get("name"))
    return ObjectId(*(value if isinstance(value, str) else "" for value in values))


def refused(identity: ObjectId, reason: str) -> Declared:
    """The declaration of an object that cannot be read, because something in it is wrong."""
    part = CannotRender(reason, wrong=True)
    return Declared(id=identity, parts=(part,), namespace=identity.namespace, app_hint=identity.name)


def is_default_branch(revision: str) -> bool:
    """Whether a revision is most likely the branch that is checked: on another one, other files may lie."""
    return revision.removeprefix("refs/heads/") in ("", "HEAD", "main", "master")


def spec_of(obj: Mapping[str, object]) -> Fields:
    """The ``spec`` of a manifest that has a name. Raises WrongShape."""
    identity = identity_of(obj)
    if not identity.name:
        raise WrongShape(f"{identity.kind or 'An object'} without metadata.name: give it a name")
    if not isinstance(obj.get("spec"), Mapping):
        raise WrongShape(f"{identity}: spec is missing or no mapping")
    return Fields(obj.get("spec"), f"{identity}: spec")


def is_source(api_version: str, kind: str) -> bool:
    """Whether ``Lookup.find`` is asked for objects of this kind."""
    group = api_version.rpartition("/")[0]
    return kind in _SOURCE_KINDS.get(group, ())


def artifact_names(generator: Mapping[str, object]) -> tuple[str, ...]:
    """The names of the ExternalArtifacts that an ArtifactGenerator makes; () when it is malformed."""
    try:
        return tuple(artifact.text("name") for artifact in spec_of(generator).children("artifacts"))
    except WrongShape:
        return ()


def kustomization_file(lookup: Lookup, directory: str) -> str:
    """The kustomization file of a directory, "" without one."""
    for name in KUSTOMIZATION_FILES:
        path = f"{directory}/{name}" if directory else name
        if lookup.is_file(path):
            return path
    return ""


def load_yaml(data: bytes, name: str) -> list[object]:
    """The documents of a YAML file of the repository. Raises UserError that names the file."""
    from bot.documents import load_all

    return [document.value for document in load_all(data, name=name)]


def load_mapping(data: bytes, name: str) -> dict[str, object]:
    """The only document of a YAML file, which must be a mapping; {} for an empty file. Raises Wrong."""
    documents = load_yaml(data, name)
    if not documents or documents[0] is None:
        return {}
    value = documents[0]
    if not isinstance(value, dict):
        raise Wrong(f"{name} must hold a mapping")
    return value
