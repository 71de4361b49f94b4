"""Argo CD Applications as render specs (argoproj.io, any version).

Follows what Argo CD's repository server does with ``spec.source`` or ``spec.sources``: which tool renders a
directory, what overrides what, and which files beside the object have a say (``.argocd-source.yaml``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot.affected.argocd_environment import BuildEnvironment
from bot.affected.argocd_helm import read_helm
from bot.affected.argocd_kustomize import read_kustomize
from bot.affected.argocd_reads import note_imports, note_reads
from bot.affected.argocd_spec import REFUSED, refusals
from bot.affected.clusters import IN_CLUSTER, IN_CLUSTER_SERVER
from bot.affected.fields import Fields, Unrenderable, Wrong, WrongShape, inside
from bot.affected.globs import escaped, matches_argocd_directory_glob
from bot.affected.sources import (
    Declared,
    Gathering,
    Lookup,
    identity_of,
    is_default_branch,
    kustomization_file,
    load_mapping,
    spec_of,
)
from bot.model.unit import CannotRender, PlainRender, Render

_COMMIT = re.compile(r"[0-9a-f]{7,64}\Z")
_TAG = re.compile(r"(refs/tags/.*|v?[0-9]+(\.[0-9]+)+([-+][0-9A-Za-z.+-]*)?)\Z")
# Of value files; not the variables of the build environment.
_REFERENCE = re.compile(r"\$(?!ARGOCD_|KUBE_)[A-Za-z0-9_-]+\Z")
_FILLED_IN = re.compile(r"[${]")  # a placeholder
_MOST_NAMED = 5  # files in a sentence
_NO_MANIFESTS = "{*.jsonnet,kustomization.yaml,kustomization.yml}"  # of what a directory takes
_TOOLS = ("helm", "kustomize", "directory", "plugin")


def read_application(obj: Mapping[str, object], lookup: Lookup) -> Declared:
    """The render specs of an Application: one part for each source that renders something.

    Raises WrongShape where the object itself is malformed; a source that cannot be rendered is a CannotRender part.
    """
    identity = identity_of(obj)
    spec = spec_of(obj)
    destination = spec.child("destination")
    found = Gathering()
    sources = sources_of(spec)
    for sentence in refusals(spec):
        found.note(f"{REFUSED}{sentence}")
    reader = SourceReader(obj, spec, lookup, found, sources)
    parts = [part for source in sources if (part := reader.read(source)) is not None]
    if not parts:
        parts = [CannotRender(f"{identity} names no source with a path: nothing to render", wrong=True)]
    environment = destination.text("name")
    return found.declared(
        identity,
        parts,
        namespace=destination.text("namespace"),
        cluster=_cluster(destination),
        environment="" if environment == IN_CLUSTER else environment,
    )


def _cluster(destination: Fields) -> str:
    """What names the cluster of a destination; "" for the one that Argo CD runs in, and where a placeholder is left."""
    said = destination.text("server").rstrip("/") or destination.text("name")
    return "" if said in (IN_CLUSTER_SERVER, IN_CLUSTER) or _FILLED_IN.search(said) else said


def sources_of(spec: Fields) -> list[Fields]:
    """The sources of an Application. Raises WrongShape."""
    several = spec.children("sources")
    if several:
        return several
    if spec.has("sourceHydrator"):  # what is hydrated is the dry source; the other branch only holds its result
        return [spec.child("sourceHydrator").child("drySource")]
    if not spec.has("source"):
        raise WrongShape(f"{spec.where}.source is missing: name repoURL and path there")
    return [spec.child("source")]


class _UnknownReference(Wrong):
    """A ``$ref`` of no source: wrong wherever the source that says it lies."""


def _refs(sources: list[Fields]) -> dict[str, str]:
    """``$name`` to repository URL, for value files of other sources."""
    return {"$" + source.text("ref"): source.text("repoURL") for source in sources if source.has("ref")}


class SourceReader:
    """Reads the sources of one Application, one after another."""

    def __init__(
        self, obj: Mapping[str, object], spec: Fields, lookup: Lookup, found: Gathering, sources: list[Fields]
    ) -> None:
        self.identity = identity_of(obj)
        self.namespace = spec.child("destination").text("namespace")
        self.project = spec.text("project")
        self.lookup = lookup
        self.found = found
        self.refs = _refs(sources)
        self.has_several = bool(spec.children("sources"))
        self.lends_here = all(self._is_seen(source) for source in sources if source.has("ref"))
        self._said = Fields({}, "")  # the source that is being read, with what files say about it

    def read(self, source: Fields) -> Render | None:
        """The part for one source; None for one that only lends its files to others."""
        if source.has("ref") and not source.text("path") and not source.text("chart"):
            if self.lookup.is_here(source.text("repoURL")):
                self._note_revision(source.text("targetRevision"))
            return None
        self._said = source
        try:
            self._refuse_unknown_references(source)
            return self._render(source)
        except Unrenderable as e:
            values, others = note_reads(self._said, self._environment(self._said), self.refs, self.lookup)
            here = [file for file in (*values, *others) if self.lookup.is_file(file)][:_MOST_NAMED]
            named = f"; its values are in {', '.join(here)}" if here and not e.wrong else ""
            wrong = e.wrong and (isinstance(e, _UnknownReference) or self._is_seen(source))
            read = () if e.wrong else self._surely_read(values)
            return CannotRender(f"{e}{named}", wrong=wrong, values=read, missing=e.missing if wrong else "")

    def _refuse_unknown_references(self, source: Fields) -> None:
        """Argo CD looks for the ``ref`` of a value file among the sources before it does anything else, where there are
        ``sources``; with one ``source``, ``$name`` is a variable (reposerver/repository, runManifestGenAsync)."""
        options = source.child("helm")
        if not self.has_several:
            return
        for name in (*options.texts("valueFiles"), *(each.text("path") for each in options.children("fileParameters"))):
            reference = name.partition("/")[0]
            if _REFERENCE.match(reference) and reference not in self.refs:
                known = f"which none of its sources has as `ref` ({', '.join(self.refs)})" if self.refs else ""
                raise _UnknownReference(
                    f"{self.identity} takes the value file {name} of {reference}, "
                    f"{known or 'but no source has a `ref`'}: Argo CD renders nothing of it"
                )

    def _surely_read(self, files: list[str]) -> tuple[str, ...]:
        """The value files without those that may be missing."""
        optional = self._said.child("helm").flag("ignoreMissingValueFiles") or not self.lends_here
        return tuple(f for f in files if self.lookup.is_file(f) or not (optional or _FILLED_IN.search(f)))

    def _is_seen(self, source: Fields) -> bool:
        """Whether the source shows what lies here: on another branch, or in a repository that may be another one, what is
        missing here may be there."""
        url = source.text("repoURL")
        return not url or (self.lookup.is_surely_here(url) and is_default_branch(source.text("targetRevision")))

    def _render(self, source: Fields) -> Render:
        url, revision = source.text("repoURL"), source.text("targetRevision")
        if source.text("chart"):
            raise Unrenderable(
                f"{self.identity} renders chart {source.text('chart')} {revision or '(no version)'} of {url}, which is "
                "not in this repository: vendor the chart, or render it in CI"
            )
        if not url:
            raise Wrong(f"{self.identity} renders {source.text('path') or '.'} of no repository: name its repoURL")
        if not self.lookup.is_here(url):
            raise Unrenderable(
                f"{self.identity} renders {source.text('path') or '.'} of {url} at "
                f"{revision or 'HEAD'}, which is not this repository"
            )
        self._note_revision(revision)
        path = self._path(source.text("path"), revision)
        source = self._said = self._with_files(source, path)
        environment = self._environment(source)
        tool = self._tool(source, path)
        if tool == "helm":
            self.found.more = True
            return read_helm(source, path, environment, self.refs, self.lookup)
        if tool == "kustomize":
            return read_kustomize(source, path, environment, self.lookup, self.identity.namespace)
        if tool == "plugin":
            name = source.child("plugin").text("name") or "found by its files"
            raise Unrenderable(f"{self.identity} renders {path or '.'} with the plugin {name}: plugins are never run")
        return self._directory(source, path)

    def _environment(self, source: Fields) -> BuildEnvironment:
        return BuildEnvironment(self.identity.name, self.namespace, self.project, source, self.found)

    def _path(self, written: str, revision: str) -> str:
        path = None if written.startswith("/") else inside("", written)
        if path is None:
            raise Wrong(f"{self.identity} renders {written}, which is outside of the repository")
        self.found.path(path)
        if not self.lookup.is_dir(path):
            self.found.tree(path)  # so that creating it is noticed
            other = "" if is_default_branch(revision) else f": it follows {revision}, of which nothing is seen here"
            raise Wrong(
                f"{self.identity} renders {written}, but the repository has no such directory{other}", missing=path
            )
        return path

    def _with_files(self, source: Fields, path: str) -> Fields:
        """``source`` with .argocd-source.yaml and .argocd-source-APP.yaml merged over it, as Argo CD does."""
        merged: object = source.mapping()
        for name in (".argocd-source.yaml", f".argocd-source-{self.identity.name}.yaml"):
            file = inside(path, name)
            if file is None or "/" in name:
                continue
            self.found.file(file)
            if self.lookup.is_file(file):
                merged = merge_patch(merged, load_mapping(self.lookup.read(file), file))
                self.found.more = True
        return Fields(merged, source.where)

    def _tool(self, source: Fields, path: str) -> str:
        said = [tool for tool in _TOOLS if source.has(tool)]
        if len(said) > 1:
            raise Wrong(f"{source.where} sets {' and '.join(said)}: Argo CD takes only one of them")
        if said and not (said == ["directory"] and _is_zero(source.child("directory"))):
            return said[0]
        for name in (kustomization_file(self.lookup, path), f"{path}/Chart.yaml".lstrip("/")):
            if name and self.lookup.is_file(name):  # a kustomization wins where both are, as in Argo CD's discovery
                return "helm" if name.endswith("Chart.yaml") else "kustomize"
        return "directory"

    def _directory(self, source: Fields, path: str) -> PlainRender:
        options = source.child("directory")
        recurse, include, exclude = options.flag("recurse"), options.text("include"), options.text("exclude")
        prefix = f"{escaped(path)}/" if path else ""
        start = len(path) + 1 if path else 0
        taken = [
            file
            for file in self.lookup.glob_files(f"{prefix}{'**/' if recurse else ''}{_NO_MANIFESTS}")
            if (not include or matches_argocd_directory_glob(include, file[start:]))
            and not (exclude and matches_argocd_directory_glob(exclude, file[start:]))
        ]
        if programs := [file for file in taken if file.endswith(".jsonnet")]:
            self.found.tree(path)
            note_imports(programs, self.found, self.lookup)
            reason = "Jsonnet is never run, commit its output instead"
            raise Unrenderable(f"{self.identity} renders {programs[0]}: {reason}")
        if recurse or include or exclude:
            self.found.more = True
        self._note_unbuilt(kustomization_file(self.lookup, path), taken)
        return PlainRender(path=path, recurse=recurse, include=include, exclude=exclude)

    def _note_unbuilt(self, own: str, applied: list[str]) -> None:
        """Say of kustomizations that Argo CD does not look for any where the source sets ``directory``. ``own``: that of
        its directory, if there is one; ``applied``: those there and below that are taken for manifests."""
        told = f"{self.identity} sets `directory`, so Argo CD does not build"
        if own and own not in applied:
            self.found.note(f"{told} {own}")
        if not applied:
            return
        more = f" and {len(applied) - _MOST_NAMED} more" if len(applied) > _MOST_NAMED else ""
        what, these = ("the file as an object", "the file") if len(applied) == 1 else ("them as objects", "them")
        self.found.note(
            f"{told} {', '.join(applied[:_MOST_NAMED])}{more}: it applies {what}, which no cluster takes. "
            f"Exclude {these}{', or drop `directory`' if own in applied else ''}"
        )

    def _note_revision(self, revision: str) -> None:
        kind = "commit" if _COMMIT.match(revision) else "tag" if _TAG.match(revision) else ""
        if kind:
            self.found.note(f"{self.identity} is pinned to {kind} {revision}: a merge does not move it")


def _is_zero(directory: Fields) -> bool:
    """Whether ``directory`` says nothing: Argo CD takes it away then, and looks for the tool by the files
    (util/argo/argo.go, NormalizeSource)."""
    says = directory.flag("recurse") or directory.text("include") or directory.text("exclude")
    return not (says or any(directory.child("jsonnet").mapping().values()))


def merge_patch(target: object, patch: object) -> object:
    """JSON merge patch (RFC 7396): a new value, neither argument is changed."""
    if not isinstance(patch, Mapping):
        return patch
    result = dict(target) if isinstance(target, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merge_patch(result.get(key), value)
    return result
