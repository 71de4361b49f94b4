"""``spec.source.helm`` of an Argo CD Application as a HelmRender.

Precedence is Argo CD's: the chart's values, then value files, then inline values, then parameters, then file
parameters; ``valuesObject`` hides ``values``.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Mapping

from bot.affected.argocd_environment import BuildEnvironment
from bot.affected.fields import Fields, Unrenderable, Wrong, inside, json_text
from bot.affected.globs import has_glob, literal_prefix
from bot.affected.sources import Lookup
from bot.model.unit import HelmRender

_UNESCAPED_COMMA = re.compile(r"(?<!\\),")


def read_helm(
    source: Fields, path: str, environment: BuildEnvironment, refs: Mapping[str, str], lookup: Lookup
) -> HelmRender:
    """``helm template`` of the chart directory ``path``. Raises WrongShape, Unrenderable."""
    options = source.child("helm")
    environment.found.tree(path)
    if not lookup.is_file(f"{path}/Chart.yaml".lstrip("/")):
        raise Wrong(f"{options.where} asks for Helm, but {path or '.'} has no Chart.yaml")
    files = ValueFiles(path, environment, refs, lookup)
    return HelmRender(
        chart=path,
        release=options.text("releaseName") or environment.app,
        namespace=options.text("namespace") or environment.namespace or "default",
        value_files=files.resolve(options.texts("valueFiles")),
        ignore_missing_value_files=options.flag("ignoreMissingValueFiles"),
        values=_inline_values(options),
        parameters=_parameters(options, environment),
        file_parameters=_file_parameters(options, files),
        kube_version=options.text("kubeVersion"),
        api_versions=options.texts("apiVersions"),
        include_crds=not options.flag("skipCrds"),
        skip_tests=options.flag("skipTests"),
    )


def _inline_values(options: Fields) -> tuple[str, ...]:
    if options.has("valuesObject"):
        options.child("valuesObject")  # must be a mapping
        return (json_text(options.raw("valuesObject"), f"{options.where}.valuesObject"),)
    values = options.text("values")
    return (values,) if values.strip() else ()


def _parameters(options: Fields, environment: BuildEnvironment) -> tuple[tuple[str, str, bool], ...]:
    """Name, value in the syntax of ``--set``, force string; by name, the later of two equal names wins."""
    found: dict[tuple[bool, str], str] = {}
    for parameter in options.children("parameters"):
        value = _set_syntax(environment.expand(parameter.text("value")))
        found[(parameter.flag("forceString"), parameter.text("name"))] = value
    return tuple((name, value, force) for (force, name), value in sorted(found.items()))


def _set_syntax(value: str) -> str:
    """Argo CD escapes commas, so that a value stays one value, unless it is a ``{list}``."""
    if value.startswith("{") and value.endswith("}"):
        return value
    return _UNESCAPED_COMMA.sub(r"\\,", value)


def _file_parameters(options: Fields, files: ValueFiles) -> tuple[tuple[str, str], ...]:
    found = {p.text("name"): files.one(p.text("path")) for p in options.children("fileParameters")}
    return tuple(sorted(found.items()))


class ValueFiles:
    """Paths of value files as Argo CD resolves them: from the chart, from the root with "/", from ``$ref``. ``chart`` is
    None where it lies elsewhere: then so do the files that are not a ``$ref``'s."""

    def __init__(
        self, chart: str | None, environment: BuildEnvironment, refs: Mapping[str, str], lookup: Lookup
    ) -> None:
        self.chart = chart
        self.environment = environment
        self.refs = refs
        self.lookup = lookup

    def resolve(self, written: tuple[str, ...]) -> tuple[str, ...]:
        """All of them in order; a glob gives its matches by name, without those that are also written out. One that matches
        nothing is a missing file, as in Argo CD (https://github.com/argoproj/argo-cd/pull/26768): it stays as written."""
        paths = [self._path(name) for name in written]
        explicit = {path for path in paths if not self._is_glob(path)}
        found: list[str] = []
        for path in paths:
            if self._is_glob(path):
                self.environment.found.globs[path] = None
                self.environment.found.tree(literal_prefix(path))
                matches = self.lookup.glob_files(path) or [path]
                found += [match for match in matches if match not in explicit and match not in found]
            else:
                found.append(path)
        for path in found:
            self.environment.found.file(path)
        return tuple(found)

    def noted(self, options: Fields) -> tuple[list[str], list[str]]:
        """Note what ``helm`` names of this repository, whatever else is wrong with it: value files, and files of
        parameters. Raises WrongShape."""
        parameters = (parameter.text("path") for parameter in options.children("fileParameters"))
        return self._noted(options.texts("valueFiles")), self._noted(parameters)

    def _noted(self, names: Iterable[str]) -> list[str]:
        found: list[str] = []
        for name in names:
            if self.chart is not None or self._refers(name):
                with contextlib.suppress(Unrenderable):
                    found += self.resolve((name,))
        return list(dict.fromkeys(found))

    def one(self, written: str) -> str:
        path = self._path(written)
        self.environment.found.file(path)
        return path

    def _is_glob(self, path: str) -> bool:
        return has_glob(path) and not self.lookup.is_file(path)

    def _refers(self, written: str) -> bool:
        reference, slash, _ = written.partition("/")
        return bool(slash) and reference in self.refs

    def _path(self, written: str) -> str:
        reference, _, rest = written.partition("/")
        base = self.chart or ""
        if self._refers(written):
            url = self.refs[reference]
            if not self.lookup.is_here(url):
                raise Unrenderable(
                    f"the value file {written} lies in {url}, which is not this repository: copy it here to see it"
                )
            base, relative = "", self.environment.expand(rest)
        else:
            relative = self.environment.expand(written)
        if "://" in relative:
            raise Unrenderable(f"the value file {relative} is fetched from elsewhere: copy it into the repository")
        path = inside(base, relative)
        if path is None:
            raise Wrong(f"the value file {written} is outside of the repository")
        return path
