"""A diff as an HTML table: old left, new right, the differing words marked. One pass, no backtracking."""

from __future__ import annotations

from bot.report.colours import Part, Side, coloured
from bot.report.escape import html as text
from bot.report.hunks import DiffRow, RowKind, diff_rows, differing

_COLUMNS = '<colgroup><col class="n"><col><col class="n"><col></colgroup>'


def table(diff: str, *, colours: bool = True) -> str:
    """The whole diff. Classes are one letter (a page may hold 20,000 rows): ``n`` number, ``o``/``w`` old/new text,
    ``d``/``a`` removed/added, ``e`` empty, ``l`` left cell of a line that is the same on both sides; ``k`` key, ``t`` text,
    ``v`` number or word of YAML's own, ``c`` comment."""
    rows = list(diff_rows(diff))
    bare = "" if any(row.old_number or row.new_number for row in rows) else " bare"  # no line has a number
    painter = _Painter() if colours else _Plain()
    return f'<table class="diff{bare}">{_COLUMNS}\n{"".join(_row(row, painter) for row in rows)}</table>\n'


class _Plain:
    """Lines without colours."""

    def gap(self) -> None:
        """Lines are left out here."""

    def old(self, line: str) -> tuple[Part, ...]:  # noqa: ARG002
        return (Part(0, ""),)

    new = same = old


class _Painter(_Plain):
    """What the parts of lines are, on either side."""

    def __init__(self) -> None:
        self._old, self._new = Side(), Side()

    def gap(self) -> None:
        self._old.gap()
        self._new.gap()

    def old(self, line: str) -> tuple[Part, ...]:
        return self._old.parts(line)

    def new(self, line: str) -> tuple[Part, ...]:
        return self._new.parts(line)

    def same(self, line: str) -> tuple[Part, ...]:
        self._old.parts(line)
        return self._new.parts(line)


def _row(row: DiffRow, painter: _Plain) -> str:
    if row.kind is RowKind.GAP:
        painter.gap()
        return f'<tr class="g"><td colspan="4">{text(row.new) or "⋯"}</td></tr>\n'
    if row.kind is RowKind.SAME:
        line = coloured(row.old, painter.same(row.old))
        return (
            f'<tr class="s"><td class="n l">{row.old_number or ""}</td><td class="o l">{line}</td>'
            f'<td class="n">{row.new_number or ""}</td><td class="w">{line}</td></tr>\n'
        )
    left, right = '<td class="n e"></td><td class="o e"></td>', '<td class="n e"></td><td class="w e"></td>'
    span = differing(row.old, row.new) if row.kind is RowKind.EDIT else None
    start, old_end, new_end = span or (0, 0, 0)
    if row.kind is not RowKind.ADDED:
        old = _marked(row.old, painter.old(row.old), start, old_end, "del")
        left = f'<td class="n d">{row.old_number or ""}</td><td class="o d">{old}</td>'
    if row.kind is not RowKind.REMOVED:
        new = _marked(row.new, painter.new(row.new), start, new_end, "ins")
        right = f'<td class="n a">{row.new_number or ""}</td><td class="w a">{new}</td>'
    return f"<tr>{left}{right}</tr>\n"


def _marked(line: str, parts: tuple[Part, ...], start: int, end: int, tag: str) -> str:
    if start >= end:
        return coloured(line, parts)
    inside = coloured(line, parts, start, end)
    return f"{coloured(line, parts, 0, start)}<{tag}>{inside}</{tag}>{coloured(line, parts, end)}"
