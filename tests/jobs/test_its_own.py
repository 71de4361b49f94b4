"""A cluster's build that fails is called by the object that deploys it, also where it declares that object itself."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from deployers import flux
from gitops_repository import GitOpsRepository, kustomization, manifest

from bot.model.result import Report

LIST = "clusters/prod/kustomization.yaml"
BASE: dict[str, str | None] = {
    LIST: kustomization(resources=["flux-system", "cm.yaml"]),
    "clusters/prod/cm.yaml": manifest("ConfigMap", "cluster"),
    "clusters/prod/flux-system/kustomization.yaml": kustomization(resources=["sync.yaml"]),
    "clusters/prod/flux-system/sync.yaml": flux("flux-system", "./clusters/prod"),
}
TYPO = {LIST: kustomization(resources=["flux-system", "cn.yaml"])}


def listed(report: Report) -> list[tuple[str, str, str, str]]:
    return [(str(u.source and u.source.name), u.environment, u.path, str(u.state)) for u in report.units]


@pytest.mark.parametrize("change", [TYPO, {"clusters/prod/cm.yaml": None}], ids=["a wrong name", "a lost file"])
def test_a_cluster_that_breaks(
    repository: GitOpsRepository, need: Callable[[str], str], change: dict[str, str | None]
) -> None:
    need("kustomize")
    report = repository.compare(BASE, change)
    assert listed(report) == [("flux-system", "prod", "clusters/prod", "broken")]
    assert (report.units[0].app, report.units[0].file) == ("flux-system", "clusters/prod/flux-system/sync.yaml")


def test_a_cluster_that_is_mended(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize")
    report = repository.compare({**BASE, **TYPO}, {LIST: BASE[LIST]})
    assert listed(report)[0] == ("flux-system", "prod", "clusters/prod", "fixed")


def test_a_build_of_which_nobody_knows_who_deploys_it(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize")
    more = {"clusters/prod/flux-system/sync.yaml": flux("apps", "./apps"), "apps/cm.yaml": manifest("ConfigMap", "a")}
    report = repository.compare({**BASE, **more}, TYPO)
    assert ("None", "prod", "clusters/prod", "broken") in listed(report)
