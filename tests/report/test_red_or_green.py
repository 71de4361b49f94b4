"""A status is red or green: none is there for a check that did not run, and no gate that gave no answer looks passed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sample_reports import blocked, friendly

from bot.forge.github_check_output import requests
from bot.model.forge import State
from bot.model.result import CheckResult, CheckStatus, Verdict
from bot.report.status import REQUIRED, statuses


def test_each_check_that_ran_has_one_and_the_required_one_is_last() -> None:
    told = {each.name: each.state for each in statuses(blocked(), "https://bot.example/reports/x")}
    assert list(told.items()) == [
        ("gatehouse/schema", State.PASSED),
        ("gatehouse/risk", State.FAILED),
        ("gatehouse/policy", State.ERROR),  # it could not run
        (REQUIRED, State.FAILED),
    ], "images was skipped"
    assert {each.url for each in statuses(blocked(), "https://bot.example/reports/x")} == {
        "https://bot.example/reports/x"
    }


@pytest.mark.parametrize("verdict", list(Verdict))
@pytest.mark.parametrize("status", list(CheckStatus))
def test_no_conclusion_lets_a_gate_through_that_did_not_run(verdict: Verdict, status: CheckStatus) -> None:
    report = replace(friendly(), verdict=verdict, checks=(CheckResult("risk", status, reason="So."),))
    *checks, required = statuses(report)
    assert (required.state is State.PASSED) is (verdict is Verdict.PASSED)
    assert [each.state is State.PASSED for each in checks] == (
        [] if status is CheckStatus.SKIPPED else [status is CheckStatus.PASSED]
    )
    for each in (*checks, required):
        conclusion = requests(each, 0)[-1]["conclusion"]
        assert conclusion == ("success" if each.state is State.PASSED else "failure")
