"""The report as a GitLab Code Quality artifact (`artifacts:reports:codequality`).

The form has no word for what was there before, is mended or waived, and merge requests show every entry: only what the
change introduces is listed. A finding without a known line stands at the file of its unit.
"""

from __future__ import annotations

import json

from bot.model.result import FindingState, Report, Severity
from bot.report.escape import one_line, plain, shorten
from bot.report.issues import Issue, issues

# https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format: info, minor, major, critical or blocker
_SEVERITIES = {Severity.ERROR: "blocker", Severity.WARNING: "major", Severity.INFO: "info"}
_WIDTH = 1000


def render(report: Report) -> str:
    """A JSON list, ASCII only; ends with a line feed."""
    found = [_entry(issue) for issue in issues(report) if issue.state is FindingState.INTRODUCED]
    return json.dumps(found, indent=2, ensure_ascii=True, allow_nan=False) + "\n"


def _entry(issue: Issue) -> dict[str, object]:
    words = f"{issue.subject}: {issue.message}" if issue.subject else issue.message
    return {
        "description": shorten(one_line(words.replace("\n", " ").replace("\t", " ")), _WIDTH),
        "check_name": one_line(issue.rule),
        "fingerprint": issue.fingerprint,
        "severity": _SEVERITIES[issue.severity],
        "location": {"path": plain(issue.file), "lines": {"begin": issue.line}},
    }
