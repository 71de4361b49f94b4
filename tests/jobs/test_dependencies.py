"""Another version of a dependency that lies elsewhere: nothing can be rendered, and the note says what the change does."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from gitops_repository import GitOpsRepository, kustomization

from bot.model.result import Report

Items = list[dict[str, Any]]
REPOSITORY = "https://charts.example.com/bitnami"
PROD = kustomization(resources=["../base"], namePrefix="prod-")


def umbrella(*items: dict[str, Any]) -> str:
    return json.dumps({"apiVersion": "v2", "name": "redis", "version": "0.0.1", "dependencies": items}) + "\n"


def dependency(version: object, name: str = "redis", **fields: str) -> dict[str, Any]:
    return {"name": name, "version": version, "repository": REPOSITORY, **fields}


def notes(report: Report) -> list[str]:
    (unit,) = report.units
    assert str(unit.state) == "unrenderable"
    return [note for note in unit.notes if "dependency" in note]


def test_both_versions_are_told(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("helm")
    file = "platform/redis/Chart.yaml"
    base = {file: umbrella(dependency("19.0.1"), dependency(1.5, "gone"), dependency("7", "same", alias="mine"))}
    head = umbrella(
        dependency("20.0.0"),
        dependency("7", "same", alias="mine"),
        dependency("2", "new", repository="https://me:secret@x"),
    )
    assert notes(repository.compare(base, {file: head})) == [
        f"{file}: dependency redis 19.0.1 → 20.0.0 ({REPOSITORY}).",
        f"{file}: dependency new none → 2 (https://me:•••@x).",
        f"{file}: dependency gone 1.5 → none ({REPOSITORY}).",
    ]
    assert not notes(repository.compare({}, {"platform/redis/values.yaml": "a: 1\n"}))
    assert not notes(repository.compare({}, {file: head.replace("0.0.1", "0.0.2")}))


def test_what_is_malformed_is_no_dependency(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("helm")
    file = "platform/redis/Chart.yaml"
    broken = '{"apiVersion": "v2", "name": "redis", "version": "0.0.1", "dependencies": ["a", {"name": [1]}]}\n'
    report = repository.compare({file: broken}, {file: broken.replace("0.0.1", "0.0.2")})
    assert str(report.verdict) == "passed"


def test_versions_of_what_a_kustomization_takes_from_elsewhere_are_told(
    repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("kustomize")
    file, base = "apps/web/base/kustomization.yaml", "github.com/acme/bases//web"
    crds = "https://github.com/acme/crds/releases/download/{}/install.yaml"

    def taken(chart: str, ref: str, release: str) -> str:
        charts = [{"name": "redis", "repo": REPOSITORY, "version": chart, "releaseName": "a"}]
        return kustomization(helmCharts=charts, resources=[f"{base}?ref={ref}", crds.format(release)])

    before = {file: taken("1.0.0", "v1", "v2.1.0"), "apps/web/prod/kustomization.yaml": PROD}
    (unit,) = repository.compare(before, {file: taken("1.1.0", "v2", "v2.2.0-rc.1")}).units
    assert (unit.path, str(unit.state)) == ("apps/web/prod", "unrenderable")
    assert [note for note in unit.notes if "→" in note] == [
        f"{file}: chart redis 1.0.0 → 1.1.0 ({REPOSITORY}).",
        f"{file}: {base} v1 → v2.",
        f"{file}: {crds.format('…')} v2.1.0 → v2.2.0-rc.1.",
    ]
    (unit,) = repository.compare({}, {"apps/web/prod/kustomization.yaml": PROD.replace("prod", "live")}).units
    assert not [note for note in unit.notes if "→" in note]
