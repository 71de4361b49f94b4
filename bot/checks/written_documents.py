"""The documents of a change's files on one side: where an object stands whose name no tracing can follow (it has none, two
documents give it, it is gone)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from bot.errors import GatehouseError
from bot.model.evidence import Evidence, Side
from bot.model.snapshot import Entry
from bot.model.unit import ObjectId

_SUFFIXES = (".yaml", ".yml", ".json")
_MOST_BYTES = 4 * 1024 * 1024
_UNNAMED = ("", "(no name)")


class Place(NamedTuple):
    """A file, and the line (1-based) on which a document begins."""

    file: str
    line: int


class WrittenDocuments:
    """Files are read when they are asked about and may hold what is asked for, and once."""

    def __init__(self, evidence: Evidence, side: Side) -> None:
        self._evidence = evidence
        self._side = side
        self._data: dict[str, bytes] | None = None
        self._parsed: dict[str, list[tuple[Place, dict[str, Any]]]] = {}

    def of(self, wanted: ObjectId, *, generate_name: object = None) -> list[Place]:
        """Documents of the kind and name, in the order of files; of those without a name the ones with the same
        ``generateName``. A document without namespace may land in any."""
        nameless = wanted.name in _UNNAMED or wanted.name.endswith("*")
        name = generate_name if nameless else wanted.name
        words = [text.encode() for text in (wanted.kind, name) if isinstance(text, str)]
        return [place for place, value in self._holding(words) if _is(value, wanted, nameless=nameless, name=name)]

    def _holding(self, words: list[bytes]) -> Iterator[tuple[Place, dict[str, Any]]]:
        """The documents of files that hold all the words. (Escapes may hide one: then no place is told.)"""
        if self._data is None:
            self._data = {entry.path: data for entry in self._entries() if (data := self._read(entry))}
        for path, data in self._data.items():
            if all(word in data for word in words):
                if path not in self._parsed:
                    self._parsed[path] = list(_documents(path, data))
                yield from self._parsed[path]

    def _entries(self) -> Iterator[Entry]:
        for change in self._evidence.changes:
            entry = change.before if self._side is Side.BASE else change.after
            if entry is not None and entry.path.endswith(_SUFFIXES) and not (entry.is_symlink or entry.is_submodule):
                yield entry

    def _read(self, entry: Entry) -> bytes:
        try:
            data = self._evidence.files(self._side).read(entry)
        except GatehouseError:
            return b""
        return data if len(data) <= _MOST_BYTES else b""


def _documents(path: str, data: bytes) -> Iterator[tuple[Place, dict[str, Any]]]:
    from bot.documents import load_all

    try:
        found = load_all(data, name=path)
    except GatehouseError:  # a template, or broken: its renderer says so
        return
    for document in found:
        value = document.value
        items = value.get("items") if isinstance(value, dict) and "metadata" not in value else None
        for one in items if isinstance(items, list) else [value]:
            if isinstance(one, dict):
                yield Place(path, document.line), one


def _is(value: dict[str, Any], wanted: ObjectId, *, nameless: bool, name: object) -> bool:
    held = value.get("metadata")
    metadata = held if isinstance(held, dict) else {}
    if value.get("kind") != wanted.kind:
        return False
    if nameless:
        return not metadata.get("name") and metadata.get("generateName") == name
    return metadata.get("name") == name and (
        not wanted.namespace or metadata.get("namespace") in (None, "", wanted.namespace)
    )
