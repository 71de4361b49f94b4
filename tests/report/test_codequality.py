"""The Code Quality artifact against GitLab's documented form."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from sample_reports import blocked, friendly, hostile, large, quiet

from bot.model.result import FindingState, Report
from bot.report import codequality
from bot.report.issues import FALLBACK

# https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
FORM = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "minLength": 1},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": r"^(?!/|\./)[\s\S]"},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {"begin": {"type": "integer", "minimum": 1}},
                    },
                },
            },
        },
    },
}


def load(report: Report) -> list[dict[str, Any]]:
    text = codequality.render(report)
    assert text.isascii()
    found: list[dict[str, Any]] = json.loads(text)
    Draft202012Validator(FORM).validate(found)
    marks = [entry["fingerprint"] for entry in found]
    assert len(set(marks)) == len(marks)  # of two with one fingerprint GitLab shows the first
    return found


@pytest.mark.parametrize("build", [friendly, blocked, quiet, hostile, large])
def test_every_sample_has_the_documented_form(build: Any) -> None:
    load(build())


@settings(deadline=None, max_examples=50)
@given(st.text(alphabet=st.characters(codec=None), max_size=30))
@example("\n")  # a file may be called so
def test_any_text_in_any_place_has_the_documented_form(text: str) -> None:
    load(hostile(text + "x"))


def test_what_is_listed() -> None:
    entries = load(blocked())
    places = [(entry["location"]["path"], entry["location"]["lines"]["begin"]) for entry in entries]
    assert [(e["check_name"], e["severity"], *place) for e, place in zip(entries, places, strict=True)] == [
        ("gatehouse/broken", "blocker", "apps/front/overlays/prod/kustomization.yaml", 4),
        ("risk/immutable", "blocker", "apps/ledger/base/deployment.yaml", 12),
        ("images/promotion-order", "major", FALLBACK, 1),
        ("gatehouse/no-answer", "blocker", FALLBACK, 1),
    ]  # fmt: skip


def test_what_was_there_before_is_not_listed() -> None:
    (result,) = [check for check in blocked().checks if check.findings]
    for state in (FindingState.EXISTING, FindingState.FIXED, FindingState.WAIVED):
        old = replace(result, findings=tuple(replace(finding, state=state) for finding in result.findings))
        assert load(replace(quiet(), checks=(old,))) == []


def test_nothing_to_say_is_an_empty_list() -> None:
    assert codequality.render(quiet()) == "[]\n"
