"""A template of a chart that is called like a kustomization is none."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from gitops_repository import GitOpsRepository, kustomization, manifest, states

FLUX = """apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: {{ .Release.Name }}
spec:
  path: {{ .Values.path | quote }}
  sourceRef: {kind: GitRepository, name: elsewhere}
"""
CHART = {
    "c/Chart.yaml": json.dumps({"apiVersion": "v2", "name": "c", "version": "1.0.0"}),
    "c/values.yaml": "path: a\n",
}
TEMPLATE = "c/templates/kustomization.yaml"


def test_a_new_template_is_of_its_chart_alone(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("helm")
    report = repository.compare({**CHART, "c/templates/cm.yaml": manifest("ConfigMap", "a")}, {TEMPLATE: FLUX})
    assert [(unit.path, str(unit.state)) for unit in report.units if unit.source is None] == [("c", "changed")]
    assert report.verdict == "passed"


@pytest.mark.parametrize(
    "files",
    [{TEMPLATE: FLUX}, {**CHART, TEMPLATE: kustomization(resources=["a.yaml"])}],
    ids=["no chart", "one that can be read"],
)
def test_others_are_kustomizations(repository: GitOpsRepository, files: dict[str, str]) -> None:
    base: dict[str, str | None] = {"c/values.yaml": "path: a\n", "README.md": ""}
    assert "c/templates" in states(repository.compare(base, files))
