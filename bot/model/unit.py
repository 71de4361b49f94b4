"""A unit: something that renders to manifests - one app in one environment - and how it is rendered."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

KEY = "key "  # how what a unit lacks begins where it is a key
TEXT = "text "  # and where a key holds values that nobody can read
_CLUSTER = "//"  # before the name of a cluster: no directory begins so
PLACE = "place "  # and where a source is in another namespace than the one in which it is looked for


class Renderer(StrEnum):
    """Who renders a unit in the users' world; the words of the JSON report."""

    KUSTOMIZE = "kustomize"
    HELM = "helm"
    PLAIN = "plain"
    FLUX = "flux"
    ARGOCD = "argocd"


@dataclass(frozen=True, slots=True, order=True)
class ObjectId:
    """Identity of a Kubernetes object. ``namespace`` is "" where the manifest names none."""

    api_version: str
    kind: str
    namespace: str
    name: str

    @property
    def group(self) -> str:
        return self.api_version.rpartition("/")[0]

    def __str__(self) -> str:
        where = f"{self.namespace}/" if self.namespace else ""
        return f"{self.kind} {where}{self.name}"


@dataclass(frozen=True, slots=True)
class Overlay:
    """What an Argo CD or Flux object adds to a kustomization before it is built.

    The JSON fields hold JSON text (so that the dataclass stays hashable), in kustomize's own form:
    ``patches`` a list of ``{patch, target}``, ``images`` a list of ``{name, newName, newTag, digest}``,
    ``replicas`` a list of ``{name, count}``.
    """

    namespace: str = ""
    name_prefix: str = ""
    name_suffix: str = ""
    labels: tuple[tuple[str, str], ...] = ()
    label_selectors: bool = False  # Argo CD's commonLabels also reach selectors, Flux's commonMetadata does not
    label_templates: bool = False
    annotations: tuple[tuple[str, str], ...] = ()
    patches: str = "[]"
    images: str = "[]"
    replicas: str = "[]"
    components: tuple[str, ...] = ()  # as written: relative to the kustomization
    ignore_missing_components: bool = False

    def is_empty(self) -> bool:
        return self == Overlay()


@dataclass(frozen=True, slots=True)
class Mount:
    """A part of the repository that appears elsewhere in an artifact (Flux ArtifactGenerator ``copy``)."""

    source: str  # path in the repository: a directory or a file
    target: str  # path in the artifact, "" for its root
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Substitution:
    """Flux postBuild: variables known from the repository, and whether some stay unknown.

    ``unknown`` names the ConfigMaps and Secrets whose values only the cluster knows; with any of them
    a variable without a value is left in place instead of becoming empty. ``secrets`` are the Secrets of the repository
    with a digest of each: their keys, ``hidden``, are set, and what to is not read. ``absent`` are optional ones that are
    not in the repository: taken as missing, and perhaps in the cluster.
    """

    variables: tuple[tuple[str, str], ...] = ()
    unknown: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    secrets: tuple[tuple[str, str], ...] = ()
    absent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KustomizeRender:
    """Build a kustomization directory."""

    path: str
    restrict: bool = True  # LoadRestrictionsRootOnly
    enable_helm: bool = False
    generate: bool = False  # Flux: a directory without kustomization file gets one that lists its manifests
    overlay: Overlay = Overlay()
    substitution: Substitution | None = None
    mounts: tuple[Mount, ...] = ()  # when set, ``path`` is a path in that artifact
    copied: tuple[str, ...] = ()  # when set, all that an artifact holds, by the paths of the repository
    source_ignore: str | None = None  # Flux leaves files out: ``.sourceignore`` and this ``spec.ignore`` say which


@dataclass(frozen=True, slots=True)
class PlainRender:
    """Take manifests as they are: the YAML and JSON files of a directory, or one file."""

    path: str
    recurse: bool = False
    include: str = ""  # Argo CD directory.include, a glob or {a,b}
    exclude: str = ""
    # Files of the directory that are units of their own, or others', as paths in the repository.
    apart: tuple[str, ...] = ()
    namespace: str = ""  # default namespace of the objects that name none
    substitution: Substitution | None = None


@dataclass(frozen=True, slots=True)
class HelmRender:
    """``helm template`` on a chart directory of the repository."""

    chart: str
    release: str
    namespace: str = "default"
    value_files: tuple[str, ...] = ()  # paths in the repository, later ones win
    ignore_missing_value_files: bool = False
    default_files: tuple[str, ...] = ()  # paths in the repository, merged in order: instead of the chart's values.yaml
    values: tuple[str, ...] = ()  # inline values as JSON or YAML text, after the files
    parameters: tuple[tuple[str, str, bool], ...] = ()  # --set name, value, force string
    file_parameters: tuple[tuple[str, str], ...] = ()  # --set-file name, path in the repository
    kube_version: str = ""
    api_versions: tuple[str, ...] = ()
    include_crds: bool = True
    skip_tests: bool = False
    post_patches: str = "[]"  # Flux postRenderers[].kustomize, as JSON list of {patches, images}
    mounts: tuple[Mount, ...] = ()
    source_ignore: str | None = None  # as in KustomizeRender


