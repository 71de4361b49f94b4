"""A unified diff as rows of two columns, with line numbers and the part of a line that differs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import zip_longest

_HUNK = re.compile(r"@@ -(\d{1,9})(?:,\d{1,9})? \+(\d{1,9})(?:,\d{1,9})? @@")
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
    """One row. ``old`` and ``new`` are the lines without their sign; numbers are 0 on a side without a line."""

    kind: RowKind
    old_number: int = 0
    old: str = ""
    new_number: int = 0
    new: str = ""


def diff_rows(diff: str) -> Iterator[DiffRow]:
    """The rows of a unified diff without file headers; numbers start at 1 where no ``@@`` line says otherwise."""
    old_number = new_number = 1
    removed: list[str] = []
    added: list[str] = []
    first = True
    for line in diff.removesuffix("\n").split("\n") if diff else ():
        if line.startswith("-"):
            if added:  # a new run begins
                yield from _run(removed, added, old_number, new_number)
                old_number, new_number = old_number + len(removed), new_number + len(added)
                removed, added = [], []
            removed.append(line[1:])
            continue
        if line.startswith("+"):
            added.append(line[1:])
            continue
        yield from _run(removed, added, old_number, new_number)
        old_number, new_number = old_number + len(removed), new_number + len(added)
        removed, added = [], []
        hunk = _HUNK.match(line)
        if hunk:
            old_number, new_number = int(hunk[1]), int(hunk[2])
            if not first or max(old_number, new_number) > 1:
                yield DiffRow(RowKind.GAP)
        elif not line.startswith("\\"):  # "\ No newline at end of file" says nothing about a manifest
            text = line[1:] if line.startswith(" ") else line
            yield DiffRow(RowKind.SAME, old_number, text, new_number, text)
            old_number, new_number = old_number + 1, new_number + 1
        first = False
    yield from _run(removed, added, old_number, new_number)


def _run(removed: list[str], added: list[str], old_number: int, new_number: int) -> Iterator[DiffRow]:
    """Removed and added lines that follow each other, paired by position."""
    for offset, (old, new) in enumerate(zip_longest(removed, added)):
        if old is None:
            yield DiffRow(RowKind.ADDED, new_number=new_number + offset, new=new)
        elif new is None:
            yield DiffRow(RowKind.REMOVED, old_number + offset, old)
        else:
            yield DiffRow(RowKind.EDIT, old_number + offset, old, new_number + offset, new)


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
