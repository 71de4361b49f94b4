"""What a directory source takes, and that nothing else counts as deployed by it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from gitops_repository import GitOpsRepository, manifest, states

from bot.affected.taken import takes
from bot.model.result import Report
from bot.model.unit import PlainRender

CM = manifest("ConfigMap", "settings", data={"a": "1"})
CM2 = manifest("ConfigMap", "settings", data={"a": "2"})


@pytest.mark.parametrize(
    ("part", "path", "expected"),
    [
        (PlainRender("a"), "a/x.yaml", True),
        (PlainRender("a"), "a/b/x.yaml", False),
        (PlainRender("a", recurse=True), "a/b/x.yaml", True),
        (PlainRender("a"), "a/README.md", False),
        (PlainRender("a"), "ab/x.yaml", False),
        (PlainRender(""), "x.yaml", True),
        (PlainRender(""), "b/x.yaml", False),
        (PlainRender("a/x.yaml"), "a/x.yaml", True),
        (PlainRender("a", include="x*"), "a/y.yaml", False),
        (PlainRender("a", include="{x,y}.yaml"), "a/y.yaml", True),
        (PlainRender("a", exclude="y*"), "a/y.yaml", False),
        (PlainRender("a", recurse=True, exclude="b/*"), "a/b/c/y.yaml", False),
        (PlainRender("a", apart=("a/y.yaml",)), "a/y.yaml", False),
    ],
)
def test_takes(part: PlainRender, path: str, expected: bool) -> None:
    assert takes(part, path, part.path) is expected


def application(**directory: Any) -> str:
    source = {"repoURL": "https://git.example/org/repo", "path": "apps", "directory": directory}
    spec = {"source": source, "destination": {"namespace": "web"}}
    value = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": "root"}, "spec": spec}
    return json.dumps(value)


FILES: dict[str, str | None] = {"apps/a.yaml": CM, "apps/b.yaml": CM, "apps/sub/c.yaml": CM}


def changed(repository: GitOpsRepository, directory: dict[str, Any], path: str) -> Report:
    return repository.compare({"argocd/root.yaml": application(**directory), **FILES}, {path: CM2})


@pytest.mark.parametrize(
    "directory", [{"include": "a*"}, {"exclude": "{b,c}.yaml"}, {"recurse": True, "exclude": "b*"}]
)
def test_what_an_application_leaves_out_is_deployed_by_nothing(
    repository: GitOpsRepository, directory: dict[str, Any]
) -> None:
    report = changed(repository, directory, "apps/b.yaml")
    assert not report.units
    assert report.unmapped == ("apps/b.yaml",)
    assert report.counts.deployed == 2 + (not directory.get("recurse"))  # the Application, where it lies, apps/sub
    counts = (
        "unchanged" if directory.get("recurse") else "changed"
    )  # of the object in both files that of apps/sub counts
    assert states(repository.compare({}, {"apps/a.yaml": CM2})) == {"apps": counts}


def test_what_lies_below_a_directory_that_is_not_searched(repository: GitOpsRepository) -> None:
    """Not left out by anybody: a directory of manifests like any other."""
    assert states(changed(repository, {}, "apps/sub/c.yaml")) == {"apps/sub": "changed"}
    assert states(changed(repository, {"recurse": True}, "apps/sub/c.yaml")) == {"apps": "changed"}


def test_a_narrowed_application_loses_what_it_left_out(repository: GitOpsRepository) -> None:
    before = {"argocd/root.yaml": application(), **FILES, "apps/b.yaml": manifest("ConfigMap", "other")}
    report = repository.compare(before, {"argocd/root.yaml": application(include="a*")})
    (unit,) = (unit for unit in report.units if unit.path == "apps")
    assert [str(change.state) for change in unit.objects] == ["removed"]
    assert states(repository.compare({}, {"apps/b.yaml": CM2})) == {}


def link(repository: GitOpsRepository, name: str, target: str) -> None:
    (repository.path / name).symlink_to(target)


def test_what_a_symlink_to_a_directory_shows_is_no_part_of_the_root(repository: GitOpsRepository) -> None:
    repository.write({"a.yaml": CM, "apps/web/b.yaml": manifest("ConfigMap", "other", data={"a": "1"})})
    link(repository, "web", "apps/web")
    base = repository.commit({})
    root = repository.check(base, repository.commit({"a.yaml": CM2}))
    assert [(u.path, len(u.objects)) for u in root.units] == [("", 1)]
    below = repository.compare({}, {"apps/web/b.yaml": CM2})
    assert states(below) == {"apps/web": "changed"}
    removed = repository.compare({}, {"a.yaml": None})
    assert [(u.path, str(u.state), len(u.objects)) for u in removed.units] == [("", "removed", 1)]


def test_a_symlink_to_a_file_is_a_part(repository: GitOpsRepository) -> None:
    repository.write({"a.yaml": CM, "apps/web/b.yaml": manifest("ConfigMap", "other", data={"a": "1"})})
    link(repository, "b.yaml", "apps/web/b.yaml")
    report = repository.check(repository.commit({}), repository.commit({"apps/web/b.yaml": CM2}))
    assert states(report) == {"": "changed", "apps/web": "changed"}


@pytest.mark.parametrize("name", ["README.md", "LICENSE", "Makefile", "CODEOWNERS"])
@pytest.mark.parametrize("declared", [True, False])
def test_what_is_no_manifest_is_deployed_by_nothing(repository: GitOpsRepository, name: str, *, declared: bool) -> None:
    files = {**FILES, f"apps/{name}": "a\n"}
    if declared:
        files["argocd/root.yaml"] = application(recurse=True)
    for text in ("b\n", None):
        report = repository.compare(files, {f"apps/{name}": text})
        assert (report.unmapped, report.units) == ((f"apps/{name}",), ())
