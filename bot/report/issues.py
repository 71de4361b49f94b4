"""What a program that annotates files is told: every finding, unit that does not render and check without answer, each
with a place in the repository and a fingerprint that stays the same as long as the problem does."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from bot.model.result import CheckStatus, Finding, FindingState, Report, Severity, UnitChange, UnitState
from bot.model.unit import ObjectId
from bot.report.failure_place import failure_place, is_inside
from bot.report.group import named
from bot.report.phrase import nameable, sentences

FALLBACK = ".gatehouse.yaml"  # where a finding stands that is about no file and no unit
# What moves in a message although the problem is the same: counts, digests, versions.
_MOVING = re.compile(r"[0-9a-f]{7,}|[0-9]+")
# kustomize appends ten characters of its own alphabet to the names of generated objects.
_SUFFIX = re.compile(r"-[2456789bcdfghkmt]{10}\Z")


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing to show at ``file`` and ``line`` (from 1). ``subject`` says what it is about; it, ``message`` and ``file``
    are text of the repository."""

    rule: str
    severity: Severity
    state: FindingState
    subject: str
    message: str
    file: str
    line: int
    fingerprint: str
    unit: str = ""
    object: ObjectId | None = None
    new: bool = False  # came with the change, also where it is waived


class _Told(NamedTuple):
    """A finding, the unit as readers know it, the file that stands for it, and what tells it from every other unit."""

    finding: Finding
    unit: str
    home: str
    key: str
    line: int = 1  # in the file that stands for it


def issues(report: Report) -> tuple[Issue, ...]:
    """Everything there is to show, units first, then the checks in their order."""
    seen: Counter[str] = Counter()
    found = []
    for told in (*_of_units(named(report)), *_of_checks(report)):
        key = _key(told)
        seen[key] += 1
        mark = hashlib.sha256(f"{key}\0{seen[key]}".encode("utf-8", "surrogatepass")).hexdigest()[:32]
        found.append(_issue(told, mark))
    return tuple(found)


def _issue(told: _Told, fingerprint: str) -> Issue:
    finding = told.finding
    known = is_inside(finding.file)
    file = finding.file if known else told.home
    return Issue(
        rule=finding.rule, severity=finding.severity, state=finding.state, subject=_subject(finding, told.unit),
        message=" ".join(sentences(finding.message, finding.fix)),
        file=file if is_inside(file) else FALLBACK, line=finding.line if known and finding.line > 0 else told.line,
        fingerprint=fingerprint, unit=finding.unit, object=finding.object,
        new=finding.new or finding.state is FindingState.INTRODUCED,
    )  # fmt: skip


def _subject(finding: Finding, unit: str) -> str:
    if finding.object is None:
        return nameable(unit)
    name = f"{finding.object.kind}/{finding.object.name}"
    return nameable(f"{name} in {unit}" if unit else name)


def _key(told: _Told) -> str:
    """What makes two findings of different runs the same problem: neither its line nor numbers in its words."""
    finding, found = told.finding, told.finding.object
    identity = (found.group, found.kind, found.namespace, _SUFFIX.sub("", found.name)) if found else ()
    parts = (finding.rule, told.key, *identity, "" if found else finding.file, _MOVING.sub("#", finding.message))
    return "\0".join(parts)


def _of_units(report: Report) -> Iterator[_Told]:
    for unit in report.units:
        rule, severity, state = _judged(unit)
        if rule:
            finding = Finding(
                rule=rule, severity=severity, state=state, unit=unit.path, object=None, file="", line=0,
                message=unit.error or "No reason was given.", fix="",
            )  # fmt: skip
            place = failure_place(unit)
            yield _Told(finding, unit.name, place.file, unit.key or unit.path, max(1, place.line))


def _judged(unit: UnitChange) -> tuple[str, Severity, FindingState]:
    new, old = FindingState.INTRODUCED, FindingState.EXISTING
    if unit.machine:
        return "gatehouse/not-looked-at", Severity.ERROR, new
    if unit.state is UnitState.BROKEN or unit.is_broken_newcomer:
        return "gatehouse/broken", Severity.ERROR, new
    if unit.state is UnitState.UNRENDERABLE:
        return "gatehouse/not-rendered", Severity.WARNING, new if unit.new else old
    if unit.state is UnitState.FIXED:
        return "gatehouse/broken", Severity.ERROR, FindingState.FIXED
    return "", Severity.INFO, old


def _of_checks(report: Report) -> Iterator[_Told]:
    homes = {unit.path: unit.file for unit in reversed(report.units) if unit.file}
    for result in report.checks:
        for finding in result.findings:
            yield _Told(finding, finding.unit, homes.get(finding.unit, ""), finding.unit)
        if result.status is CheckStatus.ERROR:
            message = f"The check {result.name} could not run, so the change cannot pass. {result.reason}".strip()
            rule, new = "gatehouse/no-answer", FindingState.INTRODUCED
            yield _Told(Finding(rule, Severity.ERROR, new, "", None, "", 0, message, ""), "", "", "")
