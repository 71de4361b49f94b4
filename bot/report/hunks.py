"""A unified diff as rows of two columns, with line numbers and the part of a line that differs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import zip_longest

_HUNK = re.compile(r"@@ (?:-(\d{1,9})(?:,\d{1,9})? \+(\d{1,9})(?:,\d{1,9})? @@ ?)?(.*?)(?: ?@@)?\Z")
_WORD = re.compile(r"\w")
_SIMILAR = 0.3  # pairs of lines with less in common are different lines, not an edit of one


class RowKind(StrEnum):
    SAME = "same"
    EDIT = "edit"  # a removed and an added line side by side
    REMOVED = "removed"
    ADDED = "added"
    GAP = "gap"  # lines that the diff leaves out


@dataclass(frozen=True, slots=True)
class DiffRow:
    """One row. ``old`` and ``new`` are the lines without their sign; a number is 0 on a side without a line and where
    it is not known. In a gap ``new`` says where the next lines stand."""

    kind: RowKind
    old_number: int = 0
    old: str = ""
    new_number: int = 0
    new: str = ""


def diff_rows(diff: str) -> Iterator[DiffRow]:
    """The rows of a unified diff without file headers.

    A hunk starts with ``@@ -5,3 +7,4 @@ where`` or with ``@@ where @@``; in the latter lines have no numbers. Without
    any such line the diff holds the whole object, and numbers start at 1.
    """
    position = _Position(1, 1)
    removed: list[str] = []
    added: list[str] = []
    for number, line in enumerate(diff.removesuffix("\n").split("\n") if diff else ()):
        if line.startswith("-") and not added:
            removed.append(line[1:])
            continue
        if line.startswith("+"):
            added.append(line[1:])
            continue
        yield from _run(removed, added, position)
        removed, added = [], []
        if line.startswith("-"):  # removed lines right after added ones: the next run
            removed.append(line[1:])
        elif line.startswith("@@ ") and (hunk := _HUNK.match(line)):
            position = _Position(int(hunk[1] or 0), int(hunk[2] or 0))
            if number or hunk[3] or max(position.old, position.new) > 1:
                yield DiffRow(RowKind.GAP, new=hunk[3])
        elif not line.startswith("\\"):  # "\ No newline at end of file" says nothing about a manifest
            text = line[1:] if line.startswith(" ") else line
            yield DiffRow(RowKind.SAME, position.next_old(), text, position.next_new(), text)
    yield from _run(removed, added, position)


@dataclass(slots=True)
class _Position:
    """The numbers of the next lines; 0 where they are not known."""

    old: int
    new: int

    def next_old(self) -> int:
        number = self.old
        self.old += 1 if number else 0
        return number

    def next_new(self) -> int:
        number = self.new
        self.new += 1 if number else 0
        return number


def _run(removed: list[str], added: list[str], position: _Position) -> Iterator[DiffRow]:
    """Removed and added lines that follow each other, paired by position."""
    for old, new in zip_longest(removed, added):
        if old is None:
            yield DiffRow(RowKind.ADDED, new_number=position.next_new(), new=new)
        elif new is None:
            yield DiffRow(RowKind.REMOVED, position.next_old(), old)
        else:
            yield DiffRow(RowKind.EDIT, position.next_old(), old, position.next_new(), new)


def differing(old: str, new: str) -> tuple[int, int, int] | None:
    """What differs between two lines: ``(start, end in old, end in new)``, grown to whole words.

    None when the lines have too little in common. Linear in the length of the lines.
    """
    shortest = min(len(old), len(new))
    start = 0
    while start < shortest and old[start] == new[start]:
        start += 1
    tail = 0
    while tail < shortest - start and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    indent = len(old) - len(old.lstrip())
    longest = max(len(old), len(new)) - indent
    if start - indent + tail < _SIMILAR * longest:
        return None
    if _WORD.match(old, start) or _WORD.match(new, start):
        while start > indent and _WORD.match(old[start - 1]):
            start -= 1
    if any(
        _WORD.match(line[:end][-1:]) for line, end in ((old, len(old) - tail), (new, len(new) - tail)) if end > start
    ):
        while tail and _WORD.match(old[len(old) - tail]):
            tail -= 1
    return start, len(old) - tail, len(new) - tail
