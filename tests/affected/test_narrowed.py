"""Applications that a change makes the directory of their root leave out, or take, although their files stay."""

from __future__ import annotations

import json
from typing import Any

import pytest
from gitops_repository import GitOpsRepository, manifest, states

Files = dict[str, str | None]


def application(name: str, path: str, **directory: Any) -> str:
    source: dict[str, Any] = {"repoURL": "https://git.example/org/repo", "path": path}
    source |= {"directory": directory} if directory else {}
    spec = {"source": source, "destination": {"namespace": name}}
    value = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": name}, "spec": spec}
    return json.dumps(value)


def root(path: str = "apps", **directory: Any) -> Files:
    return {"argo/root.yaml": application("root", path, **directory)}


FILES: Files = {
    "apps/web.yaml": application("web", "web"),
    "apps/more/db.yaml": application("db", "db"),
    "web/cm.yaml": manifest("ConfigMap", "web"),
    "db/cm.yaml": manifest("ConfigMap", "db"),
}


@pytest.mark.parametrize(
    ("wide", "narrow", "moved"),
    [
        (root(recurse=True), root(recurse=True, exclude="web*"), "web"),
        (root(recurse=True), root(recurse=True, include="more/*"), "web"),
        (root(recurse=True), root(), "db"),
        (root(recurse=True), root("apps/more"), "web"),
    ],
)
def test_a_root_that_is_narrowed_and_widened(
    repository: GitOpsRepository, wide: Files, narrow: Files, moved: str
) -> None:
    report = repository.compare({**wide, **FILES}, narrow)
    found = {unit.path: unit for unit in report.units}
    assert str(found[moved].state) == "removed"
    assert [str(change.id) for change in found[moved].objects] == [f"ConfigMap {moved}"]
    alone = narrow in (root(), root("apps/more"))  # what is not searched any more is found by its directory
    assert report.counts.deployed == 3 + alone  # the root, where it lies, and the other one
    back = repository.compare({}, wide)
    assert states(back)[moved] == "added"
    assert back.counts.deployed == 4


def test_what_another_root_takes_stays(repository: GitOpsRepository) -> None:
    other: Files = {"argo/other.yaml": application("other", "apps")}
    report = repository.compare({**root(recurse=True), **other, **FILES}, root(recurse=True, exclude="web*"))
    assert "web" not in states(report)


def test_what_a_change_of_something_else_reaches_stays(repository: GitOpsRepository) -> None:
    """What a root leaves out may be applied by hand."""
    repository.commit({**root(include="none*"), **FILES})
    report = repository.compare({}, {"web/cm.yaml": manifest("ConfigMap", "web", data={"a": "1"})})
    assert states(report) == {"web": "changed"}
    changed = {
        "argo/root.yaml": application("root", "apps", include="none*").replace('"root"}', '"root", "labels": {}}')
    }
    assert "web" not in states(repository.compare({}, changed))


def test_a_root_that_fails_prunes_nothing(repository: GitOpsRepository) -> None:
    report = repository.compare({**root(recurse=True), **FILES}, root("app", recurse=True))
    assert states(report) == {"app": "broken", "argo": "changed"}
