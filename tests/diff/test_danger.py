"""Why to look first, and in which order."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from bot.diff.danger import order, reason
from bot.diff.resources import identity
from bot.model.result import ObjectChange, ObjectState
from bot.model.unit import ObjectId


def made(kind: str, api: str = "v1", **fields: Any) -> dict[str, Any]:
    return {"apiVersion": api, "kind": kind, "metadata": {"name": "x"}, **fields}


def pod(**spec: Any) -> dict[str, Any]:
    return {"template": {"spec": {"containers": [{"name": "c", **spec.pop("container", {})}], **spec}}}


def why(base: dict[str, Any] | None, head: dict[str, Any] | None, renames: dict[str, str] | None = None) -> str:
    return reason(identity(head or base or {}), base, head, renames or {})


APPS, BATCH, RBAC = "apps/v1", "batch/v1", "rbac.authorization.k8s.io/v1"
PRIVILEGED = pod(container={"securityContext": {"privileged": True}})
ADMIN = pod(container={"securityContext": {"capabilities": {"add": ["SYS_ADMIN"]}}})
HOST_PATH = pod(volumes=[{"name": "h", "hostPath": {"path": "/"}}])
CHANGES: list[tuple[str, str, dict[str, Any], dict[str, Any], str]] = [
    ("Deployment", APPS, {"spec": {"replicas": 3}}, {"spec": {"replicas": 0}}, "replicas to 0"),
    ("Deployment", APPS, {"spec": {}}, {"spec": {"replicas": 0}}, "replicas to 0"),
    ("Deployment", APPS, {"spec": {"replicas": 3}}, {"spec": {"replicas": 2}}, ""),
    ("Deployment", APPS, {"spec": {"selector": {"a": 1}}}, {"spec": {"selector": {"a": 2}}},
     "immutable field spec.selector"),
    ("StatefulSet", APPS, {"spec": {"volumeClaimTemplates": []}}, {"spec": {"volumeClaimTemplates": [1]}},
     "immutable field spec.volumeClaimTemplates"),
    ("Job", BATCH, {"spec": pod(a=1)}, {"spec": pod(a=2)}, "immutable field spec.template"),
    ("Service", "v1", {"spec": {"clusterIP": "None"}}, {"spec": {"clusterIP": "10.0.0.1"}},
     "immutable field spec.clusterIP"),
    ("Service", "v1", {"spec": {}}, {"spec": {"clusterIP": "10.0.0.1"}}, ""),
    ("Service", "serving.knative.dev/v1", {"spec": {"clusterIP": "a"}}, {"spec": {"clusterIP": "b"}}, ""),
    ("PersistentVolumeClaim", "v1", {"spec": {"storageClassName": "a"}}, {"spec": {"storageClassName": "b"}},
     "immutable field spec.storageClassName"),
    ("RoleBinding", RBAC, {"roleRef": {"name": "a"}}, {"roleRef": {"name": "b"}},
     "immutable field roleRef; RBAC changes"),
    ("ClusterRole", RBAC, {"rules": []}, {"rules": [1]}, "RBAC changes"),
    ("ConfigMap", "v1", {"immutable": True, "data": {"a": 1}}, {"immutable": True, "data": {"a": 2}},
     "immutable field data"),
    ("ConfigMap", "v1", {"data": {"a": 1}}, {"data": {"a": 2}}, ""),
    ("NetworkPolicy", "networking.k8s.io/v1", {"spec": {}}, {"spec": {"a": 1}}, "NetworkPolicy changes"),
    ("ValidatingWebhookConfiguration", "v1", {"webhooks": []}, {"webhooks": [1]}, "admission webhook changes"),
    ("Deployment", APPS, {"spec": pod()}, {"spec": pod(hostNetwork=True)}, "hostNetwork"),
    ("Deployment", APPS, {"spec": pod(hostNetwork=True)}, {"spec": pod(hostNetwork=True, a=1)}, ""),
    ("CronJob", BATCH, {"spec": {"jobTemplate": {"spec": pod()}}},
     {"spec": {"jobTemplate": {"spec": PRIVILEGED}}}, "privileged container"),
    ("Deployment", APPS, {"spec": pod()}, {"spec": ADMIN},
     "capability SYS_ADMIN"),
    ("Deployment", APPS, {"spec": pod()}, {"spec": HOST_PATH}, "hostPath volume"),
    ("Deployment", APPS, {"spec": pod(imagePullSecrets=[{"name": "a"}])},
     {"spec": pod(imagePullSecrets=[{"name": "b"}])},
     "uses other Secrets"),
    ("Deployment", APPS, {"spec": pod(container={"envFrom": [{"secretRef": {"name": "a"}}]})},
     {"spec": pod(container={"envFrom": [{"secretRef": {"name": "b"}}]})}, "uses other Secrets"),
    ("Deployment", APPS, {"spec": pod(volumes=[{"secret": {"secretName": "a"}}])},
     {"spec": pod(volumes=[{"secret": {"secretName": "b"}}])}, "uses other Secrets"),
    ("Deployment", APPS, {"spec": pod(serviceAccountName="a")}, {"spec": pod(serviceAccountName="b")},
     "runs as another ServiceAccount"),
    ("Service", "v1", {"spec": {}}, {"spec": {"type": "LoadBalancer"}}, "opens to the outside (LoadBalancer)"),
    ("CustomResourceDefinition", "apiextensions.k8s.io/v1", {"spec": {"versions": [{"name": "v1"}]}},
     {"spec": {"versions": [{"name": "v1", "schema": {}}]}}, "CRD schema changes"),
    ("CustomResourceDefinition", "apiextensions.k8s.io/v1", {"spec": {"versions": [{"name": "v1"}, {"name": "v2"}]}},
     {"spec": {"versions": [{"name": "v1", "served": False}, {"name": "v2"}]}}, "CRD version v1 is no longer served"),
    ("Secret", "v1", {"data": {}}, {"data": {"a": "x"}}, "Secret changes"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "api", "base", "head", "expected"), CHANGES)
def test_changes(kind: str, api: str, base: dict[str, Any], head: dict[str, Any], expected: str) -> None:
    assert why(made(kind, api, **base), made(kind, api, **head)) == expected


def test_deletions() -> None:
    assert why(made("Namespace"), None) == "deletes a Namespace and everything in it"
    assert why(made("ConfigMap"), None) == "deletes an object"


def test_additions() -> None:
    assert why(None, made("ConfigMap")) == ""
    assert why(None, made("ClusterRoleBinding", RBAC)) == "new RBAC"
    assert why(None, made("Pod", spec=pod(hostPID=True)["template"]["spec"])) == "hostPID"


def test_pod_security_labels() -> None:
    base, head = made("Namespace"), copy.deepcopy(made("Namespace"))
    head["metadata"]["labels"] = {"pod-security.kubernetes.io/enforce": "privileged"}
    assert why(base, head) == "Pod Security labels change"


def test_labels_alone_are_no_change_of_a_guarded_object() -> None:
    base, head = made("ClusterRole", RBAC), copy.deepcopy(made("ClusterRole", RBAC))
    head["metadata"]["labels"] = {"app.kubernetes.io/version": "2"}
    assert why(base, head) == ""
    head["metadata"]["labels"] = {"rbac.authorization.k8s.io/aggregate-to-admin": "true"}
    assert why(base, head) == "RBAC changes"


def test_a_generated_secret_with_a_new_suffix_is_no_other_secret() -> None:
    base = made("Deployment", APPS, spec=pod(imagePullSecrets=[{"name": "a-1"}]))
    head = made("Deployment", APPS, spec=pod(imagePullSecrets=[{"name": "a-2"}]))
    assert why(base, head, {"a-1": "a-2"}) == ""


@pytest.mark.parametrize("junk", ["x", 1, None, [], ["x"], [[{}]], {"containers": [1, {"image": 3}]}, {"template": []}])
def test_malformed_objects_do_no_harm(junk: object) -> None:
    for kind in ("Deployment", "CustomResourceDefinition", "Namespace", "Service", "Job"):
        for field in ("spec", "metadata"):
            why(made(kind), {"kind": kind, field: junk})
            why({"kind": kind, field: junk}, made(kind))
            why(None, {"kind": kind, "spec": {"containers": junk, "volumes": junk, "imagePullSecrets": junk}})


def change(kind: str, name: str = "x", state: ObjectState = ObjectState.CHANGED, **more: Any) -> ObjectChange:
    return ObjectChange(ObjectId("", kind, "", name), state, "diff", **more)


def test_reading_order() -> None:
    expected = [
        change("Namespace", state=ObjectState.REMOVED, danger="d"),
        change("ClusterRole", danger="d"),
        change("Deployment", danger="d"),
        change("Namespace"),
        change("ConfigMap", "a"),
        change("ConfigMap", "b"),
        change("Service"),
        change("Deployment"),
        change("Ingress"),
        change("Widget"),
        change("ConfigMap", "c", only_noise=True),
    ]
    assert order(expected[::-1]) == tuple(expected)


def test_a_hook_that_is_made_anew_has_no_immutable_fields() -> None:
    base, head = made("Job", BATCH, spec=pod(a=1)), made("Job", BATCH, spec=pod(a=2))
    assert why(base, head) == "immutable field spec.template"
    for job in (base, head):
        job["metadata"]["annotations"] = {"helm.sh/hook": "pre-upgrade"}
    assert why(base, head) == ""
