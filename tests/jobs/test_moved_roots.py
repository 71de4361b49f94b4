"""The root of a Flux cluster whose declaration goes to another directory."""

from __future__ import annotations

from collections.abc import Callable

from gitops_repository import GitOpsRepository, flux, kustomization, manifest

from bot.model.result import Report

Files = dict[str, str | None]


SOURCE = {"kind": "GitRepository", "name": "flux-system"}


def root(name: str, path: str) -> str:
    return flux("Kustomization", name, path=path, prune=True, sourceRef=SOURCE)


def cluster(name: str) -> Files:
    folder = f"clusters/{name}"
    return {
        f"{folder}/flux-system/kustomization.yaml": kustomization(resources=["cm.yaml", "gotk-sync.yaml"]),
        f"{folder}/flux-system/cm.yaml": manifest("ConfigMap", "components"),
        f"{folder}/flux-system/gotk-sync.yaml": root("flux-system", f"./{folder}"),
        f"{folder}/apps.yaml": root("apps", f"./apps/{name}"),
        f"apps/{name}/cm.yaml": manifest("ConfigMap", "of-apps"),
    }


def states(report: Report) -> dict[tuple[str, str], str]:
    found = {(u.environment, u.source.name if u.source else u.path): str(u.state) for u in report.units}
    assert len(found) == len(report.units)
    return found


def one_up(name: str) -> Files:
    folder = f"clusters/{name}"
    return {
        f"{folder}/flux-system/kustomization.yaml": kustomization(resources=["cm.yaml"]),
        f"{folder}/flux-system/gotk-sync.yaml": None,
        f"{folder}/gotk-sync.yaml": root("flux-system", f"./{folder}"),
    }


def test_it_is_one_unit_with_all_that_it_deploys(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize")
    report = repository.compare({**cluster("production"), **cluster("staging")}, one_up("production"))
    assert set(states(report).values()) <= {"unchanged", "changed"}
    assert states(report)["production", "apps"] == "unchanged"
    edited = {"apps/production/cm.yaml": manifest("ConfigMap", "of-apps", data={"a": "1"})}
    back = {path: cluster("production").get(path) for path in one_up("production")}
    report = repository.compare({}, {**back, **edited})
    assert states(report)["production", "apps"] == "changed"


def test_roots_of_two_clusters_stay_apart(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize")
    files: Files = {**cluster("production"), **cluster("staging")}
    gone = dict.fromkeys(path for path in files if path.startswith("clusters/production/"))
    staging = repository.compare(files, {**gone, **one_up("staging")})
    assert states(staging)["production", "apps"] == "removed"
    assert states(staging)["staging", "apps"] == "unchanged"


def test_another_path_is_another_root(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    """Clusters that only their paths tell apart."""
    need("kustomize")
    files: Files = {
        "a/sync.yaml": root("root", "./eu"),
        "b/cm.yaml": manifest("ConfigMap", "beside"),
        "eu/cm.yaml": manifest("ConfigMap", "of-eu"),
        "us/cm.yaml": manifest("ConfigMap", "of-us"),
    }
    report = repository.compare(files, {"a/sync.yaml": None, "b/sync.yaml": root("root", "./us")})
    found = {(u.path, str(u.state)) for u in report.units if u.source}
    assert {("eu", "removed"), ("us", "added")} <= found or found == {("us", "changed")}
