"""A declaration whose file got another name is one unit; what may be another cluster's stays apart."""

from __future__ import annotations

import json

import pytest
from gitops_repository import GitOpsRepository, manifest

Files = dict[str, str | None]


def application(name: str, path: str) -> str:
    source = {"repoURL": "https://git.example.com/org/repo", "path": path}
    spec = {"source": source, "destination": {"namespace": "web"}, "project": "default"}
    value = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": name}, "spec": spec}
    return json.dumps(value) + "\n"


APPS = {"web/cm.yaml": manifest("ConfigMap", "web")}


@pytest.mark.parametrize(
    ("before", "after", "states"),
    [
        ("argo/a.yaml", "argo/b.yaml", ["unchanged"]),
        ("clusters/prod/web.yaml", "clusters/prod/apps/web.yaml", ["unchanged"]),
        ("clusters/one/web.yaml", "clusters/two/web.yaml", ["added", "removed"]),
        ("clusters/prod/web.yaml", "clusters/staging/web.yaml", ["added", "removed"]),
        ("argo/web.yaml", "argo/more/web.yaml", ["added", "removed"]),  # nothing tells the environment
    ],
)
def test_a_file_that_moves(before: str, after: str, states: list[str], repository: GitOpsRepository) -> None:
    files: Files = {**APPS, before: application("web", "web")}
    report = repository.compare(files, {before: None, after: application("web", "web")})
    assert sorted(str(unit.state) for unit in report.units if unit.source) == states


def test_it_moves_and_turns_elsewhere(repository: GitOpsRepository) -> None:
    files: Files = {**APPS, "argo/a.yaml": application("web", "web"), "other/cm.yaml": manifest("ConfigMap", "other")}
    report = repository.compare(files, {"argo/a.yaml": None, "argo/b.yaml": application("web", "other")})
    (unit,) = (unit for unit in report.units if unit.source)
    assert (str(unit.state), sorted(o.id.name for o in unit.objects)) == ("changed", ["other", "web"])


def test_two_of_one_name_stay_apart(repository: GitOpsRepository) -> None:
    both = application("web", "web")
    files: Files = {**APPS, "argo/a.yaml": both, "argo/b.yaml": both}
    report = repository.compare(files, {"argo/a.yaml": None, "argo/b.yaml": None, "argo/c.yaml": both})
    assert sorted(str(unit.state) for unit in report.units if unit.source) == ["added", "removed", "removed"]
