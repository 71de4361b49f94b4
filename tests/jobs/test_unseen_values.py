"""Images of charts that cannot be rendered from here: what the values say that they get, and where it stands."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from gitops_repository import GitOpsRepository, flux, kustomization, manifest

from bot.model.result import Report

Files = dict[str, str | None]
HERE = "https://example.com/acme/gitops.git"
BASE = """\
image:
  repository: acme/api
  tag: 0.0.1
pinned:
  image:
    repository: acme/pinned
    tag: 1.0.0
off:
  enabled: false
  image: {repository: acme/off, tag: "1"}
"""


def deployed(environment: str, **helm: Any) -> Files:
    """An Application of a chart of a registry, with values of two files of this repository."""
    remote = {
        "repoURL": "https://charts.example.com", "chart": "api", "targetRevision": "1.0.0",
        "helm": {"valueFiles": ["$values/values/base.yaml", f"$values/values/{environment}.yaml"], **helm},
    }  # fmt: skip
    spec = {
        "project": "default", "sources": [remote, {"repoURL": HERE, "targetRevision": "main", "ref": "values"}],
        "destination": {"server": "https://kubernetes.default.svc", "namespace": "api"},
    }  # fmt: skip
    metadata = {"name": f"api-{environment}", "namespace": "argocd"}
    made = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": metadata, "spec": spec}
    return {
        f"argocd/{environment}/api.yaml": json.dumps(made) + "\n",
        "values/base.yaml": BASE,
        f"values/{environment}.yaml": "image:\n  tag: 1.0.0\n",
    }


def said(report: Report) -> list[tuple[str, str, int]]:
    """Rule, file and line of what the change brings."""
    images = next(check for check in report.checks if check.name == "images")
    return sorted((f.rule, f.file, f.line) for f in images.findings if f.state == "introduced")


def compared(repository: GitOpsRepository, before: Files, after: Files) -> list[tuple[str, str, int]]:
    return said(repository.compare(before, after, judged=True))


@pytest.fixture(autouse=True)
def programs(need: Callable[[str], str]) -> None:
    need("helm")
    need("kustomize")


def test_a_tag_in_a_file_of_values(repository: GitOpsRepository) -> None:
    found = compared(repository, deployed("prod"), {"values/prod.yaml": "image:\n  # new\n  tag: latest\n"})
    assert found == [("images/latest", "values/prod.yaml", 3)]


def test_what_a_later_file_or_the_application_sets_wins(repository: GitOpsRepository) -> None:
    before = deployed("prod", valuesObject={"pinned": {"image": {"tag": "2.0.0"}}})
    hidden = BASE.replace("0.0.1", "latest").replace("1.0.0", "latest").replace('"1"', "latest")
    assert compared(repository, before, {"values/base.yaml": hidden}) == []


def test_a_tag_whose_name_only_the_chart_knows(repository: GitOpsRepository) -> None:
    before = {**deployed("prod"), "values/base.yaml": "replicas: 1\n"}
    report = repository.compare(before, {"values/prod.yaml": "image: {tag: latest}\n"}, judged=True)
    assert said(report) == [("images/latest", "values/prod.yaml", 1)]
    (found,) = (f for check in report.checks for f in check.findings if f.rule == "images/latest")
    assert found.message.startswith("The image of `values.image` is `:latest`")


def test_production_ahead_of_staging(repository: GitOpsRepository) -> None:
    both = {**deployed("staging"), **deployed("prod")}
    assert compared(repository, both, {"values/prod.yaml": "image:\n  tag: 1.1.0\n"}) == [
        ("images/promotion-order", "values/prod.yaml", 2)
    ]
    follows = repository.commit({"values/staging.yaml": "image:\n  tag: 1.1.0\n"})
    promoted = repository.commit({"values/prod.yaml": "image:\n  tag:  1.1.0\n"})
    assert said(repository.check(follows, promoted, judged=True)) == []


def test_text_and_parameters_of_the_application(repository: GitOpsRepository) -> None:
    text = "sidecar:\n  image:\n    repository: acme/sidecar\n    tag: latest\n"
    before, after = (
        deployed("prod"),
        deployed("prod", values=text, parameters=[{"name": "image.tag", "value": "latest"}]),
    )
    report = repository.compare(before, after, judged=True)
    assert {rule for rule, _, _ in said(report)} == {"images/latest"}
    images = {f.message.split(" is ")[0] for c in report.checks for f in c.findings if f.rule == "images/latest"}
    assert images == {"`acme/sidecar`", "The image of `values.image`"}


def test_a_chart_that_lacks_a_dependency_of_a_registry(repository: GitOpsRepository) -> None:
    redis = {"name": "redis", "version": "19.0.0", "repository": "https://charts.example.com"}
    chart = {"apiVersion": "v2", "name": "umbrella", "version": "1.0.0", "dependencies": [redis]}
    before: Files = {
        "umbrella/Chart.yaml": json.dumps(chart), "umbrella/values.yaml": "redis:\n  image: {tag: 7.0.0}\n",
        "umbrella/values-prod.yaml": "redis:\n  auth: {enabled: true}\n",
    }  # fmt: skip
    assert compared(repository, before, {"umbrella/values-prod.yaml": "redis:\n  image:\n    tag: latest\n"}) == [
        ("images/latest", "umbrella/values-prod.yaml", 3)
    ]


def test_a_config_map_that_a_release_names(repository: GitOpsRepository) -> None:
    source = {"kind": "HelmRepository", "name": "acme"}
    chart = {"spec": {"chart": "gw", "version": "1.0.0", "sourceRef": source}}

    def of(**more: Any) -> Files:
        named = [{"kind": "ConfigMap", "name": "gw-values"}]
        return {
            "prod/kustomization.yaml": kustomization(resources=["release.yaml", "values.yaml"]),
            "prod/release.yaml": flux("HelmRelease", "gw", interval="1m", chart=chart, valuesFrom=named, **more),
        }

    def values(tag: str) -> Files:
        text = f"image:\n  repository: acme/gw\n  tag: {tag}\nother: 1\n"
        made = manifest("ConfigMap", "gw-values", namespace="flux-system", data={"values.yaml": text})
        return {"prod/values.yaml": made}

    assert compared(repository, {**of(), **values("1.0.0")}, values("latest")) == [
        ("images/latest", "prod/values.yaml", 1)
    ]
    hides = {**of(values={"image": {"tag": "1.0.0"}}), **values("1.0.0")}
    assert compared(repository, hides, values("latest")) == []
