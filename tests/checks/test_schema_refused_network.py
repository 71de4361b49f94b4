"""What the API server refuses in Services, Ingresses, NetworkPolicies, rights, claims, definitions and ConfigMaps."""

from __future__ import annotations

from typing import Any

import pytest
from schema_evidence import Files, unit

from bot.checks.schema import Schema
from bot.model.evidence import Evidence


def refused(kind: str, version: str, name: str = "x", **fields: Any) -> list[tuple[str | int, ...]]:
    thing = {"apiVersion": version, "kind": kind, "metadata": {"name": name}, **fields}
    said = Schema().run(Evidence((unit("u", [thing]),), (), Files(), Files()))
    return [s.at for s in said.head if s.rule == "schema/refused"]


@pytest.mark.parametrize(
    ("spec", "at"),
    [
        ({"ports": [{"port": 80}]}, None), ({}, ("ports",)), ({"clusterIP": "None"}, None), ({"type": "${T}"}, None),
        ({"type": "ExternalName"}, ("externalName",)), ({"type": "ExternalName", "externalName": "a.b"}, None),
        ({"type": "NodePort", "clusterIP": "None", "ports": [{"port": 80}]}, ("clusterIP",)),
        ({"ports": [{"port": 80, "nodePort": 30080}]}, ("ports", 0, "nodePort")),
        ({"type": "NodePort", "ports": [{"port": 80, "nodePort": 30080}]}, None),
        ({"ports": [{"port": 80, "name": "a"}, {"port": 81, "name": "a"}]}, ("ports", 1, "name")),
        ({"ports": [{"port": 80}], "externalTrafficPolicy": "Local"}, ("externalTrafficPolicy",)),
        ({"ports": [{"port": 80}], "externalTrafficPolicy": "Local", "type": "LoadBalancer"}, None),
        ({"ports": [{"port": 80}], "externalTrafficPolicy": "Local", "externalIPs": ["10.0.0.1"]}, None),
    ],
)  # fmt: skip
def test_services(spec: Any, at: Any) -> None:
    assert refused("Service", "v1", spec=spec) == ([("spec", *at)] if at else [])


def test_names_of_services_and_cron_jobs() -> None:
    ports = {"ports": [{"port": 80}]}
    assert refused("Service", "v1", "a.b", spec=ports) == [("metadata", "name")]
    assert refused("Service", "v1", "${APP}", spec=ports) == []
    assert refused("CronJob", "batch/v1", "x" * 53, spec={"schedule": "@daily"}) == [("metadata", "name")]


BACKEND = {"service": {"name": "a", "port": {"number": 80}}}


