"""Bytes to text, and a stream of documents to the text of each."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from bot.documents.errors import DocumentError

_BOMS = (  # the longer ones first: UTF-32's starts like UTF-16's
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# "---" or "..." at column 0 ends a document wherever it stands, inside a block scalar too (YAML 1.2.2, 9.1.2).
_MARKER = re.compile(r"^(?:---|\.\.\.)(?=[ \t\r\n]|\Z)[ \t]*(?:\r?\n)?", re.MULTILINE)
_PERHAPS = re.compile(r"\n(?=---|\.\.\.)")  # begins with a letter: many times faster than the beginning of a row
_CONTENT = re.compile(r"^[ \t]*[^\s#%]", re.MULTILINE)


def decode(data: bytes, *, name: str) -> str:
    """The text of a YAML file: UTF-8, or UTF-16/32 with a byte order mark; the mark is dropped."""
    bom, encoding = next(((b, e) for b, e in _BOMS if data.startswith(b)), (b"", "utf-8"))
    try:
        text = data[len(bom) :].decode(encoding) if encoding == "utf-8" else data.decode(encoding)
    except UnicodeDecodeError as e:
        line = data.count(b"\n", 0, len(bom) + e.start) + 1
        what = "is binary, not YAML" if b"\0" in data else f"is not valid {encoding.upper()} text; save it as UTF-8"
        raise DocumentError(name, line, what) from None
    nul = text.find("\0")
    if nul >= 0:
        raise DocumentError(name, text.count("\n", 0, nul) + 1, "is binary, not YAML (it holds a NUL byte)")
    return text


def split(text: str) -> list[str]:
    """The non-empty document texts of a renderer's output, in order; linear in the size of the text.

    What follows ``---`` on its own line stays with the document. Documents of comments alone are dropped.
    """
    marks = list(_marks(text))
    starts = [0, *(mark.end() for mark in marks)]
    ends = [*(mark.start() for mark in marks), len(text)]
    parts = (text[a:b].lstrip("\ufeff").lstrip("\r\n") for a, b in zip(starts, ends, strict=True))
    return [p for p in parts if _CONTENT.search(p)]


def _marks(text: str) -> Iterator[re.Match[str]]:
    """What stands between documents."""
    starts = [0, *(found.end() for found in _PERHAPS.finditer(text))]
    yield from filter(None, (_MARKER.match(text, start) for start in starts))
