"""What is written twice: objects in one unit, and keys in one mapping of a changed file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from bot import documents
from bot.checks.written_documents import Place, WrittenDocuments
from bot.errors import UserError
from bot.model.evidence import Evidence, Side, Statement, UnitEvidence, UnitSide
from bot.model.remember import WORTH_KEEPING, Remember
from bot.model.resource import Resource
from bot.model.result import Severity
from bot.model.snapshot import Entry
from bot.model.unit import HelmRender, ObjectId, PlainRender

_SUFFIXES = (".yaml", ".yml", ".json")
_UNNAMED = "(no name)"


def of_objects(
    unit: UnitEvidence, side: UnitSide, rendered: Iterable[tuple[ObjectId, Resource]], written: WrittenDocuments
) -> Iterator[Statement]:
    """Objects of a unit with the same group, kind, namespace and name; their apiVersions may differ. ``written`` tells where
    the last of them stands, if the change touches that file."""
    default = _namespace(side)
    seen: dict[tuple[str, ...], list[tuple[ObjectId, Resource]]] = {}
    for found, resource in rendered:
        if found.name and found.name != _UNNAMED and not found.name.endswith("*"):
            key = (found.group, found.kind, found.namespace or default, found.name)
            seen.setdefault(key, []).append((found, resource))
    for same in seen.values():
        if len(same) > 1:
            yield _twice(unit, same, written.of(same[0][0])[-1:])


def _twice(unit: UnitEvidence, same: list[tuple[ObjectId, Resource]], places: list[Place]) -> Statement:
    file, line = places[0] if places else ("", 0)
    equal = len({resource.document.digest for _, resource in same}) == 1
    found = same[0][0]
    how = "with the same content" if equal else "with different content: which of them is applied last is chance"
    return Statement(
        rule="schema/duplicate-object",
        severity=Severity.WARNING if equal else Severity.ERROR,
        message=f"{found} stands {len(same)} times in this unit, {how}; Helm and kustomize refuse it.",
        fix="Keep one of them, or give them different names.",
        unit=unit.key,
        object=found,
        file=file,
        line=line,
        mark="differs" if not equal else "same",
    )


def _namespace(side: UnitSide) -> str:
    """The namespace of objects that name none, where all parts of a unit agree."""
    parts = side.unit.parts
    found = {part.namespace if isinstance(part, HelmRender | PlainRender) else "" for part in parts}
    return found.pop() if len(found) == 1 else ""


def of_keys(evidence: Evidence, side: Side) -> Iterator[Statement]:
    """Keys that a mapping of a changed file has twice, in the files that lead to an affected unit."""
    roots = _roots(evidence)
    files = evidence.files(side)
    for change in evidence.changes:
        entry = change.before if side is Side.BASE else change.after
        if entry is None or not _is_source(entry) or not _leads(entry.path, roots):
            continue
        try:
            data = files.read(entry)
        except UserError:
            continue
        yield from (_key_twice(entry.path, key, line) for key, line in _twice_in(data, entry, evidence.remember))


def _twice_in(data: bytes, entry: Entry, remember: Remember) -> list[tuple[str, int]]:
    """The keys; none in a template, or what is broken: the renderer says so."""

    def ask() -> list[tuple[str, int]]:
        try:
            return documents.find_duplicate_keys(data, name=entry.path)
        except UserError:
            return []

    if len(data) < WORTH_KEEPING:
        return ask()
    found: Any = remember("keys that stand twice", entry.oid, ask)
    return [(key, line) for key, line in found]


def _key_twice(path: str, key: str, line: int) -> Statement:
    shown = key if len(key) <= 60 else f"{key[:58]}…"
    return Statement(
        rule="schema/duplicate-key",
        severity=Severity.ERROR,
        message=f'The key "{shown}" stands twice in one mapping: the last one wins, the other is lost without a word.',
        fix="Remove one of the two, or bring their contents together.",
        file=path,
        line=line,
        mark=f"{path} {key}",
    )


def _is_source(entry: Entry) -> bool:
    return entry.path.endswith(_SUFFIXES) and not entry.is_symlink and not entry.is_submodule


def _roots(evidence: Evidence) -> set[str]:
    """The paths and directories that affected units are made of, as far as it is known here."""
    found: set[str] = set()
    for unit in evidence.units:
        found.add(unit.path)
        for step in unit.way:
            found |= {step.source, step.target}
    return found


def _leads(path: str, roots: set[str]) -> bool:
    """Whether the path, or a directory above it, is one of them."""
    if path in roots:
        return True
    while path:
        path = path.rpartition("/")[0]
        if path and path in roots:
            return True
    return bool(roots & {"", "."}) and "/." not in f"/{path}"
