"""The title of a check's status counts as the title of the report does."""

from __future__ import annotations

from dataclasses import replace

from sample_reports import friendly

from bot.model.result import CheckResult, CheckStatus, Finding, FindingState, Severity
from bot.report.status import statuses


def test_the_same_finding_in_two_units_counts_once() -> None:
    one = Finding("risk/x", Severity.ERROR, FindingState.INTRODUCED, "a", None, "a.yaml", 1, "No.", "")
    findings = (one, replace(one, unit="b", file="b.yaml"), replace(one, message="Neither."))
    checks = (CheckResult("risk", CheckStatus.FAILED, findings),)
    of_check, required = statuses(replace(friendly(), checks=checks))
    assert of_check.title == "2 errors" and "2 errors" in required.title
    assert len(of_check.annotations) == 3
