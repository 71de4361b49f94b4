"""A new directory that the kustomization above it forgot, while it lists those beside it."""

from __future__ import annotations

from collections.abc import Callable

from deployers import flux
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


def test_where_the_one_above_is_deployed_its_files_are_unmapped(
    repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("kustomize")
    listing = {"apps/kustomization.yaml": kustomization(resources=["web"])}
    before: Files = {**app("web"), **listing, "clusters/prod/apps.yaml": flux("apps", "./apps")}
    declared = {"apps/shop/cm.yaml": flux("more", "./more"), "more/cm.yaml": manifest("ConfigMap", "more")}
    report = repository.compare(before, {**app("shop"), **declared})
    assert (by_path(report), report.unmapped) == (
        {},
        ("apps/shop/cm.yaml", "apps/shop/kustomization.yaml", "more/cm.yaml"),
    )
    report = repository.compare({}, {"apps/kustomization.yaml": kustomization(resources=["web", "shop"])})
    assert {unit.source.name: str(unit.state) for unit in report.units if unit.source is not None} == {
        "apps": "changed",
        "more": "added",
    }


def test_what_something_else_takes_too_is_not_unmapped(
    repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("kustomize")
    cm = manifest("ConfigMap", "shared")
    base = {"shared/kustomization.yaml": OWN, "shared/cm.yaml": cm, "apps/web/kustomization.yaml": kustomization()}
    listing = {"apps/kustomization.yaml": kustomization(resources=["web"])}
    new = kustomization(resources=["../../shared"])
    after = {"apps/shop/kustomization.yaml": new, "shared/cm.yaml": cm.replace("shared", "other")}
    takes = {"apps/web/kustomization.yaml": new, "clusters/prod/apps.yaml": flux("apps", "./apps")}
    report = repository.compare({**base, **listing, **takes}, after)
    assert [(unit.path, str(unit.state)) for unit in report.units] == [("apps", "changed")]
    assert report.unmapped == ("apps/shop/kustomization.yaml",)
