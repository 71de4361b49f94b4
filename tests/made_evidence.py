"""Evidence made from YAML texts and files in memory: what the tests of the checks judge."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from indexed_files import IndexedFiles

from bot import documents
from bot.model.evidence import Evidence, Move, Said, Statement, UnitEvidence, UnitSide
from bot.model.resource import Resource
from bot.model.result import UnitState
from bot.model.snapshot import FILE, Change, Entry
from bot.model.unit import ObjectId, PlainRender, Render, Renderer, Unit
from bot.redaction import masked_document

KEY = b"k" * 32


class Files(IndexedFiles):
    """A snapshot in memory."""

    def __init__(self, files: Mapping[str, str | bytes]) -> None:
        self._files = {p: t if isinstance(t, bytes) else t.encode() for p, t in sorted(files.items())}

    @property
    def tree(self) -> str:
        return "0" * 40

    def entry(self, path: str) -> Entry | None:
        data = self._files.get(path)
        return None if data is None else Entry(path, FILE, hashlib.sha1(data, usedforsecurity=False).hexdigest())

    def is_dir(self, path: str) -> bool:
        return any(p.startswith(f"{path}/") if path else True for p in self._files)

    def children(self, path: str) -> tuple[list[Entry], list[str]]:
        below = list(self.walk(path))
        start = len(path) + 1 if path else 0
        files = [e for e in below if "/" not in e.path[start:]]
        folders = {e.path[: e.path.index("/", start)] for e in below if "/" in e.path[start:]}
        return files, sorted(folders)

    def walk(self, path: str) -> Iterator[Entry]:
        for name in self._files:
            if not path or name.startswith(f"{path}/"):
                found = self.entry(name)
                assert found is not None
                yield found

    def read(self, entry: Entry) -> bytes:
        return self._files[entry.path]


def resources(text: str) -> tuple[Resource, ...]:
    """The objects of a YAML text, masked as renders are."""
    found = []
    for one in documents.load_all(text.encode(), name="the test's text"):
        assert isinstance(one.value, dict)
        document = masked_document(documents.dump(one.value), key=KEY)
        fields: Any = documents.load_one(document.text)
        metadata = fields.get("metadata") if isinstance(fields.get("metadata"), dict) else {}
        namespace, name = str(metadata.get("namespace") or ""), str(metadata.get("name") or "")
        identity = ObjectId(str(fields.get("apiVersion", "")), str(fields.get("kind", "")), namespace, name)
        found.append(Resource(identity, fields, document))
    return tuple(found)


@dataclass
class Made:
    """One unit to be: its objects on both sides as YAML; None where it does not exist."""

    base: str | None
    head: str | None
    path: str = "apps/shop/overlays/production"
    app: str = "shop"
    environment: str = "production"
    production: bool = True
    source: ObjectId | None = None
    declared_in: str = ""
    parts: tuple[Render, ...] = field(default=())
    generated: str = ""
    values: frozenset[str] = frozenset()
    moves: Mapping[ObjectId, Move] = field(default_factory=dict)

    def unit(self) -> UnitEvidence:
        state = UnitState.CHANGED
        if self.base is None or self.head is None:
            state = UnitState.ADDED if self.base is None else UnitState.REMOVED
        return UnitEvidence(
            self.path, self.path, self.app, self.environment, self.production, state,
            self._side(self.base), self._side(self.head), values=self.values, moves=self.moves,
        )  # fmt: skip

    def _side(self, text: str | None) -> UnitSide | None:
        if text is None:
            return None
        unit = Unit(
            self.path, self.path, Renderer.PLAIN, self.parts or (PlainRender(self.path),), source=self.source,
            declared_in=self.declared_in, app=self.app, environment=self.environment, generated=self.generated,
        )  # fmt: skip
        return UnitSide(unit, resources(text))


def evidence(
    *made: Made, base: Mapping[str, str | bytes] | None = None, head: Mapping[str, str | bytes] | None = None,
    environments: tuple[str, ...] = ("development", "staging", "production"),
) -> Evidence:  # fmt: skip
    """Units, and the files of both sides: what differs between them is the change."""
    before, after = Files(base or {}), Files(head or {})
    paths = sorted({*(base or {}), *(head or {})})
    pairs = [(p, before.entry(p), after.entry(p)) for p in paths]
    changes = tuple(Change(*pair) for pair in pairs if pair[1] != pair[2])
    return Evidence(tuple(m.unit() for m in made), changes, before, after, environments)


def new(said: Said) -> list[Statement]:
    """What a reader would be told is introduced, in order."""
    from bot.checks.delta import findings
    from bot.model.result import FindingState

    return [s for f, s in findings(said) if f.state is FindingState.INTRODUCED]


def rules(statements: list[Statement] | tuple[Statement, ...]) -> list[str]:
    return [s.rule for s in statements]
