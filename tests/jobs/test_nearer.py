"""Releases of several clusters whose sources have the same name: each is told of its own source alone."""

from __future__ import annotations

import json
from typing import Any

from gitops_repository import GitOpsRepository

from bot.model.result import Report


def made(kind: str, name: str, namespace: str, **spec: Any) -> str:
    group = "helm" if kind == "HelmRelease" else "source"
    version = "v2" if kind == "HelmRelease" else "v1"
    return json.dumps(
        {
            "apiVersion": f"{group}.toolkit.fluxcd.io/{version}",
            "kind": kind,
            "metadata": {"name": name, "namespace": namespace},
            "spec": spec,
        }
    )


def source(tag: str, namespace: str = "flux-system") -> str:
    return made("OCIRepository", "web", namespace, url="oci://ghcr.io/charts/web", ref={"tag": tag})


def release(namespace: str = "flux-system", **values: str) -> str:
    reference = {"kind": "OCIRepository", "name": "web", "namespace": namespace}
    return made("HelmRelease", "web", "flux-system", chartRef=reference, values=values)


def both(*texts: str) -> str:
    return "\n---\n".join(texts) + "\n"


ONE, TWO = "kubernetes/one/web.yaml", "kubernetes/two/web.yaml"


def releases(report: Report) -> set[str]:
    return {unit.path for unit in report.units if unit.source is not None and unit.source.kind == "HelmRelease"}


def test_each_has_its_own(repository: GitOpsRepository) -> None:
    base: dict[str, str | None] = {path: both(source("1"), release()) for path in (ONE, TWO)}
    assert releases(repository.compare(base, {ONE: both(source("2"), release())})) == {"kubernetes/one"}
    assert releases(repository.compare({}, {TWO: both(source("3"), release())})) == {"kubernetes/two"}


def test_both_sources_change(repository: GitOpsRepository) -> None:
    base: dict[str, str | None] = {path: both(source("1"), release()) for path in (ONE, TWO)}
    after: dict[str, str | None] = {path: both(source("2"), release()) for path in (ONE, TWO)}
    assert releases(repository.compare(base, after)) == {"kubernetes/one", "kubernetes/two"}


def test_one_has_none_of_its_own(repository: GitOpsRepository) -> None:
    base = {ONE: both(source("1"), release()), TWO: release()}
    assert releases(repository.compare(base, {ONE: both(source("2"), release())})) == {
        "kubernetes/one",
        "kubernetes/two",
    }


def test_its_own_is_in_another_namespace(repository: GitOpsRepository) -> None:
    base = {ONE: both(source("1"), release()), TWO: both(source("1", "other"), release())}
    assert releases(repository.compare(base, {ONE: both(source("2"), release())})) == {
        "kubernetes/one",
        "kubernetes/two",
    }


def test_its_own_goes(repository: GitOpsRepository) -> None:
    base: dict[str, str | None] = {path: both(source("1"), release()) for path in (ONE, TWO)}
    after = {ONE: both(source("2"), release()), TWO: release()}
    assert releases(repository.compare(base, after)) == {"kubernetes/one", "kubernetes/two"}
