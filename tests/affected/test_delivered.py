"""Units that only exist in the output of others: what is asked, what is listed once, and what is never lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from gitops_repository import GitOpsRepository, kustomization, manifest

from bot.model.result import Report

Files = dict[str, str | None]


def flux(kind: str, name: str, **spec: Any) -> str:
    """A Flux object of the repository under check."""
    group = {"HelmRelease": "helm", "Kustomization": "kustomize"}[kind]
    metadata = {"name": name, "namespace": "flux-system"}
    if kind == "Kustomization":
        spec["sourceRef"] = {"kind": "GitRepository", "name": "flux-system"}
    value = {"apiVersion": f"{group}.toolkit.fluxcd.io/v2", "kind": kind, "metadata": metadata, "spec": spec}
    return json.dumps(value) + "\n"


def release(name: str, **spec: Any) -> str:
    source = {"kind": "GitRepository", "name": "flux-system"}
    return flux("HelmRelease", name, chart={"spec": {"chart": "charts/c", "sourceRef": source}}, **spec)


def named(report: Report) -> dict[str, str]:
    """Declared unit by its object → what the change does to it."""
    found = [str(unit.source or unit.path) for unit in report.units]
    assert sorted(set(found)) == sorted(found), found
    return {str(unit.source or unit.path): str(unit.state) for unit in report.units}


# -- what cannot be rendered and reads what changes

RELEASES: Files = {
    "clusters/prod/apps.yaml": flux("Kustomization", "apps", path="./apps"),
    "apps/kustomization.yaml": kustomization(resources=["release.yaml", "cm.yaml"]),
    "apps/release.yaml": release(
        "web", valuesFrom=[{"kind": "Secret", "name": "theirs"}, {"kind": "ConfigMap", "name": "ours"}]
    ),
    "apps/cm.yaml": manifest("ConfigMap", "other", data={"a": "1"}),
    "settings/cm.yaml": manifest("ConfigMap", "ours", data={"values.yaml": "a: 1"}),
    "charts/c/Chart.yaml": "apiVersion: v2\nname: c\nversion: 1.0.0\n"
    "dependencies: [{name: part, version: 1.0.0, repository: 'file://../part'}]\n",
    "charts/c/templates/cm.yaml": manifest("ConfigMap", "of-chart"),
    "charts/part/Chart.yaml": "apiVersion: v2\nname: part\nversion: 1.0.0\ntype: library\n",
    "charts/part/templates/_all.tpl": "one",
}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("charts/c/templates/cm.yaml", manifest("ConfigMap", "of-chart", data={"a": "2"})),
        ("charts/c/values.yaml", "replicas: 2"),
        ("charts/part/templates/_all.tpl", "two"),
        ("settings/cm.yaml", manifest("ConfigMap", "ours", data={"values.yaml": "a: 2"})),
    ],
)
def test_a_release_that_nobody_can_render_is_never_dropped(
    path: str, text: str, repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("kustomize")
    report = repository.compare(RELEASES, {path: text})
    assert named(report)["HelmRelease flux-system/web"] == "unrenderable"


def test_a_release_that_reads_nothing_of_the_change_is_not_listed(
    repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("kustomize")
    report = repository.compare(RELEASES, {"apps/cm.yaml": manifest("ConfigMap", "other", data={"a": "2"})})
    assert named(report) == {"Kustomization flux-system/apps": "changed"}
