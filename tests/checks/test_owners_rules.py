"""Every rule that the check names has its words, and no words are about nothing."""

from __future__ import annotations

import re
from pathlib import Path

from bot.checks.rules.owners import RULES

ROOT = Path(__file__).resolve().parents[2]


def test_the_rules_are_those_that_the_check_names() -> None:
    sources = "".join(
        (ROOT / "bot" / "checks" / name).read_text()
        for name in ("owners.py", "owners_file.py", "owners_moved.py", "owners_production.py", "loosened.py")
    )
    assert {rule.id for rule in RULES} == set(re.findall(r'"(owners/[a-z-]+)"', sources))
    page = (ROOT / "docs" / "codeowners.md").read_text()
    assert {rule.id for rule in RULES} == set(re.findall(r"^\| `(owners/[a-z-]+)`", page, re.MULTILINE))


def test_every_rule_says_what_why_and_how_to_mend_it() -> None:
    for rule in RULES:
        for text in (rule.what, rule.why, rule.mend):
            assert text.strip().endswith("."), rule.id
            assert len(text) > 60, rule.id
        assert not rule.title.endswith(".")
