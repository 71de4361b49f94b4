"""Kustomizations and HelmReleases that the API server refuses are wrong, wherever their charts lie."""

from __future__ import annotations

from typing import Any

import pytest
from fake_lookup import HERE, FakeLookup

from bot.affected.declarations import read_declared
from bot.model.unit import CannotRender, Render

FILES = {
    "clusters/git.yaml": (
        "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {name: repo, namespace: apps}\n"
        f"spec: {{url: {HERE}}}\n"
    ),
    "apps/web/kustomization.yaml": "resources: []\n",
}
REPO = {"kind": "GitRepository", "name": "repo"}
PUBLIC = {"spec": {"chart": "web", "sourceRef": {"kind": "HelmRepository", "name": "public"}}}
OCI = {"kind": "OCIRepository", "name": "web"}


def part(kind: str, spec: dict[str, Any]) -> Render:
    group = "helm.toolkit.fluxcd.io/v2" if kind == "HelmRelease" else "kustomize.toolkit.fluxcd.io/v1"
    obj = {"apiVersion": group, "kind": kind, "metadata": {"name": "web", "namespace": "apps"}, "spec": spec}
    (declared,) = read_declared(obj, FakeLookup(FILES))
    (found,) = declared.parts
    return found


def kustomization(**spec: Any) -> Render:
    return part("Kustomization", {"sourceRef": REPO, "path": "./apps/web", **spec})


def release(**spec: Any) -> Render:
    return part("HelmRelease", spec)


def chart_of(kind: str) -> dict[str, Any]:
    return {"spec": {"chart": "web", "sourceRef": {"kind": kind, "name": "web"}}}


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (
            kustomization(sourceRef={**REPO, "kind": "HelmRepository"}),
            "spec.sourceRef.kind is HelmRepository, and Flux takes",
        ),
        (
            kustomization(sourceRef={**REPO, "kind": "GitRepo"}),
            "GitRepository, OCIRepository, Bucket or ExternalArtifact",
        ),
        (
            kustomization(postBuild={"substituteFrom": [{"kind": "Configmap", "name": "vars"}]}),
            "spec.postBuild.substituteFrom[0].kind is Configmap, and Flux takes ConfigMap or Secret there",
        ),
        (kustomization(dependsOn=["infra"]), "spec.dependsOn[0] is text, but must be a mapping"),
        (kustomization(dependsOn=[{"namespace": "infra"}]), "spec.dependsOn[0] names nothing"),
        (release(chart=PUBLIC, chartRef=OCI), "spec.chart and spec.chartRef each name a chart"),
        (release(chartRef={**OCI, "kind": "HelmRepository"}), "spec.chartRef.kind is HelmRepository"),
        (release(chart=chart_of("OCIRepository")), "name it there, in place of spec.chart"),
        (release(chart=chart_of("HelmRepo")), "takes HelmRepository, GitRepository or Bucket there"),
        (
            release(chart=PUBLIC, valuesFrom=[{"kind": "configMap", "name": "a"}]),
            "spec.valuesFrom[0].kind is configMap",
        ),
        (release(chart=PUBLIC, dependsOn=["db"]), "spec.dependsOn[0] is text, but must be a mapping"),
    ],
)
def test_what_flux_refuses(found: Render, said: str) -> None:
    assert isinstance(found, CannotRender)
    assert found.wrong
    assert said in found.reason
    assert found.reason.count("web:") == 1


@pytest.mark.parametrize(
    "found",
    [
        release(chart=PUBLIC, dependsOn=[{"name": "db"}], valuesFrom=[{"kind": "Secret", "name": "a"}]),
        release(chartRef=OCI),
        release(chart=chart_of("Bucket")),
        release(chart=PUBLIC, chartRef=None),
        kustomization(sourceRef={"kind": "OCIRepository", "name": "artifact"}),
        release(chartRef={"kind": "${KIND}", "name": "web"}),
    ],
)
def test_what_lies_elsewhere_is_not_wrong(found: Render) -> None:
    assert isinstance(found, CannotRender)
    assert not found.wrong


def test_what_flux_takes_is_rendered() -> None:
    assert not isinstance(kustomization(dependsOn=[{"name": "infra"}]), CannotRender)
