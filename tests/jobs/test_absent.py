"""Paths that are not here, and the directories that they leave to themselves."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from gitops_repository import GitOpsRepository, kustomization, manifest

from bot.model.result import Report

Files = dict[str, str | None]
HERE = "https://git.example/org/fleet.git"


def flux(name: str, path: str) -> str:
    spec = {"sourceRef": {"kind": "GitRepository", "name": "flux-system"}, "path": path}
    metadata = {"name": name, "namespace": "flux-system"}
    return json.dumps(
        {"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization", "metadata": metadata, "spec": spec}
    )


def argo(name: str, path: str) -> str:
    spec = {"source": {"repoURL": HERE, "path": path}, "destination": {"namespace": name}}
    metadata = {"name": name, "namespace": "argocd"}
    return json.dumps({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": metadata, "spec": spec})


FILES: Files = {
    "clusters/prod/web.yaml": flux("web", "./apps/web"),
    "clusters/prod/shop.yaml": flux("shop", "./apps/shop"),
    "apps/web/cm.yaml": manifest("ConfigMap", "web"),
    "apps/shop/cm.yaml": manifest("ConfigMap", "shop"),
}


def listed(report: Report) -> dict[str, str]:
    """Without the manifests of the declarations themselves."""
    units = (unit for unit in report.units if not unit.path.endswith("prod"))
    return {unit.source.name if unit.source else unit.path: str(unit.state) for unit in units}


def error_of(report: Report, name: str) -> str:
    (error,) = (unit.error for unit in report.units if unit.source is not None and unit.source.name == name)
    return error


@pytest.mark.parametrize("path", ["./apps/wbe", "./apps/nothing-like-it"])
@pytest.mark.parametrize("more", [{}, {"apps/web/more.yaml": manifest("ConfigMap", "more")}], ids=["alone", "edited"])
def test_a_directory_that_loses_its_declaration_to_a_mistake_is_not_added(
    repository: GitOpsRepository, need: Callable[[str], str], path: str, more: Files
) -> None:
    need("kustomize")
    report = repository.compare(FILES, {"clusters/prod/web.yaml": flux("web", path), **more})
    assert (listed(report), str(report.verdict)) == ({"web": "broken"}, "failed")


@pytest.mark.parametrize("extra", [{}, {"apps/new/kustomization.yaml": kustomization(resources=["cm.yaml"])}])
def test_a_new_directory_that_a_mistyped_path_means_is_not_added(
    repository: GitOpsRepository, need: Callable[[str], str], extra: Files
) -> None:
    need("kustomize")
    new: Files = {"clusters/prod/new.yaml": flux("new", "./apps/nwe"), "apps/new/cm.yaml": manifest("ConfigMap", "new")}
    report = repository.compare(FILES, {**new, **extra})
    assert (listed(report), str(report.verdict), report.unmapped) == ({"new": "unrenderable"}, "failed", ())
    assert error_of(report, "new").endswith("; apps/new is here: is it meant?")


@pytest.mark.parametrize("more", [{}, {"apps/other/cm.yaml": manifest("ConfigMap", "other")}], ids=["alone", "beside"])
def test_where_the_files_of_a_path_lie_now(
    repository: GitOpsRepository, need: Callable[[str], str], more: Files
) -> None:
    """The directory gets another name, and what deploys it still has the old one."""
    need("kustomize")
    built = kustomization(resources=["cm.yaml"])
    moved: Files = {
        "apps/web/cm.yaml": None, "apps/web/kustomization.yaml": None,
        "apps/website/cm.yaml": FILES["apps/web/cm.yaml"], "apps/website/kustomization.yaml": built,
    }  # fmt: skip
    report = repository.compare({**FILES, "apps/web/kustomization.yaml": built}, {**moved, **more})
    assert listed(report) == {"web": "broken", **({"apps/other": "added"} if more else {})}
    assert error_of(report, "web").endswith("; its files lie in apps/website now")


def test_files_that_go_to_several_places_are_not_told(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize")
    text = FILES["apps/web/cm.yaml"]
    report = repository.compare(FILES, {"apps/web/cm.yaml": None, "apps/a/cm.yaml": text, "apps/b/cm.yaml": text})
    assert listed(report) == {"web": "broken", "apps/a": "added", "apps/b": "added"}
    assert "now" not in error_of(report, "web")


def test_a_new_directory_that_no_path_means_is_added(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize")
    new: Files = {
        "clusters/prod/new.yaml": flux("new", "./apps/else"),
        "apps/new/cm.yaml": manifest("ConfigMap", "new"),
    }
    report = repository.compare(FILES, new)
    assert listed(report) == {"new": "unrenderable", "apps/new": "added"}


def test_a_directory_beside_what_failed_before_is_added(
    repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("kustomize")
    failing = {**FILES, "clusters/prod/new.yaml": flux("new", "./apps/nwe")}
    report = repository.compare(failing, {"apps/new/cm.yaml": manifest("ConfigMap", "new")})
    assert listed(report)["apps/new"] == "added"


def test_an_application(repository: GitOpsRepository) -> None:
    repository.git("remote", "add", "origin", HERE)
    files: Files = {"prod/web.yaml": argo("web", "apps/web"), "apps/web/cm.yaml": manifest("ConfigMap", "web")}
    report = repository.compare(files, {"prod/web.yaml": argo("web", "app/web")})
    assert listed(report) == {"web": "broken"}
    assert error_of(report, "web").endswith("; apps/web is here: is it meant?")


def test_a_base_that_the_artifact_does_not_hold(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    """It lies in the repository, where the artifact keeps all positions, and is not copied."""
    need("kustomize")

    def generator(*copied: str) -> str:
        rules = [{"from": f"@repo/apps/{name}/**", "to": f"@artifact/{name}/"} for name in copied]
        sources = [{"alias": "repo", "kind": "GitRepository", "name": "flux-system"}]
        spec = {"sources": sources, "artifacts": [{"name": "web", "copy": rules}]}
        metadata = {"name": "all", "namespace": "flux-system"}
        head = {"apiVersion": "source.extensions.fluxcd.io/v1beta1", "kind": "ArtifactGenerator"}
        return json.dumps({**head, "metadata": metadata, "spec": spec})

    before: Files = {
        "clusters/prod/web.yaml": flux("web", "./prod").replace(
            '"kind": "GitRepository", "name": "flux-system"', '"kind": "ExternalArtifact", "name": "web"'
        ),
        "clusters/prod/all.yaml": generator("base", "prod"),
        "apps/base/kustomization.yaml": kustomization(resources=["cm.yaml"]),
        "apps/base/cm.yaml": manifest("ConfigMap", "web"),
        "apps/prod/kustomization.yaml": kustomization(resources=["../base"]),
    }
    report = repository.compare(before, {"clusters/prod/all.yaml": generator("prod")})
    assert str(report.verdict) == "failed"
    assert "its artifact does not hold apps/base/cm.yaml: the ArtifactGenerator copies apps/prod" in error_of(
        report, "web"
    )
