"""The fine print of pods that the API server refuses."""

from __future__ import annotations

from typing import Any

import pytest
from test_schema_refused_pods import CONTAINER, TEMPLATE, refused, workload

EXEC: dict[str, Any] = {"readinessProbe": {"exec": {"command": []}}}


def variable(**source: Any) -> dict[str, Any]:
    return {"env": [{"name": "A", "valueFrom": source}]}


def field(path: str) -> dict[str, Any]:
    return variable(fieldRef={"fieldPath": path})


def asks(**amounts: Any) -> dict[str, Any]:
    return {"resources": {"limits": amounts}}


def gpu(amount: Any) -> dict[str, Any]:
    return {"resources": {"limits": {"nvidia.com/gpu": amount}}}


@pytest.mark.parametrize(
    ("container", "at"),
    [
        ({"volumeMounts": [{"name": "tmp", "mountPath": "/t", "subPath": "/etc"}]}, ("volumeMounts", 0, "subPath")),
        ({"volumeMounts": [{"name": "tmp", "mountPath": "/t", "subPath": "a/../b"}]}, ("volumeMounts", 0, "subPath")),
        ({"volumeMounts": [{"name": "tmp", "mountPath": "/t", "subPath": "a..b/c"}]}, None),
        ({"volumeMounts": [{"name": "tmp", "mountPath": "/t", "subPathExpr": "$(A)/x"}]}, None),
        (field("spec.hostname"), ("env", 0, "valueFrom", "fieldRef", "fieldPath")),
        (field("metadata.labels"), ("env", 0, "valueFrom", "fieldRef", "fieldPath")),
        (field("status.podIPs"), None), (field("metadata.annotations['a.b/c']"), None), (field("${FIELD}"), None),
        (variable(resourceFieldRef={"resource": "limits.cpus"}), ("env", 0, "valueFrom", "resourceFieldRef", "resource")),
        (variable(resourceFieldRef={"resource": "requests.memory"}), None),
        (EXEC, ("readinessProbe", "exec")), ({"lifecycle": {"preStop": {"exec": {}}}}, ("lifecycle", "preStop", "exec")),
        (asks(mem="1Gi"), ("resources", "limits", "mem")), (asks(storage="1Gi"), ("resources", "limits", "storage")),
        (asks(memory="1Gi"), None), ({"resources": {"limits": {"hugepages-2Mi": "2Mi"}}}, None),
        (gpu("0.5"), ("resources", "limits", "nvidia.com/gpu")), (gpu(0.5), ("resources", "limits", "nvidia.com/gpu")),
        (gpu(2), None), (gpu("${GPUS}"), None),
        ({"securityContext": {"seccompProfile": {"type": "Localhost"}}}, ("securityContext", "seccompProfile", "type")),
        ({"securityContext": {"seccompProfile": {"type": "RuntimeDefault", "localhostProfile": "a"}}},
            ("securityContext", "seccompProfile", "localhostProfile")),
        ({"securityContext": {"seccompProfile": {"type": "Localhost", "localhostProfile": "a"}}}, None),
    ],
)  # fmt: skip
def test_containers(container: Any, at: Any) -> None:
    assert [s.at for s in refused(workload(container=container))] == ([(*CONTAINER, *at)] if at else [])


NODES = ("affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution")


def affinity(**expression: Any) -> dict[str, Any]:
    terms = {"nodeSelectorTerms": [{"matchExpressions": [{"key": "pool", **expression}]}]}
    return {"affinity": {"nodeAffinity": {NODES[2]: terms}}}


@pytest.mark.parametrize(
    ("spec", "at"),
    [
        ({"initContainers": [{"name": "web", "image": "a:1"}]}, ("containers", 0, "name")),
        ({"initContainers": [{"name": "init", "image": "a:1"}]}, None),
        ({"dnsPolicy": "None"}, ("dnsPolicy",)),
        ({"dnsPolicy": "None", "dnsConfig": {"nameservers": ["10.0.0.1"]}}, None),
        ({"hostname": "a.b"}, ("hostname",)), ({"hostname": "a-b"}, None),
        ({"hostAliases": [{"ip": "1.2.3", "hostnames": ["a"]}]}, ("hostAliases", 0, "ip")),
        ({"hostAliases": [{"ip": "::1", "hostnames": ["a"]}]}, None),
        ({"tolerations": [{"key": "a", "operator": "Exists", "effect": "NoSchedule", "tolerationSeconds": 3}]},
            ("tolerations", 0, "tolerationSeconds")),
        ({"tolerations": [{"key": "a", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 3}]}, None),
        (affinity(operator="In"), (*NODES, "nodeSelectorTerms", 0, "matchExpressions", 0, "operator")),
        (affinity(operator="Exists", values=["a"]),
            (*NODES, "nodeSelectorTerms", 0, "matchExpressions", 0, "operator")),
        (affinity(operator="Gt", values=["3"]), None), (affinity(operator="DoesNotExist"), None),
    ],
)  # fmt: skip
def test_pods(spec: Any, at: Any) -> None:
    assert [s.at for s in refused(workload(spec=spec))] == ([(*TEMPLATE, *at)] if at else [])


@pytest.mark.parametrize(
    ("source", "at"),
    [
        ({"configMap": {"name": "a", "items": [{"key": "k", "path": "../k"}]}}, ("configMap", "items", 0, "path")),
        ({"secret": {"secretName": "a", "items": [{"key": "k", "path": "a/k"}]}}, None),
        ({"downwardAPI": {"items": [{"path": "l", "fieldRef": {"fieldPath": "metadata.labels"}}]}}, None),
        ({"downwardAPI": {"items": [{"path": "l", "fieldRef": {"fieldPath": "status.podIP"}}]}},
            ("downwardAPI", "items", 0, "fieldRef", "fieldPath")),
        ({"projected": {"sources": [{"serviceAccountToken": {"path": "t", "expirationSeconds": 60}}]}},
            ("projected", "sources", 0, "serviceAccountToken", "expirationSeconds")),
        ({"projected": {"sources": [{"serviceAccountToken": {"path": "t", "expirationSeconds": 3600}}]}}, None),
    ],
)  # fmt: skip
def test_volumes(source: Any, at: Any) -> None:
    volumes = {"volumes": [{"name": "tmp", **source}]}
    assert [s.at for s in refused(workload(spec=volumes))] == ([(*TEMPLATE, "volumes", 0, *at)] if at else [])


def test_the_pods_of_a_stateful_set_are_refused_one_by_one() -> None:
    (found,) = refused(workload("StatefulSet", container=asks(mem="1Gi")))
    assert found.message.startswith(
        "The API server refuses each of its pods: in container `web`, `mem` is no resource of a container"
    )
