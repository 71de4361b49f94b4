"""Clusters of one environment that take the same files: what tells them apart, and what counts as one application."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from gitops_repository import GitOpsRepository, chart, flux, kustomization, manifest

from bot.model.result import Finding, FindingState, Report

SOURCE = {"kind": "GitRepository", "name": "flux-system", "namespace": "flux-system"}
GIT = {
    "apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository",
    "metadata": {"name": "flux-system", "namespace": "flux-system"}, "spec": {"url": "https://forge.example/acme/repository"},
}  # fmt: skip


@pytest.fixture
def repository(tmp_path: Path) -> GitOpsRepository:
    return GitOpsRepository(tmp_path / "repository")


def new(report: Report, rule: str) -> list[Finding]:
    found = [finding for check in report.checks for finding in check.findings if finding.rule == rule]
    return [finding for finding in found if finding.state is FindingState.INTRODUCED]


def clusters(*names: str) -> dict[str, str | None]:
    """A cluster each, with its own root over the same declarations, as ``clusters/prod/00`` and ``clusters/prod/01`` are."""
    files: dict[str, str | None] = {
        "clusters/shared/kustomization.yaml": kustomization(resources=["git.yaml", "root.yaml", "apps.yaml"]),
        "clusters/shared/git.yaml": json.dumps(GIT),
        "clusters/shared/root.yaml": flux("Kustomization", "flux-system", path="./none", prune=True, sourceRef=SOURCE),
        "clusters/shared/apps.yaml": flux("Kustomization", "apps", path="./apps/prod", prune=True, sourceRef=SOURCE),
    }
    for name in names:
        patch = [{"op": "replace", "path": "/spec/path", "value": f"./clusters/prod/{name}"}]
        target = {"kind": "Kustomization", "name": "flux-system"}
        files[f"clusters/prod/{name}/kustomization.yaml"] = kustomization(
            resources=["../../shared"], patches=[{"target": target, "patch": json.dumps(patch)}]
        )
    return files


def test_what_each_cluster_gets_from_one_file_is_no_object_of_two_owners(repository: GitOpsRepository) -> None:
    files = clusters("00", "01") | {
        "apps/prod/kustomization.yaml": kustomization(resources=["a.yaml"]),
        "apps/prod/a.yaml": manifest("ConfigMap", "a", namespace="web", data={"a": "1"}),
    }
    more = {
        "apps/prod/kustomization.yaml": kustomization(resources=["a.yaml", "b.yaml"]),
        "apps/prod/b.yaml": manifest("ConfigMap", "b", namespace="web", data={"a": "1"}),
    }
    report = repository.compare(files, more, judged=True)
    assert len([unit for unit in report.units if unit.path == "apps/prod"]) == 2
    assert new(report, "risk/owned-twice") == []
    again = flux("Kustomization", "again", path="./apps/prod", prune=True, sourceRef=SOURCE)
    twice = {
        "clusters/shared/again.yaml": again,
        "apps/prod/b.yaml": str(more["apps/prod/b.yaml"]).replace("1", "2"),
    } | {
        "clusters/shared/kustomization.yaml": kustomization(
            resources=["git.yaml", "root.yaml", "apps.yaml", "again.yaml"]
        )
    }
    found = new(repository.compare({}, twice, judged=True), "risk/owned-twice")
    assert {finding.message.partition(" deploys")[0] for finding in found} == {"Kustomization `flux-system/again`"}
    assert len(found) == 4  # two objects in each of two clusters


def releases(*names: str) -> dict[str, str | None]:
    """Applications in production that each release the same chart."""
    files = chart("charts/service", a=manifest("ConfigMap", "{{ .Release.Name }}", data={"size": "{{ .Values.size }}"}))
    files["charts/service/values.yaml"] = "size: 1\n"
    files["clusters/prod/git.yaml"] = json.dumps(GIT)
    for name in names:
        spec = {"chart": "./charts/service", "reconcileStrategy": "Revision", "sourceRef": SOURCE}
        release = flux("HelmRelease", name, chart={"spec": spec}, targetNamespace=name)
        files[f"apps/{name}/base/release.yaml"] = release
        files[f"apps/{name}/base/kustomization.yaml"] = kustomization(resources=["release.yaml"])
        files[f"apps/{name}/prod/kustomization.yaml"] = kustomization(resources=["../base"])
        declared = flux("Kustomization", name, path=f"./apps/{name}/prod", prune=True, sourceRef=SOURCE)
        files[f"clusters/prod/{name}.yaml"] = declared
    return files


def test_a_kustomization_and_the_release_in_it_are_one_application(
    repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("helm")
    spec = {"chart": "./charts/service", "reconcileStrategy": "Revision", "sourceRef": SOURCE}
    longer = flux("HelmRelease", "mail", chart={"spec": spec}, targetNamespace="mail", values={"size": 3})
    report = repository.compare(releases("mail", "feed"), {"apps/mail/base/release.yaml": longer}, judged=True)
    assert {unit.path for unit in report.units} == {"apps/mail/prod", "charts/service"}
    assert new(report, "risk/shared-base") == []


def test_a_chart_under_several_applications_of_production(
    repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("helm")
    report = repository.compare(releases("mail", "feed"), {"charts/service/values.yaml": "size: 2\n"}, judged=True)
    (found,) = new(report, "risk/shared-base")
    assert "2 production units at the same moment (charts/service (feed), charts/service (mail))" in found.message
    assert found.file == "charts/service/values.yaml"
    alone = {"clusters/prod/feed.yaml": None, "charts/service/values.yaml": "size: 3\n"}
    assert new(repository.compare({}, alone, judged=True), "risk/shared-base") == []


def test_an_application_that_gets_another_name_is_not_two(
    repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("helm")
    old = releases("mail")
    renamed = str(old["apps/mail/base/release.yaml"]).replace('"name": "mail"', '"name": "mails"')
    report = repository.compare(old, {"apps/mail/base/release.yaml": renamed}, judged=True)
    assert new(report, "risk/unit-removed") and new(report, "risk/shared-base") == []


def test_the_way_through_declarations_in_the_output_of_declarations(repository: GitOpsRepository) -> None:
    """A release below a Kustomization that a cluster's root shows, whose variables the change sets elsewhere."""
    spec = {"chart": "redis", "sourceRef": {"kind": "HelmRepository", "name": "r"}}
    path = {"path": "./apps/${env}", "prune": True, "sourceRef": SOURCE}
    files = clusters("00") | {
        "CODEOWNERS": "* @platform\n/apps/ @apps\n",
        "clusters/shared/apps.yaml": flux(
            "Kustomization", "apps", **path, postBuild={"substitute": {"size": "${size}"}}
        ),
        "clusters/shared/root.yaml": flux(
            "Kustomization",
            "flux-system",
            path="./none",
            prune=True,
            sourceRef=SOURCE,
            postBuild={"substitute": {"env": "prod", "size": "small"}},
        ),
        "apps/prod/kustomization.yaml": kustomization(resources=["a.yaml"]),
        "apps/prod/a.yaml": flux("HelmRelease", "a", chart={"spec": spec}, values={"size": "${size}"}),
    }
    bigger = str(files["clusters/shared/root.yaml"]).replace("small", "big")
    found = new(repository.compare(files, {"clusters/shared/root.yaml": bigger}, judged=True), "owners/effect")
    (told,) = [each for each in found if "@apps" in each.message]
    assert told.file == "clusters/shared/root.yaml"
    assert "apps/prod → clusters/prod/00 → clusters/shared → clusters/shared/root.yaml" in told.message
