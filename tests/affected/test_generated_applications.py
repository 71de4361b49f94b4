"""What an ApplicationSet's Application says itself: where it is deployed to, and all that no render shows."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from gitops_repository import GitOpsRepository, kustomization, manifest

from bot.model.result import Report, UnitChange
from bot.model.unit import Renderer
from bot.report import json as json_report

Files = dict[str, str | None]
SOURCE = {"repoURL": "https://example.com/acme/gitops.git", "path": "web"}


def application_set(source: dict[str, Any] = SOURCE, **spec: Any) -> str:
    """An Application ``web-NAME`` for each ``clusters/NAME/config.json``."""
    template = {
        "metadata": {"name": "web-{{.name}}"},
        "spec": {
            "project": "{{.project}}",
            "source": source,
            "destination": {"server": "{{.server}}", "namespace": "{{.ns}}"},
            **spec,
        },
    }
    generator = {"git": {"repoURL": SOURCE["repoURL"], "files": [{"path": "clusters/*/config.json"}]}}
    value = {
        "apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "metadata": {"name": "web", "namespace": "argocd"},
        "spec": {"goTemplate": True, "generators": [generator], "template": template},
    }  # fmt: skip
    return json.dumps(value) + "\n"


def cluster(name: str, **values: str) -> str:
    known = {"name": name, "server": "https://10.0.0.1", "ns": "web", "project": "default"}
    return json.dumps({**known, **values}) + "\n"


FILES: Files = {
    "argocd/set.yaml": application_set(),
    "clusters/a/config.json": cluster("a"),
    "clusters/b/config.json": cluster("b"),
    "web/cm.yaml": manifest("ConfigMap", "web"),
}


def units(report: Report) -> dict[str, UnitChange]:
    return {unit.source.name: unit for unit in report.units if unit.source}


@pytest.mark.parametrize(
    ("value", "row", "said"),
    [
        ({"server": "https://x"}, "server: https://x", "server from https://10.0.0.1 to https://x"),
        ({"ns": "blog"}, "namespace: blog", "namespace from web to blog"),
    ],
)
def test_another_destination_is_a_change(
    value: dict[str, str], row: str, said: str, repository: GitOpsRepository
) -> None:
    report = repository.compare(FILES, {"clusters/a/config.json": cluster("a", **value)})
    unit = units(report)["web-a"]
    assert set(units(report)) == {"web-a"}
    assert (str(unit.state), unit.renderer, unit.path) == ("changed", Renderer.ARGOCD, "web")
    assert [(str(o.id), str(o.state)) for o in unit.objects] == [("Application argocd/web-a", "changed")]
    assert f"+    {row}" in unit.objects[0].diff
    assert unit.notes == (f"Its destination changes: {said}.",)
    assert '"renderer": "argocd"' in json_report.render(report)


def test_all_else_that_no_render_shows_is_a_change_without_a_note(repository: GitOpsRepository) -> None:
    policy = {"automated": {"prune": True}}
    report = repository.compare(FILES, {"argocd/set.yaml": application_set(syncPolicy=policy)})
    assert {name: (str(u.state), u.notes) for name, u in units(report).items()} == {
        "web-a": ("changed", ()),
        "web-b": ("changed", ()),
    }


def test_the_same_application_is_no_object_of_its_unit(repository: GitOpsRepository) -> None:
    report = repository.compare(FILES, {"web/cm.yaml": manifest("ConfigMap", "web", data={"a": "1"})})
    assert {name: [o.id.kind for o in u.objects] for name, u in units(report).items()} == {
        "web-a": ["ConfigMap"],
        "web-b": ["ConfigMap"],
    }
    again = repository.compare({}, {"argocd/set.yaml": application_set().replace(": ", ":  ")})
    assert {str(unit.state) for unit in units(again).values()} == {"unchanged"}


def test_a_new_application_shows_where_it_goes(repository: GitOpsRepository) -> None:
    report = repository.compare(FILES, {"clusters/c/config.json": cluster("c")})
    unit = units(report)["web-c"]
    assert str(unit.state) == "added"
    assert {o.id.kind for o in unit.objects} == {"Application", "ConfigMap"}


def test_what_nobody_can_render_says_what_changes_in_a_note(repository: GitOpsRepository) -> None:
    elsewhere = {"repoURL": "https://charts.example.com", "chart": "web", "targetRevision": "1.0.0"}
    files = {**FILES, "argocd/set.yaml": application_set(elsewhere)}
    report = repository.compare(files, {"clusters/a/config.json": cluster("a", server="https://x", project="p")})
    unit = units(report)["web-a"]
    assert str(unit.state) == "unrenderable"
    assert unit.notes == (
        "Its destination changes: server from https://10.0.0.1 to https://x.",
        "Application argocd/web-a itself changes: spec.project.",
    )


def test_what_nobody_can_render_says_which_version_it_takes(repository: GitOpsRepository) -> None:
    elsewhere = {"repoURL": "https://charts.example.com", "chart": "web", "targetRevision": "1.0.0"}
    files = {**FILES, "argocd/set.yaml": application_set(elsewhere)}
    report = repository.compare(files, {"argocd/set.yaml": application_set({**elsewhere, "targetRevision": "1.1.0"})})
    for name in ("web-a", "web-b"):
        assert units(report)[name].notes == (
            "Its source changes: chart web from 1.0.0 to 1.1.0.",
            f"Application argocd/{name} itself changes: spec.source.",
        )


def test_secrets_in_a_generated_application_are_masked(repository: GitOpsRepository) -> None:
    secret = "ghp_" + "0123456789abcdefghijABCDEFGHIJ012345"
    repository.compare(FILES, {"clusters/a/config.json": cluster("a", project=secret)})
    report = repository.check("base~1", "base")
    assert str(units(report)["web-a"].state) == "changed"
    assert secret not in json_report.render(report)


def test_sets_that_a_kustomization_completes_are_no_exception(
    repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("kustomize")
    files = {**FILES, "argocd/kustomization.yaml": kustomization(resources=["set.yaml"], namespace="other")}
    report = repository.compare(files, {"clusters/a/config.json": cluster("a", server="https://x")})
    unit = units(report)["web-a"]
    assert (str(unit.state), [str(o.id) for o in unit.objects]) == ("changed", ["Application other/web-a"])


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        ({}, "its objects go with it; then ApplicationSet site makes it again. To keep them, set preserveResources"),
        (
            {"preserveResourcesOnDeletion": True},
            "its objects stay in the cluster; then ApplicationSet site makes it again.",
        ),
    ],
)
def test_an_application_that_another_set_makes_is_deleted_and_made_again(
    policy: dict[str, Any], words: str, repository: GitOpsRepository
) -> None:
    value = json.loads(application_set())
    value["spec"]["syncPolicy"] = policy
    renamed = {**value, "metadata": {"name": "site", "namespace": "argocd"}}
    files: Files = {**FILES, "argocd/set.yaml": json.dumps(value)}
    unit = units(repository.compare(files, {"argocd/set.yaml": json.dumps(renamed)}))["web-a"]
    assert (str(unit.state), [str(each.id) for each in unit.objects]) == ("changed", ["Application argocd/web-a"])
    assert "+    name: site" in unit.objects[0].diff
    assert "in the place of ApplicationSet web: Argo CD deletes the one that ApplicationSet web owns" in unit.notes[0]
    assert words in unit.notes[0]
