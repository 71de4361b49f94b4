"""YAML in block style, as programs and most people write it, read row by row: many times faster than through nodes.

``read`` gives exactly what nodes give, or None wherever it is not sure: anchors, tags, tabs, keys of several words, what is
broken. Whoever asks then takes the long way, which knows all of YAML and every error. The rules are those of libyaml
(``src/scanner.c``: ``yaml_parser_scan_plain_scalar``, ``yaml_parser_scan_flow_scalar``, ``yaml_parser_scan_block_scalar``).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from bot.documents.compose import Refused, compose_all
from bot.documents.construct import Constructor
from bot.documents.scalars import HINTS, key_text, resolve

# What libyaml refuses, what ends a line for it, and a byte order mark.
_ODD = re.compile("[^\t\n\\x20-\\x7e\\xa0-\\u2027\\u202a-\\ud7ff\\ue000-\\ufefe\\uff00-\\ufffd\\U00010000-\\U0010ffff]")
# Spaces, dashes, a key, and the rest of a row.
_ROW = re.compile(
    r"( *)((?:- +)*)"
    r"(?:([A-Za-z0-9_./$][A-Za-z0-9_./$@+=,()*%~^-]{0,500}|\"[^\"\\\t]{0,500}\"|'[^'\t]{0,500}') *:(?: +|$))?(.*)"
)
_DASH = re.compile("- +")
_INDICATORS = frozenset("-?:,[]{}#&*!|>'\"%@`\t ")  # what no plain text begins with, at least not on its own
_HEADER = re.compile(r"([|>])(?:([1-9])?([+-])?|([+-])([1-9])) *(?: #.*)?\Z")
_NO_MORE = re.compile(r" *(?: #.*)?\Z")
_INSIDE = {"'": re.compile(r"[^'\t]*(?:''[^'\t]*)*"), '"': re.compile(r'[^"\\\t]*(?:\\(?:.|\Z)[^"\\\t]*)*')}
_USUAL = re.compile(r'[^\\]*(?:\\["\\/nt][^\\]*)*\Z')
_ESCAPE = re.compile(r"\\(.)")
_ESCAPED = {'"': '"', "\\": "\\", "/": "/", "n": "\n", "t": "\t"}
_DEEPEST, _DEEPEST_FLOW = 150, 40  # less than what is allowed: the long way says what is too deep


class _Unsure(Exception):
    """Not to be read this way."""


def read(text: str, duplicates: list[tuple[str, int]] | None = None) -> list[tuple[object, int]] | None:
    """The documents that are mappings or lists, each with the 1-based line of its first content; None in doubt.
    ``duplicates`` gets the keys that a mapping has already, with their lines; in doubt what it got means nothing."""
    if _ODD.search(text):
        return None
    reading = _Reading(text, duplicates)
    try:
        reading.read()
    except _Unsure:
        return None
    return reading.documents


class _Reading:
    """One text. ``_columns`` and ``_open`` are the collections around the row in hand, the innermost last; ``_waiting`` is
    where a value is to come: its collection, its key there, and the column of that collection."""

    def __init__(self, text: str, duplicates: list[tuple[str, int]] | None) -> None:
        self.documents: list[tuple[object, int]] = []
        self._lines = text.split("\n")
        self._is_complete = not self._lines[-1]  # the last line has an end
        if self._is_complete:
            self._lines.pop()
        self._duplicates = duplicates
        self._columns: list[int] = []
        self._open: list[Any] = []
        self._waiting: tuple[Any, str, int] | None = None

    def read(self) -> None:
        """Row by row. All that is frequent stands in this one loop: a call for each row would double the time."""
        lines, count, row_of, columns, collections = (
            self._lines,
            len(self._lines),
            _ROW.match,
            self._columns,
            self._open,
        )
        at = 0
        while at < count:
            spaces, dashes, key, rest = row_of(lines[at]).groups()  # type: ignore[union-attr]
            at += 1
            if key is None and not dashes:
                if not rest or rest[0] == "#":
                    continue
                if rest != "-":
                    at = self._alone(len(spaces), rest, at)
                    continue
                dashes, rest = rest, ""
            column = len(spaces)
            if dashes:
                self._settle(column, at, is_item=True)
                column = self._enter_items(column, dashes, with_key=key is not None)
            elif self._waiting is not None or not columns or columns[-1] != column or type(collections[-1]) is list:
                self._settle(column, at, is_item=False)
            here = collections[-1]
            if key is None:
                key = ""
            else:
                if key[0] in HINTS or key[0] in "\"'":
                    key = _key(key)
                if self._duplicates is not None and key in here:
                    self._duplicates.append((key, at))
            if not rest or rest[0] == "#":
                self._waiting = (here, key, column)
                continue
            if (
                rest[0] in _INDICATORS or rest[-1] in ": " or ": " in rest or " #" in rest or "\t" in rest
                or (at < count and (not lines[at] or lines[at].startswith(" " * (column + 1))))
            ):  # fmt: skip
                value, at = self._value(rest, column, at)
            else:
                value = resolve(rest) if rest[0] in HINTS else rest
            if type(here) is dict:
                here[key] = value
            else:
                here.append(value)
        self._end()

    # -- collections

    def _alone(self, column: int, rest: str, at: int) -> int:
        """A row without key and dash: the start of a document, or a value below its key."""
        if self._waiting is not None and column > self._waiting[2]:
            value, at = self._value(rest, self._waiting[2], at)
            self._fill(value)
        elif column or rest.rstrip(" ") != "---":
            raise _Unsure
        else:
            self._end()
        return at

    def _end(self) -> None:
        """The end of a document."""
        self._fill(None)
        self._columns.clear()
        self._open.clear()

    def _settle(self, column: int, line: int, *, is_item: bool) -> None:
        """Open or close collections until the innermost one is that of the row in hand."""
        columns, collections = self._columns, self._open
        if self._waiting is not None:
            here, _, outer = self._waiting
            if column > outer or (is_item and column == outer and type(here) is dict):
                self._fill(self._opened(column, is_item=is_item))
                return
            self._fill(None)
        elif not columns:
            self.documents.append((self._opened(column, is_item=is_item), line))
            return
        while columns and columns[-1] > column:
            columns.pop()
            collections.pop()
        if not is_item and columns and columns[-1] == column and type(collections[-1]) is list:
            columns.pop()  # a list that is not indented below its key
            collections.pop()
        if not columns or columns[-1] != column or (type(collections[-1]) is list) is not is_item:
            raise _Unsure

    def _enter_items(self, column: int, dashes: str, *, with_key: bool) -> int:
        """Go into the items that begin on a row: a list for each dash but the first, a mapping before a key. The column of
        the innermost collection."""
        behind = [column + found.end() for found in _DASH.finditer(dashes)]
        for inner in behind if with_key else behind[:-1]:
            here = self._open[-1]
            here.append(self._opened(inner, is_item=not with_key or inner != behind[-1]))
            column = inner
        return column

    def _opened(self, column: int, *, is_item: bool) -> Any:
        if len(self._columns) >= _DEEPEST:
            raise _Unsure
        fresh: Any = [] if is_item else {}
        self._columns.append(column)
        self._open.append(fresh)
        return fresh

    def _fill(self, value: Any) -> None:
        """Put a value where one is waited for."""
        if self._waiting is not None:
            here, key, _ = self._waiting
            if type(here) is dict:
                here[key] = value
            else:
                here.append(value)
            self._waiting = None

    # -- values

    def _value(self, rest: str, column: int, at: int) -> tuple[Any, int]:
        """A value that begins with ``rest`` in a collection at ``column``, and the number of the row behind it."""
        first = rest[0]
        if first in "\"'":
            return self._quoted(rest, column, at)
        if first in "|>":
            return self._block(rest, column, at)
        if first in "[{":
            return self._flow(rest, at), at
        if first in _INDICATORS and (first not in "-?:" or rest[1:2] in ("", " ", "\t")):
            raise _Unsure
        text, comment, _ = rest.partition(" #")
        if comment:
            return resolve(_plain(text)), at
        text, at = self._folded(_plain(text), column, at)
        return resolve(text), at

    def _folded(self, text: str, column: int, at: int) -> tuple[str, int]:
        """A plain text with the lines that go on with it."""
        pieces, breaks = [text], 0
        for number in range(at, len(self._lines)):
            line = self._lines[number].lstrip(" ")
            if not line:
                breaks += 1
                continue
            if len(self._lines[number]) - len(line) <= column or line[0] == "#":
                break
            if " #" in line:
                raise _Unsure
            pieces += ("\n" * breaks or " ", _plain(line))
            breaks, at = 0, number + 1
        return "".join(pieces), at

    def _quoted(self, rest: str, column: int, at: int) -> tuple[str, int]:
        """A text in quotes, perhaps over several lines."""
        inside = _INSIDE[rest[0]]
        rows, end = [rest], inside.match(rest, 1).end()  # type: ignore[union-attr]
        pieces, breaks = [rest[1:end]], 0
        while end == len(rows[-1]):
            if at >= len(self._lines):
                raise _Unsure
            row = self._lines[at].lstrip(" ")
            if row and len(self._lines[at]) - len(row) <= column:
                raise _Unsure
            end = inside.match(row).end()  # type: ignore[union-attr]
            rows.append(row)
            at += 1
            if row:
                pieces[-1] = pieces[-1].rstrip(" ")
                pieces += ("\n" * breaks or " ", row[:end])
                breaks = 0
            else:
                breaks += 1
        if rows[-1][end] != rest[0] or not _NO_MORE.match(rows[-1], end + 1):
            raise _Unsure
        text = "".join(pieces)
        if rest[0] == "'":
            return text.replace("''", "'"), at
        if not _USUAL.match(text):
            rows[-1] = rows[-1][: end + 1]
            return self._by_nodes("\n ".join(rows), at), at
        return _ESCAPE.sub(lambda found: _ESCAPED[found[1]], text), at

    def _block(self, rest: str, column: int, at: int) -> tuple[str, int]:
        """A literal or folded block."""
        header = _HEADER.match(rest)
        if header is None:
            raise _Unsure
        digit, chomp = header[2] or header[5], header[3] or header[4]
        margin = column + int(digit) if digit else self._margin(column, at)
        end, count = at, len(self._lines)
        while end < count:
            line = self._lines[end]
            if line[:margin].strip(" "):  # something stands before the margin
                if line.lstrip(" ")[0] == "\t":
                    raise _Unsure
                break
            end += 1
        body = [line[margin:] for line in self._lines[at:end]]
        kept = len(body)
        while kept and not body[kept - 1]:
            kept -= 1
        if not kept or (end == count and not self._is_complete):
            raise _Unsure
        text = "\n".join(body[:kept]) if header[1] == "|" else _fold(body[:kept])
        ends = 0 if chomp == "-" else 1 + (len(body) - kept if chomp == "+" else 0)
        return text + "\n" * ends, end

    def _margin(self, column: int, at: int) -> int:
        """How far a block is indented: as its first line that is not empty."""
        longest = 0
        for number in range(at, len(self._lines)):
            line = self._lines[number]
            text = line.lstrip(" ")
            if text:
                indent = len(line) - len(text)
                if indent <= column or indent < longest or text[0] == "\t":
                    raise _Unsure
                return indent
            longest = max(longest, len(line))
        raise _Unsure

    def _flow(self, rest: str, at: int) -> Any:
        """A list or mapping in brackets that ends on its row: read the long way, but for the empty ones."""
        if rest in ("{}", "[]"):
            return {} if rest == "{}" else []
        if rest.count("[") + rest.count("{") > _DEEPEST_FLOW:
            raise _Unsure
        return self._by_nodes(rest, at)

    def _by_nodes(self, text: str, at: int) -> Any:
        """One value that does not need what is around it, read the long way."""
        import yaml

        constructor = Constructor(None if self._duplicates is None else [])
        try:
            values = [constructor.value(node) for node in compose_all(text)]
        except (yaml.YAMLError, Refused):
            raise _Unsure from None
        if len(values) != 1:
            raise _Unsure
        if self._duplicates is not None:
            self._duplicates += [(key, at) for key, _ in constructor.duplicates or ()]
        return values[0]


@lru_cache(maxsize=4096)  # the same keys come again and again
def _key(written: str) -> str:
    if written[0] in "\"'":
        return written[1:-1]
    key = resolve(written)
    if key is None:
        raise _Unsure
    return key_text(key)


def _plain(line: str) -> str:
    """A line of a plain text, where it is nothing else."""
    line = line.rstrip(" ")
    if ": " in line or line[-1] == ":" or "\t" in line:
        raise _Unsure
    return line


def _fold(lines: list[str]) -> str:
    """The text of a folded block. Lines that begin with a space keep their ends."""
    pieces, breaks, was_indented = list[str](), 0, False
    for line in lines:
        if not line:
            breaks += 1
            continue
        is_indented = line[0] in " \t"
        if not pieces:
            pieces.append("\n" * breaks)
        elif was_indented or is_indented:
            pieces.append("\n" * (breaks + 1))
        else:
            pieces.append("\n" * breaks or " ")
        pieces.append(line)
        breaks, was_indented = 0, is_indented
    return "".join(pieces)
