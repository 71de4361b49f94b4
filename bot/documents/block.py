"""YAML as programs print it, read line by line: block style, one key or item to a line, several times as fast as libyaml.

What kustomize, Helm, controller-gen and we ourselves write is nearly all of what is read. Anything else (anchors, tags, flow
style, complex keys, odd indentation, what may be an error) is not for this reader: it gives up, and the reader of everything
reads the text from its start. So it has no errors, and where it answers, the answer is that one's.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from bot.documents.block_scalars import Other, folded, indentation, literal, quoted, short_list
from bot.documents.scalars import resolve

_MOST_DEEP = 100
# All that libyaml reads as a character like any other, but for the tab.
_LETTERS = bytes((*range(0x20, 0x7F), 0x0A, 0x09))
_FOREIGN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]"
)  # U+0085, U+2028 and U+2029 end lines (YAML 1.1)
_KEY = re.compile(
    r"( *(?:- +)*+)([A-Za-z0-9_$./][A-Za-z0-9_$./-]{0,200}|\"[^\"\\]{0,200}\"|'[^']{0,200}'):(?: +(.*))?\Z"
).match
_DASHES = re.compile(r" *(?:- +)*+").match
_MARKS = frozenset("|>[{")
_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_$./<=~^()+;\\")


class Block(NamedTuple):
    """The documents of a text that are not empty, each with the 1-based line of its first content. ``repeats``: whether a
    mapping has a key twice (the last one wins)."""

    documents: list[tuple[object, int]]
    repeats: bool


def read(text: str) -> Block | None:
    """The documents; None for a text that another reader has to read."""
    if text.encode().translate(None, _LETTERS) if text.isascii() else _FOREIGN.search(text):
        return None
    try:
        return _Reader(text).documents()
    except Other:
        return None


class _Reader:
    """``_indents`` and ``_nodes`` are the open mappings and lists with their columns, the innermost last. ``_awaits``: the
    last value of the innermost one is still to come, and none so far; ``_plain`` is the text of the last value, and
    ``_plain_at`` its line, where the lines below may continue it."""

    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")
        self._tabs = "\t" in text
        self._at = 0
        self._repeats = False
        self._keys: dict[str, str] = {}
        self._indents: list[int] = []
        self._nodes: list[Any] = []
        self._begin()

    def _begin(self) -> None:
        self._root: list[Any] = [None]
        self._line = 0
        self._indents[:] = [-1]
        self._nodes[:] = [self._root]
        self._slot: Any = 0
        self._awaits = True
        self._plain: str | None = None
        self._plain_at = 0

    def documents(self) -> Block:
        """See ``read``. What most lines are is read here: a call for each would cost half as much again."""
        found = []
        lines, keys, indents, nodes = self._lines, self._keys, self._indents, self._nodes
        while self._at < len(lines):
            line = lines[self._at]
            if self._tabs and "\t" in line:
                raise Other
            if (match := _KEY(line)) is None:
                if line[:3] in ("---", "..."):
                    found.append(self._ended(line))
                else:
                    self._without_key(line)
                self._at += 1
                continue
            lead, key, value = match.groups()
            if "-" in lead:
                self._dashes(lead)
            if len(lead) != indents[-1] or type(nodes[-1]) is not dict:
                self._enter(len(lead), {})
            node = nodes[-1]
            key = keys.get(key) or self._key(key)
            if key in node:
                self._repeats = True
            self._slot = key
            if not value:
                self._awaits = True
                node[key] = None
            elif value[0] in _PLAIN and ":" not in value and "#" not in value:
                self._awaits = False
                self._plain, self._plain_at = value, self._at
                node[key] = resolve(value.rstrip(" "))
            else:
                self._awaits = False
                node[key] = self._value(value)
            self._at += 1
        found.append((self._root[0], self._line))
        return Block([each for each in found if each[0] is not None], self._repeats)

    def _ended(self, line: str) -> tuple[object, int]:
        if line.rstrip(" ") != "---":
            raise Other
        ended = self._root[0], self._line
        self._begin()
        return ended

    def _without_key(self, line: str) -> None:
        """A line that is no key: empty, a comment, an item, or more of the text above."""
        content = line.strip(" ")
        if not content:
            return
        if content[0] == "#":
            self._plain = None
            return
        if not self._awaits and self._plain is not None and indentation(line) > self._indents[-1]:
            self._continue()
        elif content == "-":
            self._dashes(f"{line.rstrip(' ')} ")
        elif content.startswith("- "):
            lead = _DASHES(line)
            assert lead is not None
            self._dashes(lead[0])
            self._awaits = False
            self._nodes[-1][-1] = self._value(line[lead.end() :])
        elif (
            self._awaits and len(self._nodes) > 1 and indentation(line) > self._indents[-1] and content[0] not in _MARKS
        ):
            self._awaits = False
            self._nodes[-1][self._slot] = self._value(content)  # on the line below its key
        else:
            raise Other

    def _continue(self) -> None:
        """A plain text of several lines."""
        parts, last = [(self._plain or "").rstrip(" ")], self._plain_at
        for at in range(self._plain_at + 1, len(self._lines)):
            line = self._lines[at]
            content = line.strip(" ")
            if content and indentation(line) <= self._indents[-1]:
                break
            if content[:1] == "#" or ": " in content or content.endswith(":") or " #" in content or "\t" in content:
                raise Other
            parts.append(content)
            last = at if content else last
        self._at = last
        self._nodes[-1][self._slot] = resolve(folded(parts[: last - self._plain_at + 1]))
        self._plain = None

    # -- structure

    def _dashes(self, lead: str) -> None:
        """The items that a line begins."""
        column = lead.find("-")
        while column >= 0:
            if column != self._indents[-1] or type(self._nodes[-1]) is not list:
                self._enter(column, [])
            self._nodes[-1].append(None)
            self._slot = -1
            self._awaits = True
            self._plain = None
            column = lead.find("-", column + 1)

    def _enter(self, column: int, fresh: dict[str, Any] | list[Any]) -> None:
        """To the mapping or list of a column: one that is open there, or else ``fresh`` as the value that is awaited."""
        indents, nodes = self._indents, self._nodes
        while indents[-1] > column:
            indents.pop()
            nodes.pop()
            self._awaits = False
        if indents[-1] == column and type(fresh) is dict and type(nodes[-1]) is list:
            indents.pop()  # a list not indented below its key ends where the next key stands
            nodes.pop()
            if indents[-1] != column:
                raise Other
            return
        if indents[-1] == column and type(fresh) is type(nodes[-1]):
            return
        if not self._awaits or len(nodes) > _MOST_DEEP:
            raise Other
        nodes[-1][self._slot] = fresh
        if not self._line:
            self._line = self._at + 1
        indents.append(column)
        nodes.append(fresh)

    def _key(self, written: str) -> str:
        key = written[1:-1] if written[0] in "\"'" else resolve(written)
        if not isinstance(key, str):
            raise Other
        if key:
            self._keys[written] = key
        return key

    # -- values

    def _value(self, written: str) -> object:
        """What stands behind a key or a dash, and on the lines below where it goes on there."""
        written = written.rstrip(" ")
        first = written[:1]
        self._plain = None
        if first in _PLAIN or first > "\x7f" or (first == "-" and written[1:2] not in ("", " ")):
            return self._plain_value(written)
        if first in ("'", '"'):
            value, self._at = quoted(self._lines, self._at, written, above=self._indents[-1])
            return value
        if first in ("{", "["):
            return {} if written == "{}" else [] if written == "[]" else short_list(written)
        if first in ("|", ">"):
            value, self._at = literal(self._lines, self._at + 1, above=self._indents[-1], header=written)
            return value
        if written and first != "#":
            raise Other
        self._awaits = True  # a comment, where a value may stand
        return None

    def _plain_value(self, written: str) -> object:
        if ":" in written and (": " in written or written[-1] == ":"):
            raise Other
        if "#" in written and " #" in written:
            return resolve(written[: written.index(" #")].rstrip(" "))
        self._plain, self._plain_at = written, self._at
        return resolve(written)
