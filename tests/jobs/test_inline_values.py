"""Values that a declaration holds as text, and that are no YAML: the error names the field and the file."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from gitops_repository import GitOpsRepository, application, by_path, chart

Files = dict[str, str | None]
BROKEN = 'image: {tag: "2.0"'
HERE = {"repoURL": "https://example.com/acme/gitops.git", "path": "charts/web"}


def several(values: str) -> str:
    value = json.loads(application("web", "charts/web"))
    del value["spec"]["source"]
    value["spec"]["sources"] = [{**HERE, "path": "more", "ref": "more"}, {**HERE, "helm": {"values": values}}]
    return json.dumps(value)


def generated(values: str) -> str:
    template: dict[str, Any] = {
        "metadata": {"name": "{{name}}"},
        "spec": {"source": {**HERE, "helm": {"values": values}}},
    }
    spec = {"generators": [{"list": {"elements": [{"name": "web"}]}}], "template": template}
    metadata = {"name": "set", "namespace": "argocd"}
    value = {"apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "metadata": metadata, "spec": spec}
    return json.dumps(value)


@pytest.mark.parametrize(
    ("written", "field"),
    [
        (lambda values: application("web", "charts/web", helm={"values": values}), "spec.source.helm.values"),
        (several, "spec.sources[1].helm.values"),
        (generated, "spec.source.helm.values"),
    ],
    ids=["one source", "several sources", "generated"],
)
def test_the_field_is_named(
    written: Callable[[str], str], field: str, repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("helm")
    repository.git("remote", "add", "origin", HERE["repoURL"])
    files: Files = {**chart("charts/web", cm="{}"), "more/a.txt": "a"}
    report = repository.compare({**files, "argocd/web.yaml": written("a: 1")}, {"argocd/web.yaml": written(BROKEN)})
    (unit,) = (unit for path, unit in by_path(report).items() if unit.source)
    assert str(unit.state) == "broken"
    assert unit.error.startswith(f"failed to parse {field} of Application argocd/web (argocd/web.yaml): ")
