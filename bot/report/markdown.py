"""The report as a comment for GitHub and GitLab: the verdict first, then what could hurt, the rest folded.

The text is built of whole blocks only. When it would be longer than the forge takes, blocks are left out - and said
to be left out - in steps: large diffs first, then all diffs, then names, until only the counts stay. Nothing is ever
cut in the middle of a block, so fences and foldings are always closed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from bot.model.result import CheckResult, CheckStatus, FindingState, Report
from bot.report import escape
from bot.report.approvals import Approval, approvals
from bot.report.concerns import Concern, looks, stops
from bot.report.group import NO_ENVIRONMENT, Place, SharedDiff, line_counts, named, place_name, shared_diffs
from bot.report.phrase import Phrase, Role, counted, listed, seconds, sentences, shortened, verb
from bot.report.summary import (
    MARKS,
    Level,
    Row,
    compared,
    existing,
    quiet_facts,
    rows,
    unmapped_phrase,
    warns,
    work,
)
from bot.report.verdict import nothing_changes, sentence, title

CHECK_MARKS = {
    CheckStatus.PASSED: "✅",
    CheckStatus.FAILED: "❌",
    CheckStatus.SKIPPED: "skipped",
    CheckStatus.ERROR: "⚠️ could not run",
}
_CONCERNS = 100  # that a list may hold as long as there is room
_OPEN = 6  # what is worth a look and not folded
STATE_NOTES = {"added": " is new", "removed": " goes away", "changed": ""}


@dataclass(frozen=True, slots=True)
class Detail:
    """One step of the ladder. ``shown``: numbers of the diffs to show; ``cap``: names a list may hold."""

    shown: frozenset[int]
    cap: int
    objects: bool = True  # name the objects whose diffs are left out
    concerns: int = _CONCERNS


def render(report: Report, *, limit: int | None = None, timings: bool = True) -> str:
    """The comment as Markdown.

    ``limit`` is the most characters it may have (2,000 is always enough); ``timings=False`` leaves out what differs
    between two runs on the same input, so that the same input gives the same bytes.
    """
    page = _Page(report, timings)
    if nothing_changes(report):
        brief = page.brief()
        return brief if limit is None or len(brief) <= limit else page.counts()
    everything = frozenset(diff.number for diff in page.diffs)
    text = page.document(Detail(everything, cap=20))
    if limit is None or len(text) <= limit:
        return text
    return _fitting(page, limit)


def _fitting(page: _Page, limit: int) -> str:
    """The longest step of the ladder that fits. Findings get half of the room; where they are longer, fewer are told."""
    nothing: frozenset[int] = frozenset()
    concerns = _CONCERNS if len(page.document(Detail(nothing, cap=20))) * 2 <= limit else 20
    if text := _with_diffs(page, limit, concerns):
        return text
    for cap, objects in ((8, True), (3, True), (8, False), (3, False), (1, False)):
        text = page.document(Detail(nothing, cap=cap, objects=objects, concerns=cap))
        if len(text) <= limit:
            return text
    return page.counts()


def _with_diffs(page: _Page, limit: int, concerns: int) -> str:
    """As many diffs as possible, dangerous and small ones first, and last those that hold nothing but noise; "" where it
    does not fit without any either."""
    order = sorted(
        page.diffs,
        key=lambda diff: (not diff.change.danger, diff.change.only_noise, len(diff.change.diff), diff.number),
    )
    best, low, high = "", 0, len(order)
    while low <= high:
        middle = (low + high) // 2
        shown = frozenset(diff.number for diff in order[:middle])
        text = page.document(Detail(shown, cap=20, concerns=concerns))
        if len(text) <= limit:
            best, low = text, middle + 1
        else:
            high = middle - 1
    return best


def phrase(spans: Phrase) -> str:
    """A shared sentence as Markdown: our words as they are, text of the repository escaped."""
    kinds = {Role.CODE: escape.code, Role.NAME: escape.word, Role.TEXT: escape.prose}
    return "".join(span.text if span.role is Role.PLAIN else kinds[span.role](span.text) for span in spans)


class _Page:
    """One report and the blocks that it consists of."""

    def __init__(self, report: Report, timings: bool) -> None:
        self.report = report = named(report)
        self.timings = timings
        self.diffs = shared_diffs(report)
        self._diff_blocks: dict[int, str] = {}

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        return rows(self.report)

    def document(self, detail: Detail) -> str:
        """The whole comment at one step of the ladder."""
        left_out = len(self.diffs) - len(detail.shown)
        blocks = [
            self._head(),
            self._table(detail),
            self._concerns("Stops the merge", stops(self.report), detail),
            self._concerns("Worth a look", looks(self.report), detail, foldable=True),
            self._owners(detail),
            self._asides(detail),
            *(self._environment(row, detail) for row in self.rows),
            self._checks(detail),
            f"{counted(left_out, 'diff')} {verb(left_out, 'is', 'are')} left out here for size." if left_out else "",
            f"<sub>{self._footer()}</sub>",
        ]
        return "\n\n".join(block for block in blocks if block) + "\n"

    def brief(self) -> str:
        """Two lines, for a change that changes nothing deployed."""
        unmapped = unmapped_phrase(self.report, cap=5, short=True)
        aside = f" {phrase(unmapped)}." if unmapped else ""
        return f"{self._title()}\n{phrase(sentence(self.report))}{aside} <sub>{self._footer()}</sub>\n"

    def counts(self) -> str:
        """The last step: numbers only, and how to see the rest."""
        return f"{self._title()}\n\nThe details do not fit here.\n\n<sub>{self._footer(command_width=160)}</sub>\n"

    def _title(self) -> str:
        mark, text = title(self.report)
        return f"### {mark} {text}"

    def _head(self) -> str:
        return f"{self._title()}\n\n{phrase(sentence(self.report))}"

    def _table(self, detail: Detail) -> str:
        if not self.rows:
            return ""
        shown = self.rows[: detail.cap]
        lines = ["| environment | units | objects | images | worst |", "|---|---|---|---|---|"]
        lines += [self._table_row(row) for row in shown]
        if len(shown) < len(self.rows):
            more = self.rows[len(shown) :]
            units = counted(sum(row.count for row in more), "unit")
            lines.append(f"| {counted(len(more), 'more environment')} | {units} | | | |")
        return "\n".join(lines)

    def _table_row(self, row: Row) -> str:
        name = escape.word(row.environment) if row.environment else NO_ENVIRONMENT
        if row.environment and row.environment == (self.report.environments or ("",))[-1]:
            name = f"**{name}**"
        worst = f"{MARKS[row.worst.level]} {escape.prose(row.worst.text, 60)}".strip()
        return f"| {name} | {row.units} | {row.objects} | {row.images} | {worst} |"

    def _concerns(self, heading: str, concerns: tuple[Concern, ...], detail: Detail, *, foldable: bool = False) -> str:
        if not concerns:
            return ""
        lines = [_concern(concern, detail.cap) for concern in concerns[: detail.concerns]]
        if len(concerns) > detail.concerns:
            lines.append(f"- … and {len(concerns) - detail.concerns:,} more")
        if not foldable or len(lines) <= _OPEN + 1:
            return "\n".join([f"**{heading}**", *lines])
        rest = _folded(f"{len(concerns) - _OPEN:,} more worth a look", "\n".join(lines[_OPEN:]))
        return "\n".join([f"**{heading}**", *lines[:_OPEN]]) + f"\n\n{rest}"

    def _owners(self, detail: Detail) -> str:
        groups = approvals(self.report)
        if not groups:
            return ""
        lines = ["**Who must agree**"]
        for group in groups[: detail.cap]:
            lines += _approval(group, detail.cap)
        if len(groups) > detail.cap:
            lines.append(f"- … and {len(groups) - detail.cap:,} more")
        return "\n".join(lines)

    def _asides(self, detail: Detail) -> str:
        unmapped = unmapped_phrase(self.report, min(detail.cap, 10), short=True)
        return " · ".join([*quiet_facts(self.report), *([phrase(unmapped)] if unmapped else [])])

    def _environment(self, row: Row, detail: Detail) -> str:
        diffs = [diff for diff in self.diffs if diff.within(row.environment)]
        at_home = [diff for diff in diffs if diff.environment == row.environment and diff.number in detail.shown]
        blocks = [self._diff_block(diff) for diff in at_home]
        elsewhere = [diff for diff in diffs if diff.environment != row.environment and diff.number in detail.shown]
        if elsewhere:
            blocks.append("\n".join(_as_before(diff, row.environment) for diff in elsewhere))
        hidden = [diff for diff in diffs if diff.number not in detail.shown]
        if hidden and detail.objects:
            blocks.append("\n".join(_names_only(hidden, row.environment, detail.cap)))
        if not blocks:
            return ""
        name = escape.word(row.environment) if row.environment else NO_ENVIRONMENT
        added, removed = row.lines
        summary = f"{name} · {counted(row.count, 'unit')} · +{added:,} −{removed:,} lines"
        return _folded(summary, "\n\n".join(blocks))

    def _diff_block(self, diff: SharedDiff) -> str:
        if diff.number not in self._diff_blocks:
            self._diff_blocks[diff.number] = _diff_block(diff)
        return self._diff_blocks[diff.number]

    def _checks(self, detail: Detail) -> str:
        parts = []
        for result in self.report.checks:
            known = sum(finding.state is FindingState.EXISTING for finding in result.findings)
            aside = f" ({known:,} existing)" if known else ""
            why = f": {escape.prose(result.reason, 200)}" if result.reason else ""
            parts.append(f"{escape.word(result.name)} {_check_mark(result)}{aside}{why}")
        if not parts:
            return ""
        said = [(result.name, escape.prose(note)) for result in self.report.checks for note in result.notes]
        said += [(name, phrase(rules)) for name, rules in existing(self.report)]
        lines = [f"- {escape.word(name)}: {words}" for name, words in said[: detail.cap]]
        return _folded("checks", "\n\n".join(text for text in (" · ".join(parts), "\n".join(lines)) if text))

    def _footer(self, command_width: int = 300) -> str:
        spent = f"{seconds(self.report)}, " if self.timings and self.report.timings else ""
        parts = [phrase(compared(self.report)), spent + work(self.report, run=self.timings)]
        if self.report.command:
            parts.append(f"same report: {escape.code(self.report.command, command_width)}")
        return " · ".join(parts)


def _check_mark(result: CheckResult) -> str:
    return MARKS[Level.LOOK] if warns(result) else CHECK_MARKS[result.status]


def _folded(summary: str, body: str) -> str:
    """A folded block; the blank lines make forges read its body as Markdown."""
    return f"<details><summary>{summary}</summary>\n\n{body}\n\n</details>"


def _object(place: Place) -> str:
    identity = place.change.id
    name = f"{identity.namespace}/{identity.name}" if identity.namespace else identity.name
    return f"{escape.word(identity.kind)} {escape.code(name)}"


def _concern(concern: Concern, cap: int) -> str:
    head = " · ".join(part for part in (escape.code(concern.rule) if concern.rule else "", concern.label) if part)
    where = phrase(concern.where(min(cap, 4)))
    message = " ".join(escape.prose(text) for text in sentences(concern.message, concern.fix))
    sources = listed(shortened(concern.sources), Role.CODE, min(cap, 4))
    source = f" → {phrase(sources)}" if concern.sources else ""
    lead = " · ".join(part for part in (head, where) if part)
    return f"- {concern.mark} {lead}: {message}{source}" if lead else f"- {concern.mark} {message}{source}"


def _approval(group: Approval, cap: int) -> list[str]:
    """One set of owners with its reasons: on one line when it is one."""
    people = phrase(group.people(Role.CODE, cap))
    reasons = [phrase(reason.phrase(min(cap, 4), short=True)) for reason in group.reasons[:cap]]
    if len(group.reasons) == 1:
        return [f"- {people}{group.link}{reasons[0]}"]
    more = len(group.reasons) - len(reasons)
    return [f"- {people}", *(f"  - {reason}" for reason in reasons), *([f"  - … and {more:,} more"] if more else [])]


def _diff_block(diff: SharedDiff) -> str:
    """One object with its diff and every other place that has the same."""
    place, change = diff.first, diff.change
    facts = [f"{escape.code(place.unit.name)} — {escape.code(change.id.api_version)} **{_object(place)}**"]
    facts[0] += " leaves Git" if change.stays else STATE_NOTES[change.state]
    if change.formerly:
        facts.append(f"was {escape.code(change.formerly)}")
    if change.danger:
        facts.append(f"⚠️ {escape.prose(change.danger, 200)}")
    lines = [" · ".join(facts)]
    if change.diff.strip():
        lines.append(escape.fence(change.diff, "diff"))
    lines += [text for text in (_noise(diff), _same_in(diff)) if text]
    return "\n".join(lines)


def _noise(diff: SharedDiff) -> str:
    change = diff.change
    if change.noise:
        return f"Known noise folded: {phrase(listed(change.noise, Role.CODE, 5))}."
    return "Only formatting differs." if change.only_noise else ""


def _same_in(diff: SharedDiff) -> str:
    others = diff.within(diff.environment)[1:]
    if not others:
        return ""
    return f"The same change in {len(others):,} more: {phrase(listed(_names(others, diff), Role.CODE, 20))}."


def _names(places: Iterable[Place], diff: SharedDiff) -> tuple[str, ...]:
    """Where else a diff holds, relative to the unit under which it is shown."""
    return tuple(place_name(place, diff) for place in places)


def _as_before(diff: SharedDiff, environment: str) -> str:
    home = escape.word(diff.environment) if diff.environment else NO_ENVIRONMENT
    units = phrase(listed(_names(diff.within(environment), diff), Role.CODE, 20))
    return f"- {_object(diff.within(environment)[0])} in {units}: the same change as in {home}"


def _names_only(diffs: list[SharedDiff], environment: str, cap: int) -> list[str]:
    lines = []
    for diff in diffs[:cap]:
        place = diff.within(environment)[0]
        added, removed = line_counts([place.change])
        more = len(diff.within(environment)) - 1
        also = f" and {more:,} more" if more else ""
        danger = f" · ⚠️ {escape.prose(place.change.danger, 100)}" if place.change.danger else ""
        unit = escape.code(place.unit.name)
        lines.append(f"- {_object(place)} in {unit}{also} · {place.change.state} · +{added:,} −{removed:,}{danger}")
    if len(diffs) > cap:
        lines.append(f"- … and {len(diffs) - cap:,} more")
    return lines
