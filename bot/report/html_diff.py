"""A diff as an HTML table: old left, new right, the differing words marked. One pass, no backtracking."""

from __future__ import annotations

from bot.report.escape import html as text
from bot.report.hunks import DiffRow, RowKind, diff_rows, differing

_COLUMNS = '<colgroup><col class="n"><col><col class="n"><col></colgroup>'


def table(diff: str) -> str:
    """The whole diff. Classes are one letter (a page may hold 20,000 rows): ``n`` number, ``o``/``w`` old/new text,
    ``d``/``a`` removed/added, ``e`` empty, ``l`` left cell of a line that is the same on both sides."""
    rows = list(diff_rows(diff))
    bare = "" if any(row.old_number or row.new_number for row in rows) else " bare"  # no line has a number
    return f'<table class="diff{bare}">{_COLUMNS}\n{"".join(map(_row, rows))}</table>\n'


def _row(row: DiffRow) -> str:
    if row.kind is RowKind.GAP:
        return f'<tr class="g"><td colspan="4">{text(row.new) or "⋯"}</td></tr>\n'
    if row.kind is RowKind.SAME:
        line = text(row.old)
        return (
            f'<tr class="s"><td class="n l">{row.old_number or ""}</td><td class="o l">{line}</td>'
            f'<td class="n">{row.new_number or ""}</td><td class="w">{line}</td></tr>\n'
        )
    old, new = _marked(row) if row.kind is RowKind.EDIT else (text(row.old), text(row.new))
    left = f'<td class="n d">{row.old_number or ""}</td><td class="o d">{old}</td>'
    right = f'<td class="n a">{row.new_number or ""}</td><td class="w a">{new}</td>'
    if row.kind is RowKind.ADDED:
        left = '<td class="n e"></td><td class="o e"></td>'
    if row.kind is RowKind.REMOVED:
        right = '<td class="n e"></td><td class="w e"></td>'
    return f"<tr>{left}{right}</tr>\n"


def _marked(row: DiffRow) -> tuple[str, str]:
    span = differing(row.old, row.new)
    if span is None:
        return text(row.old), text(row.new)
    start, old_end, new_end = span
    return _mark(row.old, start, old_end, "del"), _mark(row.new, start, new_end, "ins")


def _mark(line: str, start: int, end: int, tag: str) -> str:
    if start >= end:
        return text(line)
    return f"{text(line[:start])}<{tag}>{text(line[start:end])}</{tag}>{text(line[end:])}"
