"""What Flux and the API server of Argo CD refuse although each object by itself is right."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from schema_evidence import Files, unit

from bot.checks.schema import Schema
from bot.model.evidence import Evidence, Said, UnitEvidence
from bot.model.unit import ObjectId, Unit

FLUX = ObjectId("kustomize.toolkit.fluxcd.io/v1", "Kustomization", "flux-system", "web")
CONFIG = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}


def run(*units: UnitEvidence, files: Files | None = None) -> Said:
    return Schema().run(Evidence(units, (), Files(), files or Files()))


def deployed_by(source: ObjectId | None, *objects: dict[str, Any]) -> UnitEvidence:
    made = unit("u", list(objects))
    assert made.head is not None
    own: Unit = replace(made.head.unit, source=source)
    return replace(made, head=replace(made.head, unit=own))


def rules(said: Said) -> list[str]:
    return [each.rule for each in said.head]


def placed(namespace: str) -> dict[str, Any]:
    return {**CONFIG, "metadata": {"name": "a", "namespace": namespace}}


def test_flux_has_no_default_namespace() -> None:
    said = run(deployed_by(FLUX, CONFIG))
    assert rules(said) == ["schema/no-namespace"]
    assert said.head[0].at == ("metadata",)
    assert rules(run(deployed_by(FLUX, {"apiVersion": "v1", "kind": "List", "items": [CONFIG]}))) == rules(said)


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param(placed("web"), id="it has one"),
        pytest.param({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a"}}, id="a kind without"),
        pytest.param({"apiVersion": "example.com/v1", "kind": "A", "metadata": {"name": "a"}}, id="nobody knows"),
    ],
)
def test_what_needs_no_namespace(fields: dict[str, Any]) -> None:
    assert "schema/no-namespace" not in rules(run(deployed_by(FLUX, fields)))


@pytest.mark.parametrize(
    "source",
    [
        None,
        ObjectId("argoproj.io/v1alpha1", "Application", "argocd", "web"),
        ObjectId("helm.toolkit.fluxcd.io/v2", "HelmRelease", "web", "web"),
    ],
)
def test_others_have_a_default_namespace(source: ObjectId | None) -> None:
    assert rules(run(deployed_by(source, CONFIG))) == []


def application(**spec: Any) -> dict[str, Any]:
    metadata = {"name": "web", "namespace": "argocd"}
    return {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": metadata, "spec": spec}


SPEC = {"project": "default", "destination": {"name": "in-cluster"}, "source": {"repoURL": "https://a", "path": "a"}}


def test_an_application_needs_a_project_and_a_destination() -> None:
    assert rules(run(deployed_by(None, application(**SPEC)))) == []
    said = run(deployed_by(None, application(source=SPEC["source"])))
    assert rules(said) == ["schema/missing-field"] * 2
    assert ["spec.destination" in said.head[0].message, "spec.project" in said.head[1].message] == [True, True]


def test_where_the_crd_is_known_it_speaks_alone() -> None:
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True, "required": ["status"]}
    version = {"name": "v1alpha1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    names = {"kind": "Application", "plural": "applications"}
    spec = {"group": "argoproj.io", "names": names, "scope": "Namespaced", "versions": [version]}
    crd = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "applications.argoproj.io"},
        "spec": spec,
    }
    said = run(deployed_by(None, application(), crd))
    about = [each for each in said.head if each.object and each.object.kind == "Application"]
    assert [each.rule for each in about] == ["schema/missing-field"]
    assert "status" in about[0].message
