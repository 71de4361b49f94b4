"""References to sources that are in another namespace than the one in which Flux looks for them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from gitops_repository import GitOpsRepository, kustomization

from bot.model.result import Report, UnitState

GROUPS = {
    "HelmRelease": "helm.toolkit.fluxcd.io/v2",
    "Kustomization": "kustomize.toolkit.fluxcd.io/v1",
    "HelmRepository": "source.toolkit.fluxcd.io/v1",
    "GitRepository": "source.toolkit.fluxcd.io/v1",
}


def made(kind: str, name: str, namespace: str = "", **spec: Any) -> str:
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    return json.dumps({"apiVersion": GROUPS[kind], "kind": kind, "metadata": metadata, "spec": spec}) + "\n"


def release(name: str, namespace: str = "apps", source: str = "charts") -> str:
    reference = {"kind": "HelmRepository", "name": source}
    return made("HelmRelease", name, namespace, chart={"spec": {"chart": "web", "sourceRef": reference}})


def applied(name: str, namespace: str = "apps") -> str:
    reference = {"kind": "GitRepository", "name": "flux-system"}
    return made("Kustomization", name, namespace, path="./apps/web", sourceRef=reference)


CHARTS = made("HelmRepository", "charts", "flux-system", url="https://charts.example.com")
BASE: dict[str, str | None] = {
    "clusters/prod/source.yaml": made(
        "GitRepository", "flux-system", "flux-system", url="https://git.example/org/repo"
    ),
    "clusters/prod/charts.yaml": CHARTS,
    "clusters/prod/shop.yaml": release("shop", namespace="flux-system"),
    "apps/web/kustomization.yaml": kustomization(resources=[]),
}
NEW = "clusters/prod/new.yaml"


def why(report: Report) -> str:
    """Why new.yaml stops the change, "" where it does not."""
    return next((unit.error for unit in report.units if unit.is_broken_newcomer or unit.state is UnitState.BROKEN), "")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (release("new"), "HelmRelease new names HelmRepository charts and looks for it in namespace apps"),
        (release("new", namespace=""), ""),  # whoever applies it says where
        (applied("new"), "Kustomization new names GitRepository flux-system and looks for it in namespace apps"),
        (release("new", source="elsewhere"), ""),  # in no file: it may be in the cluster
        (release("new", namespace="flux-system"), ""),
        (applied("new", namespace="flux-system"), ""),
    ],
)
def test_a_new_object(repository: GitOpsRepository, text: str, said: str) -> None:
    report = repository.compare(BASE, {NEW: text})
    assert said in why(report)
    assert bool(why(report)) is bool(said)
    assert not said or "write `namespace: flux-system` beside the name" in why(report)


def with_namespace(text: str, namespace: str) -> str:
    value = json.loads(text)
    reference = value["spec"].get("sourceRef") or value["spec"]["chart"]["spec"]["sourceRef"]
    reference["namespace"] = namespace
    return json.dumps(value) + "\n"


@pytest.mark.parametrize("text", [release("new"), applied("new")])
def test_a_namespace_that_is_named_counts(repository: GitOpsRepository, text: str) -> None:
    assert not why(repository.compare(BASE, {NEW: with_namespace(text, "flux-system")}))
    assert "where" in why(repository.compare({}, {NEW: with_namespace(text, "other")}))


def test_what_was_so_before_is_let_be(repository: GitOpsRepository) -> None:
    report = repository.compare({**BASE, NEW: release("new")}, {NEW: release("new").replace('"web"', '"web2"')})
    assert not why(report)


def test_a_reference_that_loses_its_namespace(repository: GitOpsRepository) -> None:
    report = repository.compare({**BASE, NEW: with_namespace(applied("new"), "flux-system")}, {NEW: applied("new")})
    assert "Kustomization new names GitRepository flux-system" in why(report)


def test_one_that_a_kustomization_puts_there(repository: GitOpsRepository) -> None:
    files = {
        "tenants/team/kustomization.yaml": kustomization(namespace="apps", resources=["charts.yaml", "new.yaml"]),
        "tenants/team/charts.yaml": made("HelmRepository", "charts", url="https://charts.example.com"),
        "tenants/team/new.yaml": release("new", namespace=""),
    }
    assert not why(repository.compare(BASE, files))


def test_what_only_another_cluster_has(repository: GitOpsRepository) -> None:
    """It says nothing about this cluster, in which somebody may have put it by hand."""
    base = {"clusters/dev/charts.yaml": CHARTS, "clusters/dev/shop.yaml": release("shop", namespace="flux-system")}
    assert not why(repository.compare(base, {NEW: release("new")}))


def test_others_look_for_it_in_the_same_place(repository: GitOpsRepository) -> None:
    """Something puts it there: the object would not be in use otherwise."""
    base = {**BASE, "clusters/prod/old.yaml": release("old")}
    assert not why(repository.compare(base, {NEW: release("new")}))
    assert not why(repository.compare({NEW: None}, {NEW: release("new"), "clusters/prod/old.yaml": None}))
