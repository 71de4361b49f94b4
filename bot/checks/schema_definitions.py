"""Which CRDs judge the custom resources of a unit on one side.

The nearest win: those of the unit's own output, then of its environment's, then of any rendered unit, then those in the
repository's files. Of these the index knows which may define a kind; only they are read, when an object needs it. Where
several CRDs are equally near, an object that fits one of them is right.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bot import documents
from bot.config.globs import Globs
from bot.errors import UserError
from bot.kubernetes_schemas import definitions
from bot.kubernetes_schemas.definitions import Definition
from bot.kubernetes_schemas.problem import Place
from bot.model.evidence import Evidence, Side, UnitEvidence, objects
from bot.model.remember import WORTH_KEEPING, Remember, ask_again
from bot.model.resource import Resource
from bot.model.snapshot import Entry, Snapshot

Kind = tuple[str, str]  # group, kind


@dataclass(frozen=True, slots=True)
class Near:
    """A CRD, and where it was found: the unit that renders it, or the file."""

    definition: Definition
    unit: UnitEvidence | None = None
    file: str = ""


class Shared:
    """What both sides read already: CRDs by the digest of their document, and files by their blob. ``remember``: what
    earlier runs found wrong with CRDs."""

    def __init__(self, remember: Remember = ask_again) -> None:
        self._remember = remember
        self.rendered: dict[str, Definition | None] = {}
        # By blob id: its documents that speak of CRDs, with their numbers.
        self.texts: dict[str, list[tuple[int, str]]] = {}
        self.files: dict[tuple[str, Kind], list[Definition]] = {}

    def read(self, resource: Resource) -> Definition | None:
        digest = resource.document.digest
        if digest not in self.rendered:
            self.rendered[digest] = definitions.read(resource.fields, digest, self.of_long(resource.document.text))
        return self.rendered[digest]

    def of_long(self, text: str) -> Remember:
        """Who remembers what is said of a CRD with this text."""
        return self._remember if len(text) >= WORTH_KEEPING else ask_again


class Definitions:
    """The CRDs of one side. ``globs``: which files may hold some, None for all."""

    def __init__(self, evidence: Evidence, side: Side, shared: Shared, globs: tuple[str, ...] | None = None) -> None:
        self._files = evidence.files(side)
        self._globs = None if globs is None else Globs(globs)
        self._shared = shared
        self._rendered: dict[Kind, list[Near]] = {}
        self._filed: dict[Kind, list[Near]] = {}
        self._answers: dict[tuple[str, Kind], tuple[Near, ...]] = {}
        for unit, resource in objects(evidence, side):
            if resource.id.kind == definitions.KIND and (found := shared.read(resource)) is not None:
                self._rendered.setdefault((found.group, found.kind), []).append(Near(found, unit))

    def of(self, resource: Resource) -> Definition | None:
        """The CRD that a rendered object is, if it is one."""
        return self._shared.read(resource)

    def line(self, near: Near, place: Place) -> int:
        """The line of a place in a CRD of a file; 0 where it cannot be told."""
        entry = self._files.entry(near.file)

        def is_it(value: object) -> bool:
            found = definitions.read(value, "") if isinstance(value, dict) else None
            return found is not None and (found.group, found.kind) == (near.definition.group, near.definition.kind)

        try:
            data = self._files.read(entry) if entry else b""
            return documents.find_line(data, name=near.file, document=is_it, place=place)
        except UserError:
            return 0

    def nearest(self, unit: UnitEvidence, group: str, kind: str) -> tuple[Near, ...]:
        """The CRDs of a kind that are nearest to a unit, each content once; empty when there are none."""
        key = (unit.key, (group, kind))
        if key not in self._answers:
            tiers = self._tiers(unit, (group, kind))
            self._answers[key] = next((_distinct(tier) for tier in tiers if tier), ())
        return self._answers[key]

    def _tiers(self, unit: UnitEvidence, kind: Kind) -> Iterator[list[Near]]:
        rendered = self._rendered.get(kind, [])
        yield [each for each in rendered if each.unit is not None and each.unit.key == unit.key]
        yield [each for each in rendered if each.unit is not None and each.unit.environment == unit.environment]
        yield rendered
        if kind not in self._filed:
            self._filed[kind] = list(self._in_files(kind))
        yield self._filed[kind]

    def _in_files(self, kind: Kind) -> Iterator[Near]:
        for path in self._files.defining(kind[1]):
            entry = self._files.entry(path) if self._globs is None or self._globs.match(path) else None
            if entry is not None:
                yield from (Near(found, file=path) for found in self._defined(entry, kind))

    def _defined(self, entry: Entry, kind: Kind) -> list[Definition]:
        key = (entry.oid, kind)
        if key not in self._shared.files:
            self._shared.files[key] = list(_defined(self._texts(entry), entry, kind, self._shared.of_long))
        return self._shared.files[key]

    def _texts(self, entry: Entry) -> list[tuple[int, str]]:
        if entry.oid not in self._shared.texts:
            text = _content(self._files, entry).decode("utf-8", "replace")
            found = enumerate(documents.split(text))
            self._shared.texts[entry.oid] = [(index, part) for index, part in found if definitions.KIND in part]
        return self._shared.texts[entry.oid]


def _distinct(found: list[Near]) -> tuple[Near, ...]:
    return tuple({each.definition.digest: each for each in reversed(found)}.values())[::-1]


def _content(files: Snapshot, entry: Entry) -> bytes:
    try:
        return files.read(entry)
    except UserError:  # too big to be read
        return b""


def _defined(
    texts: list[tuple[int, str]], entry: Entry, kind: Kind, remembers: Callable[[str], Remember]
) -> Iterator[Definition]:
    """The CRDs of a kind that a file holds. Templates and broken files define nothing."""
    names_it = re.compile(rf"kind[\"']?\s*:\s*[\"']?{re.escape(kind[1])}(?![\w-])")
    for index, text in texts:
        if kind[0] not in text or kind[1] not in text or not names_it.search(text):
            continue
        try:
            value = documents.load_one(text, name=entry.path)
        except UserError:
            continue
        digest = f"{entry.oid} {index}"
        found = definitions.read(value, digest, remembers(text)) if isinstance(value, dict) else None
        if found is not None and (found.group, found.kind) == kind:
            yield found
