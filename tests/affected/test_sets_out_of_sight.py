"""ApplicationSets that were known, and then ask for something that only the cluster or a forge can tell."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from deployers import cluster, elements
from fake_lookup import HERE
from gitops_repository import GitOpsRepository, kustomization, manifest

from bot.model.result import Report

Files = dict[str, str | None]
A, B = {"name": "a"}, {"name": "b"}
SCM = {"scmProvider": {"github": {"organization": "acme"}}}
PLUGIN = {"plugin": {"configMapRef": {"name": "plugin"}}}
PICKY = {"clusters": {"selector": {"matchLabels": {"tier": "app"}}}}
APPS: Files = {f"apps/{name}/cm.yaml": manifest("ConfigMap", name) for name in "ab"}


def appset(*generators: dict[str, Any], name: str = "web-{{name}}", of: str = "set") -> str:
    spec = {"source": {"repoURL": HERE, "path": "apps/{{name}}"}, "destination": {"namespace": "web"}}
    value = {
        "apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "metadata": {"name": of, "namespace": "argocd"},
        "spec": {"generators": list(generators), "template": {"metadata": {"name": name}, "spec": spec}},
    }  # fmt: skip
    return json.dumps(value) + "\n"


def listed(report: Report) -> dict[str, str]:
    """Without the manifest of the set itself, which is applied by its directory."""
    return {unit.source.name: str(unit.state) for unit in report.units if unit.source}


def error_of(report: Report, name: str) -> str:
    (unit,) = (unit for unit in report.units if unit.source and unit.source.name == name)
    return unit.error


def became(repository: GitOpsRepository, before: str, after: str) -> Report:
    return repository.compare({**APPS, "argocd/set.yaml": before}, {"argocd/set.yaml": after})


HIDDEN = [
    pytest.param(appset(SCM), "lists the repositories of a forge", id="forge"),
    pytest.param(appset(PLUGIN), "lists what a plugin answers", id="plugin"),
    pytest.param(appset(PICKY), "lists the clusters registered in Argo CD", id="clusters"),
    pytest.param(
        appset({"matrix": {"generators": [elements(A, B), PICKY]}}), "the clusters registered in Argo CD", id="matrix"
    ),
]


@pytest.mark.parametrize(("after", "words"), HIDDEN)
def test_what_a_set_made_is_broken_and_not_removed(after: str, words: str, repository: GitOpsRepository) -> None:
    report = became(repository, appset(elements(A, B)), after)
    assert (str(report.verdict), listed(report)) == ("failed", {"web-a": "broken", "web-b": "broken", "set": "broken"})
    error = error_of(report, "set")
    assert words in error
    assert "it made web-a, web-b, and whether they stay is not known: generate them from what lies in this" in error
    error = error_of(report, "web-a")
    assert error.startswith("ApplicationSet argocd/set made Application argocd/web-a; what it makes now only Argo CD")
    back = repository.compare({}, {"argocd/set.yaml": appset(elements(A, B))})
    assert (str(back.verdict), listed(back)) == ("passed", {"web-a": "added", "web-b": "added", "set": "fixed"})


@pytest.mark.parametrize(("after", "words"), HIDDEN)
def test_a_set_that_was_never_known_passes(after: str, words: str, repository: GitOpsRepository) -> None:
    report = repository.compare(APPS, {"argocd/set.yaml": after})
    assert (str(report.verdict), listed(report)["set"]) == ("passed", "unrenderable")
    assert words in error_of(report, "set")
    again = repository.compare({}, {"argocd/set.yaml": f"{after}\n"})
    assert (str(again.verdict), listed(again)) == ("passed", {})  # the set is what it was


@pytest.mark.parametrize(("after", "words"), HIDDEN)
def test_in_the_output_of_a_host(
    after: str, words: str, repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("kustomize")
    host = kustomization(resources=["set.yaml"], namespace="argocd")
    files = {**APPS, "argocd/kustomization.yaml": host, "argocd/set.yaml": appset(elements(A, B))}
    report = repository.compare(files, {"argocd/set.yaml": after})
    assert (str(report.verdict), listed(report)) == ("failed", {"web-a": "broken", "web-b": "broken", "set": "broken"})
    assert words in error_of(report, "set")
    back = repository.compare({}, {"argocd/set.yaml": appset(elements(A, B))})
    assert (str(back.verdict), listed(back)) == ("passed", {"web-a": "added", "web-b": "added", "set": "fixed"})


def test_clusters_whose_secrets_leave_the_repository(repository: GitOpsRepository) -> None:
    files = {**APPS, "clusters/a.yaml": cluster("a", tier="app"), "argocd/set.yaml": appset(PICKY)}
    report = repository.compare(files, {"clusters/a.yaml": None})
    assert (str(report.verdict), listed(report)) == ("failed", {"web-a": "broken", "set": "broken"})


def test_one_cluster_that_is_seen_to_go_is_removed(repository: GitOpsRepository) -> None:
    """Argo CD may know more clusters; of this one the repository says that it is no more."""
    clusters = {f"clusters/{name}.yaml": cluster(name, tier="app") for name in "ab"}
    report = repository.compare({**APPS, **clusters, "argocd/set.yaml": appset(PICKY)}, {"clusters/b.yaml": None})
    assert (str(report.verdict), listed(report)) == ("passed", {"web-a": "unchanged", "web-b": "removed"})
    unlabelled = repository.compare({}, {"clusters/a.yaml": cluster("a", tier="other")})
    assert (str(unlabelled.verdict), listed(unlabelled)["web-a"]) == ("passed", "removed")


def test_a_set_that_stays_known_as_far_as_it_was(repository: GitOpsRepository) -> None:
    """What is new may make more, but nothing that was seen is out of sight."""
    report = became(repository, appset(elements(A, B)), appset(elements(A, B), SCM))
    assert (str(report.verdict), listed(report)["set"]) == ("passed", "unrenderable")
    assert "broken" not in listed(report).values()


def test_what_goes_from_a_set_that_is_known_in_part(repository: GitOpsRepository) -> None:
    gone = became(repository, appset(elements(A, B), SCM), appset(elements(A), SCM))
    assert (str(gone.verdict), listed(gone)) == (
        "passed",
        {"web-a": "unchanged", "web-b": "removed", "set": "unrenderable"},
    )
    all_gone = repository.compare({}, {"argocd/set.yaml": appset(SCM)})
    assert (str(all_gone.verdict), listed(all_gone)) == ("passed", {"web-a": "removed", "set": "unrenderable"})


def test_a_set_that_is_known_in_part_hides_more(repository: GitOpsRepository) -> None:
    report = became(repository, appset(elements(A), SCM, elements(B)), appset(elements(A), SCM, PLUGIN))
    assert (str(report.verdict), listed(report)) == (
        "failed",
        {"web-a": "unchanged", "web-b": "broken", "set": "broken"},
    )
    assert "it made web-b, and" in error_of(report, "set")


def test_a_set_that_is_deleted_takes_its_applications_along(repository: GitOpsRepository) -> None:
    report = repository.compare({**APPS, "argocd/set.yaml": appset(elements(A))}, {"argocd/set.yaml": None})
    assert str(report.verdict) == "passed"
    assert listed(report)["web-a"] == "removed"


def test_a_set_that_is_known_in_part_moves_with_its_applications(repository: GitOpsRepository) -> None:
    apps: Files = {"apps/prod/cm.yaml": manifest("ConfigMap", "web")}
    text = appset(elements({"name": "prod"}), SCM)
    report = repository.compare(
        {**apps, "argocd/set.yaml": text}, {"argocd/set.yaml": None, "argocd/sets/set.yaml": text}
    )
    assert (str(report.verdict), listed(report)) == ("passed", {"web-prod": "unchanged", "set": "unrenderable"})
    assert len(report.units) == 4  # and a directory that comes, and one that goes
