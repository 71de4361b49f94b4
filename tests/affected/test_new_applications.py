"""Applications that a generator newly makes, or makes no more, are listed, whatever they take from the directory that makes
them; with what stays in the cluster."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from gitops_repository import GitOpsRepository, kustomization, manifest

URL = "https://example.com/acme/gitops.git"
Files = dict[str, str | None]


def application_set(source: dict[str, Any], **policy: Any) -> str:
    """An Application for each ``apps/*``."""
    template = {
        "metadata": {"name": "{{.path.basename}}"},
        "spec": {"project": "default", "source": source, "destination": {"namespace": "web"}},
    }
    generator = {"git": {"repoURL": URL, "directories": [{"path": "apps/*"}]}}
    value = {
        "apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "metadata": {"name": "web", "namespace": "argocd"},
        "spec": {"goTemplate": True, "generators": [generator], "template": template, "syncPolicy": policy},
    }  # fmt: skip
    return json.dumps(value) + "\n"


BUILT: Files = {
    "argocd/set.yaml": application_set({"repoURL": URL, "path": "{{.path.path}}", "kustomize": {"images": ["a:1"]}}),
    "apps/one/kustomization.yaml": kustomization(resources=["cm.yaml"]),
    "apps/one/cm.yaml": manifest("ConfigMap", "one"),
}


def test_a_directory_that_cannot_be_built(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize")
    two = {"apps/two/cm.yaml": manifest("ConfigMap", "two")}
    report = repository.compare(BUILT, two)
    (unit,) = report.units
    assert unit.source is not None and unit.source.name == "two"
    assert (str(unit.state), str(report.verdict), report.unmapped) == ("unrenderable", "failed", ())
    assert "unable to find one of 'kustomization.yaml'" in unit.error
    mended = repository.compare(two, {"apps/two/kustomization.yaml": kustomization(resources=["cm.yaml"])})
    assert [(str(unit.source), str(unit.state)) for unit in mended.units] == [("Application argocd/two", "fixed")]
    other = repository.compare(
        {"apps/two/kustomization.yaml": None}, {"apps/two/more.yaml": manifest("ConfigMap", "m")}
    )
    assert [(str(unit.source), str(unit.state)) for unit in other.units] == [("Application argocd/two", "unrenderable")]
    assert str(other.verdict) == "passed"


def test_one_that_takes_nothing_from_its_directory(repository: GitOpsRepository) -> None:
    source = {"repoURL": "https://charts.example.com", "chart": "{{.path.basename}}", "targetRevision": "1.0.0"}
    before: Files = {"argocd/set.yaml": application_set(source), "apps/one/README.md": "one"}
    report = repository.compare(before, {"apps/two/README.md": "two"})
    assert [(str(unit.source), str(unit.state)) for unit in report.units] == [
        ("Application argocd/two", "unrenderable")
    ]
    assert (str(report.verdict), report.unmapped) == ("passed", ())
    gone = repository.compare({}, {"apps/two/README.md": None})
    assert [(str(unit.source), str(unit.state)) for unit in gone.units] == [("Application argocd/two", "removed")]
    again = repository.compare({"apps/one/README.md": "one"}, {"apps/one/README.md": "other"})
    assert (again.units, again.unmapped) == ((), ("apps/one/README.md",))


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        ({"applicationsSync": "create-update"}, ["this one stays in the cluster with its objects"]),
        ({"applicationsSync": "create-only"}, ["this one stays in the cluster with its objects"]),
        ({"preserveResourcesOnDeletion": True}, ["the Application goes, its objects stay in the cluster"]),
        ({"applicationsSync": "create-delete"}, []),
        ({"applicationsSync": "sync"}, []),
    ],
)
def test_what_stays_of_one_that_goes(repository: GitOpsRepository, policy: dict[str, Any], said: list[str]) -> None:
    before: Files = {
        "argocd/set.yaml": application_set({"repoURL": URL, "path": "{{.path.path}}"}, **policy),
        "apps/one/cm.yaml": manifest("ConfigMap", "one"),
        "apps/two/cm.yaml": manifest("ConfigMap", "two"),
    }
    report = repository.compare(before, {"apps/two/cm.yaml": None})
    (unit,) = report.units
    assert unit.source is not None and unit.source.name == "two"
    assert [note for note in unit.notes for words in said if words in note] == list(unit.notes) and len(
        unit.notes
    ) == len(said)
    changed = repository.compare({}, {"apps/one/cm.yaml": manifest("ConfigMap", "other")})
    assert [note for unit in changed.units for note in unit.notes if "in the cluster" in note] == []
