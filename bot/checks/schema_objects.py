"""One object against its schema: which schema that is, and what is to be said where there is none."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from fnmatch import fnmatchcase
from itertools import islice
from typing import Any

from bot.checks import schema_refused
from bot.checks.schema_definitions import Definitions, Near
from bot.checks.schema_remarks import (
    Item,
    Remark,
    decrypted,
    in_other_versions,
    no_such_kind,
    not_served,
    of_definition,
    of_deprecated_version,
    of_identity,
    of_lifecycle,
    of_problems,
)  # fmt: skip
from bot.config.judging import UnknownKinds
from bot.kubernetes_schemas import bundled, definitions, lifecycle, metadata, sentences
from bot.kubernetes_schemas.bundled import Bundle
from bot.kubernetes_schemas.places import written
from bot.kubernetes_schemas.problem import Problem
from bot.kubernetes_schemas.versions import Version
from bot.model.evidence import Statement, UnitEvidence
from bot.model.remember import Remember, ask_again
from bot.model.result import Severity
from bot.model.unit import ObjectId

FEW = 5_000  # characters of a unit's objects: fewer are judged faster than it is read what is known of them

_Key = tuple[object, ...]


class _NotToKeepError(Exception):
    """An answer that stays in memory."""


class Judge:
    """Judges each content once for each version. ``notes`` are what could not be judged, as sentences."""

    def __init__(self, unknown: UnknownKinds, accepted: tuple[str, ...], remember: Remember = ask_again) -> None:
        self._remember = remember
        self._unknown = unknown
        self._accepted = accepted
        self._known: dict[_Key, tuple[Remark, ...]] = {}
        self._used: dict[str, Near] = {}
        self.notes: set[str] = set()

    def remarks(
        self, item: Item, unit: UnitEvidence, version: Version, found: Definitions, *, variables: bool
    ) -> tuple[Remark, ...]:
        """What is to be said of an object of a unit."""
        near = _near(item, unit, version, found)
        key = _key(item, version, near, variables)
        if key not in self._known:
            self._known[key] = tuple(self._fresh(item, version, near, found, variables))
        for each in near:
            if each.file:
                self._used[each.file] = each
        return self._known[key]

    def learn(
        self, items: Sequence[Item], unit: UnitEvidence, version: Version, found: Definitions, *, variables: bool
    ) -> None:
        """Find out at once which objects of a unit there is nothing to say of, or know it of an earlier run. Where anything
        could not be judged, nothing is kept: that has to be said each time. Few objects are judged faster."""
        if sum(len(item.resource.document.text) for item in items) < FEW:
            return
        asked = {_key(item, version, _near(item, unit, version, found), variables): item for item in items}
        fresh = [(key, item) for key, item in asked.items() if key not in self._known]

        def faultless() -> object:
            notes, self.notes = self.notes, set()
            try:
                said = [bool(self.remarks(item, unit, version, found, variables=variables)) for _, item in fresh]
                if self.notes:
                    raise _NotToKeepError
            finally:
                self.notes |= notes
            return [number for number, any_said in enumerate(said) if not any_said]

        if fresh:
            name = hashlib.sha256(repr((self._unknown, self._accepted, [key for key, _ in fresh])).encode()).hexdigest()
            with suppress(_NotToKeepError):
                numbers: Any = self._remember("objects without fault", name, faultless)
                self._known |= {fresh[number][0]: () for number in numbers}

    def of_files(self, found: Definitions) -> Iterator[Statement]:
        """What is wrong with the CRDs in files that objects of this side were judged by; asking empties the list."""
        for file, near in sorted(self._used.items()):
            for remark in of_definition(near.definition, ""):
                message = f"The CRD of {near.definition.kind}: {remark.message}"
                yield Statement(
                    rule=f"schema/{remark.rule}", severity=remark.severity, message=message, fix=remark.fix,
                    file=file, line=found.line(near, remark.place), mark=f"{file} {near.definition.kind} {remark.mark}",
                )  # fmt: skip
        self._used = {}

    def _fresh(
        self, item: Item, version: Version, near: tuple[Near, ...], crds: Definitions, variables: bool
    ) -> Iterator[Remark]:
        fields = decrypted(item.fields)
        judged = sentences.with_numbers(fields) if "<named number " in item.resource.document.text else fields
        bundle = bundled.bundle(version)
        identity = list(of_identity(fields, item, foreign=self._is_foreign(fields, item, near, bundle)))
        yield from identity
        if any(each.rule == "no-kind" for each in identity):
            return
        yield from of_lifecycle(item, version)
        group, _, name = item.id.api_version.rpartition("/")
        validator = bundle.validator(group, name, item.id.kind)
        if validator is not None:
            found = sentences.problems(fields, validator.found(judged), validator.schema, variables=variables)
            yield from islice(schema_refused.remarks(item), sentences.MOST)
        elif near:
            custom = self._custom(fields, judged, item, bundle, near, variables)
            if isinstance(custom, Remark):
                yield custom
                return
            warning, found = custom
            yield from warning
        else:
            yield from self._without_schema(item, version, bundle)
            return
        yield from of_problems([*metadata.problems(fields, variables=variables), *found], item.place)
        own = None if item.place or not definitions.is_definition(fields) else crds.of(item.resource)
        if own is not None:
            yield from of_definition(own, written(item.place))
            self._note_unjudged(own)

    def _is_foreign(self, fields: dict[str, Any], item: Item, near: tuple[Near, ...], bundle: Bundle) -> bool:
        """Whether it may be no manifest at all, but a file of some tool that is written like one: it says nothing of what
        every object has, and nobody knows its kind."""
        group, _, name = item.id.api_version.rpartition("/")
        known = near or bundle.owns(group) or bundled.served_by(group, name, item.id.kind)
        return not known and not isinstance(fields.get("metadata"), dict)

    def _custom(  # noqa: PLR0917
        self,
        fields: dict[str, Any],
        judged: dict[str, Any],
        item: Item,
        bundle: Bundle,
        near: tuple[Near, ...],
        variables: bool,
    ) -> Remark | tuple[list[Remark], list[Problem]]:
        """What the first CRD says, or the first that has nothing to say. ``judged``: see ``sentences.with_numbers``."""
        version = item.id.api_version.rpartition("/")[2]
        serving = [
            e.definition for e in near if version in e.definition.versions and e.definition.versions[version].served
        ]
        if not serving:
            return not_served(item, tuple(each.definition for each in near))
        size = len(item.resource.document.text)
        answers = []
        for definition in serving:
            found, judge = definition.found(judged, version, bundle, size)
            said = sentences.problems(fields, found, judge.schema, variables=variables) if judge else []
            answers.append(said)
            self._note_unjudged(definition)
            if definition.costly(version, size):
                kind = f"{item.id.kind} {item.id.name}"
                self.notes.add(
                    f"{kind} is too large for the expressions of its CRD: only its fields and types are judged."
                )
            if not said:
                break
        best = answers[-1] if not answers[-1] else answers[0]
        return of_deprecated_version(item, serving[0].versions[version]), best

    def _without_schema(self, item: Item, version: Version, bundle: Bundle) -> Iterator[Remark]:
        """A kind that neither Kubernetes nor a CRD in sight has."""
        group, _, name = item.id.api_version.rpartition("/")
        served = bundled.served_by(group, name, item.id.kind)
        gone = lifecycle.change(item.id.api_version, item.id.kind)
        if gone is not None and (not served or (gone.removed and version >= gone.removed)):
            return  # said already, or older than what is bundled
        mark = f"{item.id.api_version} {item.id.kind}"
        if served:
            yield in_other_versions(item, version, served, bundle)
        elif bundle.owns(group):
            yield no_such_kind(item, bundle, mark)
        elif self._unknown is not UnknownKinds.IGNORED and not self._is_accepted(item.id):
            severity = Severity.ERROR if self._unknown is UnknownKinds.ERROR else Severity.WARNING
            message = (
                f"Objects of the kind {item.id.kind} ({item.id.api_version}) are not judged: no schema is known for it."
            )
            fix = "Keep its CRD in the repository, or name the kind among those that are accepted without one."
            yield Remark("unknown-kind", severity, message, fix, mark=mark, whole_kind=True)

    def _is_accepted(self, found: ObjectId) -> bool:
        full = f"{found.kind}.{found.group}"
        return any(fnmatchcase(full, pattern) for pattern in self._accepted)

    def _note_unjudged(self, definition: definitions.Definition) -> None:
        for pattern in definition.unjudged[:1]:
            shown = pattern if len(pattern) <= 60 else f"{pattern[:58]}…"
            self.notes.add(f"Expressions of the CRD of {definition.kind} are not looked at, such as {shown}.")


def _near(item: Item, unit: UnitEvidence, version: Version, found: Definitions) -> tuple[Near, ...]:
    """The CRDs by which an object is judged; none where Kubernetes brings its kind."""
    group, _, name = item.id.api_version.rpartition("/")
    own = bundled.bundle(version).serves(group, name, item.id.kind)
    return () if own else found.nearest(unit, group, item.id.kind)


def _key(item: Item, version: Version, near: tuple[Near, ...], variables: bool) -> _Key:
    """Everything that what is said of an object depends on, but the settings."""
    return item.resource.document.digest, item.place, version, variables, tuple(each.definition.digest for each in near)
