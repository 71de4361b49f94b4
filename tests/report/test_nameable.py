"""Credentials in names: paths of files and units are told without them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest
from sample_reports import friendly

from bot.model.result import CheckResult, CheckStatus, Finding, FindingState, Report, Severity
from bot.model.unit import ObjectId
from bot.report import html, markdown, text
from bot.report.status import statuses

TOKEN = "ghp_" + "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1eF3hJ5"


def called(name: str) -> Report:
    """A unit, a file that nothing deploys and one with a finding, all called so."""
    finding = Finding(
        "images/latest", Severity.ERROR, FindingState.INTRODUCED, f"apps/{name}", None, f"apps/{name}/pod.yaml", 3, "No.", ""
    )  # fmt: skip
    report = friendly()
    application = ObjectId("argoproj.io/v1alpha1", "Application", "argocd", name)
    units = tuple(
        replace(unit, path=f"apps/{name}/{number}", app=name, source=application)
        for number, unit in enumerate(report.units)
    )
    checks = (CheckResult("images", CheckStatus.FAILED, (finding,)),)
    return replace(report, units=units, unmapped=(f"docs/{name}.yaml",), checks=checks)


def _statuses(report: Report) -> str:
    return "\n".join(
        f"{each.title} {each.summary} {[a.message for a in each.annotations]}" for each in statuses(report)
    )


@pytest.mark.parametrize(
    "told", [markdown.render, html.render, partial(text.render, width=120, colour=False), _statuses]
)  # fmt: skip
def test_a_credential_in_a_path_is_not_told(told: Callable[[Report], str]) -> None:
    assert TOKEN not in told(called(TOKEN)) and "•••" in told(called(TOKEN))
    assert "shop-web" in told(called("shop-web"))
