"""Sources of Flux whose name, or whose URL, only the output tells that declares what takes files from them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from deployers import FLUX_SOURCE, flux
from gitops_repository import GitOpsRepository, kustomization, manifest

from bot.affected.outputs import sources_held_by
from bot.model.resource import Document
from bot.model.result import Report

Files = dict[str, str | None]
THEIRS = "https://git.example/acme/theirs"


def source(name: str, url: str = THEIRS) -> str:
    metadata = {"name": name, "namespace": "flux-system"}
    value = {"apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository", "metadata": metadata}
    return json.dumps({**value, "spec": {"url": url, "ref": {"branch": "main"}}})


def sync(name: str, path: str, taken: str) -> str:
    return flux(name, path, sourceRef={"kind": "GitRepository", "name": taken})


def release(name: str, chart: str, **values: Any) -> str:
    spec = {"chart": {"spec": {"chart": chart, "sourceRef": FLUX_SOURCE}}, "values": values}
    value = {"apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease", "spec": spec}
    return json.dumps({**value, "metadata": {"name": name, "namespace": "flux-system"}})


APP: Files = {"apps/web/cm.yaml": manifest("ConfigMap", "web"), "clusters/prod/apps.yaml": flux("apps", "./tenants")}
CHART: Files = {
    **APP,
    "charts/tenant/Chart.yaml": "apiVersion: v2\nname: tenant\nversion: 1.0.0\n",
    "charts/tenant/templates/all.yaml": source("{{ .Release.Name }}")
    + "\n---\n"
    + sync("{{ .Release.Name }}-apps", "{{ .Values.path }}", "{{ .Release.Name }}"),
    "tenants/cm.yaml": manifest("ConfigMap", "tenants"),
}
OVERLAY: Files = {
    **APP,
    "tenants/kustomization.yaml": kustomization(resources=["cm.yaml"]),
    "tenants/cm.yaml": manifest("ConfigMap", "tenants"),
    "tenants/base/kustomization.yaml": kustomization(resources=["all.yaml"]),
    "tenants/base/all.yaml": source("tenant") + "\n---\n" + sync("apps", "./apps/web", "blog-tenant"),
}
OVERLAID = {
    "tenants/kustomization.yaml": kustomization(resources=["cm.yaml", "blog"]),
    "tenants/blog/kustomization.yaml": kustomization(resources=["../base"], namePrefix="blog-"),
}


def declared(report: Report, name: str) -> list[tuple[str, str]]:
    return [(str(u.state), u.error) for u in report.units if u.source is not None and u.source.name == name]


@pytest.mark.parametrize(
    ("files", "change"),
    [
        pytest.param(CHART, {"tenants/blog.yaml": release("blog", "charts/tenant", path="./apps/web")}, id="chart"),
        pytest.param(CHART, {"tenants/blog.yaml": release("blog", "charts/tenant", path="./deploy")}, id="not here"),
        pytest.param(OVERLAY, OVERLAID, id="prefix"),
    ],
)
def test_a_source_of_another_repository(
    repository: GitOpsRepository, need: Callable[[str], str], files: Files, change: Files
) -> None:
    need("kustomize"), need("helm")
    repository.git("remote", "add", "origin", "https://git.example/org/repo")
    report = repository.compare(files, change)
    ((state, error),) = declared(report, "blog-apps")
    assert (state, str(report.verdict)) == ("unrenderable", "passed")
    assert f"of {THEIRS} (GitRepository flux-system/blog" in error and "is not in this repository" in error


def test_another_address_alone(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    """The name of what deploys both is in both objects, and not in the one that takes files from there."""
    need("kustomize")
    address = {"postBuild": {"substitute": {"ORG": "one"}}}
    files: Files = {
        **APP,
        "clusters/prod/apps.yaml": flux("apps", "./tenants", **address),
        "tenants/repo.yaml": source("content", "https://git.example/${ORG}/apps"),
        "tenants/sync.yaml": sync("sync", "./web", "content"),
    }
    address["postBuild"]["substitute"]["ORG"] = "two"
    repository.git("remote", "add", "origin", "https://git.example/org/repo")
    report = repository.compare(files, {"clusters/prod/apps.yaml": flux("apps", "./tenants", **address)})
    ((state, error),) = declared(report, "sync")
    assert state == "unrenderable" and "https://git.example/two/apps" in error


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata:\n  name: a\n", ["a"]),
        ("'kind': 'GitRepository'\napiVersion: source.toolkit.fluxcd.io/v1\nmetadata: {name: a}\n", ["a"]),
        (source("a"), ["a"]),
        (sync("x", "./x", "a"), []),
        ("apiVersion: example.org/v1\nkind: GitRepository\nmetadata:\n  name: a\n", []),
        ("kind: HelmRelease\nspec:\n  sourceRef:\n    kind: GitRepository\n    name: a\n", []),
        ("kind: GitRepositoryList\napiVersion: source.toolkit.fluxcd.io/v1\nmetadata: {name: a}\n", []),
    ],
)
def test_what_an_output_holds(text: str, found: list[str]) -> None:
    assert list(sources_held_by([Document(text, "d")], "GitRepository")) == found


def test_an_artifact_is_found_by_its_name() -> None:
    text = (
        "apiVersion: source.extensions.fluxcd.io/v1beta1\nkind: ArtifactGenerator\nmetadata: {name: g}\n"
        "spec: {artifacts: [{name: one}, {name: two}]}\n"
    )
    assert list(sources_held_by([Document(text, "d")], "ExternalArtifact")) == ["one", "two"]
