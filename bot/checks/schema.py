"""Does the API server of each environment accept what is deployed there?

Every object is judged by the schema of its kind in the environment's Kubernetes version, custom resources by the CRD that is
nearest; see ``docs/schema.md``. Equal objects are judged once for both sides and all units.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from bot.checks import schema_delivery, schema_duplicates, schema_incomplete, schema_kindless
from bot.checks.schema_definitions import Definitions, Shared
from bot.checks.schema_objects import Judge
from bot.checks.schema_remarks import Remark, expanded
from bot.checks.written_documents import WrittenDocuments
from bot.config.judging import UnknownKinds
from bot.kubernetes_schemas import bundled
from bot.kubernetes_schemas.versions import Version, parse
from bot.model.evidence import Evidence, Said, Side, Statement, UnitEvidence, UnitSide
from bot.model.unit import KustomizeRender, ObjectId, PlainRender

NAME = "schema"
_UNKNOWN = "schema/unknown-kind"
# Whoever applies a repository brings these along: their CRDs are in no repository that uses them.
DELIVERY_KINDS = (
    "*.toolkit.fluxcd.io",
    "*.fluxcd.controlplane.io",
    "Application.argoproj.io",
    "ApplicationSet.argoproj.io",
    "AppProject.argoproj.io",
)


@dataclass(frozen=True, slots=True)
class SchemaSettings:
    """``versions``: the Kubernetes version of each environment, ``default_version`` of all others ("": the newest bundled).
    ``unknown_kinds``: what kinds are that no schema is known for. ``accepted_kinds``: ``Kind.group`` or ``*.group`` that may
    stay without one. ``crds``: globs of the files in which CRDs are looked for, None for all. ``left_out``: ``Kind``,
    ``Kind.group`` or ``*.group`` that are not judged. Versions are read when the check is made: UserError for none."""

    versions: Mapping[str, str] = field(default_factory=dict)
    default_version: str = ""
    unknown_kinds: UnknownKinds = UnknownKinds.WARNING
    accepted_kinds: tuple[str, ...] = DELIVERY_KINDS
    crds: tuple[str, ...] | None = None
    left_out: tuple[str, ...] = ()


class Schema:
    """The check. Raises UserError when made with a version that is none."""

    name = NAME

    def __init__(self, settings: SchemaSettings = SchemaSettings()) -> None:
        self._settings = settings
        self._default = parse(settings.default_version) if settings.default_version else None
        self._versions = {name.lower(): parse(text) for name, text in settings.versions.items()}

    def run(self, evidence: Evidence) -> Said:
        judge = Judge(self._settings.unknown_kinds, self._settings.accepted_kinds, evidence.remember)
        shared = Shared(evidence.remember)
        base = tuple(self._side(evidence, Side.BASE, judge, shared))
        head = tuple(self._side(evidence, Side.HEAD, judge, shared))
        base += tuple(each for each in head if each not in base and _is_of_old_file(each, evidence))
        if self._settings.unknown_kinds is not UnknownKinds.ERROR:
            base += tuple(_of_known_kinds(base, head, evidence))
        return Said(base=base, head=head, notes=(*self._stand_ins(evidence), *sorted(judge.notes)))

    def version(self, environment: str) -> Version:
        """The version that an environment is judged by, as configured (it may not be bundled)."""
        return self._versions.get(environment.lower()) or self._default or bundled.versions()[-1]

    def _side(self, evidence: Evidence, side: Side, judge: Judge, shared: Shared) -> Iterator[Statement]:
        definitions = Definitions(evidence, side, shared, self._settings.crds)
        written = WrittenDocuments(evidence, side)
        for unit in evidence.units:
            there = unit.side(side)
            if there is not None:
                yield from self._unit(unit, there, judge, definitions, written)
        yield from judge.of_files(definitions)
        yield from schema_duplicates.of_keys(evidence, side)
        yield from schema_kindless.of_files(evidence, side)

    def _unit(
        self, unit: UnitEvidence, side: UnitSide, judge: Judge, definitions: Definitions, written: WrittenDocuments
    ) -> Iterator[Statement]:
        version = self.version(unit.environment)
        variables = _has_unknown_variables(side)
        rendered = [each for resource in side.objects for each in expanded(resource)]
        unknown: dict[str, int] = {}
        judged = [each for each in rendered if not self._is_left_out(each.id)]
        judge.learn(judged, unit, version, definitions, variables=variables)
        for each in judged:
            told = judge.remarks(each, unit, version, definitions, variables=variables)
            told += (
                *schema_incomplete.remarks(each, unit, side, definitions),
                *schema_delivery.remarks(each, unit, definitions),
            )
            for remark in told:
                if remark.whole_kind:
                    unknown[remark.mark] = unknown.get(remark.mark, 0) + 1
                if not remark.whole_kind or unknown[remark.mark] == 1:
                    yield _statement(remark, unit, None if remark.whole_kind else each.id)
        yield from schema_duplicates.of_objects(unit, side, ((each.id, each.resource) for each in rendered), written)

    def _is_left_out(self, found: ObjectId) -> bool:
        names = (found.kind, f"{found.kind}.{found.group}")
        return any(fnmatchcase(name, pattern) for pattern in self._settings.left_out for name in names)

    def _stand_ins(self, evidence: Evidence) -> list[str]:
        """Versions that are not bundled, each with the one that stands for it."""
        asked = {self.version(unit.environment) for unit in evidence.units}
        notes = []
        for version in sorted(asked):
            near = bundled.nearest(version)
            if near != version:
                notes.append(
                    f"The schemas of Kubernetes {version} are not bundled; objects are judged by those of {near}."
                )
        return notes


def _statement(remark: Remark, unit: UnitEvidence, found: ObjectId | None) -> Statement:
    return Statement(
        rule=f"{NAME}/{remark.rule}",
        severity=remark.severity,
        message=remark.message,
        fix=remark.fix,
        unit=unit.key,
        object=found,
        at=remark.place,
        mark=remark.mark,
    )


def _has_unknown_variables(side: UnitSide) -> bool:
    """Whether somebody fills in variables of this unit that nobody here knows: Flux those that only the cluster has, and
    whoever deploys what no object here does (a Kustomization in another repository, ``envsubst`` in a pipeline)."""
    parts = (part for part in side.unit.parts if isinstance(part, KustomizeRender | PlainRender))
    return any(part.substitution.unknown if part.substitution else side.unit.source is None for part in parts)


def _of_known_kinds(
    base: tuple[Statement, ...], head: tuple[Statement, ...], evidence: Evidence
) -> Iterator[Statement]:
    """What head says of kinds without a schema in further units, where the repository has had such objects: no news. Only
    kinds of which a warning is given: an error is one for each unit."""
    was = {(each.unit, each.mark) for each in base if each.rule == _UNKNOWN}
    asked: dict[str, bool] = {}
    for each in head:
        if each.rule == _UNKNOWN and (each.unit, each.mark) not in was:
            if each.mark not in asked:
                version, _, kind = each.mark.rpartition(" ")
                asked[each.mark] = bool(evidence.base.using(version, kind))
            if asked[each.mark]:
                yield each


def _is_of_old_file(statement: Statement, evidence: Evidence) -> bool:
    """Whether it is about a CRD in a file that the change leaves as it is: broken before anything used it."""
    if statement.rule != "schema/bad-definition" or statement.unit or not statement.file:
        return False
    before = evidence.files(Side.BASE).entry(statement.file)
    after = evidence.files(Side.HEAD).entry(statement.file)
    return before is not None and after is not None and before.oid == after.oid
