"""Fields of Argo CD's and Flux's objects that are nearly right, where no CRD is in sight."""

from __future__ import annotations

from typing import Any

import pytest
from schema_evidence import Files, unit

from bot.checks.schema import Schema
from bot.model.evidence import Evidence, Statement
from bot.model.result import Severity

APPLICATION = ("argoproj.io/v1alpha1", "Application")
KUSTOMIZATION = ("kustomize.toolkit.fluxcd.io/v1", "Kustomization")
RELEASE = ("helm.toolkit.fluxcd.io/v2", "HelmRelease")
WHERE = {"project": "default", "destination": {"server": "s", "namespace": "n"}}


def said(kind: tuple[str, str], spec: Any, *others: dict[str, Any]) -> list[Statement]:
    thing = {"apiVersion": kind[0], "kind": kind[1], "metadata": {"name": "x", "namespace": "y"}, "spec": spec}
    found = Schema().run(Evidence((unit("u", [thing, *others]),), (), Files(), Files()))
    return [s for s in found.head if s.rule == "schema/unknown-field"]


@pytest.mark.parametrize(
    ("kind", "spec", "at", "meant"),
    [
        (APPLICATION, {"source": {"targetRevison": "1"}}, ("spec", "source", "targetRevison"), "spec.source.targetRevision"),
        (APPLICATION, {"sources": [{"helm": {"valuesFiles": []}}]}, ("spec", "sources", 0, "helm", "valuesFiles"),
            "spec.sources[0].helm.valueFiles"),
        (APPLICATION, {"syncPolicy": {"automated": {"selfheal": True}}}, ("spec", "syncPolicy", "automated", "selfheal"),
            "spec.syncPolicy.automated.selfHeal"),
        (KUSTOMIZATION, {"pruune": True}, ("spec", "pruune"), "spec.prune"),
        (KUSTOMIZATION, {"postBuild": {"substitueFrom": []}}, ("spec", "postBuild", "substitueFrom"),
            "spec.postBuild.substituteFrom"),
        (RELEASE, {"vaules": {}}, ("spec", "vaules"), "spec.values"),
        (RELEASE, {"chart": {"spec": {"verison": "1"}}}, ("spec", "chart", "spec", "verison"), "spec.chart.spec.version"),
    ],
)  # fmt: skip
def test_a_field_that_is_nearly_right_is_a_warning(kind: tuple[str, str], spec: Any, at: Any, meant: str) -> None:
    (one,) = said(kind, (WHERE if kind == APPLICATION else {}) | spec)
    assert (one.severity, one.at, one.fix) == (Severity.WARNING, at, f"Did you mean {meant}?")


@pytest.mark.parametrize(
    ("kind", "spec"),
    [
        (APPLICATION, {"source": {"repoURL": "u", "path": "p", "helm": {"valuesObject": {"targetRevison": 1}}}}),
        (APPLICATION, {"somethingNew": {"prun": True}, "source": {"plugin": {"parametrs": []}}}),
        (KUSTOMIZATION, {"postBuild": {"substitute": {"pruune": "x"}}, "healthChecks": [{"knd": "x"}], "${KEY}": 1}),
        (RELEASE, {"values": {"vaules": 1}, "postRenderers": [{"kustomise": {}}], "install": None}),
        (("example.com/v1", "HelmRelease"), {"vaules": {}}),
    ],
)  # fmt: skip
def test_what_is_open_or_new_is_left_alone(kind: tuple[str, str], spec: Any) -> None:
    assert said(kind, (WHERE if kind == APPLICATION else {}) | spec) == []


def test_a_crd_in_sight_says_it_alone() -> None:
    schema = {
        "type": "object",
        "properties": {"spec": {"type": "object", "properties": {"prune": {"type": "boolean"}}}},
    }
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    crd = {
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "kustomizations.kustomize.toolkit.fluxcd.io"},
        "spec": {
            "group": "kustomize.toolkit.fluxcd.io", "scope": "Namespaced", "versions": [version],
            "names": {"kind": "Kustomization", "plural": "kustomizations"},
        },
    }  # fmt: skip
    (one,) = said(KUSTOMIZATION, {"pruune": True}, crd)
    assert one.severity is Severity.ERROR


def test_a_multitude_of_mistakes_is_told_a_few_times() -> None:
    assert len(said(APPLICATION, WHERE | {"sources": [{"targetRevison": "1"}] * 20_000})) == 50
