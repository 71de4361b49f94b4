"""What a Flux object begins to do: wait, or delete what it cannot change."""

from __future__ import annotations

import json
from typing import Any

import pytest
from made_evidence import Made, evidence, new

from bot.checks.risk import Risk
from bot.model.evidence import Statement
from bot.model.result import Severity

KUSTOMIZE, HELM, SOURCE = (f"{group}.toolkit.fluxcd.io" for group in ("kustomize", "helm", "source"))


def made(group: str = KUSTOMIZE, kind: str = "Kustomization", **spec: Any) -> str:
    metadata = {"name": "apps", "namespace": "flux-system"}
    return json.dumps({"apiVersion": f"{group}/v1", "kind": kind, "metadata": metadata, "spec": spec}) + "\n"


def told(before: str, after: str, *, production: bool = True) -> list[Statement]:
    rules = ("risk/suspended", "risk/immutable")
    found = new(Risk().run(evidence(Made(before, after, production=production))))
    return [each for each in found if each.rule in rules]


@pytest.mark.parametrize(
    ("group", "kind"), [(KUSTOMIZE, "Kustomization"), (HELM, "HelmRelease"), (SOURCE, "GitRepository")]
)
def test_what_is_suspended(group: str, kind: str) -> None:
    on, off = made(group, kind, suspend=True), made(group, kind)
    (found,) = told(off, on)
    assert (found.rule, found.severity, found.at) == ("risk/suspended", Severity.WARNING, ("spec", "suspend"))
    assert ("fetches nothing new" in found.message) is (group == SOURCE)
    (found,) = told(made(group, kind, suspend=False), on, production=False)
    assert found.severity is Severity.INFO
    assert told(on, off) == told(on, made(group, kind, suspend=True, interval="1m")) == []
    assert told(made("batch", "CronJob"), made("batch", "CronJob", suspend=True)) == []


def test_what_deletes_in_order_to_change() -> None:
    (found,) = told(made(), made(force=True))
    assert (found.rule, found.severity, found.at) == ("risk/immutable", Severity.WARNING, ("spec", "force"))
    assert (
        told(made(force=True), made()) == told(made(HELM, "HelmRelease"), made(HELM, "HelmRelease", force=True)) == []
    )
