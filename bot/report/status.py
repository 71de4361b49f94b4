"""The report as statuses of a commit: one for each check that ran, and the one that a forge can require.

A status says what its check found, new findings first, each with an annotation at the line that sets the rendered value.
There is no status for a check that did not run, and none that is anything but green or red.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from bot.model.forge import Annotation, State, Status
from bot.model.result import CheckResult, CheckStatus, Finding, FindingState, Report, Severity, Verdict
from bot.report import escape
from bot.report.concerns import stops
from bot.report.issues import Issue, issues
from bot.report.markdown import phrase
from bot.report.phrase import Role, counted, listed, nameable, sentences
from bot.report.verdict import title

REQUIRED = "gatehouse"  # the status that branch protection asks for; those of checks are called gatehouse/NAME
_MOST_LISTED = 40
_VERDICTS = {Verdict.PASSED: State.PASSED, Verdict.FAILED: State.FAILED, Verdict.ERROR: State.ERROR}
_CHECKS = {
    CheckStatus.PASSED: State.PASSED,
    CheckStatus.FAILED: State.FAILED,
    CheckStatus.ERROR: State.ERROR,
}


def statuses(report: Report, url: str = "") -> tuple[Status, ...]:
    """All of them, the required one last. ``url``: where more is told."""
    told = issues(report)
    ran = (result for result in report.checks if result.status in _CHECKS)
    return tuple(
        replace(each, url=url) for each in (*(_of_check(result, told) for result in ran), _required(report, told))
    )


def _of_check(result: CheckResult, told: Iterable[Issue]) -> Status:
    rules = {finding.rule for finding in result.findings}
    return Status(
        f"{REQUIRED}/{result.name}",
        _CHECKS[result.status],
        _headline(result),
        _summary(result),
        tuple(_annotation(issue) for issue in told if issue.rule in rules and _is_news(issue)),
    )


def _headline(result: CheckResult) -> str:
    if result.status is CheckStatus.ERROR:
        return f"could not run: {result.reason}" if result.reason else "could not run"
    new = Counter(severity for severity, *_ in {(f.severity, f.rule, f.message, f.fix) for f in _news(result)})
    known = sum(finding.state is FindingState.EXISTING for finding in result.findings)
    waived = sum(finding.state is FindingState.WAIVED for finding in result.findings)
    facts = [
        counted(new[Severity.ERROR], "error") if new[Severity.ERROR] else "",
        counted(new[Severity.WARNING], "warning") if new[Severity.WARNING] else "",
        f"{waived:,} waived" if waived else "",
        f"{known:,} existing, not counted" if known else "",
    ]
    return ", ".join(fact for fact in facts if fact) or "nothing new"


def _summary(result: CheckResult) -> str:
    rows = sorted(_news(result), key=lambda f: (f.severity is not Severity.ERROR, f.severity is not Severity.WARNING))
    lines = list(dict.fromkeys(_line(finding) for finding in rows))
    more = len(lines) - _MOST_LISTED
    shown = lines[:_MOST_LISTED] + ([f"- … and {more:,} more"] if more > 0 else [])
    why = [escape.prose(result.reason)] if result.reason else []
    return "\n".join([*why, *shown]) or "Nothing new."


def _line(finding: Finding) -> str:
    marks = {Severity.ERROR: "❌", Severity.WARNING: "⚠️", Severity.INFO: "ℹ️"}
    about = f" · {escape.code(f'{finding.object.kind}/{finding.object.name}')}" if finding.object else ""
    source = nameable(f"{finding.file}:{finding.line}" if finding.line else finding.file)
    where = f" → {escape.code(source)}" if source else ""
    words = " ".join(escape.prose(text) for text in sentences(finding.message, finding.fix))
    return f"- {marks[finding.severity]} {escape.code(finding.rule)}{about}: {words}{where}"


def _news(result: CheckResult) -> list[Finding]:
    return [finding for finding in result.findings if finding.state is FindingState.INTRODUCED]


def _is_news(issue: Issue) -> bool:
    return issue.state is FindingState.INTRODUCED


def _annotation(issue: Issue) -> Annotation:
    subject = f"{issue.subject}: " if issue.subject else ""
    return Annotation(issue.file, max(1, issue.line), str(issue.severity), issue.rule, f"{subject}{issue.message}")


def _required(report: Report, told: Iterable[Issue]) -> Status:
    """What is of no check is annotated here: units that do not render."""
    own = (issue for issue in told if issue.rule.startswith("gatehouse/") and _is_news(issue))
    words = title(report)[1].removeprefix("Gatehouse: ")
    names = listed(tuple(concern.rule or concern.label or "the change" for concern in stops(report)), Role.CODE, 10)
    why = f"Stopped by {phrase(names)}. The comment on the pull request has the whole report." if names else ""
    return Status(
        REQUIRED, _VERDICTS[report.verdict], words, why or "Nothing stops the merge.", tuple(map(_annotation, own))
    )
