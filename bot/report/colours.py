"""Colours for lines of YAML in a page: Pygments says what each part of a line is, the style sheet how it looks.

A diff shows pieces of a manifest, so each line is read by itself; what stands in a block scalar (YAML 1.2.2, 8.1) is known
by its indentation. Whatever the reader says, a line keeps every character of its own.
"""

from __future__ import annotations

import functools
import re
from itertools import pairwise
from typing import NamedTuple

from bot.report.escape import html as text

_LONGEST = 1000  # characters of a line that gets colours
_BLOCK = re.compile(r"(?:^|.*[:\-]\s+|\s*)(?:[&!]\S+\s+)*[|>][+-]?[1-9]?[+-]?\s*(?:#.*)?\Z")
_BARE = re.compile(r"(?:[-+]?(?:0x[0-9a-fA-F]+|[0-9][0-9_]*(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)|true|false|null|~)\Z")


class Part(NamedTuple):
    """Characters of a line from ``start`` on, up to the next part; ``kind`` is a class of the style sheet, "" for none."""

    start: int
    kind: str


class Side:
    """The lines of one side of a diff, from top to bottom."""

    def __init__(self) -> None:
        self._block = -1  # the indentation of the line that opened a block scalar, -1 for none

    def gap(self) -> None:
        """Lines are left out here: nobody knows what the next one stands in."""
        self._block = -1

    def parts(self, line: str) -> tuple[Part, ...]:
        """What the parts of the next line are."""
        indent = len(line) - len(line.lstrip(" "))
        if self._block >= 0 and (indent > self._block or not line.strip()):
            return (Part(0, "t"),)
        self._block = indent if _BLOCK.match(line[-200:]) else -1
        return _parts(line) if len(line) <= _LONGEST else (Part(0, ""),)


def coloured(line: str, parts: tuple[Part, ...], begin: int = 0, end: int | None = None) -> str:
    """Some characters of a line as HTML, escaped."""
    last = len(line) if end is None else end
    pieces = []
    for part, following in pairwise((*parts, Part(len(line), ""))):
        piece = text(line[max(part.start, begin) : min(following.start, last)])
        pieces.append(f'<span class="{part.kind}">{piece}</span>' if part.kind and piece else piece)
    return "".join(pieces)


@functools.lru_cache(maxsize=4096)
def _parts(line: str) -> tuple[Part, ...]:
    """Parts of one line that stands in nothing; the same lines come again and again."""
    parts = [Part(0, "")]
    for start, kind in _read(line):
        if kind != parts[-1].kind:
            parts.append(Part(start, kind))
    return tuple(parts[1:]) if len(parts) > 1 and parts[1].start == 0 else tuple(parts)


def _read(line: str) -> list[tuple[int, str]]:
    from pygments.lexers.data import YamlLexer
    from pygments.token import Comment, Name, String

    read, length = [], 0
    for start, token, value in YamlLexer().get_tokens_unprocessed(line):
        if start != length:
            return []
        length += len(value)
        if token in Comment:
            kind = "c"
        elif token in Name.Tag:
            kind = "k"
        elif token in String:
            kind = "t"
        else:
            kind = "v" if _BARE.match(value) else ""
        read.append((start, kind))
    return read if length == len(line) else []
