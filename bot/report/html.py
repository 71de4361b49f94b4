"""The report as one page: no network, no script, light and dark, every diff side by side and shown once."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Iterator

from bot.model.result import CheckResult, ImageMove, ObjectChange, Report, UnitChange, Verdict
from bot.model.unit import ObjectId
from bot.report.approvals import Reason, approvals
from bot.report.concerns import Concern, looks, stops
from bot.report.escape import html as block
from bot.report.escape import html_line as text
from bot.report.escape import html_prose as prose
from bot.report.group import SharedDiff, line_counts, moving_units, named, place_name, shared_diffs
from bot.report.html_diff import table
from bot.report.phrase import Phrase, Role, Span, counted, image_parts, listed, nameable, seconds, sentences
from bot.report.style import CSS
from bot.report.summary import (
    MARKS,
    Row,
    compared,
    distinct_moves,
    existing,
    images_cell,
    objects_cell,
    quiet_facts,
    rows,
    unmapped_phrase,
    work,
)
from bot.report.verdict import sentence, title

OPEN_LINES = 200  # a longer diff starts folded
OPEN_TOTAL = 3000  # and in a page with more lines than this, only dangerous ones start open
COLOURED_TOTAL = 10_000  # a page with more lines than this has no colours of syntax: they cost as much as all the rest
NAMES = 200
_NOTED = 40  # units of which a note is told

_STYLE_HASH = base64.b64encode(hashlib.sha256(CSS.encode()).digest()).decode()
# Nothing may be loaded, sent or run; the only style is the one in the page.
_POLICY = f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'"


def render(report: Report) -> str:
    """The page as HTML. Same report, same bytes."""
    mark, heading = title(report)
    body = "".join(_Page(report).parts())
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{mark} {heading}</title>\n<style>{CSS}</style>\n</head>\n<body>\n{body}</body>\n</html>\n"
    )


def phrase(spans: Phrase) -> str:
    """A shared sentence as HTML."""
    tags = {Role.PLAIN: "{}", Role.NAME: "<b>{}</b>", Role.CODE: "<code>{}</code>", Role.TEXT: "{}"}
    return "".join(tags[span.role].format(text(span.text)) for span in spans)


def _code(value: str) -> str:
    return f"<code>{text(value)}</code>"


def _object_name(identity: ObjectId) -> str:
    name = f"{identity.namespace}/{identity.name}" if identity.namespace else identity.name
    return (
        f'<b>{text(identity.kind)}</b> {text(nameable(name))} <span class="quiet">{text(identity.api_version)}</span>'
    )


class _Page:
    """The parts of the page, from top to bottom."""

    def __init__(self, report: Report) -> None:
        self.report = report = named(report)
        self.units = moving_units(report)
        told = Counter(note for unit in report.units for note in dict.fromkeys(unit.notes))
        self.told = {note for note, units in told.items() if units > 1}  # once for all, in "Worth a look"
        self.anchors = {id(unit): f"u{number}" for number, unit in enumerate(self.units, 1)}
        self.diffs = shared_diffs(report)
        self.diff_of = {(id(p.unit), id(p.change)): diff for diff in self.diffs for p in diff.places}
        total = sum(sum(line_counts([diff.change])) for diff in self.diffs)
        self.large, self.colours = total > OPEN_TOTAL, total <= COLOURED_TOTAL

    def parts(self) -> Iterator[str]:
        yield "<main>\n"
        yield self._verdict()
        yield from self._summary()
        yield from _concerns("Stops the merge", "stop", stops(self.report))
        yield from _concerns("Worth a look", "look", looks(self.report))
        yield from self._owners()
        yield from self._asides()
        yield from self._checks()
        yield from self._units()
        yield "</main>\n"
        yield self._footer()

    def _verdict(self) -> str:
        mark, heading = title(self.report)
        kind = {Verdict.PASSED: "passed", Verdict.FAILED: "failed", Verdict.ERROR: "error"}[self.report.verdict]
        facts = f"{phrase(compared(self.report))} · {work(self.report, run=True)}"
        return (
            f'<header class="verdict {kind}">\n<h1>{mark} {heading}</h1>\n'
            f'<p>{phrase(sentence(self.report))}</p>\n<p class="facts">{facts}</p>\n</header>\n'
        )

    def _summary(self) -> Iterator[str]:
        table_rows = rows(self.report)
        if not table_rows:
            return
        yield '<h2>What changes</h2>\n<table class="sheet">\n'
        heads = ("environment, unit", "change", "objects", "images", "worst")
        yield '<tr class="heads">' + "".join(f"<th>{head}</th>" for head in heads) + "</tr>\n"
        for row in table_rows:
            yield _environment_row(row)
            yield from (self._unit_row(unit) for unit in self.units if unit.environment == row.environment)
        yield "</table>\n"

    def _unit_row(self, unit: UnitChange) -> str:
        danger = next((change.danger for change in unit.objects if change.danger), "")
        cells = (
            f'<a href="#{self.anchors[id(unit)]}">{text(unit.name)}</a>',
            f'<span class="badge {unit.state}">{unit.state}</span>',
            objects_cell([unit]),
            images_cell([unit]),
            text(danger),
        )
        return '<tr class="unit">' + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>\n"

    def _owners(self) -> Iterator[str]:
        groups = approvals(self.report)
        if not groups:
            return
        yield '<h2>Who must agree</h2>\n<ul class="concerns">\n'
        for group in groups:
            yield f'<li class="note">{phrase(group.people(Role.NAME, NAMES))}\n<ul class="plain">\n'
            yield from (f"<li>{phrase(reason.phrase(NAMES))}{_rows(reason)}</li>\n" for reason in group.reasons)
            yield "</ul></li>\n"
        yield "</ul>\n"

    def _asides(self) -> Iterator[str]:
        unmapped = unmapped_phrase(self.report, NAMES)
        facts = [f"<li>{fact}</li>\n" for fact in quiet_facts(self.report)]
        if unmapped:
            facts.append(f"<li>{phrase(unmapped)}</li>\n")
        if facts:
            yield '<h2>Also seen</h2>\n<ul class="plain">\n' + "".join(facts) + "</ul>\n"

    def _checks(self) -> Iterator[str]:
        if not self.report.checks:
            return
        yield "<h2>Checks</h2>\n<p>"
        yield " · ".join(map(_check, self.report.checks))
        yield "</p>\n"
        said = [
            *((result.name, prose(note)) for result in self.report.checks for note in result.notes),
            *((check, phrase(rules)) for check, rules in existing(self.report)),
        ]
        if said:
            yield '<ul class="plain">\n' + "".join(f"<li>{text(n)}: {words}</li>\n" for n, words in said) + "</ul>\n"

    def _units(self) -> Iterator[str]:
        for row in rows(self.report):
            added, removed = row.lines
            lines = f'<span class="plus">+{added:,}</span> <span class="minus">−{removed:,}</span> lines'
            yield f"<h2>{text(row.label)} <small>· {counted(row.count, 'unit')} · {lines}</small></h2>\n"
            yield from (self._unit(unit) for unit in self.units if unit.environment == row.environment)

    def _unit(self, unit: UnitChange) -> str:
        app = f' <span class="badge">{text(unit.app)}</span>' if unit.app else ""
        source = f' <span class="quiet">via {_object_name(unit.source)}</span>' if unit.source else ""
        inside = [f'<div class="inside anchor" id="{self.anchors[id(unit)]}">\n']
        if unit.error:
            inside.append(f"<pre>{block(unit.error)}</pre>\n")
        inside += [f'<p class="quiet">{prose(note)}</p>\n' for note in unit.notes if note not in self.told]
        if moves := distinct_moves([unit]):
            inside.append('<ul class="plain">\n' + "".join(map(_move, moves)) + "</ul>\n")
        inside += [self._object(unit, change) for change in unit.objects]
        fresh = not unit.objects or any(self._is_first(unit, change) for change in unit.objects)
        return (
            f'<details class="unit"{" open" if fresh else ""}><summary>{_code(unit.name)} '
            f'<span class="badge {unit.state}">{unit.state}</span>{app} <span class="badge">{unit.renderer}</span>'
            f"{source}</summary>\n{''.join(inside)}</div>\n</details>\n"
        )

    def _is_first(self, unit: UnitChange, change: ObjectChange) -> bool:
        """Whether the diff is shown here, not at another unit that has the same."""
        first = self.diff_of[id(unit), id(change)].first
        return first.unit is unit and first.change is change

    def _object(self, unit: UnitChange, change: ObjectChange) -> str:
        diff = self.diff_of[id(unit), id(change)]
        head = _object_head(change)
        if not self._is_first(unit, change):
            where = _code(diff.first.unit.name)
            return (
                f'<div class="object-line">{head}<br><span class="quiet">the same change as in '
                f'<a href="#d{diff.number}">{where}</a></span></div>\n'
            )
        if not change.diff.strip():
            return f'<div class="object-line anchor" id="d{diff.number}">{head}{_remarks(diff)}</div>\n'
        is_open = sum(line_counts([change])) <= OPEN_LINES and (not self.large or change.danger)
        body = table(change.diff, colours=self.colours)
        return (
            f'<details class="object"{" open" if is_open else ""}><summary>{head}</summary>\n'
            f'<div class="anchor" id="d{diff.number}">{_remarks(diff)}{body}</div></details>\n'
        )

    def _footer(self) -> str:
        spent = f" · {seconds(self.report)}" if self.report.timings else ""
        command = f" · same report: {_code(self.report.command)}" if self.report.command else ""
        return f"<footer>{phrase(compared(self.report))} · {work(self.report, run=True)}{spent}{command}</footer>\n"


def _rows(reason: Reason) -> str:
    """Every unit or file with its own reason, folded."""
    if len(reason.rows) < 2:
        return ""
    rows = "".join(f"<li>{_code(row.file_or_unit)}: {text(row.why)}</li>\n" for row in reason.rows)
    return f'<details><summary>why each of them</summary><ul class="plain">\n{rows}</ul></details>'


def _check(result: CheckResult) -> str:
    why = f" ({text(result.reason)})" if result.reason else ""
    return f"{text(result.name)} {result.status}{why}"


def _environment_row(row: Row) -> str:
    mark = MARKS[row.worst.level]
    cells = (text(row.label), row.units, row.objects, row.images, f"{mark} {text(row.worst.text)}".strip())
    return '<tr class="environment">' + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>\n"


def _move(move: ImageMove) -> str:
    name, before, after = image_parts(move.from_image, move.to_image)
    old, new = _code(before) if before else "nothing", _code(after) if after else "nothing"
    what = f" {_code(name)}" if name else ""
    return f"<li>{text(move.container)}:{what} {old} → {new}</li>\n"


def _object_head(change: ObjectChange) -> str:
    added, removed = line_counts([change])
    lines = f'<span class="plus">+{added:,}</span> <span class="minus">−{removed:,}</span>' if change.diff else ""
    badges = [f'<span class="badge {change.state}">{change.state}</span>', lines]
    if change.formerly:
        badges.append(f'<span class="quiet">was {text(change.formerly)}</span>')
    if change.danger:
        badges.append(f'<span class="badge danger">{text(change.danger)}</span>')
    return " ".join([_object_name(change.id), *(badge for badge in badges if badge)])


def _remarks(diff: SharedDiff) -> str:
    """Below a diff's head: noise that was folded, and the other units that have the same change."""
    remarks = []
    if diff.change.noise:
        remarks.append(f"Known noise folded: {phrase(listed(diff.change.noise, Role.CODE, NAMES))}")
    elif diff.change.only_noise:
        remarks.append("Only formatting differs.")
    others = tuple(place_name(place, diff) for place in diff.places[1:])
    if others:
        remarks.append(f"The same change in {len(others):,} more: {phrase(listed(others, Role.CODE, NAMES))}")
    return "".join(f'<p class="aside">{remark}</p>' for remark in remarks)


def _concerns(heading: str, kind: str, concerns: tuple[Concern, ...]) -> Iterator[str]:
    if not concerns:
        return
    yield f'<h2>{heading} <small>· {len(concerns)}</small></h2>\n<ul class="concerns {kind}">\n'
    for concern in concerns:
        item = '<li class="note">' if concern.mark == "ℹ️" else "<li>"
        yield f"{item}{_concern(concern)}</li>\n"
    yield "</ul>\n"


def _concern(concern: Concern) -> str:
    where = phrase(concern.where(_NOTED if concern.mark == "ℹ️" else 6))
    head = [phrase((Span(concern.rule, Role.CODE),)) if concern.rule else "", text(concern.label), where]
    message = " ".join(prose(part) for part in sentences(concern.message, concern.fix))
    source = f" → {phrase(listed(concern.sources, Role.CODE, 6))}" if concern.sources else ""
    lead = " · ".join(part for part in head if part)
    return f"{concern.mark} {lead}: {message}{source}" if lead else f"{concern.mark} {message}{source}"
