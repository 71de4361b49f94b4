"""The files of git generators: both ways in which Argo CD reads their patterns."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fake_lookup import HERE, FakeLookup
from gitops_repository import GitOpsRepository, manifest

from bot.affected.declarations import read_declared
from bot.affected.sources import Declared
from bot.model.result import Report

Files = dict[str, str | None]
KEY = "applicationsetcontroller.enable.new.git.file.globbing"
FILES: Files = {
    "envs/one.json": '{"name": "one"}',
    "envs/eu/two.json": '{"name": "two"}',
    "envs/eu/x/three.json": '{"name": "three"}',
    "apps/web/cm.yaml": manifest("ConfigMap", "a"),
}


def application_set(*patterns: str | dict[str, Any], name: str = "{{.name}}") -> str:
    files = [{"path": pattern} if isinstance(pattern, str) else pattern for pattern in patterns]
    source = {"repoURL": HERE, "path": "apps/web"}
    template = {"metadata": {"name": name}, "spec": {"source": source, "destination": {"namespace": "web"}}}
    value = {
        "apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "metadata": {"name": "set", "namespace": "argocd"},
        "spec": {
            "goTemplate": True, "goTemplateOptions": ["missingkey=error"], "template": template,
            "generators": [{"git": {"repoURL": HERE, "files": files}}],
        },
    }  # fmt: skip
    return json.dumps(value)


def setting(value: str) -> Files:
    return {"argocd/params.yaml": manifest("ConfigMap", "argocd-cmd-params-cm", namespace="argocd", data={KEY: value})}


def read(files: Files, *patterns: str | dict[str, Any]) -> list[Declared]:
    return read_declared(json.loads(application_set(*patterns)), FakeLookup({k: v for k, v in files.items() if v}))


def doubted(found: list[Declared]) -> dict[str, bool]:
    return {one.id.name: any(KEY in note for note in one.notes) for one in found}


def listed(report: Report) -> dict[str, str]:
    return {unit.source.name if unit.source else unit.path: str(unit.state) for unit in report.units}


@pytest.mark.parametrize(
    ("pattern", "as_git", "as_globs"),
    [
        ("envs/*.json", {"one", "two", "three"}, {"one"}),
        ("envs/*/*.json", {"two", "three"}, {"two"}),
        ("envs/**/*.json", {"two", "three"}, {"one", "two", "three"}),
        ("envs/one.json", {"one"}, {"one"}),
        ("envs/eu", {"two", "three"}, set()),
        ("envs/{one,none}.json", set(), {"one"}),
        ("envs/*w*.json", {"two"}, set()),
    ],
)
def test_what_argo_cd_is_set_to_decides(pattern: str, as_git: set[str], as_globs: set[str]) -> None:
    assert set(doubted(read({**FILES, **setting("false")}, pattern))) == as_git
    assert set(doubted(read({**FILES, **setting("true")}, pattern))) == as_globs
    unknown = doubted(read(FILES, pattern))
    assert set(unknown) == as_git | as_globs
    sure = as_git & as_globs if as_git else as_globs
    assert {name for name, is_doubted in unknown.items() if not is_doubted} == sure


def test_what_the_operator_starts_argo_cd_with() -> None:
    for spec in (
        {"applicationSet": {"extraCommandArgs": ["--enable-new-git-file-globbing"]}},
        {"cmdParams": {KEY: "true"}},
    ):
        operator = {
            "apiVersion": "argoproj.io/v1beta1",
            "kind": "ArgoCD",
            "metadata": {"name": "a", "namespace": "argocd"},
        }
        found = read({**FILES, "argocd/argocd.yaml": json.dumps({**operator, "spec": spec})}, "envs/*.json")
        assert set(doubted(found)) == {"one"}


def test_excluded_by_one_way_only() -> None:
    exclude = {"path": "envs/eu/*.json", "exclude": True}
    assert doubted(read(FILES, "envs/**/*.json", exclude)) == {"one": True, "three": True}
    assert set(doubted(read({**FILES, **setting("false")}, "envs/**/*.json", exclude))) == set()


def test_of_an_application_that_may_not_be_the_sure_one_counts() -> None:
    twice: Files = {**FILES, "envs/eu/zero.json": '{"name": "one"}', "envs/a/zero.json": '{"name": "one"}'}
    found = read(twice, "envs/*.json")
    assert doubted(found) == {"one": False, "two": True, "three": True}
    (one,) = (declared for declared in found if declared.id.name == "one")
    assert {"envs/one.json", "envs/eu/zero.json", "envs/a/zero.json"} <= set(one.depends_files)


def test_a_file_that_argo_cd_may_take_does_not_break_the_set(repository: GitOpsRepository) -> None:
    files: Files = {**FILES, "argocd/set.yaml": application_set("envs/*.json")}
    report = repository.compare(files, {"envs/eu/two.json": "{}"})
    assert str(report.verdict) == "passed"
    assert listed(report)["set"] == "unrenderable"
    assert any("unless" in unit.error for unit in report.units)
    broken = repository.compare({"envs/eu/two.json": '{"name": "two"}', **setting("false")}, {"envs/eu/two.json": "{}"})
    assert (str(broken.verdict), listed(broken)["set"]) == ("failed", "broken")


def test_the_setting_is_a_change_of_the_sets(repository: GitOpsRepository) -> None:
    files: Files = {**FILES, "argocd/set.yaml": application_set("envs/*.json"), **setting("false")}
    report = repository.compare(files, setting("true"))
    found = listed(report)
    assert {name: found[name] for name in ("one", "two", "three")} == {
        "one": "unchanged", "two": "removed", "three": "removed",
    }  # fmt: skip


@pytest.mark.parametrize("path", ["envs/eu/two.json", "envs/one.json", "envs/eu/x/three.json"])
def test_a_change_of_either_is_seen(path: str, repository: GitOpsRepository) -> None:
    files: Files = {**FILES, "argocd/set.yaml": application_set("envs/*.json")}
    report = repository.compare(files, {path: (FILES[path] or "") + "\n"})
    assert set(listed(report).values()) == {"unchanged"}
    assert not report.unmapped


def test_an_empty_list_is_one_set_of_parameters() -> None:
    files = {"empty.json": "[]", "apps/web/cm.yaml": ""}
    (one,) = read_declared(json.loads(application_set("empty.json", name="{{.path.filename}}")), FakeLookup(files))
    assert one.id.name == "empty.json"
