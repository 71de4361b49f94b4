"""Kustomizations that inflate charts: what is deployed shows whether that is meant."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from gitops_repository import GitOpsRepository, by_path, kustomization, manifest, states

Files = dict[str, str | None]
CM = manifest("ConfigMap", "settings", data={"a": "1"})
CHART = {"name": "web", "releaseName": "web", "valuesFile": "values.yaml"}
INFLATED: Files = {
    "infra/web/kustomization.yaml": kustomization(helmCharts=[CHART]),
    "infra/web/values.yaml": "tag: one\n",
    "infra/web/charts/web/Chart.yaml": "apiVersion: v2\nname: web\nversion: 0.1.0\n",
    "infra/web/charts/web/templates/cm.yaml": manifest("ConfigMap", "web", data={"tag": "{{ .Values.tag }}"}),
}
REDIS = kustomization(helmCharts=[{"name": "redis", "repo": "https://example.org/charts", "version": "1.0.0"}])
CLUSTER = "clusters/prod/kustomization.yaml"
DEV: Files = {
    "clusters/dev/kustomization.yaml": kustomization(resources=["cm.yaml"]),
    "clusters/dev/cm.yaml": CM,
}
PROD: Files = {CLUSTER: kustomization(resources=["cm.yaml", "../../infra/web"]), "clusters/prod/cm.yaml": CM}


@pytest.fixture(autouse=True)
def _programs(need: Callable[[str], str]) -> None:
    need("kustomize")
    need("helm")


@pytest.mark.parametrize(
    ("after", "state"),
    [
        ({"infra/web/values.yaml": "tag: two\n"}, "changed"),
        ({"clusters/prod/cm.yaml": CM.replace("1", "2")}, "changed"),
        ({"infra/web/values.yaml": "# x\ntag: one\n"}, "unchanged"),
        ({CLUSTER: kustomization(resources=["cm.yaml"])}, "changed"),
        ({CLUSTER: kustomization(resources=["cmm.yaml", "../../infra/web"])}, "broken"),
        ({"infra/web/charts/web/templates/cm.yaml": "{{ if }}\n"}, "broken"),
    ],
)
def test_what_is_deployed_has_been_built_so(repository: GitOpsRepository, after: Files, state: str) -> None:
    report = repository.compare({**INFLATED, **PROD}, after)
    found = by_path(report)["clusters/prod"]
    assert (str(found.state), str(report.verdict)) == (state, "failed" if state == "broken" else "passed"), found.error
    assert not found.notes
    assert "enable-helm" not in found.error


def test_another_one_shows_it(repository: GitOpsRepository) -> None:
    """A chart goes from one cluster to another, and a new kustomization takes one of a registry."""
    after: Files = {
        CLUSTER: kustomization(resources=["cm.yaml"]),
        "clusters/dev/kustomization.yaml": kustomization(resources=["cm.yaml", "../../infra/web"]),
        "infra/redis/kustomization.yaml": REDIS,
    }
    report = repository.compare({**INFLATED, **PROD, **DEV}, after)
    assert states(report) == {"clusters/dev": "changed", "clusters/prod": "changed", "infra/redis": "unrenderable"}
    assert str(report.verdict) == "passed"
    dev = by_path(report)["clusters/dev"]
    assert [(str(each.state), each.id.name) for each in dev.objects] == [("added", "web")]
    assert len(dev.notes) == 1
    assert "--enable-helm, as infra/web is" in dev.notes[0]


@pytest.mark.parametrize(
    "before",
    [
        {},
        {".gatehouse.yaml": "render: {enable_helm: false}\n", **INFLATED, **PROD},
        {".gatehouse.yaml": "units: [{path: infra/new, enable_helm: false}]\n", **INFLATED, **PROD},
        {".gatehouse.yaml": "ignore: [infra/web]\n", **INFLATED},
    ],
)
def test_nothing_shows_it(repository: GitOpsRepository, before: Files) -> None:
    new = {path.replace("infra/web", "infra/new"): text for path, text in INFLATED.items()}
    report = repository.compare({**DEV, **before}, new)
    found = by_path(report)["infra/new"]
    assert (str(found.state), str(report.verdict)) == ("unrenderable", "failed")
    assert "must specify --enable-helm" in found.error


def test_what_flux_builds_shows_nothing(repository: GitOpsRepository) -> None:
    """Flux inflates no charts in kustomizations."""
    flux = (
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: web, namespace: flux-system}\n"
        "spec: {path: ./infra/web, interval: 1h, prune: true, sourceRef: {kind: GitRepository, name: flux-system}}\n"
    )
    report = repository.compare({**INFLATED, "flux/web.yaml": flux}, {"infra/redis/kustomization.yaml": REDIS})
    assert (states(report)["infra/redis"], str(report.verdict)) == ("unrenderable", "failed")
