"""A directory that gets another name: its units go and come, and that they are the same is said."""

from __future__ import annotations

from collections.abc import Callable

from gitops_repository import GitOpsRepository, chart, flux, kustomization, manifest

Files = dict[str, str | None]


def overlay(folder: str, *names: str) -> Files:
    return {
        f"{folder}/kustomization.yaml": kustomization(resources=["cm.yaml"]),
        f"{folder}/cm.yaml": "---\n".join(manifest("ConfigMap", name) for name in names),
    }


def notes(repository: GitOpsRepository, before: Files, after: Files) -> dict[str, tuple[str, str]]:
    report = repository.compare(before, {**dict.fromkeys(before), **after})
    return {unit.path: (str(unit.state), " ".join(unit.notes)) for unit in report.units}


def test_overlays_of_a_directory_with_another_name(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize")
    before = {**overlay("envs/qa", "web"), **overlay("envs/prod", "web")}
    after = {**overlay("environments/qa", "web"), **overlay("environments/prod", "web")}
    assert notes(repository, before, after) == {
        "envs/qa": (
            "removed",
            "environments/qa is new and has the same objects: whatever deploys this must know of it.",
        ),
        "envs/prod": (
            "removed",
            "environments/prod is new and has the same objects: whatever deploys this must know of it.",
        ),
        "environments/qa": ("added", "envs/qa goes away with this change and had the same objects."),
        "environments/prod": ("added", "envs/prod goes away with this change and had the same objects."),
    }


def test_nothing_is_said_of_another_environment_or_other_objects(
    repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("kustomize")
    found = notes(repository, overlay("envs/qa", "web"), overlay("envs/prod", "web"))
    assert found == {"envs/qa": ("removed", ""), "envs/prod": ("added", "")}
    found = notes(repository, overlay("envs/prod", "web"), overlay("environments/prod", "more"))
    assert found == {"envs/prod": ("removed", ""), "environments/prod": ("added", "")}


def test_it_has_more_objects_under_the_new_name(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize")
    found = notes(repository, overlay("envs/prod", "web"), overlay("environments/prod", "web", "more"))
    assert found == {
        "envs/prod": ("removed", "The object that goes here comes in environments/prod with this change."),
        "environments/prod": ("added", "1 of the 2 objects that are new here was in envs/prod before."),
    }


def test_nothing_is_said_where_several_could_be_meant(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize")
    found = notes(repository, overlay("a/web", "web"), {**overlay("b/web", "web"), **overlay("c/web", "web")})
    assert {note for _, note in found.values()} == {""}


def test_a_cluster_with_another_name(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    """A release in a file that the clusters share is told by what deploys it: its own file is neither new nor gone."""
    need("kustomize")
    need("helm")
    source = {"kind": "GitRepository", "name": "flux-system"}
    release = flux("HelmRelease", "web", chart={"spec": {"chart": "./charts/web", "sourceRef": source}})
    shared: Files = {
        **chart("charts/web", settings=manifest("ConfigMap", "web")),
        "apps/base/kustomization.yaml": kustomization(resources=["release.yaml"]),
        "apps/base/release.yaml": release,
    }
    apps = flux("Kustomization", "apps", path="./apps/base", sourceRef=source, commonMetadata={"labels": {"a": "b"}})
    report = repository.compare(
        {**shared, "clusters/stage/apps.yaml": apps},
        {"clusters/stage/apps.yaml": None, "clusters/staging/apps.yaml": apps},
    )
    told = {(str(unit.state), note) for unit in report.units for note in unit.notes if unit.source is not None}
    assert told == {
        (
            "removed",
            "clusters/staging/apps.yaml is new and has the same objects: whatever deploys this must know of it.",
        ),
        ("added", "clusters/stage/apps.yaml goes away with this change and had the same objects."),
    }
