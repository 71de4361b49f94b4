"""Units that nobody can render, and that are what they were: another object of their file is what changes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from gitops_repository import GitOpsRepository, application, kustomization, manifest

from bot.model.result import Report

ELSEWHERE = {"repoURL": "https://charts.example.com", "chart": "redis", "targetRevision": "1.0.0"}
REDIS = {**ELSEWHERE, "helm": {"valueFiles": ["$own/values.yaml"]}}
OWN = {"repoURL": "https://example.com/acme/gitops.git", "ref": "own"}
WEB = {"web/cm.yaml": manifest("ConfigMap", "web", data={"a": "1"})}


def documents(*texts: str) -> str:
    return "---\n".join(texts)


def redis(namespace: str = "redis", **more: Any) -> str:
    spec = {"project": "default", "sources": [{**REDIS, **more}, OWN], "destination": {"namespace": namespace}}
    metadata = {"name": "redis", "namespace": "argocd"}
    value = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": metadata, "spec": spec}
    return json.dumps(value) + "\n"


def listed(report: Report) -> dict[str, str]:
    return {unit.source.name: str(unit.state) for unit in report.units if unit.source}


ROOT = {"root.yaml": application("root", "apps"), "values.yaml": "a: 1\n", **WEB}


@pytest.mark.parametrize("root", [ROOT, {**ROOT, "root.yaml": ""}])
def test_a_neighbour_changes(repository: GitOpsRepository, root: dict[str, str]) -> None:
    files = {**root, "apps/all.yaml": documents(redis(), application("web", "web"))}
    changed = documents(redis(), application("web", "web", targetRevision="main"))
    assert set(listed(repository.compare(files, {"apps/all.yaml": changed}))) == {"web"} | (
        {"root"} if root["root.yaml"] else set()
    )


@pytest.mark.parametrize(
    "change",
    [
        {"apps/all.yaml": documents(redis("other"), application("web", "web"))},
        {"apps/all.yaml": documents(redis(targetRevision="1.0.1"), application("web", "web"))},
        {
            "apps/all.yaml": documents(redis(), application("web", "web", targetRevision="main")),
            "values.yaml": "a: 2\n",
        },
    ],
)
def test_it_moves_itself(repository: GitOpsRepository, change: dict[str, str]) -> None:
    files = {**ROOT, "apps/all.yaml": documents(redis(), application("web", "web"))}
    assert listed(repository.compare(files, change))["redis"] == "unrenderable"


def release(chart: str = "1.0.0") -> str:
    spec = {
        "chart": {"spec": {"chart": "redis", "version": chart, "sourceRef": {"kind": "HelmRepository", "name": "r"}}},
        "valuesFrom": [{"kind": "ConfigMap", "name": "values"}],
    }
    metadata = {"name": "redis", "namespace": "flux-system"}
    value = {"apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease", "metadata": metadata, "spec": spec}
    return json.dumps(value) + "\n"


@pytest.mark.parametrize("name", ["values", "other"])
def test_what_is_no_declaration_may_be_read(repository: GitOpsRepository, name: str) -> None:
    beside = [manifest("ConfigMap", name, namespace="flux-system", data={"values.yaml": f"a: {a}"}) for a in (1, 2)]
    files = {"flux/all.yaml": documents(release(), beside[0])}
    assert listed(repository.compare(files, {"flux/all.yaml": documents(release(), beside[1])})) == {
        "redis": "unrenderable"
    }


def test_an_overlay_changes_it(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize")

    def built(**fields: Any) -> str:
        return kustomization(resources=["all.yaml"], **fields)

    files = {**ROOT, "apps/all.yaml": documents(redis(), application("web", "web")), "apps/kustomization.yaml": built()}
    report = repository.compare(files, {"apps/kustomization.yaml": built(commonAnnotations={"a": "b"})})
    assert listed(report)["redis"] == "unrenderable"


def test_another_element_of_its_set(repository: GitOpsRepository) -> None:
    def made(*names: str) -> str:
        template = {
            "metadata": {"name": "{{name}}"},
            "spec": {"project": "default", "source": ELSEWHERE, "destination": {"namespace": "{{name}}"}},
        }
        value = {
            "apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "metadata": {"name": "s", "namespace": "argocd"},
            "spec": {"generators": [{"list": {"elements": [{"name": name} for name in names]}}], "template": template},
        }  # fmt: skip
        return json.dumps(value) + "\n"

    report = repository.compare({"sets/s.yaml": made("a", "b")}, {"sets/s.yaml": made("a", "b", "c")})
    assert listed(report) == {"c": "unrenderable"}
