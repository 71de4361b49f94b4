"""Evidence for tests of checks, made by hand: files in memory, objects, units."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from indexed_files import IndexedFiles

from bot.errors import TooBig
from bot.model.evidence import Step, UnitEvidence, UnitSide
from bot.model.resource import Document, Resource
from bot.model.result import UnitState
from bot.model.snapshot import FILE, Entry
from bot.model.unit import KustomizeRender, ObjectId, Render, Renderer, Unit


@dataclass
class Files(IndexedFiles):
    """A tree in memory."""

    texts: dict[str, str] = field(default_factory=dict)
    read_paths: list[str] = field(default_factory=list)
    tree: str = "tree"

    def entry(self, path: str) -> Entry | None:
        if path not in self.texts:
            return None
        return Entry(path, FILE, hashlib.sha256(self.texts[path].encode()).hexdigest())

    def is_dir(self, path: str) -> bool:
        return any(p.startswith(path) for p in self.texts)

    def children(self, path: str) -> tuple[list[Entry], list[str]]:
        raise NotImplementedError

    def walk(self, path: str) -> Iterator[Entry]:
        for each in sorted(self.texts):
            entry = self.entry(each)
            if entry and each.startswith(path):
                yield entry

    def read(self, entry: Entry) -> bytes:
        self.read_paths.append(entry.path)
        return self.learn(entry)

    def learn(self, entry: Entry) -> bytes:
        if self.texts[entry.path] == "TOO BIG":
            raise TooBig("too big")
        return self.texts[entry.path].encode()


def resource(fields: dict[str, Any]) -> Resource:
    text = json.dumps(fields)
    metadata = fields.get("metadata") or {}
    found = ObjectId(
        str(fields.get("apiVersion", "")),
        str(fields.get("kind", "")) or "(no kind)",
        str(metadata.get("namespace", "")),
        str(metadata.get("name", "")) or "(no name)",
    )
    return Resource(found, fields, Document(text, hashlib.sha256(text.encode()).hexdigest()))


def unit(
    key: str,
    head: list[dict[str, Any]] | None,
    base: list[dict[str, Any]] | None = None,
    *,
    environment: str = "",
    part: Render | None = None,
    way: tuple[Step, ...] = (),
) -> UnitEvidence:
    def side(objects: list[dict[str, Any]] | None) -> UnitSide | None:
        if objects is None:
            return None
        rendered = Unit(key, key, Renderer.KUSTOMIZE, (part or KustomizeRender(key),))
        return UnitSide(rendered, tuple(map(resource, objects)))

    return UnitEvidence(key, key, "app", environment, False, UnitState.CHANGED, side(base), side(head), way)
