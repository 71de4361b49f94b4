"""The report for people at a terminal: a table first, then what could hurt, then the diffs, the verdict last.

Text of the repository never reaches the terminal as it is: control characters are shown as escapes, and it is handed
to rich as plain text, so that neither escape sequences nor rich's markup in it mean anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import StringIO
from typing import TYPE_CHECKING

from bot.model.result import CheckResult, ObjectState, Report, UnitChange, UnitState, Verdict
from bot.report.approvals import approvals
from bot.report.concerns import Concern, looks, stops
from bot.report.escape import one_line, shorten, visible
from bot.report.group import NO_ENVIRONMENT, SharedDiff, environments, moving_units, named, place_name, shared_diffs
from bot.report.phrase import Phrase, Role, counted, image_parts, listed, seconds
from bot.report.summary import (
    MARKS,
    compared,
    distinct_moves,
    quiet_facts,
    rows,
    unmapped_phrase,
    work,
)
from bot.report.verdict import sentence, title

if TYPE_CHECKING:
    from rich.table import Table

_JOINT = re.compile(r"[^/ ]*[/ ]+|[^/ :@]+|[:@][^/ ]*")  # the pieces of names of images
NAMES = 20
TABLE_UNITS = 60  # with more units the table shows environments only
# Select Graphic Rendition (ECMA-48, 8.3.117)
_SGR = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}
DIFF_STYLES = {"+": "green", "-": "red", "@": "cyan"}
VERDICT_STYLES = {Verdict.PASSED: "bold green", Verdict.FAILED: "bold red", Verdict.ERROR: "bold yellow"}
STATE_STYLES = {
    UnitState.BROKEN: "red",
    UnitState.UNRENDERABLE: "yellow",
    UnitState.REMOVED: "yellow",
    UnitState.ADDED: "green",
    UnitState.FIXED: "green",
}


def render(report: Report, *, width: int, colour: bool) -> str:
    """The report for a terminal of ``width`` columns; escape sequences for colour only with ``colour``.

    Lines of diffs and paths are never wrapped or cut, so that they can be copied.
    """
    report = named(report)
    out = _Out(width, colour)
    if moving_units(report):
        out.table(_table(report, width))
    _concerns(out, "Stops the merge", "bold red", stops(report))
    _concerns(out, "Worth a look", "bold yellow", looks(report))
    _owners(out, report)
    _asides(out, report)
    for diff in shared_diffs(report):
        _diff(out, diff)
    _verdict(out, report)
    return out.text()


class _Out:
    """Lines for one terminal; only a table needs rich, whose import costs as much as a check. Every string is printed as
    it is: no markup, no emoji codes, no links."""

    def __init__(self, width: int, colour: bool) -> None:
        self._buffer = StringIO()
        self._width = max(width, 20)
        self._colour = colour

    def line(self, *pieces: tuple[str, str]) -> None:
        """One line of (text, style); not wrapped."""
        self._buffer.write("".join(self._styled(*piece) for piece in pieces) + "\n")

    def blank(self) -> None:
        self._buffer.write("\n")

    def table(self, table: Table) -> None:
        from rich.console import Console

        console = Console(
            file=self._buffer,
            width=self._width,
            force_terminal=self._colour,
            color_system="standard" if self._colour else None,
            no_color=not self._colour,
            markup=False,
            highlight=False,
            emoji=False,
            legacy_windows=False,
            _environ={},  # the caller decides, not COLUMNS or NO_COLOR
        )
        console.print(table)
        self.blank()

    def diff(self, diff: str) -> None:
        """The lines of a diff: a report may hold 20,000 of them."""
        for line in visible(diff).rstrip("\n").split("\n"):
            self._buffer.write(self._styled(line, DIFF_STYLES.get(line[:1], "")) + "\n")

    def _styled(self, text: str, style: str) -> str:
        if not self._colour or not style or not text:
            return text
        return f"\x1b[{';'.join(_SGR[word] for word in style.split())}m{text}\x1b[0m"

    def text(self) -> str:
        return self._buffer.getvalue()


def phrase(spans: Phrase) -> str:
    """A shared sentence as plain text."""
    return "".join(one_line(span.text) for span in spans)


def _table(report: Report, width: int) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.cells import cell_len
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold")
    units = moving_units(report)
    per_unit = len(units) <= TABLE_UNITS
    cells = list(_unit_rows(report, units) if per_unit else _environment_rows(report))
    headings = ("environment", "unit" if per_unit else "units", "change", "objects", "images")
    needs = [max(cell_len(row[column][0]) for row in cells) for column in range(len(headings))]
    # Paths get the room they need before images do: they are what a reader copies.
    needs[1] = min(needs[1], width // 2)
    taken = sum(max(need, len(name)) + 3 for need, name in zip(needs[:-1], headings[:-1], strict=True))
    needs[-1] = max(16, width - taken)
    for heading, need in zip(headings, needs, strict=True):
        table.add_column(heading, overflow="fold", max_width=max(need, len(heading)))
    for row in cells:
        row[-1] = (_folded(row[-1][0], needs[-1]), row[-1][1])
        table.add_row(*(Text(text, style) for text, style in row))
    return table


def _folded(text: str, room: int) -> str:
    """The lines of a text, broken where names of images have joints, so far as that is enough."""
    lines: list[str] = []
    for written in text.splitlines():
        line = ""
        for piece in _JOINT.findall(written):
            if line and len((line + piece).rstrip()) > room:
                lines.append(line.rstrip())
                line = ""
            line += piece
        lines.append(line)
    return "\n".join(lines)


def _unit_rows(report: Report, units: tuple[UnitChange, ...]) -> Iterator[list[tuple[str, str]]]:
    for environment in environments(report):
        label = environment or NO_ENVIRONMENT
        for unit in (unit for unit in units if unit.environment == environment):
            yield [
                (shorten(one_line(label), 24), "bold" if label else ""),
                (one_line(unit.name), ""),
                (unit.state.value, STATE_STYLES.get(unit.state, "")),
                (_signs(unit), ""),
                (_images(unit), ""),
            ]
            label = ""  # the name of the environment stands once


def _environment_rows(report: Report) -> Iterator[list[tuple[str, str]]]:
    for row in rows(report):
        worst = f"{MARKS[row.worst.level]} {one_line(row.worst.text)}".strip()
        yield [
            (shorten(one_line(row.label), 24), "bold"),
            (counted(row.count, "unit"), ""),
            (f"{row.units}\n{worst}".strip(), ""),
            (row.objects, ""),
            (row.images, ""),
        ]


def _signs(unit: UnitChange) -> str:
    """``~3 +1 -2``: objects changed, added, removed."""
    signs = {ObjectState.CHANGED: "~", ObjectState.ADDED: "+", ObjectState.REMOVED: "-"}
    counts = {state: sum(change.state is state for change in unit.objects) for state in signs}
    return " ".join(f"{sign}{counts[state]}" for state, sign in signs.items() if counts[state])


def _images(unit: UnitChange) -> str:
    moves = distinct_moves([unit])
    lines = []
    for move in moves[:3]:
        name, old, new = image_parts(move.from_image, move.to_image)
        arrow = f"{old or '(none)'} → {new or '(none)'}"
        lines.append(one_line(shorten(f"{name} {arrow}" if name else arrow, 160)))
    if len(moves) > 3:
        lines.append(f"and {len(moves) - 3} more")
    return "\n".join(lines)


def _concerns(out: _Out, heading: str, style: str, concerns: tuple[Concern, ...]) -> None:
    if not concerns:
        return
    out.line((heading, style))
    for concern in concerns:
        where = phrase(concern.where(4))
        lead = " · ".join(part for part in (one_line(concern.rule), concern.label, where) if part)
        lines = [line for text in (concern.message, concern.fix) if text for line in visible(text).split("\n")]
        out.line((f"  {concern.mark} ", ""), (lead, "bold") if lead else (lines.pop(0), ""))
        for line in lines:
            out.line((f"     {line}", ""))
        if concern.sources:
            out.line((f"     → {phrase(listed(concern.sources, Role.CODE, 4))}", "dim"))
    out.blank()


def _owners(out: _Out, report: Report) -> None:
    groups = approvals(report)
    if not groups:
        return
    out.line(("Who must agree", "bold"))
    for group in groups:
        people, reasons = phrase(group.people(Role.CODE, NAMES)), [phrase(r.phrase(4)) for r in group.reasons]
        if len(reasons) == 1:
            people, reasons = f"{people}{group.link}{reasons[0]}", []
        out.line((f"  {people}", ""))
        for reason in reasons:
            out.line((f"     {reason}", ""))
    out.blank()


def _asides(out: _Out, report: Report) -> None:
    lines = list(quiet_facts(report))
    if report.checks:
        lines.append("checks: " + ", ".join(map(_check, report.checks)))
        lines += [f"{one_line(result.name)}: {one_line(note)}" for result in report.checks for note in result.notes]
    unmapped = unmapped_phrase(report, NAMES)
    if unmapped:
        lines.append(phrase(unmapped))
    for line in lines:
        out.line((line, ""))
    if lines:
        out.blank()


def _check(result: CheckResult) -> str:
    why = f" ({one_line(result.reason)})" if result.reason else ""
    return f"{one_line(result.name)} {result.status}{why}"


def _diff(out: _Out, diff: SharedDiff) -> None:
    unit, change = diff.first.unit, diff.change
    name = f"{change.id.namespace}/{change.id.name}" if change.id.namespace else change.id.name
    head = f"{change.id.kind} {name} ({change.id.api_version}) {change.state}"
    if change.formerly:
        head += f", was {change.formerly}"
    out.line((one_line(head), "bold"), (f" · {one_line(unit.name)}", "dim"))
    others = tuple(place_name(place, diff) for place in diff.places[1:])
    if others:
        out.line((f"the same change in {len(others):,} more: {phrase(listed(others, Role.CODE, NAMES))}", "dim"))
    if change.danger:
        out.line((f"⚠️ {one_line(change.danger)}", "yellow"))
    if change.noise:
        out.line((f"known noise folded: {phrase(listed(change.noise, Role.CODE, NAMES))}", "dim"))
    elif change.only_noise:
        out.line(("only formatting differs", "dim"))
    if change.diff.strip():
        out.diff(change.diff)
    out.blank()


def _verdict(out: _Out, report: Report) -> None:
    spent = f" in {seconds(report)}" if report.timings else ""
    out.line((f"{phrase(compared(report))}: {work(report, run=True)}{spent}", "dim"))
    mark, text = title(report)
    out.line((f"{mark} {text}. {phrase(sentence(report))}", VERDICT_STYLES[report.verdict]))
