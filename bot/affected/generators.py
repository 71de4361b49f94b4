"""Generators of ApplicationSets: list, git, clusters, matrix and merge; the others know what only Argo CD knows.

The rules (order, conflicts, selectors, path parameters) are those of Argo CD's ApplicationSet controller.
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterator, Mapping
from typing import TypeVar

from bot.affected.applicationset_reads import without_placeholders
from bot.affected.clusters import IN_CLUSTER, IN_CLUSTER_SERVER, Cluster, Sealed, matching, sealed_clusters
from bot.affected.fields import Fields, Unrenderable, Wrong, WrongShape
from bot.affected.generator_kinds import DEEPEST, KNOWN, NO_KINDS, UNKNOWN, nested, refuse_unknown
from bot.affected.git_files import either, taken
from bot.affected.gotemplate_convert import as_json_values
from bot.affected.gotemplate_text import normalize
from bot.affected.gotemplate_values import Texts, formatted
from bot.affected.param_sets import ParamSet, merged
from bot.affected.selectors import matches_selector
from bot.affected.sources import CLUSTER_SECRETS, Gathering, Lookup, load_yaml
from bot.affected.template import Engine, Params, Unfillable, flat
from bot.errors import UserError

MOST_APPLICATIONS = 5_000
_Set = TypeVar("_Set")
_NOT_SAID = "which this repository does not say"


class NoneShown(Unrenderable):
    """There are clusters, but none that a selector matches."""


class Doubtful(Unrenderable):
    """Something is wrong in a file that Argo CD may not take: if it does, the set stops, and nothing that it made goes."""


class Generators:
    """Those of one ApplicationSet. ``found`` collects what they look at, ``failures`` why parameters are missing."""

    def __init__(self, engine: Engine, lookup: Lookup, found: Gathering, *, namespace: str) -> None:
        self.engine = engine
        self.lookup = lookup
        self.found = found
        self.failures: list[UserError] = []
        self.namespace = namespace  # of Argo CD

    def params(self, generator: Fields, parent: Params | None = None, depth: int = 0) -> list[ParamSet]:
        """The parameter sets of one generator. ``parent`` are those of the generator before it in a matrix.

        Raises Unrenderable for what cannot be known here, WrongShape.
        """
        if depth > DEEPEST:
            raise Unrenderable(f"{generator.where}: generators are nested too deeply")
        kinds = [kind for kind in generator.mapping() if kind not in NO_KINDS]
        if depth and len(said := [kind for kind in kinds if generator.has(kind)]) > 1:
            raise Wrong(f"{generator.where} names {' and '.join(said)}, of which one is allowed there: make two of it")
        for kind in kinds:
            refuse_unknown(kind, generator.where)
            if kind not in KNOWN:
                raise Unrenderable(f"{generator.where} lists {UNKNOWN[kind]}, {_NOT_SAID}")
        if not kinds:
            raise Wrong(f"{generator.where} names no generator")
        if parent:
            generator = self._filled(generator, parent)
        sets = [one for kind in kinds for one in self._of_kind(kind, generator.child(kind), depth)]
        if generator.has("selector"):  # at every depth: Argo CD 3 no longer asks for applyNestedSelectors
            selector = generator.child("selector")
            sets = [one for one in sets if matches_selector(selector, flat(one.values))]
        return sets

    def note(self, generator: Fields, depth: int = 0) -> None:
        """Note the files that the git generators in one look at, whose answer is not known as another's is not."""
        git = generator.child("git")
        if self.lookup.is_here(git.text("repoURL")):
            for item in git.children("files"):
                pattern = without_placeholders(item.text("path"))
                self.found.globs[pattern] = None
                for file in either(pattern, self.lookup):
                    self.found.file(file)
            for item in git.children("directories"):
                self.found.globs[without_placeholders(item.text("path"))] = None
        for one in nested(generator) if depth < DEEPEST else ():
            self.note(one, depth + 1)

    def lists_clusters(self, generator: Fields, depth: int = 0) -> bool:
        """Whether a generator asks for the clusters of Argo CD, of which the repository shows some only."""
        inside = nested(generator) if depth < DEEPEST else []
        return generator.raw("clusters") is not None or any(self.lists_clusters(one, depth + 1) for one in inside)

    def _filled(self, generator: Fields, parent: Params) -> Fields:
        filled = {}
        for kind, options in generator.mapping().items():
            plain = {k: v for k, v in options.items() if k != "template"} if isinstance(options, Mapping) else options
            filled[kind] = self.engine.value(plain, parent)
        return Fields(filled, generator.where)

    def _of_kind(self, kind: str, options: Fields, depth: int) -> list[ParamSet]:
        if kind == "list":
            return [ParamSet(values) for values in self._list(options)]
        if kind == "git":
            return self._git(options)
        if kind == "clusters":
            return self._clusters(options)
        return self._matrix(options, depth) if kind == "matrix" else self._merge(options, depth)

    def _list(self, options: Fields) -> list[Params]:
        sets = [self._element(element) for element in options.children("elements")]
        if text := options.text("elementsYaml"):
            documents = load_yaml(text.encode("utf-8", "surrogatepass"), f"{options.where}.elementsYaml")
            more = Fields({"elementsYaml": documents[0] if documents else []}, options.where)
            sets += [_json_params(element.mapping()) for element in more.children("elementsYaml")]
        return _bounded(sets, options.where)

    def _element(self, element: Fields) -> Params:
        if self.engine.go:
            return _json_params(element.mapping())
        params: Params = {f"values.{key}": value for key, value in element.strings("values").items()}
        return params | {key: element.text(key) for key in element.mapping() if key != "values"}

    def _git(self, options: Fields) -> list[ParamSet]:
        url = options.text("repoURL")
        if not url:
            raise Wrong(f"{options.where} looks into no repository: name its repoURL")
        if not self.lookup.is_here(url):
            raise Unrenderable(f"{options.where} looks into {url}, which is not this repository")
        if options.children("directories"):
            return [ParamSet(values) for values in self._git_directories(options)]
        if options.children("files"):
            return self._git_files(options)
        raise Wrong(f"{options.where} names neither directories nor files")

    def _git_directories(self, options: Fields) -> list[Params]:
        wanted: dict[str, None] = {}
        unwanted: set[str] = set()
        for item in options.children("directories"):
            self.found.globs[item.text("path")] = None
            matches = self.lookup.glob_dirs(item.text("path"))
            if item.flag("exclude"):
                unwanted.update(matches)
            else:
                wanted.update(dict.fromkeys(matches))
        directories = [directory for directory in sorted(wanted) if directory not in unwanted]
        _bounded(directories, options.where)
        return [self._with_values(options, self._path_params(options, name, "")) for name in directories]

    def _git_files(self, options: Fields) -> list[ParamSet]:
        sets: list[ParamSet] = []
        for file, doubt in taken(options, self.lookup, self.found, self.namespace):
            try:
                sets += [ParamSet(values, (file,), doubt=doubt) for values in self._of_file(options, file)]
            except UserError as e:
                self.failures.append(Doubtful(f"{e} ({doubt})") if doubt else e)
        return _bounded(sets, options.where)

    def _of_file(self, options: Fields, file: str) -> Iterator[Params]:
        for content in self._contents(file):
            own = _json_params(content) if self.engine.go else dict[str, object](flat(as_json_values(content)))
            params = own | self._path_params(options, posixpath.dirname(file) or ".", posixpath.basename(file))
            yield self._with_values(options, params)

    def _contents(self, file: str) -> list[dict[str, object]]:
        documents = load_yaml(self.lookup.read(file), file)
        content = documents[0] if documents else None
        elements = content or [{}] if isinstance(content, list) else [content or {}]
        return [Fields(element, file).mapping() for element in elements]

    def _clusters(self, options: Fields) -> list[ParamSet]:
        """The cluster that Argo CD runs in, unless a selector asks for labels, and those with a Secret here."""
        self.found.manifest(CLUSTER_SECRETS, "", "")
        selector = options.child("selector")
        picky = any(selector.has(field) for field in ("matchLabels", "matchExpressions"))
        secrets = self.lookup.cluster_secrets(self.namespace)
        clusters, any_secret = matching(secrets, selector)
        sealed = sealed_clusters(secrets, selector, options.where)
        if sealed and (options.flag("flatList") or (picky and not clusters)):
            raise sealed[0]
        self.failures += sealed
        if picky and not clusters:
            told = "of which this repository's Secrets show none that its selector matches" if any_secret else _NOT_SAID
            why = f"{options.where} lists the clusters registered in Argo CD, {told}"
            raise NoneShown(why) if any_secret else Unrenderable(why)
        if not picky and all(c.server != IN_CLUSTER_SERVER for c in clusters) and self._in_cluster_is_on():
            clusters.insert(0, Cluster(IN_CLUSTER, IN_CLUSTER_SERVER))
        self.found.note(
            f"{options.where} lists the clusters of Secrets in this repository; Argo CD may know more of them"
        )
        sets = list(self._of_clusters(options, clusters))
        if options.flag("flatList"):
            files = tuple(file for one in sets for file in one.files)
            sets = [ParamSet({"clusters": [one.values for one in sets]}, files, any(one.partial for one in sets))]
        return _bounded(sets, options.where)

    def _of_clusters(self, options: Fields, clusters: list[Cluster]) -> Iterator[ParamSet]:
        for cluster in clusters:
            try:
                values = self._with_values(options, self._of(cluster))
            except UserError as e:
                self.failures.append(e if cluster.file or isinstance(e, Unfillable) else Unrenderable(str(e)))
            else:
                yield ParamSet(values, (cluster.file,) if cluster.file else (), not cluster.file)

    def _in_cluster_is_on(self) -> bool:
        """``cluster.inClusterEnabled`` of Argo CD's own settings, where the repository holds them."""
        self.found.manifest("ConfigMap", self.namespace, "argocd-cm")
        settings = self.lookup.find("ConfigMap", self.namespace, "argocd-cm") or {}
        return Fields(settings.get("data"), "ConfigMap argocd-cm: data").text("cluster.inClusterEnabled") != "false"

    def _of(self, cluster: Cluster) -> Params:
        params: Params = {"name": cluster.name, "nameNormalized": normalize(cluster.name), "server": cluster.server}
        params["project"] = cluster.project
        if self.engine.go:
            metadata = {"labels": Texts(cluster.labels), "annotations": Texts(cluster.annotations)}
            held = {key: value for key, value in metadata.items() if value}
            return params | ({"metadata": held} if cluster.file else {})
        params |= {f"metadata.labels.{key}": value for key, value in cluster.labels}
        return params | {f"metadata.annotations.{key}": value for key, value in cluster.annotations}

    def _path_params(self, options: Fields, directory: str, filename: str) -> Params:
        prefix = options.text("pathParamPrefix")
        base = posixpath.basename(directory)
        if self.engine.go:
            path: Params = {"path": directory, "basename": base, "basenameNormalized": normalize(base)}
            path["segments"] = list(directory.split("/"))
            if filename:
                path |= {"filename": filename, "filenameNormalized": normalize(filename)}
            return {prefix: {"path": path}} if prefix else {"path": path}
        name = f"{prefix}.path" if prefix else "path"
        found: Params = {name: directory, f"{name}.basename": base, f"{name}.basenameNormalized": normalize(base)}
        if filename:
            found |= {f"{name}.filename": filename, f"{name}.filenameNormalized": normalize(filename)}
        return found | {f"{name}[{n}]": part for n, part in enumerate(directory.split("/")) if part}

    def _with_values(self, options: Fields, params: Params) -> Params:
        values = {key: self.engine.text(value, params) for key, value in options.strings("values").items()}
        if not values:
            return params
        return params | ({"values": Texts(values)} if self.engine.go else {f"values.{k}": v for k, v in values.items()})

    def _matrix(self, options: Fields, depth: int) -> list[ParamSet]:
        children = options.children("generators")
        if len(children) != 2:
            raise Wrong(
                f"{options.where} takes two generators, not {len(children)}: put one matrix into another for more"
            )
        joined: list[ParamSet] = []
        for one in self.params(children[0], None, depth + 1):
            joined += [self._joined(one, two, options) for two in self._of_row(children[1], one, depth)]
            _bounded(joined, options.where)
        return joined

    def _of_row(self, child: Fields, row: ParamSet, depth: int) -> list[ParamSet]:
        """What a generator gives for one row of the generator before it: for a row that finds no cluster nothing, which
        leaves the other rows as they are (applicationset/generators/matrix.go)."""
        try:
            return self.params(child, row.values, depth + 1)
        except (NoneShown, Sealed) as e:
            for file in row.files:
                self.found.file(file)
            self.failures.append(e)
            return []

    def _joined(self, first: ParamSet, second: ParamSet, options: Fields) -> ParamSet:
        files, partial = (*first.files, *second.files), first.partial or second.partial
        doubt = first.doubt or second.doubt
        if self.engine.go:
            return ParamSet(merged(second.values, first.values), files, partial, doubt)
        for key, value in second.values.items():
            if key in first.values and formatted(first.values[key]) != formatted(value):
                raise Wrong(f"{options.where}: both generators give {key}, with different values")
        values: Params = {key: formatted(value) for key, value in {**first.values, **second.values}.items()}
        return ParamSet(values, files, partial, doubt)

    def _merge(self, options: Fields, depth: int) -> list[ParamSet]:
        children, keys = options.children("generators"), options.texts("mergeKeys")
        if len(children) < 2 or not keys:
            raise Wrong(f"{options.where} needs two generators and mergeKeys")
        sets = self._by_key(self.params(children[0], None, depth + 1), keys, options)
        for child in children[1:]:
            for key, over in self._by_key(self._overriding(child, children[0], depth), keys, options).items():
                if key in sets:
                    base = sets[key]
                    values = merged(base.values, over.values) if self.engine.go else {**base.values, **over.values}
                    partial = base.partial or over.partial
                    sets[key] = ParamSet(values, (*base.files, *over.files), partial, base.doubt or over.doubt)
        return list(sets.values())

    def _overriding(self, child: Fields, base: Fields, depth: int) -> list[ParamSet]:
        """What another generator lays over ``base``: over clusters of which its selector matches none, nothing."""
        known = len(self.failures)
        try:
            sets = self.params(child, None, depth + 1)
        except NoneShown:
            if self.lists_clusters(base):
                return []
            raise
        for failure in self.failures[known:]:
            if isinstance(failure, Sealed):  # it lays something over what ``base`` gives, nobody can tell over which
                raise failure
        return sets

    def _by_key(self, sets: list[ParamSet], keys: tuple[str, ...], options: Fields) -> dict[str, ParamSet]:
        found: dict[str, ParamSet] = {}
        for one in sets:
            key = json.dumps({name: one.values.get(name) for name in keys}, sort_keys=True, default=str)
            if key in found and (one.doubt or found[key].doubt):
                if found[key].doubt:
                    found[key] = one
                continue
            if key in found:
                raise Wrong(f"{options.where}: two parameter sets have the same mergeKeys {key[:80]}")
            found[key] = one
        return found


def _json_params(values: Mapping[str, object]) -> Params:
    return {key: as_json_values(value) for key, value in values.items()}


def _bounded(sets: list[_Set], where: str) -> list[_Set]:
    if len(sets) > MOST_APPLICATIONS:
        raise WrongShape(f"{where} gives more than {MOST_APPLICATIONS} parameter sets: split it up")
    return sets
