"""Findings for people, and as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import groupby

from bot.doctor.finding import Finding, Level

_WIDTH = max(len(level) for level in Level)


def as_text(findings: Sequence[Finding]) -> str:
    """A paragraph for each thing, a line for each finding, and below it what to do; the sum is the last line."""
    parts = []
    for about, rows in groupby(findings, key=lambda finding: finding.about):
        lines = [about]
        for finding in rows:
            lines.append(f"  {finding.level:<{_WIDTH}}  {_indented(finding.what)}")
            if finding.todo:
                lines.append(f"  {'':<{_WIDTH}}  → {_indented(finding.todo)}")
        parts.append("\n".join(lines))
    return "\n\n".join([*parts, summary(findings)])


def summary(findings: Sequence[Finding]) -> str:
    """How many of each level there are."""
    counted = [(level, sum(finding.level is level for finding in findings)) for level in Level]
    return ", ".join(f"{number} {level}" for level, number in counted if number)


def as_json(findings: Sequence[Finding]) -> str:
    rows = [finding._asdict() for finding in findings]
    return json.dumps({"fine": is_fine(findings), "findings": rows}, indent=2, ensure_ascii=False)


def is_fine(findings: Sequence[Finding]) -> bool:
    """Whether nothing is missing. Warnings, and what is not known, are for people to judge."""
    return not any(finding.level is Level.MISSING for finding in findings)


def _indented(text: str) -> str:
    return text.replace("\n", f"\n  {'':<{_WIDTH}}  ")
