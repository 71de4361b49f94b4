"""Applications whose environment nothing but their value files names."""

from __future__ import annotations

import json
from typing import Any

import pytest
from gitops_repository import GitOpsRepository

HERE = "https://git.example.com/org/repo"
CHART: dict[str, str | None] = {
    "charts/web/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
    "charts/web/values-prod.yaml": "a: 1\n",
    "envs/prod/values.yaml": "a: 1\n",
}


def application(*sources: dict[str, Any]) -> str:
    spec = {"sources": list(sources), "destination": {"namespace": "web"}, "project": "default"}
    value = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": "web"}, "spec": spec}
    return json.dumps(value)


@pytest.mark.parametrize(
    ("sources", "changed"),
    [
        (({"repoURL": HERE, "path": "charts/web", "helm": {"valueFiles": ["values-prod.yaml"]}},),
         "charts/web/values-prod.yaml"),
        (({"repoURL": HERE, "path": "charts/web", "helm": {"valueFiles": ["/envs/prod/values.yaml"]}},),
         "envs/prod/values.yaml"),
        (({"repoURL": "https://example.com/charts", "chart": "web", "targetRevision": "1",
           "helm": {"valueFiles": ["$here/envs/prod/values.yaml"]}}, {"repoURL": HERE, "ref": "here"}),
         "envs/prod/values.yaml"),
    ],
)  # fmt: skip
def test_the_environment_comes_from_the_value_files(
    repository: GitOpsRepository, sources: tuple[dict[str, Any], ...], changed: str
) -> None:
    report = repository.compare({**CHART, "argo/web.yaml": application(*sources)}, {changed: "a: 2\n"})
    assert [unit.environment for unit in report.units if unit.source] == ["prod"]
