"""Kustomizations that load files from outside of their directory: Flux builds them, kustomize by itself refuses."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from gitops_repository import GitOpsRepository, by_path, kustomization, manifest

from bot.model.result import UnitState

Files = dict[str, str | None]
RELEASE = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: web, namespace: web}\nspec: {}\n"


def files(shared: str) -> Files:
    """A cluster that nothing names, whose base loads a file of another directory."""
    return {
        "clusters/prod/kustomization.yaml": kustomization(resources=["../base"]),
        "clusters/base/kustomization.yaml": kustomization(resources=["../../apps/web/release.yaml"]),
        "apps/web/release.yaml": shared,
    }


@pytest.fixture(autouse=True)
def _program(need: Callable[[str], str]) -> None:
    need("kustomize")


def test_a_cluster_of_flux_objects_is_built_as_flux_does(repository: GitOpsRepository) -> None:
    changed = {"apps/web/release.yaml": RELEASE.replace("spec: {}", "spec: {interval: 5m}")}
    report = repository.compare(files(RELEASE), changed)
    assert by_path(report)["clusters/prod"].state is UnitState.CHANGED


def test_without_flux_objects_it_stays_refused_and_the_way_out_is_named(repository: GitOpsRepository) -> None:
    plain = manifest("ConfigMap", "web")
    report = repository.compare(files(plain), {"apps/web/release.yaml": manifest("ConfigMap", "web", data={"a": "b"})})
    unit = by_path(report)["clusters/prod"]
    assert unit.state is UnitState.UNRENDERABLE
    assert "is not in or below" in (unit.error or "")
    assert "render.load_restrictor" in (unit.error or "")


def test_a_patch_from_outside_counts_as_well(repository: GitOpsRepository) -> None:
    inside: Files = {
        "clusters/prod/kustomization.yaml": kustomization(resources=["release.yaml"], patches=[{"path": "../p.yaml"}]),
        "clusters/prod/release.yaml": RELEASE,
        "clusters/p.yaml": RELEASE,
    }
    report = repository.compare(inside, {"clusters/prod/release.yaml": RELEASE.replace("{}", "{interval: 5m}")})
    assert by_path(report)["clusters/prod"].state is UnitState.CHANGED
