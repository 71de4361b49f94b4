"""A root of plain files gets a kustomization in one of its sources: what it takes as before is as before."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from fake_lookup import HERE
from gitops_repository import GitOpsRepository, kustomization, manifest

from bot.model.result import Report

Files = dict[str, str | None]


@pytest.fixture(autouse=True)
def _program(need: Callable[[str], str]) -> None:
    need("kustomize")


def application(name: str, **spec: object) -> str:
    """In the form of kustomize's output."""
    destination = {"server": "https://kubernetes.default.svc", "namespace": "argocd"}
    return json.dumps({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": name, "namespace": "argocd"},
        "spec": {"destination": destination, **spec},
    })  # fmt: skip


def elsewhere(version: str = "4.11.3") -> str:
    return application(
        "ingress", source={"repoURL": "https://charts.example.org", "chart": "ingress", "targetRevision": version}
    )


ROOT = application("root", sources=[{"repoURL": HERE, "path": "apps"}, {"repoURL": HERE, "path": "projects"}])
FILES: Files = {
    "root.yaml": ROOT,
    "apps/ingress.yaml": elsewhere(),
    "projects/dev.yaml": manifest("ConfigMap", "dev"),
}
LISTED: Files = {"projects/kustomization.yaml": kustomization(resources=["dev.yaml"])}


def listed(report: Report) -> dict[str, str]:
    return {u.source.name: str(u.state) for u in report.units if u.source and str(u.state) != "unchanged"}


def test_what_cannot_be_rendered_on_either_side_is_not_told(repository: GitOpsRepository) -> None:
    assert "ingress" not in listed(repository.compare(FILES, LISTED))
    gone: Files = dict.fromkeys(LISTED)
    assert "ingress" not in listed(repository.compare({}, gone))


def test_what_the_change_touches_is(repository: GitOpsRepository) -> None:
    report = repository.compare(FILES, LISTED | {"apps/ingress.yaml": elsewhere("4.12.0")})
    assert listed(report)["ingress"] == "unrenderable"


def test_so_is_what_the_kustomization_makes_of_it(repository: GitOpsRepository) -> None:
    patch = {"patch": '[{"op": "add", "path": "/spec/source/helm", "value": {"releaseName": "other"}}]'}
    patched = kustomization(resources=["ingress.yaml"], patches=[patch | {"target": {"kind": "Application"}}])
    report = repository.compare(FILES, {"apps/kustomization.yaml": patched})
    assert listed(report)["ingress"] == "unrenderable"
