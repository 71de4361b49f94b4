"""A HelmRelease that goes from one Kustomization to another one of its cluster is one unit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from gitops_repository import GitOpsRepository, flux, kustomization, manifest

from bot.model.result import UnitChange

Files = dict[str, str | None]
SOURCE = {"kind": "GitRepository", "name": "flux-system"}


def sync(name: str, path: str, **more: Any) -> str:
    return flux("Kustomization", name, path=path, sourceRef=SOURCE, **{"prune": True, **more})


def release(tag: str = "1") -> str:
    return flux("HelmRelease", "cache", chart={"spec": {"chart": "./chart", "sourceRef": SOURCE}}, values={"tag": tag})


def build(*names: str) -> str:
    return kustomization(resources=[f"{name}.yaml" for name in names])


def cluster(name: str, *lists: str, **more: Any) -> Files:
    """Two Kustomizations, of which the first one deploys what ``lists`` says."""
    return {
        f"clusters/{name}/flux-system/kustomization.yaml": build("sync"),
        f"clusters/{name}/flux-system/sync.yaml": sync("flux-system", f"./clusters/{name}"),
        f"clusters/{name}/apps.yaml": sync("apps", f"./apps/{name}", **more),
        f"clusters/{name}/infra.yaml": sync("infra", f"./infra/{name}"),
        f"apps/{name}/kustomization.yaml": build("web", *lists),
        f"apps/{name}/web.yaml": manifest("ConfigMap", "web"),
        f"infra/{name}/kustomization.yaml": build("dns"),
        f"infra/{name}/dns.yaml": manifest("ConfigMap", "dns"),
    }


CHART: Files = {
    "chart/Chart.yaml": "{apiVersion: v2, name: chart, version: 1.0.0}\n",
    "chart/templates/cm.yaml": manifest("ConfigMap", "made", data={"tag": "{{ .Values.tag }}"}),
}
BEFORE: Files = {**CHART, **cluster("prod", "cache"), "apps/prod/cache.yaml": release()}


def to(where: str, tag: str = "1") -> Files:
    return {
        "apps/prod/kustomization.yaml": build("web"),
        "apps/prod/cache.yaml": None,
        f"infra/{where}/kustomization.yaml": build("dns", "cache"),
        f"infra/{where}/cache.yaml": release(tag),
    }


def caches(repository: GitOpsRepository, before: Files, after: Files) -> list[UnitChange]:
    units = repository.compare({k: v for k, v in before.items() if v is not None}, after).units
    return [unit for unit in units if unit.source is not None and unit.source.name == "cache"]


@pytest.mark.parametrize(("tag", "state"), [("1", "unchanged"), ("2", "changed")])
def test_it_is_one_unit(repository: GitOpsRepository, need: Callable[[str], str], tag: str, state: str) -> None:
    need("kustomize"), need("helm")
    (unit,) = caches(repository, BEFORE, to("prod", tag))
    assert str(unit.state) == state
    assert unit.notes == (
        "It is deployed by Kustomization flux-system/infra instead of Kustomization flux-system/apps from this change on: "
        "if that one prunes before this one applies, it is uninstalled in between.",
    )


def test_one_that_does_not_prune(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize"), need("helm")
    (unit,) = caches(repository, {**BEFORE, **cluster("prod", "cache", prune=False)}, to("prod"))
    assert unit.notes[0].endswith("instead of Kustomization flux-system/apps from this change on.")


@pytest.mark.parametrize(
    ("more", "after"),
    [
        pytest.param(cluster("stage"), to("stage"), id="another cluster"),
        pytest.param(
            cluster("prod", "cache", kubeConfig={"secretRef": {"name": "far"}}),
            to("prod"),
            id="deployed to another one",
        ),
    ],
)
def test_what_goes_to_another_cluster_is_two(
    repository: GitOpsRepository, need: Callable[[str], str], more: Files, after: Files
) -> None:
    need("kustomize"), need("helm")
    found = caches(repository, {**BEFORE, **more}, after)
    assert sorted(str(unit.state) for unit in found) == ["added", "removed"]
