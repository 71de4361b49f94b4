"""Whose environment an overlay is weighed by that nothing deploys and that is called after none."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from made_evidence import Made, evidence

from bot.checks.borrowed import Environments
from bot.checks.judgement import judge
from bot.checks.levels import Levels
from bot.checks.risk import Risk
from bot.checks.waivers import Waivers
from bot.config.judging import ChecksRule
from bot.model.result import CheckStatus
from bot.model.unit import ObjectId

LAB, FILE = "labs/broken", "labs/broken/kustomization.yaml"
CLAIM = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data, namespace: shop}\n"
DEV = Made(CLAIM, "", path="overlays/dev", environment="dev", production=False)
PROD = Made(CLAIM, "", path="overlays/prod", environment="prod")
ARGO = ObjectId("argoproj.io/v1alpha1", "Application", "argocd", "lab")


def lab(**changed: Any) -> Made:
    return replace(Made(CLAIM, "", path=LAB, environment="", production=False), **changed)


@pytest.mark.parametrize(
    ("kustomization", "wanted"),
    [
        ("resources: [../../overlays/dev]", "dev"),
        ("resources: [../../overlays/dev/]\npatches: [{path: p.yaml}]", "dev"),
        ("bases: [../../overlays/dev]\nresources: [own.yaml]", "dev"),
        ("resources: [../../overlays/prod]", "prod"),
        ("resources: [../../overlays/dev, ../../overlays/prod]", ""),
        ("resources: [../../overlays/dev, ../../overlays/unaffected]", ""),
        ("resources: [../../overlays/dev, 'https://forge.example/x']", ""),
        ("resources: [own.yaml]", ""), ("resources: x", ""), ("[", ""), ("", ""),
    ],
)  # fmt: skip
def test_an_overlay_is_weighed_like_the_one_environment_that_it_takes(kustomization: str, wanted: str) -> None:
    found = evidence(lab(), DEV, PROD, head={FILE: kustomization, f"{LAB}/own.yaml": CLAIM})
    environments = Environments(found)
    assert [environments.of(key) for key in (LAB, "overlays/dev", "", "nowhere")] == [wanted, "dev", "", ""]


def test_what_something_deploys_has_no_environment_but_its_own() -> None:
    files: dict[str, str | bytes] = {FILE: "resources: [../../overlays/dev]"}
    assert Environments(evidence(lab(source=ARGO), DEV, head=files)).of(LAB) == ""
    assert Environments(evidence(lab(environment="uat"), DEV, head=files)).of(LAB) == "uat"
    assert Environments(evidence(lab(head=None), DEV, base=files)).of(LAB) == "dev"  # as it was


def test_it_stops_no_more_than_what_it_takes() -> None:
    for taken, status in ((DEV, CheckStatus.PASSED), (PROD, CheckStatus.FAILED)):
        found = evidence(lab(), taken, head={FILE: f"resources: [../../{taken.path}]"})
        (judged,) = judge(found, [Risk()], Levels(ChecksRule()), Waivers([], today=date(2026, 1, 1)))
        assert judged.result().status is status
