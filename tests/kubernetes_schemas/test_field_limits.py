"""Ranges and forms that the bundled files do not hold."""

from __future__ import annotations

from typing import Any

import pytest

from bot.kubernetes_schemas import bundled, field_limits, metadata, sentences


def test_every_field_of_the_table_is_in_the_newest_bundle() -> None:
    held = bundled.bundle(bundled.versions()[-1])._definitions
    missing = [
        f"{name}.{field}"
        for name in field_limits.definitions()
        for field in field_limits.of(name)
        if field not in held.get(name, {}).get("properties", {})
    ]
    assert missing == []


def problems(group: str, version: str, kind: str, fields: dict[str, Any]) -> list[tuple[str, str]]:
    validator = bundled.bundle(bundled.versions()[-1]).validator(group, version, kind)
    assert validator is not None
    whole = {"apiVersion": f"{group}/{version}".lstrip("/"), "kind": kind, "metadata": {"name": "x"}, **fields}
    return [(p.message, p.fix) for p in sentences.problems(whole, validator.found(whole), validator.schema)]


def pod(**container: Any) -> list[tuple[str, str]]:
    return problems("", "v1", "Pod", {"spec": {"containers": [{"name": "a", "image": "b:1", **container}]}})


@pytest.mark.parametrize(
    ("container", "wanted"),
    [
        ({"ports": [{"containerPort": 8080, "name": "http-metrics"}]}, False),
        ({"ports": [{"containerPort": 8080, "name": "", "hostPort": 0}]}, False),
        ({"ports": [{"containerPort": 8080, "name": "prometheus-metrics"}]}, True),
        ({"ports": [{"containerPort": 8080, "name": "HTTP"}]}, True), ({"ports": [{"containerPort": 80800}]}, True),
        ({"readinessProbe": {"httpGet": {"port": "http"}, "periodSeconds": None}}, False),
        ({"readinessProbe": {"httpGet": {"port": 80800}}}, True), ({"livenessProbe": {"tcpSocket": {"port": "a--b"}}}, True),
        ({"readinessProbe": {"httpGet": {"port": 80}, "periodSeconds": -1}}, True),
        ({"name": "my_app"}, True), ({"env": [{"name": "A=b", "value": "c"}]}, True),
        ({"env": [{"name": "a.b-C_d", "value": "c"}, {"name": "1A", "value": ""}]}, False),
        ({"securityContext": {"runAsUser": -1}}, True), ({"securityContext": {"runAsUser": 0}}, False),
    ],
)  # fmt: skip
def test_fields_of_a_container(container: dict[str, Any], *, wanted: bool) -> None:
    assert len(pod(**container)) == wanted


def test_numbers_in_quotes_are_told_how_to_be_written() -> None:
    ((said, fix),) = pod(livenessProbe={"tcpSocket": {"port": "8080"}})
    assert "is not the name of a port" in said and fix == "Write 8080 without quotes."
    budget = {"spec": {"maxUnavailable": "1", "selector": {}}}
    ((said, fix),) = problems("policy", "v1", "PodDisruptionBudget", budget)
    assert "which is not a percentage" in said and fix == "Write 1 without quotes."
    for right in (0, 1, "25%"):
        assert (
            problems("policy", "v1", "PodDisruptionBudget", {"spec": {"maxUnavailable": right, "selector": {}}}) == []
        )


@pytest.mark.parametrize(
    ("group", "version", "kind", "spec", "wanted"),
    [
        ("apps", "v1", "Deployment", {"replicas": -1}, 1), ("apps", "v1", "Deployment", {"replicas": 0}, 0),
        ("autoscaling", "v2", "HorizontalPodAutoscaler", {"maxReplicas": 0}, 1),
        ("", "v1", "Service", {"ports": [{"port": 80, "targetPort": 0, "nodePort": 0}]}, 0),
        ("", "v1", "Service", {"ports": [{"port": 0, "targetPort": 80800}]}, 2),
        ("", "v1", "Pod", {"volumes": [{"name": "a", "configMap": {"defaultMode": 420}}]}, 0),
        ("", "v1", "Pod", {"volumes": [{"name": "a", "configMap": {"defaultMode": 777}}]}, 1),
        ("", "v1", "Pod", {"containers": []}, 1),
    ],
)  # fmt: skip
def test_other_fields(group: str, version: str, kind: str, spec: dict[str, Any], wanted: int) -> None:
    found = [each for each in problems(group, version, kind, {"spec": spec}) if "is missing" not in each[0]]
    assert len(found) == wanted


@pytest.mark.parametrize(
    ("kind", "of", "wanted"),
    [
        ("ConfigMap", {"name": "a.b", "namespace": "shop-1"}, []), ("ConfigMap", {"name": "a", "namespace": "${NS}"}, []),
        ("ConfigMap", {"name": "a", "namespace": "Shop"}, ["metadata.namespace"]),
        ("ConfigMap", {"name": "a", "namespace": "a.b"}, ["metadata.namespace"]),
        ("Namespace", {"name": "shop"}, []), ("Namespace", {"name": "a.b"}, ["metadata.name"]),
        ("Namespace", {"name": "x" * 64}, ["metadata.name"]), ("Namespace", {"name": "A_b"}, ["metadata.name"]),
    ],
)  # fmt: skip
def test_names_of_namespaces(kind: str, of: dict[str, str], wanted: list[str]) -> None:
    found = metadata.problems({"apiVersion": "v1", "kind": kind, "metadata": of}, variables=True)
    assert [problem.mark for problem in found] == wanted
