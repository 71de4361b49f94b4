"""SARIF against the schema of the standard, and what forges need beyond it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft4Validator
from jsonschema.exceptions import ValidationError
from sample_reports import blocked, friendly, hostile, large, object_id, quiet

from bot.checks.explain import rules
from bot.model.result import CheckResult, CheckStatus, Finding, FindingState, Report, Severity, UnitState
from bot.report import issues, sarif

SCHEMA = json.loads((Path(__file__).parent / "sarif-schema-2.1.0.json").read_text(encoding="utf-8"))
validator = Draft4Validator(SCHEMA)


def load(report: Report, *, only_new: bool = False) -> dict[str, Any]:
    """The one run of the log, after the standard's own schema accepted it."""
    text = sarif.render(report, rules(), only_new=only_new)
    assert text.isascii()
    document = json.loads(text)
    validator.validate(document)
    (run,) = document["runs"]
    return dict(run)


def results(report: Report, **options: bool) -> list[dict[str, Any]]:
    return list(load(report, **options)["results"])


def finding(**said: Any) -> Finding:
    base = Finding(
        "risk/immutable", Severity.ERROR, FindingState.INTRODUCED, "apps/ledger/overlays/prod",
        object_id("Deployment", "ledger"), "apps/ledger/base/deployment.yaml", 12, "It cannot be changed.", "Rename it.",
    )  # fmt: skip
    return replace(base, **said)


def report_of(*found: Finding) -> Report:
    return replace(quiet(), checks=(CheckResult("risk", CheckStatus.FAILED, found),))


@pytest.mark.parametrize("build", [friendly, blocked, quiet, hostile, large])
@pytest.mark.parametrize("only_new", [True, False])
def test_every_sample_is_valid(build: Any, only_new: bool) -> None:
    load(build(), only_new=only_new)


def test_the_schema_refuses_what_is_wrong() -> None:
    document = json.loads(sarif.render(blocked(), rules()))
    document["runs"][0]["results"][0]["level"] = "fatal"
    with pytest.raises(ValidationError):
        validator.validate(document)


@settings(deadline=None, max_examples=50)
@given(st.text(alphabet=st.characters(codec=None), max_size=30))
def test_any_text_in_any_place_is_valid_and_stays_inside(text: str) -> None:
    for result in results(hostile(text + "x")):
        place = result["locations"][0]["physicalLocation"]
        assert re.fullmatch(r"(?:[A-Za-z0-9._~/-]|%[0-9A-F]{2})+", place["artifactLocation"]["uri"])
        parts = urlsplit(place["artifactLocation"]["uri"])
        assert (parts.scheme, parts.netloc) == ("", "")
        assert not parts.path.startswith("/")
        assert ".." not in parts.path.split("/")
        assert place["region"]["startLine"] >= 1


def test_each_finding_is_a_result_with_its_state() -> None:
    states = {
        (r["ruleId"], r["baselineState"], "suppressions" in r) for r in results(blocked()) if r["ruleId"][:4] != "gate"
    }
    assert states == {
        ("risk/immutable", "new", False),
        ("images/promotion-order", "new", False),
        ("policy/limits", "unchanged", False),
        ("policy/limits", "unchanged", True),
    }
    (fixed,) = results(report_of(finding(state=FindingState.FIXED)))
    assert (fixed["baselineState"], fixed["kind"], fixed["level"]) == ("absent", "pass", "none")


def test_a_new_finding_is_new_also_where_it_is_waived() -> None:
    (waived,) = results(report_of(finding(state=FindingState.WAIVED, new=True)))
    assert (waived["baselineState"], "suppressions" in waived) == ("new", True)
    assert not results(report_of(finding(state=FindingState.WAIVED, new=True)), only_new=True)


def test_readers_that_ignore_the_state_get_only_what_is_new() -> None:
    found = results(blocked(), only_new=True)
    assert {result["baselineState"] for result in found} == {"new"}
    assert not any("suppressions" in result for result in found)
    assert len(found) < len(results(blocked()))


def test_units_that_do_not_render_and_checks_without_answer_are_results() -> None:
    ours = [r for r in results(blocked()) if r["ruleId"].startswith("gatehouse/")]
    assert [(r["ruleId"], r["baselineState"], r["level"]) for r in ours] == [
        ("gatehouse/broken", "new", "error"),
        ("gatehouse/broken", "absent", "none"),
        ("gatehouse/not-rendered", "unchanged", "warning"),
        ("gatehouse/no-answer", "new", "error"),
    ]
    assert "nope.yaml" in ours[0]["message"]["text"]
    assert "policy could not run" in ours[3]["message"]["text"]


