"""An overlay that is put on a root, or taken off it, leaves alone what the root declares; a cluster that goes is gone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fleets import application
from gitops_repository import GitOpsRepository, kustomization, manifest

from bot.model.result import Report

Files = dict[str, str | None]

APPS: Files = {"web/cm.yaml": manifest("ConfigMap", "web"), "shop/cm.yaml": manifest("ConfigMap", "shop")}
PATCH = {
    "target": {"kind": "Application", "name": "shop"},
    "patch": '[{"op": "replace", "path": "/spec/source/path", "value": "web"}]',
}


def root(path: str) -> Files:
    return {
        f"{path}/kustomization.yaml": kustomization(resources=["web.yaml", "shop.yaml"]),
        f"{path}/web.yaml": application("web", path="web"),
        f"{path}/shop.yaml": application("shop", path="shop"),
    }


def on(path: str, overlay: str) -> Files:
    return {f"{overlay}/kustomization.yaml": kustomization(resources=["../" * 3 + path], patches=[PATCH])}


def listed(report: Report) -> dict[str, str]:
    """The name of what declares a unit → what the change does to it."""
    return {unit.source.name: str(unit.state) for unit in report.units if unit.source}


@pytest.fixture(autouse=True)
def programs(need: Callable[[str], str]) -> None:
    need("kustomize")


def test_an_overlay_goes_from_a_root_and_comes_again(repository: GitOpsRepository) -> None:
    """The patched one is what changes; nothing is gone, and nothing new."""
    overlay = on("bootstrap/prod", "overlays/mesh/prod")
    gone = repository.compare({**APPS, **root("bootstrap/prod"), **overlay}, dict.fromkeys(overlay))
    assert listed(gone) == {"shop": "changed"}
    assert listed(repository.compare({}, overlay)) == {"shop": "changed"}


def test_an_overlay_lets_go_of_a_root(repository: GitOpsRepository) -> None:
    overlay = on("bootstrap/prod", "overlays/mesh/prod")
    rest = {"overlays/mesh/prod/kustomization.yaml": kustomization(resources=["cm.yaml"])}
    files: Files = {"overlays/mesh/prod/cm.yaml": manifest("ConfigMap", "more"), **APPS, **root("bootstrap/prod")}
    assert listed(repository.compare({**files, **overlay}, rest)) == {"shop": "changed"}


def test_a_cluster_goes_and_its_base_stays(repository: GitOpsRepository) -> None:
    """No cluster is left that has them, although nothing builds on the base now."""
    overlay = on("fleet/base", "fleet/overlays/prod")
    overlay = {path: text and text.replace("../../../fleet/", "../../") for path, text in overlay.items()}
    report = repository.compare({**APPS, **root("fleet/base"), **overlay}, dict.fromkeys(overlay))
    assert listed(report) == {"web": "removed", "shop": "removed"}
