"""Bytes to text, and a stream of documents to the text of each."""

from __future__ import annotations

import codecs
import re

from bot.documents.errors import DocumentError

_BOMS = (  # the longer ones first: UTF-32's starts like UTF-16's
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# "---" or "..." at column 0 ends a document wherever it stands, inside a block scalar too (YAML 1.2.2, 9.1.2).
# The newline in front is what the expression is searched by: many times faster than asking at each character for a start.
_MARKER = re.compile(r"\n(?:---|\.\.\.)(?![^ \t\r\n])[ \t]*")
_LINE_END = re.compile(r"\r?\n")
_BARE_RETURN = re.compile(r"\r(?!\n)")
_OTHER_LINE_END = re.compile("[\x85\u2028\u2029]")  # of YAML 1.1
_LINE_ENDS = re.compile(r"(?:\r?\n)+")
_KEEPS_THEM = re.compile(r"[|>][1-9]?\+")  # a block scalar with all of its line ends (YAML 1.2.2, 8.1.1.2)
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

    What follows ``---`` on its own line stays with the document. Documents of comments alone are dropped, and empty lines
    at the end of one: Helm prints one after each document but the last.
    """
    marks = [*_MARKER.finditer(f"\n{text}")]
    ends = [*(mark.start() for mark in marks), len(text)]
    starts = [0, *(_after_line_end(text, mark.end() - 1) for mark in marks)]
    parts = (text[a:b].lstrip("\ufeff").lstrip("\r\n") for a, b in zip(starts, ends, strict=True))
    return [_without_empty_lines(p) for p in parts if _CONTENT.search(p)]


def parts(text: str) -> list[tuple[str, int]] | None:
    """The text of each document that holds more than comments, with the 1-based line of its first content; None where
    anything but bare ``---`` stands between them, or lines end otherwise than lines of files do."""
    if not _has_plain_lines(text):
        return None
    marks = [*_MARKER.finditer(f"\n{text}")]
    if any(mark[0][1] == "." or text[mark.end() - 1 : mark.end()] not in ("", "\r", "\n") for mark in marks):
        return None
    found = []
    line, at = 1, 0
    starts, ends = [0, *(mark.end() - 1 for mark in marks)], [*(mark.start() for mark in marks), len(text)]
    for start, end in zip(starts, ends, strict=True):
        part = text[start:end]
        if content := _CONTENT.search(part):
            line, at = line + text.count("\n", at, start + content.end() - 1), start + content.end() - 1
            found.append((part, line))
    return found


def _has_plain_lines(text: str) -> bool:
    """Whether all lines end as those of files do, and none is a directive."""
    if text.startswith("%") or "\n%" in text or ("\r" in text and _BARE_RETURN.search(text)):
        return False
    return text.isascii() or not _OTHER_LINE_END.search(text)


def _without_empty_lines(part: str) -> str:
    if not part.endswith(("\n\n", "\n\r\n")) or _KEEPS_THEM.search(part):
        return part
    end = len(part.rstrip("\r\n"))
    return part[: _after_line_end(part, end)] if _LINE_ENDS.fullmatch(part, end) else part


def _after_line_end(text: str, at: int) -> int:
    found = _LINE_END.match(text, at)
    return found.end() if found else at
