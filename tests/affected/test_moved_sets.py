"""ApplicationSets that move to another file, and fail or hide what they make from then on."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fake_lookup import HERE
from gitops_repository import GitOpsRepository, manifest

from bot.model.result import Report, UnitChange

Files = dict[str, str | None]
SCM = {"scmProvider": {"github": {"organization": "acme"}}}
APPS: Files = {f"apps/{name}/cm.yaml": manifest("ConfigMap", name) for name in "ab"}


def elements(*names: str) -> dict[str, Any]:
    return {"list": {"elements": [{"name": name} for name in names]}}


def appset(*generators: dict[str, Any], path: str = "apps/{{.name}}") -> str:
    spec = {"source": {"repoURL": HERE, "path": path}, "destination": {"namespace": "web"}}
    template = {"metadata": {"name": "web-{{.name}}"}, "spec": spec}
    strict = {"goTemplate": True, "goTemplateOptions": ["missingkey=error"]}
    value = {
        "apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "metadata": {"name": "set", "namespace": "argocd"},
        "spec": {"generators": list(generators), "template": template, **strict},
    }  # fmt: skip
    return json.dumps(value) + "\n"


ROOT = json.dumps(
    {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": "root"},
     "spec": {"source": {"repoURL": HERE, "path": "argocd", "directory": {"recurse": True}}, "destination": {}}}
)  # fmt: skip
FAILING = appset(elements("a", "b"), path="apps/{{.nome}}")


def listed(report: Report) -> dict[str, str]:
    return {unit.source.name: str(unit.state) for unit in report.units if unit.source}


def the_set(report: Report) -> UnitChange:
    (unit,) = (unit for unit in report.units if unit.source and unit.source.kind == "ApplicationSet")
    return unit


@pytest.mark.parametrize("above", [{}, {"root.yaml": ROOT}], ids=["by hand", "of a root"])
@pytest.mark.parametrize("to", ["argocd/sets.yaml", "argocd/sets/set.yaml"])
def test_one_that_fails_is_broken_and_keeps_what_it_made(above: Files, to: str, repository: GitOpsRepository) -> None:
    before = {**APPS, **above, "argocd/set.yaml": appset(elements("a", "b"))}
    report = repository.compare(before, {"argocd/set.yaml": None, to: FAILING})
    found = listed(report)
    assert (found["set"], found["web-a"], found["web-b"]) == ("broken", "unchanged", "unchanged")
    assert str(report.verdict) == "failed"
    assert "web-a, web-b" in the_set(report).notes[0]


@pytest.mark.parametrize("above", [{}, {"root.yaml": ROOT}], ids=["by hand", "of a root"])
def test_one_that_hides_what_it_makes(above: Files, repository: GitOpsRepository) -> None:
    before = {**APPS, **above, "argocd/set.yaml": appset(elements("a", "b"))}
    report = repository.compare(before, {"argocd/set.yaml": None, "argocd/sets.yaml": appset(elements("a"), SCM)})
    found = listed(report)
    assert (found["set"], found["web-a"], found["web-b"]) == ("broken", "unchanged", "broken")
    assert "it made web-b, and whether" in the_set(report).error
    assert str(report.verdict) == "failed"


def test_one_that_was_known_in_part(repository: GitOpsRepository) -> None:
    before = {**APPS, "argocd/set.yaml": appset(elements("a", "b"), SCM)}
    report = repository.compare(before, {"argocd/set.yaml": None, "argocd/sets.yaml": FAILING})
    assert listed(report) == {"set": "broken", "web-a": "unchanged", "web-b": "unchanged"}


def test_what_another_cluster_gets_is_another_set(repository: GitOpsRepository) -> None:
    before = {**APPS, "clusters/one/set.yaml": appset(elements("a"))}
    report = repository.compare(before, {"clusters/one/set.yaml": None, "clusters/two/set.yaml": FAILING})
    assert listed(report) == {"set": "unrenderable", "web-a": "removed"}


def test_one_that_stays_beside_a_failing_copy(repository: GitOpsRepository) -> None:
    before = {**APPS, "argocd/set.yaml": appset(elements("a", "b"))}
    report = repository.compare(before, {"argocd/set.yaml": appset(elements("a")), "argocd/copy.yaml": FAILING})
    assert listed(report)["web-b"] == "removed"
    assert listed(report)["web-a"] == "unchanged"
