"""The file that stands for a unit."""

from __future__ import annotations

import json

import pytest
from gitops_repository import GitOpsRepository, kustomization, manifest

CHART = "apiVersion: v2\nname: web\nversion: 1.0.0\n"
TEMPLATE = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\ndata:\n  a: {{ .Values.a | quote }}\n"
APPLICATION = {
    "apiVersion": "argoproj.io/v1alpha1",
    "kind": "Application",
    "metadata": {"name": "web", "namespace": "argocd"},
    "spec": {
        "source": {"repoURL": "https://example.com/gitops.git", "path": "web"},
        "destination": {"namespace": "web"},
    },
}


@pytest.mark.parametrize(
    ("files", "change", "anchors"),
    [
        ({"web/kustomization.yml": kustomization(resources=["cm.yaml"])}, "web/cm.yaml", {"web/kustomization.yml"}),
        (
            {"web/kustomization.yaml": kustomization(resources=["cm.yaml"]), "root.yaml": json.dumps(APPLICATION)},
            "web/cm.yaml",
            {"root.yaml"},
        ),
        ({"environments/prod/apps/web/other.yaml": manifest("ConfigMap", "b")}, "environments/prod/apps/web/cm.yaml",
         {"environments/prod/apps/web/cm.yaml"}),
    ],
)  # fmt: skip
def test_what_stands_for_a_unit(
    files: dict[str, str | None], change: str, anchors: set[str], repository: GitOpsRepository
) -> None:
    report = repository.compare(
        {**files, change: manifest("ConfigMap", "a", data={"a": "1"})},
        {change: manifest("ConfigMap", "a", data={"a": "2"})},
    )
    assert {unit.file for unit in report.units} == anchors


def test_a_chart_stands_by_the_values_of_each_environment(repository: GitOpsRepository) -> None:
    values = {f"chart/values-{name}.yaml": f"a: {name}\n" for name in ("dev", "prod")}
    report = repository.compare(
        {"chart/Chart.yaml": CHART, "chart/values.yaml": "a: 0\n", "chart/templates/cm.yaml": TEMPLATE, **values},
        {"chart/templates/cm.yaml": TEMPLATE + "  b: c\n"},
    )
    assert {(unit.environment, unit.file) for unit in report.units} == {
        ("dev", "chart/values-dev.yaml"), ("prod", "chart/values-prod.yaml"),
    }  # fmt: skip


def test_a_unit_that_is_gone_is_where_it_was(repository: GitOpsRepository) -> None:
    gone: dict[str, str | None] = {"web/kustomization.yaml": None, "web/cm.yaml": None}
    was = {"web/kustomization.yaml": kustomization(resources=["cm.yaml"]), "web/cm.yaml": manifest("ConfigMap", "a")}
    (unit,) = repository.compare(was, gone).units
    assert unit.file == "web/kustomization.yaml"
