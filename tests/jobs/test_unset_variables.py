"""Variables of Flux that nothing sets, from the file that takes one to the finding."""

from __future__ import annotations

from typing import Any

import pytest
from gitops_repository import GitOpsRepository, flux, kustomization, manifest

from bot.model.result import Finding, FindingState, Report, Severity

SOURCE = {"kind": "GitRepository", "name": "flux-system"}
GIT = (
    "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {name: flux-system, namespace: flux-system}\n"
    "spec: {url: 'https://forge.example/acme/repository'}\n"
)


def cluster(**post_build: Any) -> dict[str, str | None]:
    declared = flux("Kustomization", "apps", path="./apps", prune=True, sourceRef=SOURCE, postBuild=post_build)
    return {"clusters/prod/git.yaml": GIT, "clusters/prod/apps.yaml": declared}


def settings(host: str, **more: Any) -> dict[str, str | None]:
    return {
        "apps/kustomization.yaml": kustomization(resources=["a.yaml"]),
        "apps/a.yaml": manifest("ConfigMap", "a", namespace="web", data={"host": host}, **more),
    }


VARS = {"clusters/prod/vars.yaml": manifest("ConfigMap", "vars", namespace="flux-system", data={"domain": "a.example"})}
FROM = {"substituteFrom": [{"kind": "ConfigMap", "name": "vars"}]}


def told(report: Report) -> list[Finding]:
    found = [finding for check in report.checks for finding in check.findings if finding.rule == "risk/unset-variable"]
    return [finding for finding in found if finding.state is FindingState.INTRODUCED]


def test_a_name_that_is_misspelt(repository: GitOpsRepository) -> None:
    files = {**cluster(**FROM), **VARS, **settings("www.${domain}")}
    (found,) = told(repository.compare(files, settings("www.${domian}"), judged=True))
    assert "`domian`" in found.message
    assert (found.severity, found.unit, found.file, found.line) == (Severity.WARNING, "apps", "apps/a.yaml", 1)
    assert told(repository.compare({}, settings("www2.${domian}"), judged=True)) == []  # it was so before


def test_a_variable_that_is_taken_away(repository: GitOpsRepository) -> None:
    files = {**cluster(**FROM), **VARS, **settings("www.${domain}")}
    gone = {"clusters/prod/vars.yaml": manifest("ConfigMap", "vars", namespace="flux-system", data={"region": "eu"})}
    (found,) = told(repository.compare(files, gone, judged=True))
    assert found.file == "" or found.file == "clusters/prod/vars.yaml"


@pytest.mark.parametrize(
    "host",
    [
        "www.${domain}",
        "www.${domian:=b.example}",
        "${domian:-}",
        "${domain:-${domian}}",
        "www.$${domian}",
        "${domain%.*}",
    ],
)
def test_values_and_defaults(repository: GitOpsRepository, host: str) -> None:
    files = {**cluster(**FROM), **VARS, **settings("www")}
    assert told(repository.compare(files, settings(host), judged=True)) == []


def test_what_is_left_alone(repository: GitOpsRepository) -> None:
    post_build: list[dict[str, Any]] = [
        {"substituteFrom": [{"kind": "Secret", "name": "elsewhere", "optional": True}], "substitute": {"a": "b"}},
        {"substituteFrom": [{"kind": "Secret", "name": "elsewhere"}], "substitute": {"a": "b"}},
        {},
    ]
    for each in post_build:
        files = {**cluster(**each), **settings("www")}
        assert told(repository.compare(files, settings("${domain}"), judged=True)) == []
    disabled = settings("${domain}")
    disabled["apps/a.yaml"] = str(disabled["apps/a.yaml"]).replace(
        '"name": "a"', '"name": "a", "annotations": {"kustomize.toolkit.fluxcd.io/substitute": "disabled"}'
    )
    files = {**cluster(substitute={"a": "b"}), **settings("www")}
    assert told(repository.compare(files, disabled, judged=True)) == []