@dataclass(frozen=True, slots=True)
class CannotRender:
    """The content is not in this repository, or needs something that is never run: the sentence says which. ``wrong``: no,
    the declaration is not right, and whoever wrote it can mend it. ``stops``: an ApplicationSet generates nothing as long
    that lasts, and what it generated before stays as it is. ``hides``: only Argo CD knows what it generates, which may be
    what it generated before. ``values`` are value files here that it takes, and that must be there. ``absent``: a path of a
    source that no file describes is not here; wrong if that source is this repository. ``missing``: the directory that is
    rendered, where it is not here and nothing says that it lies elsewhere. ``here``: the chart that it would render lies
    here, and only its values are not known; how its files are written counts whatever these are. ``of_secret``: these values
    stand in a Secret. ``of_made``: it is about each Application that an ApplicationSet makes, whichever these are, and does
    not stop the set; of ``missing`` it is wrong where the directory was there before. ``values_like``: globs of value files
    here that Applications of such a set may take. ``paths_like``: what they may render, as the set's template writes it:
    repository, path, and whether they fail where no directory here is like that path."""

    reason: str
    wrong: bool = False
    stops: bool = False
    hides: bool = False
    values: tuple[str, ...] = ()
    absent: bool = False
    missing: str = ""
    here: HelmRender | None = None
    of_secret: bool = False
    of_made: bool = False
    values_like: tuple[str, ...] = ()
    paths_like: tuple[tuple[str, str, bool], ...] = ()


Render = KustomizeRender | PlainRender | HelmRender | CannotRender


@dataclass(frozen=True, slots=True)
class Unit:
    """One thing that is deployed (``root``) or, with ``--units all``, a kustomization in between.

    ``key`` is unique in a snapshot and stable between snapshots: it pairs base with head.
    ``parts`` has more than one element only for Argo CD Applications with several sources.
    """

    key: str
    path: str
    renderer: Renderer
    parts: tuple[Render, ...]
    source: ObjectId | None = None
    declared_in: str = ""  # the file that holds the source object
    app: str = ""
    environment: str = ""
    root: bool = True
    template: bool = False  # written in a file that kustomizations complete: the real one is in their output
    left_out_by: str = ""  # the kustomization file that lists others of its directory, and not the file of this one
    notes: tuple[str, ...] = field(default=(), compare=False)
    generated: str = ""  # the source object as JSON text, where no file holds it: an ApplicationSet's Application
    application_set: str = ""  # the name of the ApplicationSet that generates it, in the namespace of the source object
    # Required ConfigMaps and Secrets that it takes values from ("Kind name"): those in the repository, and the others. Also
    # lacking: the keys ("key KEY of ConfigMap NAME") that one in the repository must have and has not,
    # those of which the values cannot be read ("text KEY of ConfigMap NAME"), and
    # sources that are elsewhere ("place NAMESPACE of HelmRepository OTHER/NAME").
    takes: tuple[str, ...] = field(default=(), compare=False)
    lacks: tuple[str, ...] = field(default=(), compare=False)
    # What stays in the cluster once it is generated no more, as a sentence.
    stays: str = field(default="", compare=False)
    # Where Argo CD or Helm puts the objects that name no namespace; "" where nobody can tell.
    namespace: str = field(default="", compare=False)
    # Its Flux Kustomization decrypts what SOPS encrypted.
    decrypts: bool = field(default=False, compare=False)
    # What tells the cluster of an Application in the whole repository; "" where only the place of its file does.
    cluster: str = field(default="", compare=False)
    # The files of a git generator that gave an ApplicationSet the parameters of this Application.
    rows: tuple[str, ...] = field(default=(), compare=False)
    # Flux packs its chart anew only under another version.
    packed_by_version: bool = field(default=False, compare=False)

    @property
    def lands_in(self) -> str:
        """The namespace of objects that name none; "" where it is not known. A release's is what its templates are told."""
        releases = {part.namespace for part in self.parts if isinstance(part, HelmRender)}
        return self.namespace or (releases.pop() if len(releases) == 1 and len(self.parts) == 1 else "")

    @property
    def place(self) -> tuple[str, ...] | None:
        """What tells the clusters of units apart: the one that an Application names, else the directory of the declaration,
        or of an overlay that no object declares all of its path but its application (``apps/a/overlays/prod`` and
        ``apps/b/overlays/prod`` are deployed alike). None: nobody can tell."""
        if self.source is not None and self.cluster:
            return ("", self.source.group, "", f"{_CLUSTER}{self.cluster}")
        if self.source is not None:
            return (self.environment, self.source.group, self.source.namespace, self.declared_in.rpartition("/")[0])
        words = self.path.split("/")
        if not (self.root and self.environment and self.app in words) or self.renderer is not Renderer.KUSTOMIZE:
            return None
        return (self.environment, "", "", "/".join(word for word in words if word != self.app))


def is_named(place: tuple[str, ...]) -> bool:
    """Whether a place (``Unit.place``) is a cluster that Applications name, wherever they lie."""
    return place[-1].startswith(_CLUSTER)
