"""A root that is applied by hand: its own fields are what it deploys, too."""

from __future__ import annotations

import json
from typing import Any

import pytest
from gitops_repository import GitOpsRepository, kustomization, manifest

HERE = "https://example.com/acme/gitops.git"


def application(name: str, path: str, *, server: str = "https://a", **spec: Any) -> str:
    source = {"repoURL": HERE, "path": path, "targetRevision": "HEAD"}
    value = {
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": name, "namespace": "argocd"},
        "spec": {"project": "default", "source": source, "destination": {"server": server}, **spec},
    }  # fmt: skip
    return json.dumps(value) + "\n"


FILES = {
    "argocd/root.yaml": application("root", "argocd/apps"),
    "argocd/kustomization.yaml": kustomization(resources=["cm.yaml"]),
    "argocd/cm.yaml": manifest("ConfigMap", "argocd"),
    "argocd/apps/web.yaml": application("web", "web"),
    "web/cm.yaml": manifest("ConfigMap", "web"),
}


@pytest.mark.parametrize(
    ("change", "row"),
    [
        ({"server": "https://b"}, "server: https://b"),
        ({"syncPolicy": {"automated": {"prune": True}}}, "prune: true"),
        ({"project": "other"}, "project: other"),
    ],
)
def test_what_the_root_itself_says_is_compared(repository: GitOpsRepository, change: dict[str, Any], row: str) -> None:
    report = repository.compare(FILES, {"argocd/root.yaml": application("root", "argocd/apps", **change)})
    (unit,) = [unit for unit in report.units if unit.source and unit.source.name == "root"]
    assert str(unit.state) == "changed"
    assert [(o.id.kind, o.id.name) for o in unit.objects] == [("Application", "root")]
    assert row in [line.lstrip("+ ") for line in unit.objects[0].diff.split("\n") if line.startswith("+")]


def test_what_another_unit_shows_is_told_there_alone(repository: GitOpsRepository) -> None:
    report = repository.compare(FILES, {"argocd/apps/web.yaml": application("web", "web", server="https://b")})
    shown = [
        unit.path for unit in report.units for o in unit.objects if o.id.name == "web" and o.id.kind == "Application"
    ]
    assert shown == ["argocd/apps"]


def test_a_row_that_says_nothing_is_no_change(repository: GitOpsRepository) -> None:
    files = {**FILES, "argocd/root.yaml": "# mine\n" + application("root", "argocd/apps")}
    report = repository.compare(FILES, files)
    assert {str(unit.state) for unit in report.units} <= {"unchanged"}
