"""Severities and gates of environments: by their names, and by the other words that the configuration gives them."""

from __future__ import annotations

import pytest

from bot.affected.environment_words import usual_name
from bot.checks.levels import Levels
from bot.config.judging import ChecksRule, LevelRule, RuleLevel
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


@pytest.mark.parametrize(
    ("environments", "word", "holds"),
    [
        ("", "prod", True),
        ("", "PRD", True),
        ("", "production", True),
        ("", "staging", False),
        ("environments: [dev, {name: production, aliases: [prod]}]", "prod", True),
    ],
)
def test_usual_names_mean_the_same_where_none_are_configured(environments: str, word: str, holds: bool) -> None:
    text = f"{environments}\nchecks: {{levels: [{{rule: risk/*, severity: info, environments: [{word}]}}]}}"
    config = load(text.encode(), name="it")
    assert config.checks is not None
    levels = Levels(config.checks, config.environment_names, usual_name)
    assert levels.severity(FINDING, "production") is (Severity.INFO if holds else Severity.WARNING)


def test_configured_names_mean_what_they_say() -> None:
    said = ChecksRule(levels=(LevelRule("risk/*", RuleLevel.INFO, ("prod",)),))
    levels = Levels(said, {"prod": "prod", "production": "production"}, usual_name)
    assert levels.severity(FINDING, "production") is Severity.WARNING
