"""A directory of plain manifests gets a kustomization, or loses it: one unit, and only what really differs is told."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from gitops_repository import GitOpsRepository, by_path, kustomization, manifest

from bot.model.result import UnitState

Files = dict[str, str | None]
LISTED = {"data": {"b": "2", "a": "1"}}
PLAIN: Files = {
    "deploy/prod/web.yaml": manifest("ConfigMap", "web", **LISTED),
    "deploy/prod/data.yaml": '# kept\nkind: PersistentVolumeClaim\napiVersion: v1\nmetadata: {name: "data"}\n',
}


@pytest.fixture(autouse=True)
def _program(need: Callable[[str], str]) -> None:
    need("kustomize")


def listing(*names: str, **more: object) -> Files:
    return {"deploy/prod/kustomization.yaml": kustomization(resources=list(names), **more)}


def test_all_files_are_listed(repository: GitOpsRepository) -> None:
    report = repository.compare(PLAIN, listing("web.yaml", "data.yaml"))
    (unit,) = report.units
    assert (unit.state, unit.objects) == (UnitState.UNCHANGED, ())
    assert "its kustomization says what is deployed" in " ".join(unit.notes)
    (unit,) = repository.compare({}, {"deploy/prod/kustomization.yaml": None}).units
    assert (unit.path, unit.state) == ("deploy/prod", UnitState.UNCHANGED)
    assert "its manifests are taken as they are" in " ".join(unit.notes)


def test_one_is_forgotten(repository: GitOpsRepository) -> None:
    (unit,) = repository.compare(PLAIN, listing("web.yaml")).units
    assert unit.state == UnitState.CHANGED
    assert [(str(each.state), each.id.kind) for each in unit.objects] == [("removed", "PersistentVolumeClaim")]


def test_it_changes_an_object_on_the_way(repository: GitOpsRepository) -> None:
    (unit,) = repository.compare(PLAIN, listing("web.yaml", "data.yaml", namePrefix="new-")).units
    assert unit.state == UnitState.CHANGED
    assert sorted((str(each.state), each.id.name) for each in unit.objects) == [
        ("added", "new-data"), ("added", "new-web"), ("removed", "data"), ("removed", "web"),
    ]  # fmt: skip


def test_it_does_not_build(repository: GitOpsRepository) -> None:
    report = repository.compare(PLAIN, listing("web.yaml", "gone.yaml"))
    assert by_path(report)["deploy/prod"].state == UnitState.BROKEN
    assert str(report.verdict) == "failed"


def test_kustomizations_in_between_stay_what_they_are(repository: GitOpsRepository) -> None:
    """``--units all`` tells of each kustomization, and there was none."""
    report = repository.compare(PLAIN, listing("web.yaml", "data.yaml"), everything=True)
    assert {str(unit.renderer): str(unit.state) for unit in report.units} == {"plain": "removed", "kustomize": "added"}


def test_directories_below_it_are_listed(repository: GitOpsRepository) -> None:
    """Each directory had manifests of its own; a kustomization above them takes two, by one in each, and forgets one."""
    names = ("web", "shop")
    before: Files = {f"apps/prod/{name}/cm.yaml": manifest("ConfigMap", name) for name in names}
    apart: Files = {"apps/prod/left/cm.yaml": manifest("ConfigMap", "left")}
    after: Files = {f"apps/prod/{name}/kustomization.yaml": kustomization(resources=["cm.yaml"]) for name in names}
    top: Files = {"apps/prod/kustomization.yaml": kustomization(resources=["web", "shop"])}
    report = repository.compare({**before, **apart}, {**after, **top})
    found = by_path(report)
    assert {path: str(unit.state) for path, unit in found.items()} == {
        "apps/prod": "unchanged", "apps/prod/left": "removed",
    }  # fmt: skip
    assert "those of apps/prod/shop, apps/prod/web" in " ".join(found["apps/prod"].notes)
    found = by_path(
        repository.compare({}, dict.fromkeys([*top, *(f"apps/prod/{name}/kustomization.yaml" for name in names)]))
    )
    assert {path: str(unit.state) for path, unit in found.items()} == {
        "apps/prod": "unchanged", "apps/prod/left": "added",
    }  # fmt: skip


def test_files_of_directories_below_it_are_listed(repository: GitOpsRepository) -> None:
    """No path below changes; how many directories there were does not count, nor how their objects are written down."""
    below: Files = {f"deploy/prod/{name}/cm.yaml": manifest("ConfigMap", name, **LISTED) for name in ("a", "b")}
    files = ("a/cm.yaml", "b/cm.yaml", "data.yaml", "web.yaml")
    (unit,) = repository.compare({**PLAIN, **below}, listing(*files)).units
    assert (unit.path, unit.state, unit.objects) == ("deploy/prod", UnitState.UNCHANGED, ())
    assert "its manifests and those of deploy/prod/a, deploy/prod/b were taken" in " ".join(unit.notes)
    (unit,) = repository.compare({}, {"deploy/prod/kustomization.yaml": None}).units
    assert (unit.path, unit.state) == ("deploy/prod", UnitState.UNCHANGED)
    report = repository.compare({}, listing("web.yaml", namePrefix="new-"))
    assert {path: str(unit.state) for path, unit in by_path(report).items()} == {
        "deploy/prod": "changed", "deploy/prod/a": "removed", "deploy/prod/b": "removed",
    }  # fmt: skip


def test_directories_of_several_environments_are_of_none(repository: GitOpsRepository) -> None:
    files: Files = {f"k8s/{name}/cm.yaml": manifest("ConfigMap", name) for name in ("dev", "prod")}
    above: Files = {"k8s/kustomization.yaml": kustomization(resources=["dev/cm.yaml", "prod/cm.yaml"])}
    (unit,) = repository.compare({**files, **above}, dict.fromkeys(above)).units
    assert (unit.path, unit.environment, unit.state) == ("k8s", "", UnitState.UNCHANGED)


def test_a_file_that_the_kustomization_forgets_is_deployed_by_nothing(repository: GitOpsRepository) -> None:
    new = {"deploy/prod/more.yaml": manifest("ConfigMap", "more")}
    report = repository.compare(PLAIN, {**listing("web.yaml", "data.yaml"), **new})
    assert report.unmapped == ("deploy/prod/more.yaml",)
