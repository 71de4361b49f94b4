"""Flux objects whose path holds a variable that the Kustomization above them fills in."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from deployers import flux
from gitops_repository import GitOpsRepository, kustomization, manifest

from bot.affected.open_paths import open_paths
from bot.model.result import Report

Files = dict[str, str | None]
FLEET: Files = {
    "clusters/prod/tenants.yaml": flux("tenants", "./tenants", postBuild={"substitute": {"ENV": "prod"}}),
    "clusters/staging/tenants.yaml": flux("tenants", "./tenants", postBuild={"substitute": {"ENV": "staging"}}),
    "tenants/web.yaml": flux("web", "./apps/web/${ENV}", postBuild={"substitute": {"HOST": "web.${ENV}.example"}}),
    "apps/web/prod/kustomization.yaml": kustomization(resources=["../../base"]),
    "apps/web/staging/kustomization.yaml": kustomization(resources=["../../base"]),
    "apps/base/kustomization.yaml": kustomization(resources=["cm.yaml"]),
    "apps/base/cm.yaml": manifest("ConfigMap", "web", data={"host": "${HOST}"}),
}
LISTED: Files = {"tenants/kustomization.yaml": kustomization(resources=["web.yaml"])}


def rows(report: Report) -> list[tuple[str, str, str]]:
    return sorted((str(unit.source or unit.path), unit.environment, str(unit.state)) for unit in report.units)


@pytest.mark.parametrize("more", [LISTED, {}], ids=["listed by a kustomization", "in a plain directory"])
def test_what_changes_below_is_the_objects(
    repository: GitOpsRepository, need: Callable[[str], str], more: Files
) -> None:
    need("kustomize")
    changed = manifest("ConfigMap", "web", data={"host": "${HOST}", "more": "https://${HOST}"})
    report = repository.compare(FLEET | more, {"apps/base/cm.yaml": changed})
    name = "Kustomization flux-system/web"
    assert rows(report) == [(name, "prod", "changed"), (name, "staging", "changed")]
    assert "https://web.prod.example" in report.units[-1].objects[0].diff + report.units[0].objects[0].diff


def test_a_directory_that_is_gone(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    """Flux does not find it, and prunes nothing."""
    need("kustomize")
    report = repository.compare(FLEET | LISTED, {"apps/web/prod/kustomization.yaml": None})
    assert rows(report) == [("Kustomization flux-system/web", "prod", "broken")]
    assert "no directory apps/web/prod" in report.units[0].error


def test_one_in_a_directory_that_another_one_means(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    """Only the one above, of which a variable tells the path, fills in what it says."""
    need("kustomize")
    files: Files = {
        "clusters/prod/all.yaml": flux("all", "./all", postBuild={"substitute": {"ENV": "prod"}}),
        "all/apps.yaml": flux("apps", "./sets/${ENV}", postBuild={"substitute": {"COLOUR": "red"}}),
        "sets/prod/web.yaml": flux("web", "./apps/web", postBuild={"substitute": {"TONE": "dark${COLOUR}"}}),
        "apps/web/cm.yaml": manifest("ConfigMap", "web", data={"a": "${TONE}"}),
    }
    report = repository.compare(files, {"apps/web/cm.yaml": manifest("ConfigMap", "web", data={"b": "${TONE}"})})
    assert rows(report) == [("Kustomization flux-system/web", "prod", "changed")]
    assert "b: darkred" in report.units[0].objects[0].diff


def chart(kind: str, name: str, *files: str) -> str:
    spec = {"chart": {"spec": {"chart": name, "valuesFiles": list(files), "sourceRef": {"kind": kind, "name": "x"}}}}
    return json.dumps({"apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease", "spec": spec})


@pytest.mark.parametrize(
    ("written", "places"),
    [
        (flux("a", "./apps/web"), []),
        (flux("a", "./apps/web/${ENV}/base"), ["apps/web"]),
        (flux("a", "/apps/web-${ENV}"), ["apps"]),
        (flux("a", "${PLACE}"), [""]),
        (flux("a", "../${PLACE}"), [""]),
        (flux("a", "./apps/${ENV}", components=["../../parts/one"]), ["apps", "parts/one"]),
        (flux("a", "./apps/web", components=["../../parts/${SIZE}"]), ["parts"]),
        (flux("a", "./apps", postBuild={"substituteFrom": [{"kind": "ConfigMap", "name": "${ENV}-vars"}]}), [""]),
        (flux("a", "./apps", postBuild={"substitute": {"HOST": "${ENV}.example"}}), []),
        (chart("GitRepository", "charts/${NAME}", "charts/${NAME}/values.yaml"), ["charts", "charts"]),
        (chart("HelmRepository", "${NAME}"), []),
        ('{"apiVersion": "v1", "kind": "ConfigMap", "spec": {"path": "${A}"}}', []),
        ('{"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "spec": {"path": ["${A}"], "components": {"a": 1}}}', [""]),
        ('{"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "spec": 3}', []),
        ("[]", []),
    ],
)  # fmt: skip
def test_where_it_may_lie(written: str, places: list[str]) -> None:
    assert list(open_paths(json.loads(written))) == places
