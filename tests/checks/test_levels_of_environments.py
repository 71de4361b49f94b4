"""Severities and gates of environments: by their names, and by the other words that the configuration gives them."""

from __future__ import annotations

import pytest

from bot.checks.levels import Levels
from bot.config.load import load
from bot.model.result import Finding, FindingState, Severity

CONFIG = """
environments: [dev, {name: prod, aliases: [live, Production]}]
checks:
  gates: [{fails_on: warning, environments: [WORD]}, {fails_on: nothing}]
  levels: [{rule: risk/*, severity: info, environments: [WORD]}]
"""
FINDING = Finding("risk/immutable", Severity.WARNING, FindingState.INTRODUCED, "u", None, "", 0, "it is", "")


@pytest.mark.parametrize(("word", "holds"), [("prod", True), ("live", True), ("production", True), ("dev", False)])
def test_an_alias_is_the_environment(word: str, holds: bool) -> None:
    config = load(CONFIG.replace("WORD", word).encode(), name="it")
    assert config.checks is not None
    levels = Levels(config.checks, config.environment_names)
    assert levels.severity(FINDING, "prod") is (Severity.INFO if holds else Severity.WARNING)
    assert levels.stops(FINDING, "risk", "prod", whole=False) is holds
