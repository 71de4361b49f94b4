"""Texts of several lines, texts in quotes and short lists, for the reader of block style (see ``block``)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.documents.scalars import Scalar, resolve

_END = r"(?:\Z| +(?:#|\Z))"
_SINGLE = re.compile(rf"((?:[^']|'')*+)'{_END}").match
_SINGLE_OPEN = re.compile(r"(?:[^']|'')*+\Z").match
_DOUBLE = re.compile(rf'((?:[^"\\]|\\.)*+)"{_END}').match
_DOUBLE_OPEN = re.compile(r'(?:[^"\\]|\\.)*+\\?\Z').match
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|(.))")
_SIMPLE = {'"': '"', "\\": "\\", "/": "/", "n": "\n", "t": "\t", "r": "\r", " ": " ", "b": "\b", "f": "\f"}
_ITEM = r"""(?:"[^"\\]*+"|'[^']*+'|[A-Za-z0-9_./$][A-Za-z0-9_./$-]*+)"""
_LIST = re.compile(rf"\[ *+({_ITEM}(?: *+, *+{_ITEM})*+) *+\]{_END}").match
_ITEMS = re.compile(_ITEM).findall
_HEADERS = {"": 0, "-": 0, "2": 2, "2-": 2, "4": 4, "4-": 4}  # the indentation that they say
Taken = tuple[str, int]  # a text, and the index of the last line that it takes


class Other(Exception):
    """Not for this reader."""


def indentation(line: str) -> int:
    """The spaces before the content of a line."""
    return len(line) - len(line.lstrip(" "))


def folded(parts: Sequence[str]) -> str:
    """Lines without the spaces around them: the end of a line is a space; where empty ones follow, each of those is a line
    end instead (YAML 1.1, 4.2.7)."""
    words, empty = [parts[0]], 0
    for part in parts[1:]:
        if part:
            words += ("\n" * empty or " ", part)
            empty = 0
        else:
            empty += 1
    return "".join(words)


def quoted(lines: Sequence[str], at: int, written: str, *, above: int) -> Taken:
    """The text in quotes that begins with ``written`` at the end of the line ``at``; below it is indented deeper than the
    column ``above``."""
    is_double = written[0] == '"'
    closed, still_open = (_DOUBLE, _DOUBLE_OPEN) if is_double else (_SINGLE, _SINGLE_OPEN)
    body, parts = written[1:], []
    while (found := closed(body)) is None:
        if not still_open(body) or (is_double and body[-1:] == "\\" and lines[at][-1:] != "\\"):
            raise Other
        parts.append(body)
        at += 1
        if at == len(lines) or "\t" in lines[at]:
            raise Other
        body = lines[at].strip(" ")
        if body and indentation(lines[at]) <= above:
            raise Other
    parts.append(found[1])
    return (_double(parts) if is_double else _single(parts)), at


def _single(parts: list[str]) -> str:
    return _of_lines(parts).replace("''", "'")


def _of_lines(parts: list[str]) -> str:
    """As ``folded``, where the last line counts although nothing may be on it."""
    return folded([*parts[:-1], parts[-1] + "."])[:-1]


def _double(parts: list[str]) -> str:
    """A line that ends in a backslash goes on without a space."""
    whole: list[list[str]] = [[]]
    for number, part in enumerate(parts, start=1):
        goes_on = number < len(parts) and (len(part) - len(part.rstrip("\\"))) % 2
        whole[-1].append(part[:-1] if goes_on else part)
        if goes_on and not parts[number] and number + 1 < len(parts):
            raise Other
        if not goes_on and number < len(parts):
            whole.append([])
    text = _of_lines(["".join(pieces) for pieces in whole])
    return _ESCAPE.sub(_escaped, text) if "\\" in text else text


def _escaped(found: re.Match[str]) -> str:
    digits = found[1] or found[2]
    if not digits:
        if found[3] not in _SIMPLE:
            raise Other
        return _SIMPLE[found[3]]
    code = int(digits, 16)
    if 0xD800 <= code <= 0xDFFF:
        raise Other
    return chr(code)


def short_list(written: str) -> list[Scalar]:
    """``[a, "b"]`` on one line, of words."""
    found = _LIST(written)
    if found is None:
        raise Other
    return [item[1:-1] if item[0] in "\"'" else resolve(item) for item in _ITEMS(found[1])]


def literal(lines: Sequence[str], at: int, *, above: int, header: str) -> Taken:
    """The text below ``|`` or ``>``, from the line ``at`` on, which is indented deeper than the column ``above``."""
    if header[1:] not in _HEADERS:
        raise Other
    first = at
    while first < len(lines) and not lines[first].strip(" "):
        first += 1
    said = _HEADERS[header[1:]]
    indent = above + said if said else indentation(lines[first]) if first < len(lines) else 0
    margin, last = " " * indent, first
    if indent <= above or not indent or first == len(lines) or not lines[first].startswith(margin):
        raise Other
    if not said and (lines[first][indent] == "\t" or any(len(line) > indent for line in lines[at:first])):
        raise Other
    for number in range(first, len(lines)):
        line = lines[number]
        if line.startswith(margin):
            last = number if len(line) > indent else last
        elif line.strip(" "):
            break
    if last == len(lines) - 1:  # no line end behind it
        raise Other
    rows = [line[indent:] for line in lines[at : last + 1]]
    text = _folded_rows(rows) if header[0] == ">" else "\n".join(rows)
    return (text if header.endswith("-") else f"{text}\n"), last


def _folded_rows(rows: list[str]) -> str:
    if not rows[0] or any(row[:1] in (" ", "\t") for row in rows):
        raise Other
    return folded(rows)
