"""Declarations that a Flux Kustomization changes on their way to the cluster, without a kustomization file."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from gitops_repository import GitOpsRepository, manifest

from bot.model.result import Report

Files = dict[str, str | None]


def rows(report: Report) -> dict[str, tuple[str, str]]:
    """What declares a unit → its environment, and what the change does to it."""
    found = {str(unit.source): (unit.environment, str(unit.state)) for unit in report.units if unit.source}
    assert len(found) == sum(unit.source is not None for unit in report.units)
    return found


def flux(name: str = "apps", **spec: Any) -> str:
    spec = {"path": "./apps", "sourceRef": {"kind": "GitRepository", "name": "flux-system"}} | spec
    value = {"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization", "spec": spec}
    return json.dumps(value | {"metadata": {"name": name, "namespace": "flux-system"}})


def release(**values: Any) -> str:
    chart = {"spec": {"chart": "charts/c", "sourceRef": {"kind": "GitRepository", "name": "flux-system"}}}
    value = {
        "apiVersion": "helm.toolkit.fluxcd.io/v2",
        "kind": "HelmRelease",
        "spec": {"chart": chart, "values": values},
    }
    return json.dumps(value | {"metadata": {"name": "web", "namespace": "flux-system"}})


FILES: Files = {
    "charts/c/Chart.yaml": "apiVersion: v2\nname: c\nversion: 1.0.0\n",
    "charts/c/templates/cm.yaml": '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, '
    '"data": {"a": "{{ .Values.a }}", "ns": "{{ .Release.Namespace }}"}}',
    "clusters/prod/apps.yaml": flux(targetNamespace="one"),
    "apps/release.yaml": release(a="1"),
}


def test_a_release_that_moves_to_another_namespace(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize"), need("helm")
    report = repository.compare(FILES, {"clusters/prod/apps.yaml": flux(targetNamespace="two")})
    assert rows(report) == {
        "Kustomization flux-system/apps": ("prod", "changed"),
        "HelmRelease one/web": ("prod", "removed"),
        "HelmRelease two/web": ("prod", "added"),
    }


def test_it_moves_and_its_file_changes(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    """What the file says alone is deployed nowhere: nothing may be called broken or changed for it."""
    need("kustomize"), need("helm")
    after: Files = {"clusters/prod/apps.yaml": flux(targetNamespace="two"), "apps/release.yaml": release(a="2")}
    report = repository.compare(FILES, after)
    assert report.verdict.value == "passed"
    assert rows(report) == {
        "Kustomization flux-system/apps": ("prod", "changed"),
        "HelmRelease one/web": ("prod", "removed"),
        "HelmRelease two/web": ("prod", "added"),
    }


def test_its_file_changes(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize"), need("helm")
    report = repository.compare(FILES, {"apps/release.yaml": release(a="2")})
    assert rows(report) == {
        "Kustomization flux-system/apps": ("prod", "changed"),
        "HelmRelease one/web": ("prod", "changed"),
    }


def test_its_chart_changes(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize"), need("helm")
    report = repository.compare(FILES, {"charts/c/templates/other.yaml": manifest("ConfigMap", "other")})
    assert rows(report) == {"HelmRelease one/web": ("prod", "changed")}


def test_its_chart_changes_and_two_clusters_take_it(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize"), need("helm")
    files: Files = {
        **FILES,
        "clusters/prod/apps.yaml": flux(postBuild={"substitute": {"a": "red"}}),
        "clusters/staging/apps.yaml": flux("staging", postBuild={"substitute": {"a": "blue"}}),
        "apps/release.yaml": release(a="${a}"),
    }
    after = '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"b": "{{ .Values.a }}"}}'
    report = repository.compare(files, {"charts/c/templates/cm.yaml": after})
    diffs = {unit.environment: "\n".join(change.diff for change in unit.objects) for unit in report.units}
    assert diffs.keys() == {"prod", "staging"} and len(report.units) == 2
    assert "b: red" in diffs["prod"] and "b: blue" in diffs["staging"]
