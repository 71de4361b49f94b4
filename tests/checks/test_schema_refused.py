"""Fields that contradict each other: refused by the API server, whatever their schema says."""

from __future__ import annotations

from typing import Any

import pytest
from schema_evidence import Files, unit

from bot.checks.schema import Schema
from bot.model.evidence import Evidence, Statement
from bot.model.result import Severity


def refused(fields: dict[str, Any]) -> list[Statement]:
    said = Schema().run(Evidence((unit("u", [fields]),), (), Files(), Files()))
    return [s for s in said.head if s.rule == "schema/refused"]


def thing(kind: str, version: str, spec: Any) -> dict[str, Any]:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": "x", "namespace": "shop"}, "spec": spec}


def pods(labels: Any = None, policy: str = "Always", **resources: Any) -> dict[str, Any]:
    container = {"name": "web", "image": "a:1", "resources": resources}
    spec = {"containers": [container], "restartPolicy": policy}
    return {"metadata": {"labels": labels or {"app": "web"}}, "spec": spec}


def workload(selector: Any, labels: Any = None, kind: str = "Deployment", **resources: Any) -> dict[str, Any]:
    more = {"serviceName": "x"} if kind == "StatefulSet" else {}
    return thing(kind, "apps/v1", {"selector": selector, "template": pods(labels, **resources), **more})


WEB = {"matchLabels": {"app": "web"}}


@pytest.mark.parametrize(
    ("selector", "labels", "wanted"),
    [
        (WEB, {"app": "web", "more": "x"}, False), (WEB, {"app": "other"}, True), (WEB, {"x": "y"}, True),
        ({"matchExpressions": [{"key": "app", "operator": "In", "values": ["web"]}]}, {"app": "web"}, False),
        ({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["web"]}]}, {"app": "web"}, True),
        ({"matchExpressions": [{"key": "x", "operator": "Exists"}]}, {"app": "web"}, True),
        ({"matchLabels": {"app": "${APP}"}}, {"app": "web"}, False), (WEB, {"app": "${APP}"}, False),
        ({"matchExpressions": ["x", {"key": 3}, {"key": "a", "operator": "?"}]}, {"app": "web"}, False),
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet", "DaemonSet"])
def test_a_selector_that_does_not_mean_its_own_pods(selector: Any, labels: Any, *, wanted: bool, kind: str) -> None:
    found = refused(workload(selector, labels, kind))
    assert [(s.severity, s.at) for s in found] == ([(Severity.ERROR, ("spec", "selector"))] if wanted else [])


@pytest.mark.parametrize(
    ("requests", "limits", "wanted"),
    [
        ({"memory": "512Mi"}, {"memory": "256Mi"}, True), ({"memory": "256Mi"}, {"memory": "256Mi"}, False),
        ({"cpu": 2}, {"cpu": "1500m"}, True), ({"cpu": "100m", "memory": "1Gi"}, {"cpu": "1"}, False),
        ({"memory": "512Mi"}, None, False), ({"memory": "many"}, {"memory": "1Mi"}, False),
    ],
)  # fmt: skip
def test_more_requested_than_the_limit(requests: Any, limits: Any, *, wanted: bool) -> None:
    resources = {"requests": requests} | ({"limits": limits} if limits else {})
    found = refused(workload(WEB, **resources))
    what = next(iter(requests))
    at = ("spec", "template", "spec", "containers", 0, "resources", "requests", what)
    assert [s.at for s in found] == ([at] if wanted else [])
    (odd,) = refused(workload(WEB, kind="StatefulSet", requests={"cpu": 2}, limits={"cpu": 1}))
    assert "each of its pods" in odd.message


@pytest.mark.parametrize(
    ("kind", "version", "spec", "wanted"),
    [
        ("HorizontalPodAutoscaler", "autoscaling/v2", {"minReplicas": 9, "maxReplicas": 6}, True),
        ("HorizontalPodAutoscaler", "autoscaling/v2", {"minReplicas": 6, "maxReplicas": 6}, False),
        ("HorizontalPodAutoscaler", "autoscaling/v2", {"maxReplicas": 6}, False),
        ("PodDisruptionBudget", "policy/v1", {"minAvailable": 1, "maxUnavailable": 1}, True),
        ("PodDisruptionBudget", "policy/v1", {"minAvailable": 1}, False),
        ("Service", "v1", {"ports": [{"port": 80}, {"port": 81, "name": "b"}]}, True),
        ("Service", "v1", {"ports": [{"port": 80}]}, False),
        ("CronJob", "batch/v1", {"schedule": "0 1 * *", "jobTemplate": {"spec": {"template": pods(None, "Never")}}}, True),
        ("CronJob", "batch/v1", {"schedule": "${WHEN}", "jobTemplate": {"spec": {"template": pods(None, "Never")}}}, False),
        ("CronJob", "batch/v1", {"schedule": "@daily", "jobTemplate": {"spec": {"template": pods(None, "Never",
            requests={"cpu": 2}, limits={"cpu": 1})}}}, True),
        ("Service", "serving.knative.dev/v1", {"ports": [{}, {}]}, False),
    ],
)  # fmt: skip
def test_other_kinds(kind: str, version: str, spec: dict[str, Any], *, wanted: bool) -> None:
    assert bool(refused(thing(kind, version, spec))) is wanted
