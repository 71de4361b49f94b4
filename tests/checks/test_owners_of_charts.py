"""Who speaks for what cannot be rendered: the owners of its own last values file, as for a chart that is here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from gitops_repository import GitOpsRepository

from bot.model.result import Report

OWNERS = (
    "* @o/platform\n/envs/prod/ @o/sre\n/envs/staging/ @o/qa\n/common/ @o/shared\n"
    "/platform/ @o/redis\n/platform/redis/values-prod.yaml @o/sre\n"
)
ON = "checks: {run: [owners]}\n"
REGISTRY = {"repoURL": "https://charts.example.com", "chart": "web", "targetRevision": "1.0.0"}
VALUES = {"repoURL": "https://git.example/o/deploy.git", "targetRevision": "main", "ref": "values"}


def application(name: str, env: str) -> dict[str, object]:
    files = ["$values/common/web.yaml", f"$values/envs/{env}/web.yaml"]
    spec = {
        "project": "default",
        "destination": {"name": env.strip("{}."), "namespace": "web"},
        "sources": [{**REGISTRY, "helm": {"valueFiles": files}}, VALUES],
    }
    return {"metadata": {"name": name, "namespace": "argocd"}, "spec": spec}


def declared(kind: str) -> dict[str, str | None]:
    head = {"apiVersion": "argoproj.io/v1alpha1", "kind": kind}
    if kind == "Application":
        return {
            f"apps/{env}/web.yaml": json.dumps(head | application(f"web-{env}", env)) for env in ("staging", "prod")
        }
    template = application("web-{{.env}}", "{{.env}}")
    elements = {"list": {"elements": [{"env": "staging"}, {"env": "prod"}]}}
    spec = {
        "goTemplate": True,
        "generators": [elements],
        "template": {**template, "metadata": {"name": "web-{{.env}}"}},
    }
    return {"apps/web.yaml": json.dumps(head | {"metadata": {"name": "web", "namespace": "argocd"}, "spec": spec})}


@pytest.fixture
def repository(tmp_path: Path) -> GitOpsRepository:
    return GitOpsRepository(tmp_path / "repository")


def told(report: Report) -> list[str]:
    """Whose files the change does not touch, and where it reaches them."""
    found = [f.message for c in report.checks for f in c.findings if f.rule == "owners/effect"]
    return sorted(
        f"{m.partition(' of ')[2].partition(',')[0]} {m.partition('reaches ')[2].partition(':')[0]}" for m in found
    )


@pytest.mark.parametrize("kind", ["Application", "ApplicationSet"])
def test_values_for_a_chart_of_a_registry(repository: GitOpsRepository, kind: str) -> None:
    values: dict[str, str | None] = {f"envs/{env}/web.yaml": "replicas: 1\n" for env in ("staging", "prod")}
    files = {".gatehouse.yaml": ON, "CODEOWNERS": OWNERS, "common/web.yaml": "a: 1\n", **values, **declared(kind)}
    assert not told(repository.compare(files, {"envs/prod/web.yaml": "replicas: 2\n"}))
    assert told(repository.compare(files, {"common/web.yaml": "a: 2\n"})) == ["@o/qa staging", "@o/sre prod"]


def test_a_chart_whose_dependency_lies_in_a_registry(repository: GitOpsRepository) -> None:
    chart = "apiVersion: v2\nname: redis\nversion: 0.1.0\ndependencies:\n- {name: redis, version: 1.0.0, repository: https://c.example}\n"
    values: dict[str, str | None] = {f"platform/redis/values-{e}.yaml": "size: 1\n" for e in ("staging", "prod")}
    files = {".gatehouse.yaml": ON, "CODEOWNERS": OWNERS, "platform/redis/Chart.yaml": chart, **values}
    assert not told(repository.compare(files, {"platform/redis/values-prod.yaml": "size: 2\n"}))
    assert not told(repository.compare(files, {"platform/redis/values-staging.yaml": "size: 2\n"}))
    assert told(repository.compare(files, {"platform/redis/Chart.yaml": chart.replace("0.1.0", "0.2.0")})) == [
        "@o/sre prod"
    ]
