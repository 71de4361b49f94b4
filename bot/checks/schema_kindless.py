"""Documents that look like objects and lack apiVersion or kind: a directory of plain manifests is rendered without them, so
that no object is there of which the rest of the check could speak."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from bot import documents
from bot.errors import UserError
from bot.model.evidence import Evidence, Side, Statement
from bot.model.result import Severity
from bot.model.unit import PlainRender

_SUFFIXES = (".yaml", ".yml", ".json")
_WORDS = ("apiVersion", "kind")
_AT_MARGIN = (b"\napiVersion", b"\nkind")
# With a plain word behind it, which is none of those that YAML takes for nothing or false.
_SHOWN = tuple(
    re.compile(re.escape(key) + rb":[ \t]+(?!(?i:null|no?|off|false)[ \t\n])[A-Za-z][A-Za-z0-9./-]*[ \t]*(?:\n|\Z)")
    for key in _AT_MARGIN
)
# What may begin a key, or the document, in another way; other ends of documents and rows; other encodings.
_OTHERWISE = (
    *(b"\n" + sign for sign in (b'"', b"'", b"?", b"<<", b"{", b"!", b"&", b"*", b"...")),
    b"\r", b"\xc2\x85", b"\xe2\x80\xa8", b"\xe2\x80\xa9", b"\0",
)  # fmt: skip


def of_files(evidence: Evidence, side: Side) -> Iterator[Statement]:
    """Those with one of the two and ``metadata``, in changed files of plain units. What lacks both may be anything, but for
    one with a name that stands beside objects in the same file."""
    directories = tuple(_directories(evidence, side))
    for change in evidence.changes if directories else ():
        entry = change.before if side is Side.BASE else change.after
        if entry is None or not entry.path.endswith(_SUFFIXES) or entry.is_symlink or entry.is_submodule:
            continue
        if not any(not d or entry.path.startswith(f"{d}/") for d in directories):
            continue
        try:
            data = evidence.files(side).read(entry)
            found = [] if shows_both(data) else documents.load_all(data, name=entry.path)
        except UserError:  # broken: the renderer says so
            continue
        beside = any(_is_object(document.value) for document in found)
        for document in found:
            missing = _missing(document.value, beside=beside)
            if missing:
                yield _statement(entry.path, document.line, missing, document.value)


def shows_both(data: bytes) -> bool:
    """Whether every document with ``metadata`` shows apiVersion and kind without being parsed: most do, and CRDs are long.
    What may spell them in another way, or twice, does not show them."""
    text = b"\n" + data
    if any(sign in text for sign in _OTHERWISE):
        return False
    return all(b"metadata" not in part or _shows_both(part) for part in text.split(b"\n---"))


def _shows_both(document: bytes) -> bool:
    beside, _, rest = document.partition(b"\n")  # what stands on the row of the mark
    if beside.strip() and not beside.lstrip().startswith(b"#"):
        return False
    rest = b"\n" + rest
    return all(rest.count(key) == 1 and shown.search(rest) for key, shown in zip(_AT_MARGIN, _SHOWN, strict=True))


def _directories(evidence: Evidence, side: Side) -> Iterator[str]:
    for unit in evidence.units:
        there = unit.side(side)
        parts = there.unit.parts if there else ()
        yield from (part.path for part in parts if isinstance(part, PlainRender))


def _is_object(value: Any) -> bool:
    return isinstance(value, dict) and all(value.get(word) for word in _WORDS)


def _missing(value: Any, *, beside: bool) -> str:
    """The one word that it lacks, or both."""
    if not isinstance(value, dict) or not isinstance(value.get("metadata"), dict):
        return ""
    missing = [word for word in _WORDS if not value.get(word)]
    if len(missing) == 2 and not (beside and value["metadata"].get("name")):
        return ""
    return " and no ".join(missing)


def _statement(path: str, line: int, missing: str, value: Any) -> Statement:
    metadata = value.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    return Statement(
        rule="schema/no-kind",
        severity=Severity.ERROR,
        message=f"The document has no {missing}, so that nothing applies it.",
        fix=f"Write {missing.replace(' and no ', ' and ')}; if it is no manifest, name the file under ignore in "
        ".gatehouse.yaml.",
        file=path,
        line=line,
        mark=f"{path} {name} {missing}",
    )
