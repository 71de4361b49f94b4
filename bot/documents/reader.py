"""Bytes to values, with every limit and every error as one sentence that names the file and the line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.documents import swift
from bot.documents.compose import MAX_DEPTH, MAX_EXPANDED, Refused, compose_all, may_share
from bot.documents.construct import Constructor
from bot.documents.errors import DocumentError
from bot.documents.texts import decode, parts
from bot.errors import TooBig

if TYPE_CHECKING:
    from yaml.nodes import Node

__all__ = [
    "MAX_BYTES",
    "MAX_DEPTH",
    "MAX_EXPANDED",
    "DocumentError",
    "ParsedDocument",
    "find_duplicate_keys",
    "find_line",
    "load_all",
    "load_one",
]

_CONFLICT = re.compile(r"^(?:<{7}|>{7}) ", re.MULTILINE)
MAX_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """One document of a file. ``line`` is the 1-based line of its first content."""

    value: object
    line: int


def load_all(
    data: bytes, *, name: str, max_bytes: int = MAX_BYTES, repeated: list[tuple[str, int]] | None = None
) -> list[ParsedDocument]:
    """Every document of a YAML or JSON file that is not empty; of duplicate keys the last one wins. ``repeated`` is given
    them, each with the 1-based line of the repetition.

    Raises DocumentError when it cannot be read and TooBig over ``max_bytes``; both name ``name``.
    Merge keys follow go-yaml v2: they take effect where they stand, so a ``<<`` below a key overrides it.
    """
    text = _text(data, name=name, max_bytes=max_bytes)
    again: list[tuple[str, int]] = []
    found = _by_parts(text, again)
    if found is not None:
        if repeated is not None:
            repeated += again
        return found
    try:
        constructor = Constructor(repeated)
        loaded = [ParsedDocument(constructor.value(n), n.start_mark.line + 1) for n in nodes_of(text, name)]
    except Refused as e:
        raise DocumentError(name, e.line, str(e)) from None
    except DocumentError:
        value = _json_value(text)
        if value is None:
            raise
        loaded = [ParsedDocument(value, 1)]
    return [d for d in loaded if d.value is not None]


def _by_parts(text: str, repeated: list[tuple[str, int]]) -> list[ParsedDocument] | None:
    """The documents, each by the fastest reader that can read it; None where one has an error: only who reads the text as
    a whole can say in which line. ``repeated`` is given duplicate keys, which the fastest reader leaves to the other."""
    found = []
    for part, line in parts(text) or ():
        try:
            found.append(ParsedDocument(swift.value_of(part), line))
        except swift.Other:
            if may_share(part):  # how much aliases may add is counted for the file
                return None
            try:
                for node in nodes_of(part, ""):
                    before = line - node.start_mark.line - 1  # so many lines stand before the part
                    constructor = Constructor(duplicates=[])
                    found.append(ParsedDocument(constructor.value(node), line))
                    repeated += [(key, before + at) for key, at in constructor.duplicates or ()]
            except (Refused, DocumentError):
                return None
    return [document for document in found if document.value is not None] if found else None


def _has_each_key_once(text: str) -> bool:
    """Whether that is known without asking for lines."""
    try:
        return all(swift.value_of(part) is not None for part, _ in parts(text) or [("", 0)])
    except swift.Other:
        return False


def load_one(text: str, *, name: str = "the rendered document") -> object:
    """The value of a text that holds one document (None when it is empty). Raises as ``load_all`` does."""
    found = load_all(text.encode("utf-8", "surrogateescape"), name=name, max_bytes=4 * MAX_BYTES)
    if len(found) > 1:
        raise DocumentError(name, found[1].line, "holds a second document where one is expected")
    return found[0].value if found else None


def find_duplicate_keys(data: bytes, *, name: str, max_bytes: int = MAX_BYTES) -> list[tuple[str, int]]:
    """Keys that a mapping of the file has already, each with the 1-based line of the repetition, in file order.

    ``on`` and ``"true"`` are the same key to Kubernetes. What a merge key brings is no duplicate.
    Raises as ``load_all`` does.
    """
    text = _text(data, name=name, max_bytes=max_bytes)
    if _has_each_key_once(text):
        return []
    constructor = Constructor(duplicates=[])
    try:
        for node in nodes_of(text, name):
            constructor.value(node)
    except Refused as e:
        raise DocumentError(name, e.line, str(e)) from None
    return sorted(constructor.duplicates or [], key=lambda d: d[1])


def find_line(
    data: bytes,
    *,
    name: str,
    document: Callable[[object], bool],
    place: Sequence[str | int],
    max_bytes: int = MAX_BYTES,
) -> int:
    """The 1-based line of a place in the first document of which ``document`` says that it is the one; of what is around it
    where the place itself is not written there, 0 where there is no such document. Raises as ``load_all`` does."""
    constructor = Constructor()
    try:
        for node in nodes_of(_text(data, name=name, max_bytes=max_bytes), name):
            if document(constructor.value(node)):
                return _line_at(node, place)
    except Refused as e:
        raise DocumentError(name, e.line, str(e)) from None
    return 0


def find_lines(
    data: bytes, *, name: str, number: int, places: Sequence[Sequence[str | int]], max_bytes: int = MAX_BYTES
) -> list[int]:
    """The 1-based lines of several places in the document of a number (from 0) among those that ``load_all`` gives, which
    leaves out empty ones; 0 for what has none. Raises as it does."""
    if not places:
        return []
    import yaml

    at = -1
    constructor = Constructor()
    try:
        for node in nodes_of(_text(data, name=name, max_bytes=max_bytes), name):
            at += not (isinstance(node, yaml.ScalarNode) and constructor.value(node) is None)
            if at == number:
                return [_line_at(node, place) for place in places]
    except Refused as e:
        raise DocumentError(name, e.line, str(e)) from None
    return [0] * len(places)


def _line_at(node: Any, place: Sequence[str | int]) -> int:
    line: int = node.start_mark.line + 1
    for step in place:
        if node.id == "mapping":
            key, node = next(((k, v) for k, v in reversed(node.value) if k.value == step), (None, None))
            line = key.start_mark.line + 1 if key is not None else line
        elif node.id == "sequence" and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 1
        else:
            return line
        if node is None:
            return line
    return line


def _text(data: bytes, *, name: str, max_bytes: int) -> str:
    if len(data) > max_bytes:
        raise TooBig(f"{name} is {len(data):,} bytes; files over {max_bytes:,} bytes are not read as YAML")
    return decode(data, name=name)


def nodes_of(text: str, name: str) -> Iterator[Node]:
    """The root node of each document. Raises DocumentError, which names ``name``, and Refused."""
    import yaml

    try:
        yield from compose_all(text)
    except yaml.MarkedYAMLError as e:
        mark = e.problem_mark or e.context_mark
        line = mark.line + 1 if mark else None
        raise DocumentError(name, line, _explain(e, text, line)) from None
    except yaml.reader.ReaderError as e:
        position = e.position if isinstance(e.position, int) else 0
        line = text.encode()[:position].count(b"\n") + 1
        raise DocumentError(name, line, "holds a control character that YAML does not allow") from None
    except yaml.YAMLError as e:
        raise DocumentError(name, None, f"is not valid YAML: {e}") from None


def _explain(error: Any, text: str, line: int | None) -> str:
    """libyaml's words, or better ones where the cause is a usual one."""
    row = "".join(text.splitlines()[line - 1 : line]) if line else ""
    if "\t" in row[: len(row) - len(row.lstrip())] or "tab" in (error.problem or "").split():
        return "is indented with a tab; YAML allows only spaces"
    if "{{" in row:
        return "is not YAML: it looks like a template ({{ … }})"
    if _CONFLICT.search(text):
        return "holds an unresolved merge conflict"
    words = f"{error.problem}, {error.context}" if error.context else str(error.problem)
    if "alias" in words:
        return "starts an alias with an unquoted * that names no anchor; quote the value if it is meant as text"
    return f"is not valid YAML: {words}"


def _json_value(text: str) -> object:
    """JSON that YAML does not read (escaped surrogate pairs, very long keys); None when it is no JSON either."""
    import json

    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        value: object = json.loads(text, parse_int=_json_integer, parse_constant=_no_constant)
        json.dumps(value, ensure_ascii=False).encode()  # half a surrogate pair is no text
        return value if _depth(value) <= MAX_DEPTH else None
    except (ValueError, RecursionError):
        return None


def _json_integer(digits: str) -> int | float:
    from bot.documents.scalars import resolve

    value = resolve(digits)
    if isinstance(value, int | float):
        return value
    raise ValueError("out of range")


def _no_constant(word: str) -> object:
    raise ValueError(word)


def _depth(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max(map(_depth, value.values()), default=0)
    return 1 + max(map(_depth, value), default=0) if isinstance(value, list) else 0
