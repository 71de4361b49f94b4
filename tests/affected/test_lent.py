"""A kustomization.yaml beside declarations that were deployed before makes nothing new, and its end deletes nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fleets import CHART, application, flux, release
from gitops_repository import GitOpsRepository, kustomization, manifest

from bot.git.repository import Repository
from bot.jobs.units import discovered
from bot.model.result import Report
from bot.settings import Settings
from bot.wiring import configuration, opened, resolve

Files = dict[str, str | None]

pytestmark = pytest.mark.usefixtures("programs")


@pytest.fixture
def programs(need: Callable[[str], str]) -> None:
    need("kustomize"), need("helm")


def listed(report: Report) -> dict[str, str]:
    """What declares a unit → what the change does to it; nothing twice."""
    found = {str(unit.source): str(unit.state) for unit in report.units if unit.source}
    assert len(found) == sum(unit.source is not None for unit in report.units)
    return found


def deployed(repository: GitOpsRepository) -> list[str]:
    with Repository(repository.path) as opened_repository:
        sides = resolve(opened_repository, "HEAD", "HEAD", "")
        configured = configuration(opened_repository, sides.base, None)
        with opened(opened_repository, configured, Settings(None), lambda *_: None) as ports:
            units = discovered(ports.index.at(sides.head_tree), ports, everything=False)[0]
    return sorted(str(unit.source) for unit in units if unit.source)


SYNC = flux("flux-system", "./clusters/main")
CLUSTER: Files = {
    **CHART,
    "clusters/main/flux-system/kustomization.yaml": kustomization(resources=["sync.yaml"]),
    "clusters/main/flux-system/sync.yaml": SYNC,
    "clusters/main/apps.yaml": flux("apps", "./apps", postBuild={"substitute": {"a": "one"}}),
    "clusters/main/plain.yaml": flux("plain", "./plain"),
    "apps/web.yaml": release("web", values={"a": "${a}"}),
    "apps/shop.yaml": release("shop"),
    "plain/cm.yaml": manifest("ConfigMap", "plain"),
}
LISTING = {"clusters/main/kustomization.yaml": kustomization(resources=["flux-system", "apps.yaml", "plain.yaml"])}


def test_a_cluster_gets_a_kustomization_and_loses_it(repository: GitOpsRepository) -> None:
    assert set(listed(repository.compare(CLUSTER, LISTING)).values()) <= {"unchanged"}
    assert set(listed(repository.compare({}, dict.fromkeys(LISTING))).values()) <= {"unchanged"}


def test_each_unit_of_such_a_cluster_is_deployed_once(repository: GitOpsRepository) -> None:
    repository.commit({**CLUSTER, **LISTING})
    objects = ["HelmRelease shop", "HelmRelease web"]
    objects += [f"Kustomization flux-system/{name}" for name in ("apps", "flux-system", "plain")]
    assert deployed(repository) == sorted(objects)
    report = repository.compare({}, {"apps/shop.yaml": release("shop", values={"a": "two"})})
    assert listed(report) == {"Kustomization flux-system/apps": "changed", "HelmRelease shop": "changed"}


def test_what_the_new_kustomization_leaves_out_or_changes_is_said(repository: GitOpsRepository) -> None:
    text = '[{"op": "replace", "path": "/spec/path", "value": "./apps"}]'
    patch = {"target": {"kind": "Kustomization", "name": "plain"}, "patch": text}
    listing = kustomization(resources=["flux-system", "apps.yaml", "plain.yaml"], patches=[patch])
    report = repository.compare(CLUSTER, {"clusters/main/kustomization.yaml": listing})
    assert listed(report)["Kustomization flux-system/plain"] == "changed"


APPS: Files = {
    "root.yaml": application("root", path="apps", directory={"recurse": True}),
    "apps/web.yaml": application("web", path="web"),
    "apps/shop.yaml": application("shop", path="shop"),
    "web/cm.yaml": manifest("ConfigMap", "web"),
    "shop/cm.yaml": manifest("ConfigMap", "shop"),
}
TURNED: Files = {
    "root.yaml": application("root", path="apps"),
    "apps/kustomization.yaml": kustomization(resources=["web.yaml", "shop.yaml"]),
}


def test_a_root_of_plain_files_turns_into_a_kustomization_and_back(repository: GitOpsRepository) -> None:
    there = listed(repository.compare(APPS, TURNED))
    back = listed(repository.compare({}, {"root.yaml": APPS["root.yaml"], "apps/kustomization.yaml": None}))
    for states in (there, back):
        assert states.pop("Application argocd/root") in ("changed", "unchanged")
        assert set(states.values()) <= {"unchanged"}


def test_it_turns_and_an_application_changes(repository: GitOpsRepository) -> None:
    files: Files = {**APPS, "other/cm.yaml": manifest("ConfigMap", "other")}
    report = repository.compare(files, TURNED | {"apps/web.yaml": application("web", path="other")})
    assert listed(report)["Application argocd/web"] == "changed"


def test_it_turns_and_one_is_forgotten(repository: GitOpsRepository) -> None:
    """The root deletes what its kustomization does not list."""
    forgotten = TURNED | {"apps/kustomization.yaml": kustomization(resources=["web.yaml"])}
    assert listed(repository.compare(APPS, forgotten))["Application argocd/shop"] == "removed"
    again = {"root.yaml": APPS["root.yaml"], "apps/kustomization.yaml": None}
    assert listed(repository.compare({}, again))["Application argocd/shop"] == "added"


def test_files_that_nothing_took_are_listed_now(repository: GitOpsRepository) -> None:
    """The kustomization itself is new; what its files declare was there."""
    files: Files = {"web/cm.yaml": APPS["web/cm.yaml"], "cluster/web.yaml": flux("web", "./web")}
    report = repository.compare(files, {"cluster/kustomization.yaml": kustomization(resources=["web.yaml"])})
    assert listed(report).get("Kustomization flux-system/web", "unchanged") == "unchanged"


def test_a_second_cluster_that_lists_the_same_files_is_new(repository: GitOpsRepository) -> None:
    files: Files = {
        "web/cm.yaml": APPS["web/cm.yaml"],
        "parts/web.yaml": flux("web", "./web"),
        "parts/kustomization.yaml": kustomization(resources=["web.yaml"]),
        "clusters/one/kustomization.yaml": kustomization(resources=["../../parts"]),
    }
    report = repository.compare(files, {"clusters/two/kustomization.yaml": files["clusters/one/kustomization.yaml"]})
    assert listed(report) == {"Kustomization flux-system/web": "added"}


def test_a_cluster_is_copied_with_the_path_of_the_old_one(repository: GitOpsRepository) -> None:
    """Each object of the new cluster is one unit, as its host shows it: the copied files are deployed by nothing."""

    def cluster(name: str, path: str) -> Files:
        return {
            f"clusters/{name}/flux-system/kustomization.yaml": kustomization(resources=["sync.yaml"]),
            f"clusters/{name}/flux-system/sync.yaml": flux("flux-system", path),
            f"clusters/{name}/apps.yaml": flux("apps", "./apps"),
        }

    files: Files = {"apps/cm.yaml": manifest("ConfigMap", "web"), **cluster("staging", "./clusters/staging")}
    report = repository.compare(files, cluster("qa", "./clusters/staging"))
    added = [str(unit.source) for unit in report.units if unit.source and str(unit.state) == "added"]
    assert sorted(added) == ["Kustomization flux-system/apps", "Kustomization flux-system/flux-system"]
