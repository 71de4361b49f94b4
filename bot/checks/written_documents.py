"""The documents of a change's files on one side: where an object stands whose name no tracing can follow (it has none, two
documents give it, it is gone)."""

from __future__ import annotations

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
    """Read when they are asked for, and once."""

    def __init__(self, evidence: Evidence, side: Side) -> None:
        self._evidence = evidence
        self._side = side
        self._found: dict[tuple[str, str], list[tuple[Place, dict[str, Any]]]] | None = None

    def of(self, wanted: ObjectId, *, generate_name: object = None) -> list[Place]:
        """Documents of the kind and name, in the order of files; of those without a name the ones with the same
        ``generateName``. A document without namespace may land in any."""
        name = "" if wanted.name in _UNNAMED or wanted.name.endswith("*") else wanted.name
        return [
            place
            for place, metadata in self._all().get((wanted.kind, name), ())
            if metadata.get("namespace") in (None, "", wanted.namespace) or not wanted.namespace
            if name or metadata.get("generateName") == generate_name
        ]

    def _all(self) -> dict[tuple[str, str], list[tuple[Place, dict[str, Any]]]]:
        if self._found is None:
            self._found = {}
            for change in self._evidence.changes:
                entry = change.before if self._side is Side.BASE else change.after
                if (
                    entry is not None
                    and entry.path.endswith(_SUFFIXES)
                    and not (entry.is_symlink or entry.is_submodule)
                ):
                    self._read(entry)
        return self._found

    def _read(self, entry: Entry) -> None:
        from bot.documents import load_all

        try:
            found = load_all(self._evidence.files(self._side).read(entry), name=entry.path, max_bytes=_MOST_BYTES)
        except GatehouseError:  # a template, or broken: its renderer says so
            return
        for document in found:
            value = document.value
            items = value.get("items") if isinstance(value, dict) and "metadata" not in value else None
            for one in items if isinstance(items, list) else [value]:
                self._note(one, Place(entry.path, document.line))

    def _note(self, value: Any, place: Place) -> None:
        if not isinstance(value, dict) or self._found is None:
            return
        held = value.get("metadata")
        metadata = held if isinstance(held, dict) else {}
        name = metadata.get("name")
        key = (str(value.get("kind") or ""), name if isinstance(name, str) else "")
        self._found.setdefault(key, []).append((place, metadata))
