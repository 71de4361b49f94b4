"""Argo CD ApplicationSets: one declaration for each Application that the generators give (argoproj.io, any version)."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from dataclasses import replace

from bot.affected.applicationset_reads import file_patterns
from bot.affected.argocd import merge_patch, read_application
from bot.affected.certain import certain_parts
from bot.affected.clusters import Sealed
from bot.affected.environment_words import is_environment
from bot.affected.fields import Fields, Unrenderable, WrongShape, json_text
from bot.affected.filled_paths import fixed_part
from bot.affected.fixed_values import filled_in
from bot.affected.generator_kinds import NoGenerator, refuse
from bot.affected.generators import MOST_APPLICATIONS, Doubtful, Generators, NoneShown
from bot.affected.malformed import malformed
from bot.affected.may_take import MayTake, gives_clusters
from bot.affected.param_sets import ParamSet, merged
from bot.affected.row_values import filled_by_rows
from bot.affected.sources import (
    Declared,
    Gathering,
    Lookup,
    identity_of,
    kustomization_file,
    load_mapping,
    spec_of,
)
from bot.affected.template import Engine, Params, Unfillable, flat
from bot.affected.unfilled import unfilled
from bot.errors import UserError
from bot.model.unit import CannotRender, Render

_MOST_REASONS = 5
_MOST_HINTS = 20
_LONGEST_HINT = 63
_LONGEST_NAME = 253
_ENVIRONMENT = ("env", "environment", "stage")
_NAME = re.compile(
    r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?\Z"
)  # https://kubernetes.io/docs/concepts/overview/working-with-objects/names
_NAMES = "Kubernetes takes only lower-case letters, digits, - and . there"


def read_application_set(obj: Mapping[str, object], lookup: Lookup) -> list[Declared]:
    """The Applications of an ApplicationSet; one declaration with the set's own identity for what cannot be known.

    Raises WrongShape where the object itself is malformed.
    """
    spec = spec_of(obj)
    if not spec.has("generators"):  # its definition requires them, so the cluster keeps the set that it has
        raise WrongShape(
            f"{spec.where}.generators is missing: list there what Applications are made for, or [] for none"
        )
    return _Set(obj, spec, lookup).read()


class _Set:
    def __init__(self, obj: Mapping[str, object], spec: Fields, lookup: Lookup) -> None:
        self.obj = obj
        self.identity = identity_of(obj)
        self.spec = spec
        self.lookup = lookup
        self.found = Gathering()
        options = spec.texts("goTemplateOptions")
        self.engine = Engine(spec.flag("goTemplate"), "missingkey=error" in options, str(self.identity))
        self.generators = Generators(self.engine, lookup, self.found, namespace=self.identity.namespace)
        self.reasons: dict[str, CannotRender] = {}
        self.applications: dict[str, Declared] = {}
        self.hidden: list[Fields] = []  # the generators of which only Argo CD knows what they give
        self.certain: dict[CannotRender, None] = {}  # what counts of those that they give, whichever these are
        self.may_take = MayTake(str(self.identity), lookup)
        self.doubtful: set[str] = set()  # the names of those that Argo CD may not make

    def read(self) -> list[Declared]:
        for generator in self.spec.children("generators"):
            if not self._read(generator):
                self._note(generator, is_hidden=generator in self.hidden)
            elif self.generators.lists_clusters(generator):
                self._note_other_clusters(generator)
        applications = [self._depending(declared) for declared in self.applications.values()]
        return [*applications, self._unknown()] if self.reasons else applications

    def _read(self, generator: Fields) -> bool:
        """The Applications of one generator. What fails says why, and lets the others be: they are deployed too, although
        Argo CD updates none of them until all can be made. Whether they are all known, but for clusters that are not."""
        known = len(self.reasons)
        try:
            template = self._template(generator)
            sets = self.generators.params(generator)
        except UserError as e:
            self._cannot(e)
            if isinstance(e, NoGenerator) or (isinstance(e, Unrenderable) and not e.stops):
                self.hidden.append(generator)
                self._check(generator, self._named(e))
            sets = []
        for params in sets:
            try:
                self._application(template, params)
            except UserError as e:
                self._cannot(_of_row(e, params))
                for file in params.files:
                    self.found.file(file)
        failures = [*self.generators.failures]
        self.generators.failures.clear()
        rows = sets and len(self.reasons) == known and all(isinstance(each, NoneShown | Sealed) for each in failures)
        for failure in failures:
            self._cannot(failure)
        return bool(rows) or len(self.reasons) == known

    def _check(self, generator: Fields, reason: str) -> None:
        """Look at what is sure of a generator and its template, whatever only Argo CD knows. A patch may say all else."""
        try:
            refuse(generator, self.engine)
            template, patch = self._template(generator), self.spec.text("templatePatch")
            self.engine.check([template.get("metadata"), template.get("spec"), patch])
            if not patch:
                known = self._known_template(generator)
                self.certain.update(dict.fromkeys(certain_parts(self.obj, known, reason, self.lookup, self.found)))
        except UserError as e:
            self._cannot(e)

    def _cannot(self, error: UserError, *, others: bool = False) -> None:
        """Keep a reason. ``others``: it is about Applications besides those that are known. So is one that no cluster is
        shown: those that are here do not match."""
        wrong, stops = (error.wrong, error.stops) if isinstance(error, Unrenderable) else (True, True)
        reason = self._named(error)
        hides = not (stops or others or isinstance(error, NoneShown | Doubtful))
        self.reasons[reason] = CannotRender(reason, wrong=wrong, stops=stops, hides=hides)

    def _named(self, error: UserError) -> str:
        return str(error) if str(error).startswith(str(self.identity)) else f"{self.identity}: {error}"

    def _note(self, generator: Fields, *, is_hidden: bool) -> None:
        """Note what Applications that are not known may read."""
        with contextlib.suppress(UserError):
            self.generators.note(generator)
        with contextlib.suppress(UserError):
            template = self._known_template(generator)
            self._note_paths(template, generator, is_hidden=is_hidden)
            self._may_take(template)
            for file in self._may_read(template):
                self.found.file(file)

    def _may_read(self, template: Mapping[str, object], *, rooted: bool = False) -> list[str]:
        """The files here that Applications made of the template may read."""
        files: dict[str, None] = {}
        for pattern in file_patterns(template, self.spec.text("templatePatch"), str(self.identity), self.lookup):
            if rooted and pattern.startswith("*"):
                continue
            self.found.globs[pattern] = None
            files.update(dict.fromkeys(self.lookup.glob_files(pattern)))
        return list(files)

    def _may_take(self, template: Mapping[str, object]) -> None:
        if not self.spec.text("templatePatch"):
            self.may_take.values(template)

    def _note_other_clusters(self, generator: Fields) -> None:
        """Files that only Applications for clusters read which are not described here. A pattern that begins with a
        placeholder would name files of others."""
        known = {file for declared in self.applications.values() for file in declared.depends_files}
        template = self._known_template(generator)
        rows = filled_by_rows(template, generator, self.generators, self.engine)
        read = dict.fromkeys(file for row in rows for file in self._may_read(row, rooted=True))
        others = [file for file in read if file not in known]
        for file in others:
            self.found.file(file)
        if others:
            self._may_take(template)
            more = f" and {len(others) - 1} more" if len(others) > 1 else ""
            self._cannot(
                Unrenderable(f"{others[0]}{more} may be read for clusters that this repository does not describe"),
                others=True,
            )

    def _template(self, generator: Fields) -> dict[str, object]:
        """The set's template under the generator's own, which wins where it says something."""
        base = self.spec.child("template").mapping()
        for kind in generator.mapping():
            if kind != "selector" and isinstance(generator.raw(kind), Mapping):
                base = merged(base, generator.child(kind).child("template").mapping())
        return base

    def _known_template(self, generator: Fields) -> dict[str, object]:
        """The template with what is sure of every Application."""
        filled = filled_in(self._template(generator), generator, go=self.engine.go)
        return Fields(filled, str(self.identity)).mapping()

    def _application(self, template: Mapping[str, object], params: ParamSet) -> None:
        if len(self.applications) >= MOST_APPLICATIONS:
            raise WrongShape(f"{self.identity} generates more than {MOST_APPLICATIONS} Applications: split it up")
        application = self._filled(template, params.values)
        identity = identity_of(application)
        try:
            declared = read_application(application, self.lookup)
        except UserError as e:  # one of its own files among them: the other Applications have nothing to do with it
            declared = malformed(application, f"{e} (generated by {self.identity})", self.lookup)
        if not (_NAME.match(identity.name) and len(identity.name) <= _LONGEST_NAME):
            declared = _instead(declared, f"{self.identity} generates an Application named {identity.name!r}: {_NAMES}")
        generated = json_text(application, f"{self.identity}: the generated {identity.name}")
        declared = replace(
            declared,
            depends_files=tuple(dict.fromkeys((*declared.depends_files, *params.files))),
            environment_hint=_told_environment(params.values) or declared.environment_hint,
            more_hints=_hints(params.values),
            generated=generated,
            application_set=self.identity.name,
            rows=tuple(dict.fromkeys(params.files)),
            stays=self._stays(),
            notes=(*declared.notes, *self._unfilled(application, params)),
        )
        if params.doubt:
            self.doubtful.add(identity.name)
            declared = replace(declared, notes=(*declared.notes, f"{params.doubt}."))
        other = self.applications.get(identity.name)
        if other and params.doubt:
            declared = _with_reads(other, declared)
        elif other and identity.name in self.doubtful:
            self.doubtful.remove(identity.name)
            declared = _with_reads(declared, other)
        elif other:
            reason = f"{self.identity} generates the Application {identity.name} twice: Argo CD refuses that"
            declared = _with_reads(_instead(declared, reason), other)
        self.applications[identity.name] = declared

    def _unfilled(self, application: Mapping[str, object], params: ParamSet) -> list[str]:
        """What is left of the template's placeholders, where all parameters are known."""
        if params.partial or params.doubt:
            return []
        with contextlib.suppress(WrongShape):  # which is told as that
            return list(unfilled(application, str(self.identity), flat(params.values)))
        return []

    def _stays(self) -> str:
        """What Argo CD leaves in the cluster of an Application that the set generates no more, as a sentence."""
        policy = self.spec.child("syncPolicy")
        sync = policy.text("applicationsSync")
        if sync in ("create-only", "create-update"):
            return (
                f"{self.identity} has applicationsSync: {sync}. As long as the set is there, Argo CD deletes none of its "
                "Applications: this one stays in the cluster with its objects, until somebody deletes it."
            )
        if policy.flag("preserveResourcesOnDeletion"):
            return f"{self.identity} has preserveResourcesOnDeletion: the Application goes, its objects stay in the cluster."
        return ""

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

    def _note_paths(self, template: Mapping[str, object], generator: Fields, *, is_hidden: bool) -> None:
        """The directories that the template names up to its first placeholder: what lies there is not unmapped. One that it
        names whole is deployed for certain: where nothing else shows that, it stays a unit of its own."""
        spec = Fields(template.get("spec"), f"{self.identity}: spec.template.spec")
        sources = spec.children("sources") or [spec.child("source")]
        for source in sources:
            written = source.text("path").strip("/")
            path = fixed_part(written)
            if written and not self.spec.text("templatePatch"):
                self.may_take.path(source, sure=is_hidden and gives_clusters(generator))
            if path and self.lookup.is_dir(path):
                self.found.path(path)
                is_alone = is_hidden and path == written and not kustomization_file(self.lookup, path)
                is_alone = is_alone and self.lookup.is_here(source.text("repoURL"))
                (self.found.shared if is_alone else self.found.trees)[path] = None

    def _unknown(self) -> Declared:
        first, *others = sorted(
            self.reasons.values(), key=lambda part: (not part.wrong, not part.stops, not part.hides)
        )
        parts: list[Render] = [self.may_take.told_by(first), *others]
        return self.found.declared(self.identity, [*parts[:_MOST_REASONS], *self.certain], namespace="")


