"""What the risk check says of one side by itself: two owners of one object, and budgets that let no pod leave."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from made_evidence import Made, evidence, rules

from bot.checks.risk import Risk
from bot.model.evidence import Said
from bot.model.unit import ObjectId, PlainRender, Renderer


def thing(kind: str, version: str, spec: Any = None, *, name: str = "x", namespace: str = "") -> str:
    metadata = {"name": name} | ({"namespace": namespace} if namespace else {})
    return json.dumps({"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec or {}}) + "\n---\n"


def crd(kind: str, group: str, scope: str, *, name: str = "") -> str:
    spec = {"group": group, "scope": scope, "names": {"kind": kind}}
    return thing("CustomResourceDefinition", "apiextensions.k8s.io/v1", spec, name=name or f"{kind.lower()}s.{group}")


# -- two owners


def deployed(text: str, name: str, *more: str) -> Made:
    source = ObjectId("kustomize.toolkit.fluxcd.io/v1", "Kustomization", "flux-system", name)
    head = text + "".join(more)
    return Made(head, head, path=f"apps/{name}", source=source, declared_in=f"clusters/prod/{name}.yaml")


def twice(text: str, *more: str) -> bool:
    said: Said = Risk().run(evidence(deployed(text, "a", *more), deployed(text, "b")))
    assert rules(said.base) == rules(said.head)
    return rules(said.head) == ["risk/owned-twice"]


@pytest.mark.parametrize(
    "text",
    [
        thing("ConfigMap", "v1", namespace="shop"),
        thing("Namespace", "v1"),
        thing("StorageClass", "storage.k8s.io/v1"),
        crd("Widget", "ex.example", "Namespaced"),
        thing("ClusterIssuer", "cert-manager.io/v1"),
        thing("ClusterRole", "rbac.authorization.k8s.io/v1"),
    ],
)
def test_one_object_of_two_units(text: str) -> None:
    assert twice(text)


def test_the_other_owner_is_named() -> None:
    text = thing("ConfigMap", "v1", namespace="shop")
    a, b = deployed(text, "a"), deployed(text, "b")
    (found,) = Risk().run(evidence(a, b)).head
    assert found.message.startswith("apps/a deploys the same object")
    one, other = evidence(a, b).units
    (found,) = Risk().run(replace(evidence(a, b), units=(one, replace(other, path=one.path)))).head
    assert found.message.startswith("Kustomization `flux-system/a` deploys the same object")


@pytest.mark.parametrize(
    "text",
    [
        thing("ConfigMap", "v1"),  # in whatever namespace each is deployed to
        thing("Cluster", "postgresql.cnpg.io/v1"),
        thing("ClusterClass", "cluster.x-k8s.io/v1beta1"),
        thing("Namespace", "shop.example/v1"),  # another kind of that name
    ],
)
def test_objects_that_may_land_in_two_namespaces(text: str) -> None:
    assert not twice(text)


def test_an_object_without_namespace_lands_where_its_unit_is_deployed_to() -> None:
    def said(one: str, other: str) -> list[str]:
        parts = {"a": (PlainRender("apps/a", namespace=one),), "b": (PlainRender("apps/b", namespace=other),)}
        made = (replace(deployed(thing("ConfigMap", "v1"), name), parts=part) for name, part in parts.items())
        return rules(Risk().run(evidence(*made)).head)

    assert said("shop", "shop") == ["risk/owned-twice"]
    assert said("shop", "other") == said("", "") == said("shop", "") == []


def applications(text: str, *destinations: dict[str, str]) -> list[str]:
    """The same object of two Applications that lie side by side."""
    files, made = {}, []
    for number, destination in enumerate(destinations):
        source = ObjectId("argoproj.io/v1alpha1", "Application", "argocd", f"a{number}")
        path = f"clusters/prod/a{number}.yaml"
        files[path] = thing("Application", source.api_version, {"destination": destination}, name=source.name)
        made.append(Made(text, text, path=f"apps/a{number}", source=source, declared_in=path))
    return rules(Risk().run(evidence(*made, base=files, head=files)).head)


def test_applications_say_where_their_objects_land() -> None:
    here, there = {"server": "https://kubernetes.default.svc"}, {"server": "https://eu.example"}
    shop, other = {"namespace": "shop"}, {"namespace": "other"}
    nowhere, named = thing("ConfigMap", "v1"), thing("ConfigMap", "v1", namespace="shop")
    assert applications(nowhere, here | shop, {"name": "in-cluster"} | shop) == ["risk/owned-twice"]
    assert applications(nowhere, here | shop, here | other) == applications(nowhere, here, here) == []
    assert applications(named, here | shop, here | other) == ["risk/owned-twice"]
    assert applications(named, here | shop, there | shop) == []  # one object in each of two clusters


def overlays(text: str, *units: tuple[str, str]) -> list[str]:
    """The same object in overlays that nothing declares: path and application of each."""
    given = evidence(*(Made(text, text, path=path, app=app) for path, app in units))
    kustomized = [
        replace(unit, head=replace(side, unit=replace(side.unit, renderer=Renderer.KUSTOMIZE)))
        for unit in given.units
        if (side := unit.head)
    ]
    return rules(Risk().run(replace(given, units=tuple(kustomized))).head)


def test_overlays_that_differ_only_in_their_application_are_of_one_cluster() -> None:
    text = thing("ConfigMap", "v1", namespace="shop")
    assert overlays(text, ("apps/a/overlays/prod", "a"), ("apps/b/overlays/prod", "b")) == ["risk/owned-twice"]
    assert overlays(text, ("apps/a/eu/prod", "a"), ("apps/b/us/prod", "b")) == []
    assert overlays(text, ("apps/a/overlays/prod-eu", "a"), ("apps/a/overlays/prod-us", "a")) == []
    assert overlays(text, ("overlays/prod", "a"), ("live/prod", "b")) == []  # where they are deployed to is not known
    shared = ("apps/a/overlays/prod", "a"), ("apps/b/overlays/prod", "b")
    assert overlays(thing("Namespace", "v1"), *shared) == []
    assert overlays(thing("ConfigMap", "v1"), *shared) == []


def test_a_definition_says_whether_its_kind_has_a_namespace() -> None:
    text = thing("Widget", "ex.example/v1")
    assert twice(text, crd("Widget", "ex.example", "Cluster"))
    assert not twice(text, crd("Widget", "ex.example", "Namespaced"))
    assert not twice(text, crd("Widget", "other.example", "Cluster"))


# -- disruption budgets


def workload(kind: str = "Deployment", **spec: Any) -> str:
    spec |= {"template": {"metadata": {"labels": {"app": "a"}}}}
    return thing(kind, "apps/v1", spec, namespace="shop")


def scaler(name: str = "x") -> str:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": name}
    return thing("HorizontalPodAutoscaler", "autoscaling/v2", {"scaleTargetRef": target}, namespace="shop")


def blocks(*objects: str, **budget: Any) -> bool:
    pdb = thing(
        "PodDisruptionBudget", "policy/v1", budget | {"selector": {"matchLabels": {"app": "a"}}}, namespace="shop"
    )
    found = rules(Risk().run(evidence(Made(pdb, pdb + "".join(objects)))).head)
    return "risk/pdb-blocks" in found


@pytest.mark.parametrize(
    ("objects", "budget", "expected"),
    [
        ([workload(replicas=3)], {"minAvailable": 3}, True),
        ([workload(replicas=3)], {"minAvailable": 2}, False),
        ([workload(replicas=3)], {"minAvailable": "90%"}, True),  # 2.7 pods are 3
        ([workload(replicas=3)], {"minAvailable": "66%"}, False),
        ([workload(replicas=3)], {"minAvailable": "67%"}, True),
        ([workload(replicas=10)], {"minAvailable": "90%"}, False),
        ([workload(replicas=0)], {"minAvailable": "90%"}, False),
        ([workload()], {"minAvailable": 1}, True),  # one pod, where nothing is said
        ([workload("StatefulSet")], {"minAvailable": "1%"}, True),
        ([workload(), scaler()], {"minAvailable": 1}, False),
        ([workload(), scaler("other")], {"minAvailable": 1}, True),
        ([workload(replicas="${N}")], {"minAvailable": 1}, False),
        ([], {"minAvailable": 1}, False),
        ([], {"minAvailable": "100%"}, True),
        ([workload(replicas=3)], {"maxUnavailable": "1%"}, False),  # rounded up as well
        ([workload(replicas=3)], {"maxUnavailable": "0%"}, True),
        ([workload(replicas=3)], {"minAvailable": "x%"}, False),
        ([workload(replicas=3)], {"minAvailable": "9" * 5000 + "%"}, False),
    ],
)
def test_budgets(objects: list[str], budget: dict[str, Any], *, expected: bool) -> None:
    assert blocks(*objects, **budget) is expected
