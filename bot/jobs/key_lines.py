"""The line of a field whose value is a mapping or a list: the tracer tells where something in it is written, and the field
stands above that, in the same file, further to the left.

Only the text is looked at: patches, values and manifests may stand in texts within other files, and templates are no YAML.
Where no line above is this field (a JSON patch names it in its ``path``), the line of what stands in it is the answer.
"""

from __future__ import annotations

import re

_MOST_LINES = 2000
_LONGEST_LINE = 1000
_LITERAL = re.compile(r"(?:[:-]|\A)[ \t]+(?:[!&]\S+[ \t]+)?\|[0-9+-]{0,2}[ \t\r]*(?:#.*)?\Z")
_BEGINS = re.compile(r" *(?:- +)*")


def key_line(lines: list[str], number: int, key: str) -> int:
    """The line (1-based) of the field ``key`` around what stands at line ``number``; ``number`` where none is seen."""
    if not 1 <= number <= len(lines):
        return number
    if _names(lines[number - 1], key):
        return number
    limit = _column(lines[number - 1])
    for at in range(number - 1, max(0, number - 1 - _MOST_LINES), -1):
        line = lines[at - 1][:_LONGEST_LINE]
        if not line.strip() or line.lstrip().startswith("#") or _column(line) >= limit:
            continue
        limit = _column(line)
        if line[limit:].startswith((f"{key}:", f'"{key}":', f"'{key}':")):
            return at
    return number


def holds_row(lines: list[str], number: int, row: int) -> bool:
    """Whether a block of lines that begins behind line ``number`` (``key: |``) holds its line ``row``, written as it is
    read: without actions of a template that may write more lines or fewer."""
    if not 1 <= number < number + row <= len(lines) or row > _MOST_LINES:
        return False
    if not _LITERAL.search(lines[number - 1][-_LONGEST_LINE:]):
        return False
    around, block = lines[number - 1], lines[number : number + row]
    indent = len(around) - len(around.lstrip(" "))
    inside = all(not line.strip() or len(line) - len(line.lstrip(" ")) > indent for line in block)
    return inside and not any("{{" in line for line in block)


def _column(line: str) -> int:
    """Where the first word of a line begins, behind the dashes of a list."""
    match = _BEGINS.match(line)
    return match.end() if match else 0


def _names(line: str, key: str) -> bool:
    """Whether the field stands on the line itself, perhaps among others in braces."""
    return re.search(rf"(?:^|[\s{{,\"']){re.escape(key)}[\"']?\s*:", line[:_LONGEST_LINE]) is not None
