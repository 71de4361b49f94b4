"""Argo CD ApplicationSets: one declaration for each Application that the generators give (argoproj.io, any version)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.affected.applicationset_reads import file_patterns
from bot.affected.argocd import merge_patch, read_application
from bot.affected.fields import Fields, Unrenderable, Wrong, WrongShape, json_text
from bot.affected.generators import MOST_APPLICATIONS, Generators, ParamSet, merged
from bot.affected.sources import Declared, Gathering, Lookup, identity_of, load_mapping, refused, spec_of
from bot.affected.template import Engine, Params, flat
from bot.model.unit import CannotRender, ObjectId, Render

_MOST_REASONS = 5
_MOST_HINTS = 20
_LONGEST_HINT = 63


def read_application_set(obj: Mapping[str, object], lookup: Lookup) -> list[Declared]:
    """The Applications of an ApplicationSet; one declaration with the set's own identity for what cannot be known.

    Raises WrongShape where the object itself is malformed.
    """
    spec = spec_of(obj)
    return _Set(obj, spec, lookup).read()


class _Set:
    def __init__(self, obj: Mapping[str, object], spec: Fields, lookup: Lookup) -> None:
        self.identity = identity_of(obj)
        self.spec = spec
        self.lookup = lookup
        self.found = Gathering()
        options = spec.texts("goTemplateOptions")
        self.engine = Engine(spec.flag("goTemplate"), "missingkey=error" in options, str(self.identity))
        self.generators = Generators(
            self.engine, lookup, self.found,
            namespace=self.identity.namespace, nested_selectors=spec.flag("applyNestedSelectors"),
        )  # fmt: skip
        self.reasons: dict[str, bool] = {}  # and whether something is wrong
        self.applications: dict[str, Declared] = {}

    def read(self) -> list[Declared]:
        for generator in self.spec.children("generators"):
            try:
                template = self._template(generator)
                for params in self.generators.params(generator):
                    self._application(template, params)
            except Unrenderable as e:
                self.reasons[str(e)] = e.wrong
                template = self._template(generator)
                self._note_paths(template)
                self.generators.note(generator)
                for file in self._may_read(template):
                    self.found.file(file)
            else:
                if self.generators.lists_clusters(generator):
                    self._note_other_clusters(generator)
        applications = [self._depending(declared) for declared in self.applications.values()]
        return [*applications, self._unknown()] if self.reasons else applications

    def _may_read(self, template: Mapping[str, object], *, rooted: bool = False) -> list[str]:
        """The files here that Applications made of the template may read."""
        files: dict[str, None] = {}
        for pattern in file_patterns(template, self.spec.text("templatePatch"), str(self.identity), self.lookup):
            if rooted and pattern.startswith("*"):
                continue
            self.found.globs[pattern] = None
            files.update(dict.fromkeys(self.lookup.glob_files(pattern)))
        return list(files)

    def _note_other_clusters(self, generator: Fields) -> None:
        """Files that only Applications for clusters read which are not described here. A pattern that begins with a
        placeholder would name files of others."""
        known = {file for declared in self.applications.values() for file in declared.depends_files}
        others = [file for file in self._may_read(self._template(generator), rooted=True) if file not in known]
        for file in others:
            self.found.file(file)
        if others:
            more = f" and {len(others) - 1} more" if len(others) > 1 else ""
            self.reasons[
                f"{self.identity}: {others[0]}{more} may be read for clusters that this repository does not describe"
            ] = False

    def _template(self, generator: Fields) -> dict[str, object]:
        """The set's template under the generator's own, which wins where it says something."""
        base = self.spec.child("template").mapping()
        for kind in generator.mapping():
            if kind != "selector" and isinstance(generator.raw(kind), Mapping):
                base = merged(base, generator.child(kind).child("template").mapping())
        return base

    def _application(self, template: Mapping[str, object], params: ParamSet) -> None:
        if len(self.applications) >= MOST_APPLICATIONS:
            raise WrongShape(f"{self.identity} generates more than {MOST_APPLICATIONS} Applications: split it up")
        application = self._filled(template, params.values)
        identity = identity_of(application)
        if identity.name in self.applications:
            raise Wrong(f"{self.identity} generates the Application {identity.name} twice: Argo CD refuses that")
        try:
            declared = read_application(application, self.lookup)
        except WrongShape as e:
            declared = refused(identity, f"{e} (generated by {self.identity})")
        files = dict.fromkeys((*declared.depends_files, *params.files))
        generated = json_text(application, f"{self.identity}: the generated {identity.name}")
        self.applications[identity.name] = replace(
            declared, depends_files=tuple(files), more_hints=_hints(params.values), generated=generated
        )

    def _filled(self, template: Mapping[str, object], params: Params) -> dict[str, object]:
        filled = self.engine.value({key: template.get(key) for key in ("metadata", "spec")}, params)
        if patch := self.spec.text("templatePatch"):
            text = self.engine.text(patch, params).encode("utf-8", "surrogatepass")
            filled = merge_patch(filled, load_mapping(text, f"{self.identity}: the filled templatePatch"))
        whole = Fields(filled, str(self.identity))
        metadata = {**whole.child("metadata").mapping(), "namespace": self.identity.namespace}
        return {**whole.mapping(), "apiVersion": self.identity.api_version, "kind": "Application", "metadata": metadata}

    def _depending(self, declared: Declared) -> Declared:
        """The same with what the generators look at: a path that begins or ceases to match changes the set."""
        return replace(
            declared,
            depends_globs=tuple(dict.fromkeys((*declared.depends_globs, *self.found.globs))),
            depends_objects=tuple(dict.fromkeys((*declared.depends_objects, *self.found.objects))),
            notes=tuple(dict.fromkeys((*declared.notes, *self.found.notes))),
        )

    def _note_paths(self, template: Mapping[str, object]) -> None:
        """The directories that the template names up to its first placeholder: what lies there is not unmapped."""
        spec = Fields(template.get("spec"), f"{self.identity}: spec.template.spec")
        sources = spec.children("sources") or [spec.child("source")]
        for source in sources:
            written = source.text("path").strip("/")
            path = written if "{{" not in written else written.partition("{{")[0].rpartition("/")[0]
            if path and self.lookup.is_dir(path):
                self.found.path(path)
                self.found.tree(path)

    def _unknown(self) -> Declared:
        parts: list[Render] = [
            CannotRender(f"{self.identity}: {reason}" if _is_bare(reason, self.identity) else reason, wrong)
            for reason, wrong in sorted(self.reasons.items(), key=lambda item: not item[1])[:_MOST_REASONS]
        ]
        return self.found.declared(self.identity, parts, namespace="")


def _hints(params: Params) -> tuple[str, ...]:
    """Parameters that may name the environment, those that say so by their name first."""
    words = {
        key: value for key, value in flat(params).items() if value and len(value) <= _LONGEST_HINT and "/" not in value
    }
    return tuple(words[key] for key in sorted(words, key=lambda key: ("env" not in key.lower(), key))[:_MOST_HINTS])


def _is_bare(reason: str, identity: ObjectId) -> bool:
    return not reason.startswith(str(identity))
