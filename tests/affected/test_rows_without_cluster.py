"""A matrix of files and clusters where one row finds no cluster: the other rows stay what they are."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from deployers import cluster
from fake_lookup import HERE
from gitops_repository import GitOpsRepository, kustomization, manifest

from bot.model.result import Report

Files = dict[str, str | None]
ROWS = {"git": {"repoURL": HERE, "files": [{"path": "regions/*/app.json"}]}}
CLUSTERS = {"clusters": {"selector": {"matchLabels": {"region": "{{.region}}"}}}}


def matrix(path: str = "app") -> str:
    spec = {"source": {"repoURL": HERE, "path": path}, "destination": {"server": "{{.server}}", "namespace": "app"}}
    return json.dumps({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "metadata": {"name": "set", "namespace": "argocd"},
        "spec": {
            "goTemplate": True,
            "generators": [{"matrix": {"generators": [ROWS, CLUSTERS]}}],
            "template": {"metadata": {"name": "app-{{.name}}"}, "spec": spec},
        },
    })  # fmt: skip


FILES: Files = {
    "app/cm.yaml": manifest("ConfigMap", "app"),
    "argocd/set.yaml": matrix(),
    "regions/a/app.json": '{"region": "a"}',
    "regions/b/app.json": '{"region": "b"}',
    "clusters/a.yaml": cluster("a", region="a"),
    "clusters/b.yaml": cluster("b", region="b"),
}
WITHOUT: Files = {"regions/c/app.json": '{"region": "c"}'}


def listed(report: Report) -> dict[str, str]:
    """What differs."""
    return {u.source.name: str(u.state) for u in report.units if u.source and str(u.state) != "unchanged"}


def test_a_row_without_a_cluster_says_so_and_changes_no_other(repository: GitOpsRepository) -> None:
    report = repository.compare(FILES, WITHOUT)
    assert (str(report.verdict), listed(report)) == ("passed", {"set": "unrenderable"})
    (unit,) = (unit for unit in report.units if unit.source)
    assert "show none that its selector matches" in unit.error


def test_beside_such_a_row_the_others_are_compared(repository: GitOpsRepository) -> None:
    report = repository.compare({**FILES, **WITHOUT}, {"regions/a/app.json": None})
    assert listed(report)["app-a"] == "removed"
    assert "app-b" not in listed(report)
    wrong = repository.compare({}, {"argocd/set.yaml": matrix("typo")})
    assert (str(wrong.verdict), listed(wrong)["app-b"]) == ("failed", "broken")


def test_the_row_is_read_again_when_its_file_or_its_cluster_comes(repository: GitOpsRepository, tmp_path: Path) -> None:
    """The set never failed, so it is neither fixed nor removed."""
    base = repository.commit({path: text for path, text in (FILES | WITHOUT).items() if path != "clusters/b.yaml"})
    repository.check(base, base, cache=tmp_path)
    come = repository.commit({"clusters/b.yaml": cluster("b", region="b")})
    assert listed(repository.check(base, come, cache=tmp_path)) == {"app-b": "added", "set": "unrenderable"}
    turned = repository.commit(
        {"regions/c/app.json": '{"region": "other"}', "clusters/c.yaml": cluster("c", region="other")}
    )
    assert listed(repository.check(come, turned, cache=tmp_path)) == {"app-c": "added"}


def test_in_the_output_of_a_host(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize")
    host: Files = {"argocd/kustomization.yaml": kustomization(resources=["set.yaml"], namespace="argocd")}
    report = repository.compare({**FILES, **WITHOUT, **host}, {"clusters/c.yaml": cluster("c", region="c")})
    assert listed(report) == {"app-c": "added"}