def test_places_lines_and_rules() -> None:
    run = load(report_of(finding(file="a b/ü:[1].yaml", line=7)))
    (result,) = run["results"]
    place = result["locations"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": "a%20b/%C3%BC%3A%5B1%5D.yaml"}, "region": {"startLine": 7}}
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == "risk/immutable"
    assert result["message"]["text"].startswith("Deployment/ledger in apps/ledger/overlays/prod: It cannot")
    assert result["locations"][0]["logicalLocations"][0]["name"] == "Deployment/ledger"


def test_a_finding_without_a_file_stands_at_its_unit() -> None:
    unit = replace(
        friendly().units[0], path="apps/ledger/overlays/prod", file="apps/ledger/overlays/prod/kustomization.yaml"
    )
    places = [
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        for result in results(replace(report_of(finding(file="", line=0), finding(file="", unit="")), units=(unit,)))
    ]
    assert places == ["apps/ledger/overlays/prod/kustomization.yaml", issues.FALLBACK]


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../secret", "a/../../b", "C:\\x", "https://evil.example/x", "a//b", "./a"]
)
def test_no_path_leads_out(path: str) -> None:
    (result,) = results(report_of(finding(file=path)))
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert ":" not in uri
    assert not {"", "..", "."} & set(uri.split("/"))


def test_bytes_that_are_not_utf8_are_the_bytes_of_the_path() -> None:
    assert unquote_to_bytes(sarif.uri("caf\udce9.yaml")) == b"caf\xe9.yaml"


def marks(report: Report) -> list[str]:
    return [result["partialFingerprints"]["primaryLocationLineHash"] for result in results(report)]


def test_fingerprints_are_those_of_the_problem_not_of_the_run() -> None:
    (mark,) = marks(report_of(finding()))
    moved = finding(line=99, file="elsewhere.yaml", severity=Severity.WARNING, state=FindingState.EXISTING)
    assert marks(report_of(moved)) == [mark]
    assert marks(report_of(finding(message="It reaches 2 units."))) == marks(
        report_of(finding(message="It reaches 13 units."))
    )
    suffixes = [object_id("ConfigMap", f"settings-{hash_}") for hash_ in ("mc4ftht486", "46b46c96ct")]
    assert len({mark for name in suffixes for mark in marks(report_of(finding(object=name)))}) == 1


@pytest.mark.parametrize(
    "other",
    [{"rule": "risk/deletion"}, {"unit": "b"}, {"object": object_id("Deployment", "b")}, {"message": "Another."}],
)
def test_other_problems_have_other_fingerprints(other: dict[str, Any]) -> None:
    assert len(set(marks(report_of(finding(), finding(**other), finding())))) == 3


def test_units_of_one_path_are_told_apart() -> None:
    broken = replace(
        friendly().units[0], path="chart", state=UnitState.BROKEN, error="no", objects=(), file="chart/Chart.yaml"
    )
    units = tuple(replace(broken, environment=name, key=name, file=f"chart/{name}.yaml") for name in ("dev", "prod"))
    first, second = results(replace(quiet(), units=units))
    assert [r["message"]["text"] for r in (first, second)] == ["chart (dev): no", "chart (prod): no"]
    assert first["locations"] != second["locations"]
    assert marks(replace(quiet(), units=units[1:])) == marks(replace(quiet(), units=units))[1:]


def test_only_new_keeps_the_fingerprints() -> None:
    assert set(marks(blocked())) > {
        r["partialFingerprints"]["primaryLocationLineHash"] for r in results(blocked(), only_new=True)
    }


def test_text_is_no_link_and_no_placeholder() -> None:
    (result,) = results(report_of(finding(message="[here](https://evil.example) {0} \x1b[31m \u202e")))
    text = result["message"]["text"]
    assert "](" not in text
    assert "{{0}}" in text
    assert not {"\x1b", "\u202e"} & set(text)


def test_every_rule_is_described() -> None:
    described = load(quiet())["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in described] == [rule.id for rule in rules()]
    for rule in described:  # GitHub needs all of them, and shows that many characters
        assert 0 < len(rule["shortDescription"]["text"]) <= 1024
        assert 0 < len(rule["fullDescription"]["text"]) <= 1024
        assert rule["help"]["text"]
        assert "**How to mend it.**" in rule["help"]["markdown"]


def test_a_policy_of_the_repository_is_a_rule_by_its_name() -> None:
    run = load(report_of(finding(rule="policy/ours")))
    assert run["tool"]["driver"]["rules"][run["results"][0]["ruleIndex"]]["id"] == "policy/ours"


def test_the_same_report_gives_the_same_bytes() -> None:
    assert sarif.render(blocked(), rules()) == sarif.render(blocked(), rules())
