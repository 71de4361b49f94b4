"""A YAML or JSON text with other values in it, which otherwise stays as it is written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from bot.documents.compose import Refused
from bot.documents.construct import Constructor
from bot.documents.errors import DocumentError
from bot.documents.reader import load_all, nodes_of
from bot.documents.writer import dump


class _Lost(Exception):
    """A value stands where it cannot be replaced alone."""


class _Edit(NamedTuple):
    start: int
    end: int
    text: str


def rewrite(text: str, values: Sequence[object]) -> str:
    """The text with these values in its documents (those that are not empty, in order; ``load_all`` has read it).

    Only scalars whose value differs are written anew, so that rows, comments and order stay, and a diff shows what changed
    and no more. Where that does not give exactly the values (an alias, a merge key, a tag), all of them are written by
    ``dump``: what comes out always holds the values.
    """
    try:
        made = _applied(text, _edits(text, values))
        if [each.value for each in load_all(made.encode("utf-8", "replace"), name="a text")] == list(values):
            return made
    except (_Lost, Refused, DocumentError):
        pass
    return "---\n".join(map(dump, values))


def _edits(text: str, values: Sequence[object]) -> list[_Edit]:
    constructor = Constructor()
    nodes = [node for node in nodes_of(text, "a text") if constructor.value(node) is not None]
    if len(nodes) != len(values):
        raise _Lost
    stack: list[tuple[Any, Any]] = list(zip(nodes, values, strict=True))
    seen: dict[int, Any] = {}
    found: list[_Edit] = []
    while stack:
        node, value = stack.pop()
        if id(node) in seen:
            continue
        seen[id(node)] = node
        if node.id == "mapping":
            fields = value if isinstance(value, dict) else {}
            stack += [(child, fields[key.value]) for key, child in node.value if key.value in fields]
        elif node.id == "sequence":
            stack += zip(node.value, value, strict=True) if isinstance(value, list) else ()
        elif (old := constructor.value(node)) != value:
            found.append(_edit(text, node, old, value))
    return found


def _edit(text: str, node: Any, old: object, new: object) -> _Edit:
    if not isinstance(new, str):
        raise _Lost
    start, end = node.start_mark.index, node.end_mark.index
    written = text[start:end]
    if node.style == "'":
        return _Edit(start, end, "'" + new.replace("'", "''") + "'")
    if node.style == '"':
        return _Edit(start, end, _quoted(new))
    if node.style in ("|", ">"):
        return _Edit(start, end, _block(written, old, new))
    return _Edit(start, end, new)


def _block(written: str, old: object, new: str) -> str:
    """A block scalar: row by row where the rows are those of its value, else in quotes."""
    header, *rows = written.split("\n")
    before, after = str(old).split("\n"), new.split("\n")
    same = len(before) == len(after) and len(before) <= len(rows)
    if header.startswith("|") and same and all(r.endswith(b) for r, b in zip(rows, before, strict=False)):
        for number, (row, was, now) in enumerate(zip(rows, before, after, strict=False)):
            rows[number] = row[: len(row) - len(was)] + now
        return "\n".join((header, *rows))
    return _quoted(new) + ("\n" if written.endswith("\n") else "")


def _quoted(text: str) -> str:
    import json

    return json.dumps(text, ensure_ascii=False)


def _applied(text: str, edits: list[_Edit]) -> str:
    parts, at = [], 0
    for edit in sorted(edits):
        parts += [text[at : edit.start], edit.text]
        at = edit.end
    return "".join((*parts, text[at:]))
