"""An Application with several sources of which one cannot be rendered, beside others in the same change."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
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
    assert found == {"a": ("unrenderable", ["shared"]), "b": ("changed", ["shared"]), "c": ("changed", ["shared"])}


CHART = {"shop/Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.0.0\n", "shared/values.yaml": "a: 1\n"}
LENDER = {"repoURL": HERE, "targetRevision": "HEAD", "ref": "v"}
TAKERS = {
    "of a chart that lies here": {"repoURL": HERE, "path": "shop"},
    "of a chart in a registry": {"repoURL": "https://charts.example.com", "chart": "redis", "targetRevision": "1.2.3"},
}


@pytest.mark.parametrize("taker", TAKERS)
@pytest.mark.parametrize("field", ["valueFiles", "fileParameters"])
def test_a_reference_that_no_source_declares_is_wrong(
    repository: GitOpsRepository, need: Callable[[str], str], taker: str, field: str
) -> None:
    need("helm")

    def takes(name: str) -> dict[str, Any]:
        path = f"{name}/shared/values.yaml"
        return {**TAKERS[taker], "helm": {field: [path if field == "valueFiles" else {"name": "x", "path": path}]}}

    right = {**CHART, "argo/a.yaml": application("a", takes("$v"), LENDER)}
    for wrong in ((takes("$w"), LENDER), (takes("$v"), {"repoURL": HERE, "path": "shop"})):
        report = repository.compare(right, {"argo/a.yaml": application("a", *wrong)})
        broken = [unit for unit in report.units if str(unit.state) == "broken" or unit.is_broken_newcomer]
        assert [unit.source.name for unit in broken if unit.source] == ["a"]
        assert "`ref`" in str(broken[0].error)


def test_a_variable_of_argo_cd_is_no_reference(repository: GitOpsRepository) -> None:
    taken = {"repoURL": HERE, "path": "shop", "helm": {"valueFiles": ["$ARGOCD_APP_NAME/values.yaml"]}}
    files = {**CHART, "shop/a/values.yaml": "a: 1\n", "argo/a.yaml": application("a", taken, LENDER)}
    report = repository.compare(files, {"shop/a/values.yaml": "a: 2\n"})
    assert not [unit for unit in report.units if str(unit.state) == "broken"]
