"""An Application with several sources of which one cannot be rendered, beside others in the same change."""

from __future__ import annotations

import json
from typing import Any

from gitops_repository import GitOpsRepository, manifest

HERE = "https://git.example.com/org/repo"


def application(name: str, *sources: dict[str, Any]) -> str:
    spec = {"sources": list(sources), "destination": {"namespace": name}, "project": "default"}
    value = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": name}, "spec": spec}
    return json.dumps(value) + "\n"


def test_a_source_that_fails_shifts_nothing(repository: GitOpsRepository) -> None:
    """What is rendered comes in one stream: each unit must take all of its own, also behind a failure."""
    elsewhere = {"repoURL": "https://charts.example.com", "chart": "redis", "targetRevision": "1.2.3"}
    here = {"repoURL": HERE, "path": "shared"}
    files = {
        "argo/a.yaml": application("a", elsewhere, here),
        "argo/b.yaml": application("b", here),
        "argo/c.yaml": application("c", here, {"repoURL": HERE, "path": "only-c"}),
        "shared/cm.yaml": manifest("ConfigMap", "shared"),
        "only-c/cm.yaml": manifest("ConfigMap", "of-c"),
    }
    report = repository.compare(files, {"shared/cm.yaml": manifest("ConfigMap", "shared", data={"a": "1"})})
    found = {
        unit.source.name: (str(unit.state), [o.id.name for o in unit.objects]) for unit in report.units if unit.source
    }
    assert found == {"a": ("unrenderable", []), "b": ("changed", ["shared"]), "c": ("changed", ["shared"])}