@pytest.mark.parametrize(
    ("path", "at"),
    [
        ({"path": "/", "pathType": "Prefix", "backend": BACKEND}, None),
        ({"pathType": "ImplementationSpecific", "backend": BACKEND}, None),
        ({"path": "", "pathType": "ImplementationSpecific", "backend": BACKEND}, None),
        ({"path": "${P}", "pathType": "Prefix", "backend": BACKEND}, None),
        ({"path": "api", "pathType": "Prefix", "backend": BACKEND}, ("path",)),
        ({"path": "", "pathType": "Exact", "backend": BACKEND}, ("path",)),
        ({"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "a", "port": {"number": 80, "name": "b"}}}},
            ("backend", "service", "port")),
        ({"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "a"}}}, ("backend", "service", "port")),
        ({"path": "/", "pathType": "Prefix", "backend": BACKEND | {"resource": {"kind": "A", "name": "b"}}}, ("backend",)),
    ],
)  # fmt: skip
def test_paths_of_an_ingress(path: Any, at: Any) -> None:
    found = refused("Ingress", "networking.k8s.io/v1", spec={"rules": [{"http": {"paths": [path]}}]})
    assert found == ([("spec", "rules", 0, "http", "paths", 0, *at)] if at else [])


@pytest.mark.parametrize(
    ("host", "wanted"),
    [
        ("a.example.com", False), ("*.example.com", False), ("${HOST}", False), ("x" * 70 + ".example.com", False),
        ("https://a.example.com", True), ("a.example.com:8443", True), ("A.example.com", True), ("a.*.com", True),
    ],
)  # fmt: skip
def test_hosts(host: str, *, wanted: bool) -> None:
    spec = {"defaultBackend": BACKEND, "rules": [{"host": host}], "tls": [{"hosts": [host]}]}
    places = [("spec", "rules", 0, "host"), ("spec", "tls", 0, "hosts", 0)]
    assert refused("Ingress", "networking.k8s.io/v1", spec=spec) == (places if wanted else [])
    assert refused("Ingress", "networking.k8s.io/v1", spec={"tls": []}) == [("spec",)]


@pytest.mark.parametrize(
    ("peer", "at"),
    [
        ({"podSelector": {}, "namespaceSelector": {}}, None), ({}, ()),
        ({"ipBlock": {"cidr": "10.0.0.0/8"}, "podSelector": {}}, ()),
        ({"ipBlock": {"cidr": "0.0.0.0/0", "except": ["169.254.169.254/32"]}}, None),
        ({"ipBlock": {"cidr": "10.0.0.0/8", "except": ["192.168.0.0/16"]}}, ("ipBlock", "except", 0)),
        ({"ipBlock": {"cidr": "10.0.0.0/8", "except": ["fd00::/8"]}}, ("ipBlock", "except", 0)),
        ({"ipBlock": {"cidr": "${NET}", "except": ["10.0.0.0/8"]}}, None),
    ],
)  # fmt: skip
def test_peers(peer: Any, at: Any) -> None:
    spec = {"podSelector": {}, "egress": [{"to": [peer]}]}
    found = refused("NetworkPolicy", "networking.k8s.io/v1", spec=spec)
    assert found == ([] if at is None else [("spec", "egress", 0, "to", 0, *at)])


def test_rights() -> None:
    def binding(kind: str, **subject: str) -> list[tuple[str | int, ...]]:
        ref = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"}
        subjects = [{"kind": "ServiceAccount", "name": "s", **subject}]
        return refused(kind, "rbac.authorization.k8s.io/v1", roleRef=ref, subjects=subjects)

    assert binding("RoleBinding") == binding("ClusterRoleBinding", namespace="n") == []
    assert binding("ClusterRoleBinding") == [("subjects", 0, "namespace")]
    assert binding("RoleBinding", apiGroup="rbac.authorization.k8s.io") == [("subjects", 0, "apiGroup")]
    rules = [{"verbs": ["get"], "resources": ["pods"]}, {"verbs": ["get"], "nonResourceURLs": ["/x"]}]
    assert refused("ClusterRole", "rbac.authorization.k8s.io/v1", rules=rules) == [("rules", 0)]


def test_claims() -> None:
    storage = {"resources": {"requests": {"storage": "1Gi"}}}
    assert refused("PersistentVolumeClaim", "v1", spec={"accessModes": ["ReadWriteOnce"], **storage}) == []
    assert refused("PersistentVolumeClaim", "v1", spec=storage) == [("spec", "accessModes")]
    assert refused("PersistentVolumeClaim", "v1", spec={"accessModes": ["ReadWriteOnce"]}) == [("spec", "resources")]


def test_definitions() -> None:
    def crd(name: str, *stored: bool) -> list[tuple[str | int, ...]]:
        schema = {"openAPIV3Schema": {"type": "object"}}
        versions = [{"name": f"v{n}", "served": True, "storage": s, "schema": schema} for n, s in enumerate(stored, 1)]
        names = {"kind": "Thing", "plural": "things"}
        spec = {"group": "a.io", "scope": "Namespaced", "names": names, "versions": versions}
        return refused("CustomResourceDefinition", "apiextensions.k8s.io/v1", name, spec=spec)

    assert crd("things.a.io", True) == crd("things.a.io", True, False) == []
    assert crd("thing.a.io", True) == [("metadata", "name")]
    assert crd("things.a.io", True, True) == crd("things.a.io", False) == [("spec", "versions")]


def test_keys_and_size_of_data() -> None:
    assert refused("ConfigMap", "v1", data={"a.B_c-1": "x", "${KEY}": "y"}) == []
    assert refused("ConfigMap", "v1", data={"a/b": "x"}) == [("data", "a/b")]
    assert refused("ConfigMap", "v1", data={"a": "x"}, binaryData={"a": "eA=="}) == [("binaryData", "a")]
    assert refused("ConfigMap", "v1", data={"a": "x" * (1024 * 1024)}) == []
    assert refused("ConfigMap", "v1", data={"a": "x" * (1024 * 1024), "b": "y"}) == [("data",)]
