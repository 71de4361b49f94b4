"""Who must agree: each set of owners once, with everything that it must agree to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from bot.model.result import Owners, Report
from bot.report.phrase import ELLIPSIS, Phrase, Role, Span, counted, listed, shortened, verb

ARROW = " → "
_LONGEST_WAY = 5  # steps


class Reason(NamedTuple):
    """What one set of owners must agree to: the units of one environment ("" for none), or files. ``rows`` are all of
    them."""

    environment: str
    rows: tuple[Owners, ...]

    def phrase(self, cap: int, *, short: bool = False) -> Phrase:
        """``production is reached in 4 units: a, b and 2 more, for example a → base → base/web.yaml``. ``short`` leaves
        out what a path shares with the one before."""
        first = self.rows[0]
        names = tuple(dict.fromkeys(row.file_or_unit for row in self.rows))
        there = listed(shortened(names) if short else names, Role.CODE, cap)
        way = shortened(first.way) if short else first.way
        if way:
            where = Span(self.environment, Role.NAME) if self.environment else Span("a place without environment")
            if len(names) == 1:
                return (where, Span(" is reached: "), *_way(way))
            return (where, Span(f" is reached in {len(names):,} units: "), *there, *_example(way))
        if first.rule:
            return (Span(f"{counted(len(names), 'file')} {verb(len(names), 'is', 'are')} touched: "), *there)
        why = (Span(": "), Span(first.why, Role.TEXT)) if first.why else ()
        return (Span("for "), *there, *why)


class Approval(NamedTuple):
    """One set of owners, and what they must agree to, the riskiest first."""

    required: tuple[str, ...]
    approvals: int
    reasons: tuple[Reason, ...]

    def people(self, role: Role, cap: int) -> Phrase:
        """``One of @a and @b``, with the lines that say so."""
        if not self.required:
            return (Span("nobody is named"),)
        many = len(self.required) > 1
        count = f"{self.approvals} of " if self.approvals > 1 else "One of " if self.approvals and many else ""
        return (Span(count), *listed(self.required, role, cap), *self._rules())

    @property
    def link(self) -> str:
        """What stands between the people and the only reason."""
        return ": " if self.reasons[0].rows[0].rule else " "

    def _rules(self) -> Phrase:
        rules = tuple(dict.fromkeys(row.rule for reason in self.reasons for row in reason.rows if row.rule))
        return (Span(" ("), *listed(rules, Role.CODE, 3), Span(")")) if rules else ()


def approvals(report: Report) -> tuple[Approval, ...]:
    """Every set of owners once, in the report's order: the riskiest environment first, files last."""
    found: dict[tuple[tuple[str, ...], int], dict[tuple[str, str], list[Owners]]] = {}
    for row in report.owners:
        reasons = found.setdefault((row.required, row.approvals), {})
        kind = "unit" if row.way else "file" if row.rule else row.why
        reasons.setdefault((row.environment, kind), []).append(row)
    return tuple(
        Approval(required, count, tuple(Reason(name, tuple(rows)) for (name, _), rows in reasons.items()))
        for (required, count), reasons in found.items()
    )


def _example(way: Sequence[str]) -> Phrase:
    return (Span("; for example "), *_way(way)) if len(way) > 1 else ()


def _way(way: Sequence[str]) -> Phrase:
    """``a → base → base/web.yaml``; a long way loses its middle."""
    spans: list[Span] = []
    for step in way if len(way) <= _LONGEST_WAY else [*way[:2], "", *way[-2:]]:
        spans += [Span(ARROW)] if spans else []
        spans.append(Span(step, Role.CODE) if step else Span(ELLIPSIS))
    return tuple(spans)
