"""The JSON report against its schema, field by field."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from sample_reports import blocked, friendly, hostile, large, quiet

from bot.model.result import Counts, ImageMove, ObjectChange, ObjectState, Report, UnitChange, UnitState, Verdict
from bot.model.unit import ObjectId, Renderer
from bot.report import json as json_report

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "report.schema.json").read_text(encoding="utf-8"))
validator = Draft202012Validator(SCHEMA)


def load(report: Report) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(json_report.render(report))
    validator.validate(document)
    return document


@pytest.mark.parametrize("build", [friendly, blocked, quiet, hostile, large])
def test_every_sample_is_valid(build: object) -> None:
    assert callable(build)
    load(build())


def test_the_contract_of_the_first_version() -> None:
    document = load(blocked())
    assert list(document)[:10] == [
        "schema", "base", "head", "merge_base", "verdict", "units", "unmapped", "checks", "owners", "timings",
    ]  # fmt: skip
    assert document["schema"] == "gatehouse/report/v1"
    assert document["verdict"] == "failed"
    unit = document["units"][0]
    assert list(unit)[:10] == [
        "path", "renderer", "source", "app", "environment", "change", "error", "objects", "images", "diff",
    ]  # fmt: skip
    assert unit["source"] is None
    assert unit["error"] is None
    assert unit["images"] == [{"container": "Deployment/ledger: app", "from": "ledger:1.4.0", "to": "ledger:1.5.0"}]
    assert [identity["kind"] for identity in unit["objects"]["changed"]] == ["NetworkPolicy", "Deployment", "ConfigMap"]
    assert [check["reason"] for check in document["checks"]] == [
        None,
        None,
        "no image differs",
        "It ran out of memory.",
    ]
    assert document["checks"][0]["notes"] == []
    assert document["checks"][1]["findings"][0]["object"] == {
        "apiVersion": "apps/v1", "kind": "Deployment", "namespace": "bank", "name": "ledger",
    }  # fmt: skip


def test_each_object_diff_has_a_header_of_its_own() -> None:
    units = {unit["path"]: unit for unit in load(blocked())["units"]}
    diff = units["apps/ledger/overlays/prod"]["diff"]
    assert diff.startswith(
        "--- base: networking.k8s.io/v1 NetworkPolicy bank/ledger\n"
        "+++ head: networking.k8s.io/v1 NetworkPolicy bank/ledger\n@@"
    )
    assert "--- base: v1 ConfigMap bank/settings-6f8d2c\n+++ head: v1 ConfigMap bank/settings-7h2k9f\n" in diff
    added = units["apps/ops/overlays/prod"]["diff"]
    assert added.startswith("--- base: (none)\n+++ head: rbac.authorization.k8s.io/v1 ClusterRoleBinding ops-admin\n")
    assert "+++ head: (none)\n" in units["apps/legacy/overlays/staging"]["diff"]


def test_unknown_app_and_environment_are_null() -> None:
    units = {unit["path"]: unit for unit in load(blocked())["units"]}
    assert units["infra/cert-manager"]["environment"] is None
    assert units["infra/cert-manager"]["source"]["kind"] == "Kustomization"
    report = blocked()
    assert load(replace(report, units=(replace(report.units[0], path=""),)))["units"][0]["path"] == "."
    assert load(replace(report, units=(replace(report.units[0], app=""),)))["units"][0]["app"] is None


def test_bytes_that_are_not_utf8_become_visible_and_the_rest_stays_exact() -> None:
    document = load(replace(quiet(), unmapped=("caf\udce9.yaml", "a\nb", "grüße", "\x1b[0m", "\ud800")))
    assert document["unmapped"] == ["caf\\xe9.yaml", "a\nb", "grüße", "\x1b[0m", "\\ud800"]


def test_the_document_is_ascii() -> None:
    assert json_report.render(hostile()).isascii()
    assert "\x1b" not in json_report.render(hostile())


@settings(deadline=None, max_examples=50)
@given(st.text(alphabet=st.characters(codec=None), max_size=40))
def test_any_text_in_any_place_gives_valid_unicode(text: str) -> None:
    document = load(hostile(text + "x"))
    json.dumps(document, ensure_ascii=False).encode("utf-8")


def test_the_schema_describes_every_field_and_allows_no_other() -> None:
    Draft202012Validator.check_schema(SCHEMA)

    def walk(node: object, path: str) -> None:
        if isinstance(node, dict):
            if node.get("type") == "object" and "properties" in node:
                assert node["additionalProperties"] is False, path
                for name, field in node["properties"].items():
                    described = (
                        field.get("description") or SCHEMA["$defs"][field["$ref"].rsplit("/", 1)[1]]["description"]
                    )
                    assert described, f"{path}.{name}"
            for key, value in node.items():
                walk(value, f"{path}.{key}")

    walk(SCHEMA, "")


def test_a_wrong_document_is_refused() -> None:
    document = load(blocked())
    document["units"][0]["surprise"] = 1
    with pytest.raises(ValidationError):
        validator.validate(document)


def test_counts_are_complete() -> None:
    assert list(load(friendly())["counts"]) == [field.name for field in fields(Counts)]


def test_what_was_folded_leaves_a_trace() -> None:
    name = ObjectId("apps/v1", "Deployment", "shop", "web")
    change = ObjectChange(name, ObjectState.CHANGED, "@@\n-a\n+b", noise=("spec.replicas (diff.noise.paths)",))
    unit = UnitChange("apps/web", Renderer.KUSTOMIZE, None, "web", "prod", UnitState.CHANGED, objects=(change,))
    report = Report("a" * 40, "b" * 40, "a" * 40, Verdict.PASSED, units=(unit,))
    said = load(report)
    assert said["units"][0]["noise"] == ["Deployment shop/web: spec.replicas (diff.noise.paths)"]


def test_an_image_that_the_unit_sets_itself_is_told_once() -> None:
    def change(kind: str, *moves: tuple[str, str]) -> ObjectChange:
        images = tuple(ImageMove(f"{kind}/web: {before}", before, after) for before, after in moves)
        return ObjectChange(ObjectId("v1", kind, "argocd", "web"), ObjectState.CHANGED, "", images=images)

    objects = (change("Application", ("a:1", "a:2"), ("b:1", "b:2")), change("Deployment", ("a:1", "a:2")))
    unit = UnitChange("web", Renderer.ARGOCD, objects[0].id, "web", "", UnitState.CHANGED, objects)
    told = load(replace(quiet(), units=(unit,)))["units"][0]["images"]
    assert [each["container"] for each in told] == ["Application/web: b:1", "Deployment/web: a:1"]
    other = replace(unit, source=None)
    assert len(load(replace(quiet(), units=(other,)))["units"][0]["images"]) == 3
