"""Which findings a waiver accepts: by rule, unit, object, environment and day."""

from __future__ import annotations

from datetime import date

import pytest

from bot.affected.environment_words import usual_name
from bot.checks.levels import Levels
from bot.checks.waivers import Waivers
from bot.config.judging import ChecksRule, Waiver
from bot.config.load import load
from bot.errors import UserError
from bot.model.result import Finding, FindingState, Severity

FINDING = Finding("risk/rbac", Severity.ERROR, FindingState.INTRODUCED, "charts/web", None, "a.yaml", 1, "it is", "")


def waivers(*environments: str, expires: str = "2030-01-01") -> Waivers:
    waiver = Waiver("risk/rbac", "@o/sec", "a reason", expires, units=("charts/web",), environments=environments)
    return Waivers([waiver], date(2026, 1, 1), (), Levels(ChecksRule(), {}, usual_name).is_in)


@pytest.mark.parametrize(
    ("named", "environment", "accepted"),
    [((), "prod", True), (("staging",), "staging", True), (("staging",), "prod", False), (("staging",), "", False)],
)
def test_one_environment_of_a_chart_may_be_waived(named: tuple[str, ...], environment: str, accepted: bool) -> None:
    assert waivers(*named).hold(FINDING, environment) is accepted
    assert waivers(*named).covers("risk/rbac", "charts/web", "", environment) is accepted


def test_usual_names_mean_the_same() -> None:
    assert waivers("prod").hold(FINDING, "production")


def test_one_that_has_ended_is_told_where_it_would_have_counted() -> None:
    ended = waivers("staging", expires="2025-12-31")
    assert not ended.hold(FINDING, "prod")
    assert list(ended.notes()) == []
    assert not ended.hold(FINDING, "staging")
    assert "expired on 2025-12-31" in "".join(ended.notes())


def test_an_environment_that_is_not_there_is_refused() -> None:
    waiver = b"{rule: a/b, owner: '@a', reason: r, expires: '2030-01-01', environments: [prod]}"
    with pytest.raises(UserError, match=r'waivers\[0\].environments: "prod" is none of environments'):
        load(b"environments: [dev]\nwaivers: [" + waiver + b"]", name="it")
