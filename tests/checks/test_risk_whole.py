"""A unit that goes: what of it is told beside that, and what goes with what it was for."""

from __future__ import annotations

import json
from typing import Any

from made_evidence import Made, evidence, new

from bot.checks.risk import Risk

RBAC = "rbac.authorization.k8s.io"


def thing(kind: str, version: str, *, name: str = "web", namespace: str = "shop", **more: Any) -> str:
    metadata = {"name": name} | ({"namespace": namespace} if namespace else {})
    return json.dumps({"apiVersion": version, "kind": kind, "metadata": metadata, **more}) + "\n---\n"


def beside(*objects: str) -> set[str]:
    """Rules of what is said of a unit that goes, without that it goes."""
    return {s.rule for s in new(Risk().run(evidence(Made("".join(objects), None))))} - {"risk/unit-removed"}


def policy(selector: dict[str, Any]) -> str:
    return thing("NetworkPolicy", "networking.k8s.io/v1", spec={"podSelector": selector, "policyTypes": ["Ingress"]})


def binding(*subjects: tuple[str, str], kind: str = "RoleBinding", given: str = "Role") -> str:
    held = [{"kind": kind, "name": name, "namespace": "shop"} for kind, name in subjects]
    ref = {"apiGroup": RBAC, "kind": given, "name": "web"}
    return thing(kind, f"{RBAC}/v1", roleRef=ref, subjects=held, namespace="" if kind.startswith("Cluster") else "shop")


POD = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": "a:1"}]}}
WORKLOAD = thing("Deployment", "apps/v1", spec={"template": POD})
ACCOUNT = thing("ServiceAccount", "v1")
ROLE = thing("Role", f"{RBAC}/v1", rules=[])
NAMESPACE = thing("Namespace", "v1", name="shop", namespace="")


def test_a_policy_goes_with_the_pods_that_it_names() -> None:
    named = policy({"matchLabels": {"app": "web"}})
    assert beside(WORKLOAD, named) == set()
    assert beside(named) == {"risk/network-policy"}  # over pods of others
    assert beside(WORKLOAD, policy({"matchLabels": {"app": "api"}})) == {"risk/network-policy"}
    assert beside(WORKLOAD, policy({})) == {"risk/network-policy"}  # over whatever else the namespace holds
    assert beside(NAMESPACE, policy({})) == {"risk/deletion"}  # which goes as well


def test_rights_go_with_the_accounts_that_held_them() -> None:
    own, other = ("ServiceAccount", "web"), ("Group", "people")
    assert beside(ACCOUNT, ROLE, binding(own)) == set()
    assert beside(ROLE, binding(own)) == {"risk/rbac"}  # the account stays
    assert beside(ACCOUNT, ROLE, binding(own, other)) == {"risk/rbac"}
    assert beside(ACCOUNT, ROLE) == beside(ACCOUNT, ROLE, binding()) == {"risk/rbac"}
    assert beside(ACCOUNT, binding(own, kind="ClusterRoleBinding", given="ClusterRole")) == set()
    assert beside(NAMESPACE, ROLE, binding(other)) == {"risk/deletion"}


def test_one_object_of_a_unit_that_stays_is_told() -> None:
    given = Made(WORKLOAD + policy({"matchLabels": {"app": "web"}}), WORKLOAD)
    assert [s.rule for s in new(Risk().run(evidence(given)))] == ["risk/network-policy"]
