"""A directory of declarations whose names are variables, which several Kustomizations of Flux fill in."""

from __future__ import annotations

import json
from collections.abc import Callable

from deployers import flux
from gitops_repository import GitOpsRepository, manifest

from bot.model.result import Report

Files = dict[str, str | None]


def release(name: str, version: str) -> str:
    chart = {"spec": {"chart": "c", "version": version, "sourceRef": {"kind": "HelmRepository", "name": "charts"}}}
    value = {"apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease", "metadata": {"name": name}}
    return json.dumps({**value, "spec": {"chart": chart}}) + "\n"


def filling(name: str) -> str:
    return flux(name, "./templates/app", postBuild={"substitute": {"APP": name}})


FILES: Files = {"clusters/prod/one.yaml": filling("one"), "templates/app/release.yaml": release("${APP}", "1.0.0")}


def declared(report: Report) -> list[str]:
    return sorted(f"{u.source.kind} {u.source.name}: {u.state}" for u in report.units if u.source is not None)


def test_each_one_is_listed_under_its_name(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize")
    report = repository.compare(FILES, {"templates/app/release.yaml": release("${APP}", "2.0.0")})
    assert declared(report) == ["HelmRelease one: unrenderable", "Kustomization one: changed"]
    new = repository.compare({}, {"clusters/prod/two.yaml": filling("two"), "clusters/prod/one.yaml": None})
    assert declared(new) == [
        "HelmRelease one: removed",
        "HelmRelease two: unrenderable",
        "Kustomization one: removed",
        "Kustomization two: added",
    ]


def test_one_that_nothing_fills_in_stays_listed(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize")
    files = {**FILES, "clusters/prod/one.yaml": flux("one", "./templates/app"), "x/cm.yaml": manifest("ConfigMap", "x")}
    report = repository.compare(files, {"templates/app/release.yaml": release("${APP}", "2.0.0")})
    assert "HelmRelease ${APP}: unrenderable" in declared(report)
