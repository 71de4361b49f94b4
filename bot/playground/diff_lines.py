"""A patch as rows for a page: line numbers of both sides, and what checks say about a line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from bot.playground.changes import ChangedFile
from bot.playground.records import CheckAnnotation, CheckRun

_HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")
_KINDS = {"+": "add", "-": "del", "@": "hunk", "\\": "note"}


class Note(NamedTuple):
    """An annotation, and the check run that made it."""

    check: str
    annotation: CheckAnnotation


class Line(NamedTuple):
    """``old`` and ``new`` are line numbers, 0 for none. ``kind``: add, del, hunk, note or same."""

    kind: str
    old: int
    new: int
    text: str
    notes: tuple[Note, ...] = ()


def notes_of(runs: Iterable[CheckRun]) -> dict[str, list[Note]]:
    """Path → what check runs say about its lines."""
    found: dict[str, list[Note]] = {}
    for run in runs:
        for annotation in run.annotations:
            found.setdefault(annotation.path, []).append(Note(run.name, annotation))
    return found


def lines(file: ChangedFile, notes: Iterable[Note]) -> Iterator[Line]:
    """The rows of a patch; notes stand under the last line that they name."""
    waiting: dict[int, list[Note]] = {}
    for note in notes:
        waiting.setdefault(note.annotation.end_line, []).append(note)
    old = new = 0
    for text in file.patch.split("\n") if file.patch else ():
        kind = _KINDS.get(text[:1], "same")
        if kind == "hunk":
            found = _HUNK.match(text)
            old, new = (int(found[1]), int(found[2])) if found else (old, new)
            yield Line(kind, 0, 0, text)
        elif kind == "note":
            yield Line(kind, 0, 0, text)
        else:
            here = () if kind == "del" else tuple(waiting.pop(new, ()))
            yield Line(kind, 0 if kind == "add" else old, 0 if kind == "del" else new, text[1:], here)
            old, new = old + (kind != "add"), new + (kind != "del")
