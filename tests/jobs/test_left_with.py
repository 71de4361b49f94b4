"""A new HelmRelease whose directory only a forgotten or mistaken Kustomization takes is deployed by nothing."""

from __future__ import annotations

import json

from gitops_repository import GitOpsRepository, flux, kustomization, manifest, states

SOURCE = {"kind": "GitRepository", "name": "flux-system"}
CHART = {"spec": {"chart": "web", "sourceRef": {"kind": "HelmRepository", "name": "charts"}}}
REPOSITORY = json.dumps(
    {
        "apiVersion": "source.toolkit.fluxcd.io/v1",
        "kind": "HelmRepository",
        "metadata": {"name": "charts", "namespace": "flux-system"},
        "spec": {"url": "https://charts.example.com"},
    }
)


def deploys(name: str, path: str) -> str:
    return flux("Kustomization", name, path=path, sourceRef=SOURCE)


BASE: dict[str, str | None] = {
    "clusters/prod/root.yaml": deploys("root", "./clusters/prod"),
    "clusters/prod/kustomization.yaml": kustomization(resources=["root.yaml", "charts.yaml", "shop.yaml"]),
    "clusters/prod/charts.yaml": REPOSITORY,
    "clusters/prod/shop.yaml": deploys("shop", "./apps/shop"),
    "apps/shop/release.yaml": flux("HelmRelease", "shop", chart=CHART),
}
NEW = {
    "clusters/prod/billing.yaml": deploys("billing", "./apps/billing"),
    "apps/billing/release.yaml": flux("HelmRelease", "billing", chart=CHART),
}
LISTED = kustomization(resources=["root.yaml", "charts.yaml", "shop.yaml", "billing.yaml"])


def test_with_a_forgotten_kustomization(repository: GitOpsRepository) -> None:
    report = repository.compare(BASE, NEW)
    assert not report.units
    assert report.unmapped == tuple(sorted(NEW))


def test_beside_other_objects(repository: GitOpsRepository) -> None:
    files = {**NEW, "apps/billing/settings.yaml": manifest("ConfigMap", "billing")}
    assert repository.compare(BASE, files).unmapped == tuple(sorted(files))


def test_once_it_is_listed(repository: GitOpsRepository) -> None:
    report = repository.compare(BASE, {**NEW, "clusters/prod/kustomization.yaml": LISTED})
    assert sorted((unit.path, str(unit.state)) for unit in report.units if unit.path == "apps/billing") == [
        ("apps/billing", "added"),
        ("apps/billing", "unrenderable"),
    ]
    assert not report.unmapped


def test_that_another_cluster_lists(repository: GitOpsRepository) -> None:
    other = {
        "clusters/dev/root.yaml": deploys("root", "./clusters/dev"),
        "clusters/dev/kustomization.yaml": kustomization(resources=["root.yaml", "billing.yaml"]),
        "clusters/dev/billing.yaml": deploys("billing", "./apps/billing"),
    }
    report = repository.compare({**BASE, **other}, NEW)
    assert "apps/billing/release.yaml" not in report.unmapped
    assert "dev" in {unit.environment for unit in report.units if unit.path == "apps/billing"}


def test_with_a_kustomization_of_another_path(repository: GitOpsRepository) -> None:
    mistaken = {**NEW, "clusters/prod/billing.yaml": deploys("billing", "./apps/biling")}
    report = repository.compare(BASE, {**mistaken, "clusters/prod/kustomization.yaml": LISTED})
    assert [unit.source and unit.source.kind for unit in report.units if unit.error] == ["Kustomization"]
    assert "apps/billing is here: is it meant?" in next(unit.error for unit in report.units if unit.error)
    assert "apps/billing" not in states(report)