def _of_row(error: UserError, params: ParamSet) -> UserError:
    """What is wrong with one Application. Of the cluster that Argo CD runs in more may be known than is seen here."""
    if params.doubt:
        return Doubtful(f"{error} ({params.doubt})")
    return Unrenderable(str(error)) if params.partial and not isinstance(error, Unfillable) else error


def _told_environment(params: Params) -> str:
    """What a parameter called so says, if it is the usual name of an environment: `env: test` means one, whatever else the
    word may mean in a name."""
    named = (value for key, value in flat(params).items() if key.rpartition(".")[2].lower() in _ENVIRONMENT)
    return next((value for value in named if is_environment(value)), "")


def _hints(params: Params) -> tuple[str, ...]:
    """Parameters that may name the environment, those that say so by their name first."""
    words = {
        key: value for key, value in flat(params).items() if value and len(value) <= _LONGEST_HINT and "/" not in value
    }
    return tuple(words[key] for key in sorted(words, key=lambda key: ("env" not in key.lower(), key))[:_MOST_HINTS])


def _instead(declared: Declared, reason: str) -> Declared:
    """A declaration that is refused for this reason; what it would render still belongs to it."""
    trees = dict.fromkeys((*declared.depends_trees, *declared.paths))
    return replace(declared, parts=(CannotRender(reason, wrong=True),), depends_trees=tuple(trees))


def _with_reads(declared: Declared, other: Declared) -> Declared:
    """The same with what another one reads."""
    return replace(
        declared,
        depends_files=tuple(dict.fromkeys((*other.depends_files, *declared.depends_files))),
        depends_trees=tuple(dict.fromkeys((*other.depends_trees, *other.paths, *declared.depends_trees))),
        depends_objects=tuple(dict.fromkeys((*other.depends_objects, *declared.depends_objects))),
    )
