"""Unified diff of two values, in time that grows with their size, with resource paths as hunk headers.

Rows are matched by the path they stand at and their text, which is nearly unique even in a CRD of ten thousand rows:
the longest run of unique matches that keeps the order is taken first, then each gap in the same way (patience diff).
Only small gaps are compared every row with every row.
"""

from __future__ import annotations

import bisect
import difflib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot import documents
from bot.diff.align import Path, path_text

CONTEXT = 3
MAX_ROWS = 20_000  # of one object's diff: more is not read by anyone, and a report must stay within memory
_SMALL_GAP = 10_000  # product of both sides' rows
_ROUNDS = 6  # of looking for unique rows in what is left between unique rows

Row = tuple[str, Path]


@dataclass(frozen=True, slots=True)
class Span:
    """Rows that differ: base[a:b] becomes head[c:d]."""

    a: int
    b: int
    c: int
    d: int


def whole(value: object, sign: str) -> list[str]:
    """Every row of an object that only one side has."""
    return _limited([f"{sign}{row}" for row, _ in documents.rows(value)])


def unified(base: object, head: object) -> list[str]:
    """Rows of the diff: ``@@ -L,N +L,N @@ path``, then rows that start with a space, ``-`` or ``+``. Empty where both are
    written the same."""
    old, new = documents.rows(base), documents.rows(head)
    result: list[str] = []
    for hunk in _hunks(changed(old, new)):
        first = hunk[0]
        path = new[first.c][1] if first.c < first.d else old[first.a][1]
        rows = list(_hunk_rows(hunk, old, new))
        result.append(f"{_ranges(first, rows)} {path_text(path[:-1])}".rstrip())
        result += rows
    return _limited(result)


def changed(old: Sequence[Row], new: Sequence[Row]) -> list[Span]:
    """The spans that differ, in order, at least one equal row between two."""
    spans: list[Span] = []
    for span in _compare(old, new, Span(0, len(old), 0, len(new)), _ROUNDS):
        last = spans[-1] if spans else None
        if last and last.b == span.a and last.d == span.c:
            spans[-1] = Span(last.a, span.b, last.c, span.d)
        else:
            spans.append(span)
    return spans


def _compare(old: Sequence[Row], new: Sequence[Row], span: Span, rounds: int) -> Iterator[Span]:
    span = _trimmed(old, new, span)
    if span.a == span.b and span.c == span.d:
        return
    if (span.b - span.a) * (span.d - span.c) <= _SMALL_GAP:
        yield from _every_row(old, new, span)
        return
    matches = _unique_matches(old, new, span) if rounds else []
    if not matches:
        yield span
        return
    a, c = span.a, span.c
    for i, j in [*matches, (span.b, span.d)]:
        yield from _compare(old, new, Span(a, i, c, j), rounds - 1)
        a, c = i + 1, j + 1


def _trimmed(old: Sequence[Row], new: Sequence[Row], span: Span) -> Span:
    a, b, c, d = span.a, span.b, span.c, span.d
    while a < b and c < d and old[a][0] == new[c][0]:
        a, c = a + 1, c + 1
    while a < b and c < d and old[b - 1][0] == new[d - 1][0]:
        b, d = b - 1, d - 1
    return Span(a, b, c, d)


def _every_row(old: Sequence[Row], new: Sequence[Row], span: Span) -> Iterator[Span]:
    before = [row for row, _ in old[span.a : span.b]]
    after = [row for row, _ in new[span.c : span.d]]
    for tag, a, b, c, d in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag != "equal":
            yield Span(span.a + a, span.a + b, span.c + c, span.c + d)


def _unique_matches(old: Sequence[Row], new: Sequence[Row], span: Span) -> list[tuple[int, int]]:
    """Positions of rows that stand once on each side, the longest series in which both only grow."""
    counts = Counter(old[span.a : span.b])
    there = {row: i for i, row in enumerate(old[span.a : span.b], span.a) if counts[row] == 1}
    counts = Counter(new[span.c : span.d])
    pairs = [(there[row], j) for j, row in enumerate(new[span.c : span.d], span.c) if counts[row] == 1 and row in there]
    tails: list[int] = []  # the smallest base position that ends a series of each length
    ends: list[int] = []  # which pair that is
    previous: list[int] = []
    for k, (i, _) in enumerate(pairs):
        length = bisect.bisect_left(tails, i)
        previous.append(ends[length - 1] if length else -1)
        tails[length : length + 1] = [i]
        ends[length : length + 1] = [k]
    series: list[tuple[int, int]] = []
    k = ends[-1] if ends else -1
    while k >= 0:
        series.append(pairs[k])
        k = previous[k]
    return series[::-1]


def _hunks(spans: list[Span]) -> Iterator[list[Span]]:
    """Spans whose context would touch are one hunk."""
    hunk: list[Span] = []
    for span in spans:
        if hunk and span.a - hunk[-1].b > 2 * CONTEXT:
            yield hunk
            hunk = []
        hunk.append(span)
    if hunk:
        yield hunk


def _hunk_rows(hunk: list[Span], old: Sequence[Row], new: Sequence[Row]) -> Iterator[str]:
    at = max(0, hunk[0].a - CONTEXT)
    for span in hunk:
        yield from (f" {row}" for row, _ in old[at : span.a])
        yield from (f"-{row}" for row, _ in old[span.a : span.b])
        yield from (f"+{row}" for row, _ in new[span.c : span.d])
        at = span.b
    yield from (f" {row}" for row, _ in old[at : at + CONTEXT])


def _ranges(first: Span, rows: list[str]) -> str:
    """``@@ -L,N +L,N @@`` as in any unified diff (POSIX diff -u)."""
    before = sum(not row.startswith("+") for row in rows)
    after = sum(not row.startswith("-") for row in rows)
    context = min(first.a, CONTEXT)
    old, new = first.a - context + (before > 0), first.c - context + (after > 0)
    return f"@@ -{old},{before} +{new},{after} @@"


def _limited(rows: list[str]) -> list[str]:
    if len(rows) <= MAX_ROWS:
        return rows
    return [*rows[:MAX_ROWS], f"  (cut here: {len(rows) - MAX_ROWS:,} more rows of this diff are not shown)"]
