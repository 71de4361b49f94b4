"""A chart of Git that changes under the version it had is not rolled out by Flux, which is said."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from deployers import FLUX_SOURCE
from gitops_repository import GitOpsRepository

TEMPLATE = "charts/web/templates/cm.yaml"
CM = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata: {a: "1", b: "{{ .Values.b }}"}\n'
CHANGED = {TEMPLATE: CM.replace('"1"', '"2"')}


def chart(version: str) -> dict[str, str | None]:
    return {"charts/web/Chart.yaml": json.dumps({"apiVersion": "v2", "name": "web", "version": version})}


def release(b: str = "x", **more: Any) -> dict[str, str | None]:
    spec = {"chart": {"spec": {"chart": "./charts/web", "sourceRef": FLUX_SOURCE, **more}}, "values": {"b": b}}
    value = {"apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease", "spec": spec}
    return {"clusters/prod/web.yaml": json.dumps(value | {"metadata": {"name": "web", "namespace": "web"}})}


@pytest.mark.parametrize(
    ("strategy", "change", "is_said"),
    [
        ({}, CHANGED, True),
        ({"reconcileStrategy": "ChartVersion"}, {"charts/web/values.yaml": "b: y\n", **CHANGED}, True),
        ({"reconcileStrategy": "Revision"}, CHANGED, False),
        ({}, {**CHANGED, **chart("1.0.1")}, False),
        ({}, release("y"), False),
        ({}, {**CHANGED, **release(valuesFiles=["./charts/web/values.yaml"])}, False),
    ],
    ids=["by default", "said", "by revision", "another version", "values of the release", "other values files"],
)
def test_a_chart_that_changes(
    repository: GitOpsRepository,
    need: Callable[[str], str],
    strategy: dict[str, str],
    change: dict[str, str | None],
    is_said: bool,
) -> None:
    need("helm")
    base = {**chart("1.0.0"), TEMPLATE: CM, "charts/web/values.yaml": "b: z\n", **release(**strategy)}
    report = repository.compare(base, change)
    (unit,) = [unit for unit in report.units if unit.source is not None]
    assert (str(unit.state), any("it stays 1.0.0" in note for note in unit.notes)) == ("changed", is_said)
