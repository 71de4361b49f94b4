"""An overlay on which another environment's overlay beside it builds: both are deployed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from gitops_repository import GitOpsRepository, kustomization, manifest, states

Files = dict[str, str | None]
FILES: Files = {
    "web/base/kustomization.yaml": kustomization(resources=["cm.yaml"]),
    "web/base/cm.yaml": manifest("ConfigMap", "web"),
    "web/overlays/prod/kustomization.yaml": kustomization(resources=["../../base", "more.yaml"]),
    "web/overlays/prod/more.yaml": manifest("ConfigMap", "more"),
    "web/overlays/staging/kustomization.yaml": kustomization(resources=["../prod"], namespace="staging"),
}
MORE = manifest("ConfigMap", "more", data={"a": "1"})


def test_a_change_of_the_inner_one_is_one_of_both(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize")
    report = repository.compare(FILES, {"web/overlays/prod/more.yaml": MORE})
    found = {unit.path: (unit.environment, str(unit.state)) for unit in report.units}
    assert found == {
        "web/overlays/prod": ("prod", "changed"),
        "web/overlays/staging": ("staging", "changed"),
    }
    assert report.counts.deployed == 2
    only = repository.compare({}, {"web/overlays/staging/kustomization.yaml": kustomization(resources=["../prod"])})
    assert states(only) == {"web/overlays/staging": "changed"}


def test_a_broken_inner_one_breaks_both(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize")
    report = repository.compare(FILES, {"web/overlays/prod/more.yaml": None})
    assert states(report) == {"web/overlays/prod": "broken", "web/overlays/staging": "broken"}


@pytest.mark.parametrize(
    ("inner", "outer"),
    [
        ("web/overlays/prod", "web/overlays/prod-eu"),  # the same environment: a part of it
        ("web/overlays/common", "web/overlays/prod"),
        ("web/dev", "web/overlays/prod"),  # not beside it
    ],
)
def test_a_mere_part_is_no_unit(
    inner: str, outer: str, repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("kustomize")
    way = "/".join([".."] * (outer.count("/") + 1)) + "/" + inner
    files: Files = {
        f"{inner}/kustomization.yaml": kustomization(resources=["cm.yaml"]),
        f"{inner}/cm.yaml": manifest("ConfigMap", "web"),
        f"{outer}/kustomization.yaml": kustomization(resources=[way]),
    }
    report = repository.compare(files, {f"{inner}/cm.yaml": manifest("ConfigMap", "web", data={"a": "1"})})
    assert states(report) == {outer: "changed"}
