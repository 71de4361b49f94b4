"""Sets of clusters that nobody here knows: what a change breaks for some of them, whichever parameters these have."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from gitops_repository import GitOpsRepository, kustomization, manifest

from bot.model.result import Report

Files = dict[str, str | None]
CLUSTERS: dict[str, Any] = {"clusters": {"selector": {"matchExpressions": [{"key": "env", "operator": "Exists"}]}}}
FORGE: dict[str, Any] = {"pullRequest": {"github": {"owner": "o", "repo": "r"}}}
URL, REVISION = "{{ metadata.annotations.url }}", "{{ metadata.annotations.revision }}"


def fleet(*sources: dict[str, Any], generator: dict[str, Any] = CLUSTERS, **spec: Any) -> str:
    template = {
        "metadata": {"name": "{{ name }}-web"},
        "spec": {"sources": list(sources), "destination": {"name": "x"}},
    }
    value = {
        "apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "metadata": {"name": "set", "namespace": "argocd"},
        "spec": {"generators": [generator], "template": template, **spec},
    }  # fmt: skip
    return json.dumps(value) + "\n"


def addon(*names: str, **ref: str) -> Files:
    chart = {"repoURL": "https://charts.example", "chart": "web", "targetRevision": "1.0.0"}
    files = [f"$v/envs/{name}" for name in names or ("{{ metadata.labels.env }}/web/values.yaml",)]
    lends = {"repoURL": URL, "targetRevision": REVISION, "ref": "v", **ref}
    return {"sets/set.yaml": fleet({**chart, "helm": {"valueFiles": files}}, lends)}


VALUES = "envs/prod/web/values.yaml"


def of_set(report: Report) -> tuple[str, str, str]:
    (found,) = (unit for unit in report.units if unit.source and unit.source.name == "set")
    return str(report.verdict), str(found.state), found.error


def test_a_value_file_that_is_no_yaml_breaks_the_set(repository: GitOpsRepository) -> None:
    report = repository.compare({VALUES: "replicas: 2\n", **addon()}, {VALUES: "replicas: [2\n"})
    verdict, state, error = of_set(report)
    assert (verdict, state) == ("failed", "broken")
    assert f"{VALUES}:2 is not valid YAML" in error
    assert of_set(repository.compare({}, {VALUES: "replicas: [3\n"}))[:2] == ("passed", "unrenderable")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (addon(), {VALUES: "replicas: 3\n"}),
        (addon(), {VALUES: None}),
        (addon(), {"envs/prod/web/more.yaml": "a: [\n"}),
        (addon("{{ x }}/*.yaml"), {"envs/web/templates/cm.yaml": "a: {{ b }}\n"}),
        (addon("{{ x }}/*.yaml"), {"envs/starter.yaml": "{{ if a }}\nb: 1\n"}),
        (addon(targetRevision="v1.0.0"), {VALUES: "a: [\n"}),
        (addon(repoURL="https://git.example/other/place"), {VALUES: "a: [\n"}),
    ],
    ids=["mended", "gone", "not its file", "a chart's template", "another tool's template", "a tag", "elsewhere"],
)
def test_what_says_nothing_of_its_values(before: Files, after: Files, repository: GitOpsRepository) -> None:
    repository.git("remote", "add", "origin", "https://git.example/org/repo")
    assert str(repository.compare({VALUES: "replicas: 2\n", **before}, after).verdict) == "passed"


ENVS = "envs/{{ metadata.labels.env }}/web"
BUILT: Files = {"cm.yaml": manifest("ConfigMap", "web"), "kustomization.yaml": kustomization(resources=["cm.yaml"])}
OVERLAYS: Files = {f"envs/{env}/web/{name}": text for env in ("dev", "prod") for name, text in BUILT.items()}


def rendering(path: str = ENVS, url: str = URL, **options: Any) -> Files:
    return {"sets/set.yaml": fleet({"repoURL": url, "targetRevision": REVISION, "path": path}, **options)}


@pytest.mark.parametrize(
    "after", [rendering(f"{ENVS}s"), dict.fromkeys(OVERLAYS)], ids=["mistyped", "the last directories go"]
)
def test_a_path_that_fits_no_directory_any_more(
    after: Files, repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("kustomize")
    verdict, state, error = of_set(repository.compare({**OVERLAYS, **rendering()}, after))
    assert (verdict, state) == ("failed", "broken")
    assert "but no directory of the repository is like that" in error
    assert ("envs/dev/web is here: is the like of it meant?" in error) == ("sets/set.yaml" in after)


MATRIX = {"matrix": {"generators": [{"git": {"repoURL": URL, "directories": [{"path": "envs/*"}]}}, CLUSTERS]}}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (rendering(), {"envs/prod/web/cm.yaml": None, "envs/prod/web/kustomization.yaml": None}),
        (rendering(), rendering("apps/{{ name }}", "{{ metadata.annotations.another }}")),
        (rendering("{{ path }}"), rendering("{{ path }}/web/more")),
        (rendering(generator=MATRIX), dict.fromkeys(OVERLAYS)),
        (rendering(generator=FORGE), dict.fromkeys(OVERLAYS)),
        (rendering(templatePatch="spec: {}"), dict.fromkeys(OVERLAYS)),
    ],
    ids=["one of two", "elsewhere", "anything", "goes with its parameters", "another repository", "a patch"],
)
def test_a_path_that_may_fit(
    before: Files, after: Files, repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("kustomize")
    report = repository.compare({**OVERLAYS, **before}, after)
    assert str(report.verdict) == "passed"


def test_a_new_set_may_come_before_its_directories(repository: GitOpsRepository) -> None:
    assert str(repository.compare({"README.md": "x"}, rendering()).verdict) == "passed"


@pytest.mark.parametrize(
    ("changed", "states"),
    [
        ("envs/prod/web/cm.yaml", {"envs/prod/web": "changed", "envs": "unrenderable"}),
        ("envs/prod/db/cm.yaml", {"envs/prod/db": "changed"}),
        ("envs/notes.txt", {}),
    ],
)
def test_only_what_its_path_may_mean_reaches_a_set(
    changed: str, states: dict[str, str], repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("kustomize")
    others = {f"envs/prod/db/{name}": text for name, text in BUILT.items()}
    before = {**OVERLAYS, **others, "envs/notes.txt": "a", **rendering()}
    report = repository.compare(before, {changed: manifest("ConfigMap", "web", data={"a": "b"})})
    assert {unit.path: str(unit.state) for unit in report.units} == states
    assert report.unmapped == (() if states else (changed,))


def test_a_value_file_that_is_too_large(repository: GitOpsRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.git.objects.MAX_BLOB", 100_000)
    verdict, state, error = of_set(repository.compare(addon(), {VALUES: "# much\n" * 20_000}))
    assert (verdict, state) == ("failed", "broken")
    assert f"{VALUES} has" in error and "are not read" in error
