"""A chart of Git that changes under the version it had is not rolled out by Flux, which is said."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from deployers import FLUX_SOURCE, flux
from gitops_repository import GitOpsRepository, kustomization

TEMPLATE = "charts/web/templates/cm.yaml"
CM = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata: {a: "1", b: "{{ .Values.b }}"}\n'
PROD = flux("apps", "./charts/web/deploy/prod")
CHANGED = {TEMPLATE: CM.replace('"1"', '"2"')}


def chart(version: str) -> dict[str, str | None]:
    return {"charts/web/Chart.yaml": json.dumps({"apiVersion": "v2", "name": "web", "version": version})}


def release(b: str = "x", *, at: str = "clusters/prod", **more: Any) -> dict[str, str | None]:
    spec = {"chart": {"spec": {"chart": "./charts/web", "sourceRef": FLUX_SOURCE, **more}}, "values": {"b": b}}
    value = {"apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease", "spec": spec}
    return {f"{at}/web.yaml": json.dumps(value | {"metadata": {"name": "web", "namespace": "web"}})}


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


@pytest.mark.parametrize(
    ("change", "is_said"),
    [
        (release("y", at="charts/web/deploy"), False),
        (CHANGED, True),
        ({**CHANGED, **release("y", at="charts/web/deploy")}, True),
    ],
    ids=["the release", "the chart", "both"],
)
def test_a_release_in_the_directory_of_its_chart(
    repository: GitOpsRepository, need: Callable[[str], str], change: dict[str, str | None], is_said: bool
) -> None:
    need("helm")
    base = {**chart("1.0.0"), TEMPLATE: CM, "charts/web/values.yaml": "b: z\n", **release(at="charts/web/deploy")}
    report = repository.compare(base, change)
    (unit,) = [unit for unit in report.units if unit.source is not None]
    assert (str(unit.state), any("it stays 1.0.0" in note for note in unit.notes)) == ("changed", is_said)


def test_what_a_kustomization_in_the_directory_of_a_chart_builds(
    repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("helm")
    need("kustomize")
    patch = release("y", at="charts/web/deploy/prod")["charts/web/deploy/prod/web.yaml"]
    base = {
        **chart("1.0.0"), TEMPLATE: CM, **release(at="charts/web/deploy/base"), "clusters/prod.yaml": PROD,
        "charts/web/deploy/base/kustomization.yaml": kustomization(resources=["web.yaml"]),
        "charts/web/deploy/prod/kustomization.yaml": kustomization(resources=["../base"], patches=[{"path": "web.yaml"}]),
        "charts/web/deploy/prod/web.yaml": patch,
    }  # fmt: skip
    report = repository.compare(base, release("w", at="charts/web/deploy/prod"))
    (unit,) = [unit for unit in report.units if unit.source is not None and unit.source.kind == "HelmRelease"]
    assert (str(unit.state), [note for note in unit.notes if "it stays" in note]) == ("changed", [])
