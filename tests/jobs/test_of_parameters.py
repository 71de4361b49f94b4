"""Sets of clusters that nobody here knows: what a change breaks for some of them, whichever parameters these have."""

from __future__ import annotations

import json
from typing import Any

import pytest
from gitops_repository import GitOpsRepository

from bot.model.result import Report

Files = dict[str, str | None]
CLUSTERS: dict[str, Any] = {"clusters": {"selector": {"matchExpressions": [{"key": "env", "operator": "Exists"}]}}}
FORGE: dict[str, Any] = {"pullRequest": {"github": {"owner": "o", "repo": "r"}}}
URL, REVISION = "{{ metadata.annotations.url }}", "{{ metadata.annotations.revision }}"


def fleet(*sources: dict[str, Any], generator: dict[str, Any] = CLUSTERS, **spec: Any) -> str:
    template = {
        "metadata": {"name": "{{ name }}-web"},
        "spec": {"sources": list(sources), "destination": {"name": "x"}},
    }
    value = {
        "apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "metadata": {"name": "set", "namespace": "argocd"},
        "spec": {"generators": [generator], "template": template, **spec},
    }  # fmt: skip
    return json.dumps(value) + "\n"


def addon(*names: str, **ref: str) -> Files:
    chart = {"repoURL": "https://charts.example", "chart": "web", "targetRevision": "1.0.0"}
    files = [f"$v/envs/{name}" for name in names or ("{{ metadata.labels.env }}/web/values.yaml",)]
    lends = {"repoURL": URL, "targetRevision": REVISION, "ref": "v", **ref}
    return {"sets/set.yaml": fleet({**chart, "helm": {"valueFiles": files}}, lends)}


VALUES = "envs/prod/web/values.yaml"


def of_set(report: Report) -> tuple[str, str, str]:
    (found,) = (unit for unit in report.units if unit.source and unit.source.name == "set")
    return str(report.verdict), str(found.state), found.error


def test_a_value_file_that_is_no_yaml_breaks_the_set(repository: GitOpsRepository) -> None:
    report = repository.compare({VALUES: "replicas: 2\n", **addon()}, {VALUES: "replicas: [2\n"})
    verdict, state, error = of_set(report)
    assert (verdict, state) == ("failed", "broken")
    assert f"{VALUES}:2 is not valid YAML" in error
    assert of_set(repository.compare({}, {VALUES: "replicas: [3\n"}))[:2] == ("passed", "unrenderable")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (addon(), {VALUES: "replicas: 3\n"}),
        (addon(), {VALUES: None}),
        (addon(), {"envs/prod/web/more.yaml": "a: [\n"}),
        (addon("{{ x }}/*.yaml"), {"envs/web/templates/cm.yaml": "a: {{ b }}\n"}),
        (addon("{{ x }}/*.yaml"), {"envs/starter.yaml": "{{ if a }}\nb: 1\n"}),
        (addon(targetRevision="v1.0.0"), {VALUES: "a: [\n"}),
        (addon(repoURL="https://git.example/other/place"), {VALUES: "a: [\n"}),
    ],
    ids=["mended", "gone", "not its file", "a chart's template", "another tool's template", "a tag", "elsewhere"],
)
def test_what_says_nothing_of_its_values(before: Files, after: Files, repository: GitOpsRepository) -> None:
    repository.git("remote", "add", "origin", "https://git.example/org/repo")
    assert str(repository.compare({VALUES: "replicas: 2\n", **before}, after).verdict) == "passed"
