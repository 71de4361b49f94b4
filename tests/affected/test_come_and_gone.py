"""A kustomization or a chart that comes above plain manifests, or goes: whatever only one side has is listed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from gitops_repository import GitOpsRepository, kustomization, manifest, states

Files = dict[str, str | None]
PLAIN: Files = {f"k8s/{name}/cm.yaml": manifest("ConfigMap", name) for name in ("dev", "prod")}
ABOVE: Files = {
    "k8s/kustomization.yaml": kustomization(resources=["ns.yaml"]),
    "k8s/ns.yaml": manifest("Namespace", "a"),
}
CHART: Files = {
    "k8s/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
    "k8s/templates/cm.yaml": manifest("ConfigMap", "x"),
}
LIBRARY: Files = {"k8s/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\ntype: library\n"}
COMPONENT: Files = {
    "k8s/kustomization.yaml": '{"apiVersion": "kustomize.config.k8s.io/v1alpha1", "kind": "Component"}',
}
APPLICATION = """apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: web, namespace: argocd}
spec:
  source: {repoURL: https://git.example.com/a/b.git, path: k8s/prod}
  destination: {namespace: web, server: https://kubernetes.default.svc}
"""


@pytest.mark.parametrize(
    ("above", "program", "itself"),
    [
        (ABOVE, "kustomize", {"k8s": "added"}),
        (CHART, "helm", {"k8s": "added"}),
        (LIBRARY, "helm", {}),
        (COMPONENT, "kustomize", {}),
    ],
    ids=["kustomization", "chart", "library", "component"],
)
def test_what_lies_below_goes_and_comes(
    repository: GitOpsRepository, need: Callable[[str], str], above: Files, program: str, itself: dict[str, str]
) -> None:
    need(program)
    report = repository.compare(PLAIN, above)
    assert states(report) == {"k8s/dev": "removed", "k8s/prod": "removed", **itself}
    assert report.unmapped == ()
    report = repository.compare({}, dict.fromkeys(above))
    assert states(report) == {"k8s/dev": "added", "k8s/prod": "added", **dict.fromkeys(itself, "removed")}
    assert report.unmapped == ()


def test_a_kustomization_above_takes_one_directory_and_forgets_another(
    repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("kustomize")
    before: Files = {f"k8s/prod/{name}/cm.yaml": manifest("ConfigMap", name) for name in ("web", "api")}
    report = repository.compare(before, {"k8s/prod/kustomization.yaml": kustomization(resources=["web/cm.yaml"])})
    assert states(report) == {"k8s/prod": "unchanged", "k8s/prod/api": "removed"}
    report = repository.compare({}, {"k8s/prod/kustomization.yaml": None})
    assert states(report) == {"k8s/prod": "unchanged", "k8s/prod/api": "added"}


def test_what_a_declaration_takes_over_is_told_there(repository: GitOpsRepository) -> None:
    report = repository.compare(PLAIN, {"argocd/web.yaml": APPLICATION})
    assert {str(unit.source or unit.path): str(unit.state) for unit in report.units} == {
        "Application argocd/web": "added",
        "argocd": "added",
    }
    report = repository.compare({}, {"argocd/web.yaml": None})
    assert {str(unit.source or unit.path): str(unit.state) for unit in report.units} == {
        "Application argocd/web": "removed",
        "argocd": "removed",
    }


def test_a_moved_index_says_the_same(repository: GitOpsRepository, need: Callable[[str], str], tmp_path: Path) -> None:
    need("kustomize")
    commits = [repository.commit(files) for files in (PLAIN, ABOVE, dict.fromkeys(ABOVE), ABOVE)]
    cache = tmp_path / "cache"
    for at, wanted in enumerate(("removed", "added", "removed")):
        found = states(repository.check(commits[at], commits[at + 1], cache=cache))
        assert found["k8s/prod"] == wanted
        assert found == states(repository.check(commits[at], commits[at + 1], cache=tmp_path / f"fresh{at}"))


def test_what_a_declaration_leaves_out_does_not_begin_where_it_goes(repository: GitOpsRepository) -> None:
    narrow = APPLICATION.replace("k8s/prod}", "k8s/prod, directory: {exclude: 'draft*'}}")
    draft: Files = {"k8s/prod/draft.yaml": manifest("ConfigMap", "draft")}
    report = repository.compare({**PLAIN, **draft, "argocd/web.yaml": narrow}, {"argocd/web.yaml": None})
    assert {str(unit.source or unit.path): str(unit.state) for unit in report.units} == {
        "Application argocd/web": "removed",
        "argocd": "removed",
    }


def test_what_a_new_declaration_leaves_out_goes(repository: GitOpsRepository) -> None:
    narrow = APPLICATION.replace("k8s/prod}", "k8s/prod, directory: {exclude: 'draft*'}}")
    draft: Files = {"k8s/prod/draft.yaml": manifest("ConfigMap", "draft")}
    report = repository.compare({**PLAIN, **draft}, {"argocd/web.yaml": narrow})
    (gone,) = (unit for unit in report.units if str(unit.state) == "removed")
    assert (gone.path, "ConfigMap draft" in [str(each.id) for each in gone.objects]) == ("k8s/prod", True)
