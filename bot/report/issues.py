"""What a program that annotates files is told: every finding, unit that does not render and check without answer, each
with a place in the repository and a fingerprint that stays the same as long as the problem does."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from bot.model.result import CheckStatus, Finding, FindingState, Report, Severity, UnitChange, UnitState
from bot.model.unit import ObjectId
from bot.report.group import named

FALLBACK = ".gatehouse.yaml"  # where a finding stands that is about no file and no unit
# What moves in a message although the problem is the same: counts, digests, versions.
_MOVING = re.compile(r"[0-9a-f]{7,}|[0-9]+")
# kustomize appends ten characters of its own alphabet to the names of generated objects.
_SUFFIX = re.compile(r"-[2456789bcdfghkmt]{10}\Z")


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing to show at ``file`` and ``line`` (from 1). ``subject`` says what it is about; it, ``message`` and ``file``
    are text of the repository. ``exact``: the place sets what was found; else the file only stands for the unit."""

    rule: str
    severity: Severity
    state: FindingState
    subject: str
    message: str
    file: str
    line: int
    exact: bool
    fingerprint: str
    unit: str = ""
    object: ObjectId | None = None


def issues(report: Report) -> tuple[Issue, ...]:
    """Everything there is to show, units first, then the checks in their order."""
    found = [*_of_units(report), *_of_checks(report)]
    seen: Counter[str] = Counter()
    numbered = []
    for finding in found:
        key = _key(finding)
        seen[key] += 1
        numbered.append(
            (finding, hashlib.sha256(f"{key}\0{seen[key]}".encode("utf-8", "surrogatepass")).hexdigest()[:32])
        )
    files = {unit.path: unit.file for unit in reversed(report.units) if unit.file}
    titles = {unit.path: unit.name for unit in named(report).units}
    return tuple(_issue(finding, mark, files, titles) for finding, mark in numbered)


def _issue(finding: Finding, fingerprint: str, files: dict[str, str], titles: dict[str, str]) -> Issue:
    exact = is_inside(finding.file)
    file = finding.file if exact else files.get(finding.unit, "")
    return Issue(
        rule=finding.rule, severity=finding.severity, state=finding.state, subject=_subject(finding, titles),
        message=" ".join(text for text in (finding.message, finding.fix) if text),
        file=file if is_inside(file) else FALLBACK, line=finding.line if exact and finding.line > 0 else 1,
        exact=exact and finding.line > 0, fingerprint=fingerprint, unit=finding.unit, object=finding.object,
    )  # fmt: skip


def _subject(finding: Finding, titles: dict[str, str]) -> str:
    unit = titles.get(finding.unit, finding.unit)
    if finding.object is None:
        return unit
    name = f"{finding.object.kind}/{finding.object.name}"
    return f"{name} in {unit}" if unit else name


def is_inside(path: str) -> bool:
    """Whether the text is a path in a repository: relative, without empty, ``.`` or ``..`` steps."""
    return bool(path) and "\0" not in path and {"", ".", ".."}.isdisjoint(path.split("/"))


def _key(finding: Finding) -> str:
    """What makes two findings of different runs the same problem: neither its line nor numbers in its words."""
    found = finding.object
    identity = (found.group, found.kind, found.namespace, _SUFFIX.sub("", found.name)) if found else ()
    parts = (finding.rule, finding.unit, *identity, "" if found else finding.file, _MOVING.sub("#", finding.message))
    return "\0".join(parts)


def _of_units(report: Report) -> Iterator[Finding]:
    for unit in report.units:
        rule, severity, state = _judged(unit)
        if rule:
            yield Finding(
                rule=rule, severity=severity, state=state, unit=unit.path, object=None, file="", line=0,
                message=unit.error or "No reason was given.", fix="",
            )  # fmt: skip


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


def _of_checks(report: Report) -> Iterator[Finding]:
    for result in report.checks:
        yield from result.findings
        if result.status is CheckStatus.ERROR:
            yield Finding(
                rule="gatehouse/no-answer", severity=Severity.ERROR, state=FindingState.INTRODUCED, unit="", object=None,
                file="", line=0, fix="",
                message=f"The check {result.name} could not run, so the change cannot pass. {result.reason}".strip(),
            )  # fmt: skip
