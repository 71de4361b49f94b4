"""Paths that are not here, of Flux sources in no file: a mistake where all else of the source is in this repository."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from gitops_repository import GitOpsRepository, kustomization, manifest

from bot.model.result import Report

Files = dict[str, str | None]
APPS: Files = {f"apps/{name}/cm.yaml": manifest("ConfigMap", name) for name in "ab"}


def flux(name: str, path: str, source: str = "flux-system", **fields: Any) -> str:
    spec = {"sourceRef": {"kind": "GitRepository", "name": source}, "path": path, **fields}
    metadata = {"name": name, "namespace": "flux-system"}
    return json.dumps(
        {"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization", "metadata": metadata, "spec": spec}
    )


def listed(report: Report) -> dict[str, str]:
    return {unit.source.name: str(unit.state) for unit in report.units if unit.source}


@pytest.mark.parametrize("source", ["flux-system", "by-hand"])
def test_a_new_path_that_is_not_here(source: str, repository: GitOpsRepository) -> None:
    files = {**APPS, "clusters/a.yaml": flux("a", "./apps/a", source)}
    report = repository.compare(files, {"clusters/b.yaml": flux("b", "./apps/typo", source)})
    assert (str(report.verdict), listed(report)) == ("failed", {"b": "unrenderable"})
    (error,) = (unit.error for unit in report.units if unit.source)
    assert error.endswith("lies in this repository: correct the path, or add the directory")
    again = repository.compare({}, {"clusters/b.yaml": flux("b", "./apps/typo", source, prune=True)})
    assert str(again.verdict) == "passed", "it was so before"
    mended = repository.compare({}, {"clusters/b.yaml": flux("b", "./apps/b", source)})
    assert (str(mended.verdict), listed(mended)["b"]) == ("passed", "fixed")


def test_in_a_kustomization(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize")
    files = {
        **APPS,
        "clusters/a.yaml": flux("a", "./apps/a"),
        "clusters/kustomization.yaml": kustomization(resources=["a.yaml"]),
    }
    both = kustomization(resources=["a.yaml", "b.yaml"])
    report = repository.compare(
        files, {"clusters/kustomization.yaml": both, "clusters/b.yaml": flux("b", "./apps/typo")}
    )
    assert (str(report.verdict), listed(report)["b"]) == ("failed", "unrenderable")


@pytest.mark.parametrize(
    "others",
    [
        pytest.param({}, id="none"),
        pytest.param({"clusters/a.yaml": flux("a", "./apps/a", "another")}, id="of-another-source"),
        pytest.param(
            {"clusters/a.yaml": flux("a", "./apps/a"), "clusters/c.yaml": flux("c", "./elsewhere")}, id="one-misses"
        ),
        pytest.param({"clusters/a.yaml": flux("a", "./")}, id="only-the-root"),
    ],
)
def test_a_source_of_which_nothing_says_what_it_is(others: Files, repository: GitOpsRepository) -> None:
    report = repository.compare({**APPS, **others}, {"clusters/b.yaml": flux("b", "./apps/typo")})
    assert (str(report.verdict), listed(report)["b"]) == ("passed", "unrenderable")
