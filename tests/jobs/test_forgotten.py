"""A new directory that the kustomization above it forgot, while it lists those beside it."""

from __future__ import annotations

from collections.abc import Callable

from gitops_repository import GitOpsRepository, by_path, kustomization, manifest

Files = dict[str, str | None]
OWN = kustomization(resources=["cm.yaml"])


def app(name: str) -> Files:
    return {f"apps/{name}/kustomization.yaml": OWN, f"apps/{name}/cm.yaml": manifest("ConfigMap", name)}


def test_a_line_is_forgotten(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize")
    before: Files = {**app("web"), "apps/kustomization.yaml": kustomization(resources=["web"])}
    report = repository.compare(before, app("shop"))
    assert by_path(report)["apps/shop"].notes == (
        "apps/kustomization.yaml lists what lies beside it, and not this: nothing here deploys it until that file names it.",
    )


def test_nothing_is_said_where_nothing_lists_what_lies_beside(
    repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("kustomize")
    before: Files = {**app("web"), **app("prod"), "apps/kustomization.yaml": kustomization(namePrefix="x-")}
    assert by_path(repository.compare(before, app("shop")))["apps/shop"].notes == ()
    listing: Files = {"apps/kustomization.yaml": kustomization(resources=["web"])}
    assert by_path(repository.compare(listing, app("staging")))["apps/staging"].notes == ()
