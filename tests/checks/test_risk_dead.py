"""What is accepted and does nothing, and where nobody can tell."""

from __future__ import annotations

import json
from typing import Any

import pytest
from made_evidence import Made, evidence, new

from bot.checks.risk import Risk
from bot.model.result import Severity


def thing(kind: str, version: str, spec: Any, name: str = "web") -> str:
    metadata = {"name": name, "namespace": "shop"}
    return json.dumps({"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec}) + "\n---\n"


def workload(name: str = "web", memory: object = "256Mi", **labels: str) -> str:
    container: dict[str, Any] = {"name": name, "image": "a:1", "ports": [{"name": "http", "containerPort": 8080}]}
    container["resources"] = {"limits": {"memory": memory}}
    made = {"metadata": {"labels": labels or {"app": name}}, "spec": {"containers": [container]}}
    return thing("Deployment", "apps/v1", {"template": made}, name)


def service(name: str = "web", port: object = "http", **selector: str) -> str:
    return thing("Service", "v1", {"selector": selector, "ports": [{"port": 80, "targetPort": port}]}, name)


def dead(head: str, base: str = "") -> list[str]:
    found = [s for s in new(Risk().run(evidence(Made(base, head)))) if s.rule == "risk/no-effect"]
    assert all(s.severity is Severity.WARNING for s in found)
    return [".".join(map(str, s.at[:3])) for s in found]


SELECTOR = ["spec.selector.app"]


def test_a_service_without_pods() -> None:
    assert dead(workload() + service(app="web")) == []
    assert dead(workload() + service(app="wbe")) == SELECTOR  # of the same name, and with the same labels
    assert dead(workload() + service("other", app="wbe")) == SELECTOR  # there is just one that it can mean
    assert dead(workload() + workload("api") + service("other", app="wbe")) == []  # others may make its pods
    assert dead(workload() + workload("api") + service("db", role="primary")) == []
    before = workload() + workload("api") + service("db", app="api")
    assert dead(workload() + workload("api") + service("db", role="api"), before) == [
        "spec.selector.role"
    ]  # it had pods before
    assert dead(service(app="web")) == dead(workload() + service()) == dead(workload() + service(app="${APP}")) == []
    several = {"app": "web", "role": "api"}
    assert dead(workload("web", **several) + service(app="web", role="apy")) == [
        "spec.selector.role"
    ]  # the one at fault
    broken = workload() + service(app="wbe")
    assert dead(broken + workload("new"), broken) == []  # known


def test_a_port_that_no_container_has() -> None:
    assert dead(workload() + service(port="htttp", app="web")) == ["spec.ports.0"]
    for port in (8080, "8080", "http", "${PORT}"):
        assert dead(workload() + service(port=port, app="web")) == []


def test_an_autoscaler_of_nothing() -> None:
    def scaler(name: str, kind: str = "Deployment", version: str = "apps/v1") -> str:
        spec = {"scaleTargetRef": {"apiVersion": version, "kind": kind, "name": name}, "maxReplicas": 2}
        return thing("HorizontalPodAutoscaler", "autoscaling/v2", spec)

    assert dead(workload() + scaler("wbe")) == ["spec.scaleTargetRef.name"]
    assert (
        dead(workload() + scaler("web")) == dead(workload() + scaler("x", "StatefulSet")) == dead(scaler("web")) == []
    )

    assert dead(workload() + scaler("web", version="${V}")) == []
    for version, place in (("extensions/v1beta1", "apiVersion"), ("v1", "apiVersion"), ("", "kind")):
        assert dead(workload() + scaler("web", version=version)) == [f"spec.scaleTargetRef.{place}"]


def test_pods_that_never_start() -> None:
    def pods(spec: dict[str, Any], **own: Any) -> str:
        made = {"containers": [{"name": "web", "image": "a:1", "securityContext": own}], **spec}
        return thing("Deployment", "apps/v1", {"template": {"spec": made}})

    strict = {"securityContext": {"runAsNonRoot": True}}
    assert dead(pods(strict, runAsUser=0)) == ["spec.template.spec"]
    assert dead(pods({"securityContext": {"runAsNonRoot": True, "runAsUser": 0}})) == ["spec.template.spec"]
    assert dead(pods(strict, runAsUser=1000)) == dead(pods(strict, runAsUser=0, runAsNonRoot=False)) == []
    assert dead(pods({}, runAsUser=0)) == dead(pods(strict)) == []

    def scratch(medium: Any) -> str:
        return pods({"volumes": [{"name": "tmp", "emptyDir": {"medium": medium}}]})

    assert dead(scratch("memory")) == ["spec.template.spec"]
    assert [place for medium in ("Memory", "", None, "HugePages-2Mi", "${M}") for place in dead(scratch(medium))] == []


def test_an_autoscaler_of_keda() -> None:
    def scaler(**target: str) -> str:
        return thing("ScaledObject", "keda.sh/v1alpha1", {"scaleTargetRef": target, "triggers": []})

    assert dead(workload() + scaler(name="wbe")) == ["spec.scaleTargetRef.name"]  # a Deployment, where nothing is said
    assert dead(workload() + scaler(name="wbe", kind="Deployment")) == ["spec.scaleTargetRef.name"]
    assert dead(workload() + scaler(name="web")) == dead(workload() + scaler(name="wbe", kind="Rollout")) == []


def test_a_budget_without_pods() -> None:
    def budget(name: str = "web", **selector: Any) -> str:
        return thing("PodDisruptionBudget", "policy/v1", {"maxUnavailable": 1, "selector": selector}, name)

    told = ["spec.selector.matchLabels"]
    assert dead(workload() + budget(matchLabels={"app": "web"})) == []
    assert dead(workload() + budget(matchLabels={"app": "wbe"})) == told
    assert dead(workload() + budget("other", matchLabels={"app": "wbe"})) == []  # others may make its pods
    before = budget("x", matchLabels={"app": "web"})
    assert dead(workload("api") + before, workload() + before) == told  # it had pods before
    some = [{"key": "app", "operator": "Exists"}]
    assert dead(workload() + budget(matchLabels={"app": "wbe"}, matchExpressions=some)) == []
    assert dead(workload() + budget()) == dead(workload() + budget(matchLabels={"app": "${APP}"})) == []


@pytest.mark.parametrize(
    ("memory", "told"),
    [("256m", True), (256, True), ("1Mi", False), ("256Mi", False), (0, False), ("much", False), ("128M", False)],
)
def test_memory_that_no_container_can_start_with(memory: object, *, told: bool) -> None:
    assert bool(dead(workload(memory=memory))) is told


@pytest.mark.parametrize("odd", ["", [], {}, 3, None, [3], [{}], {"ports": 3}])
def test_any_shape_can_be_judged(odd: object) -> None:
    for kind, version in (("Service", "v1"), ("HorizontalPodAutoscaler", "autoscaling/v2"), ("Pod", "v1")):
        assert dead(workload() + thing(kind, version, odd)) == []
        for key in ("selector", "ports", "scaleTargetRef", "containers", "template"):
            dead(workload() + thing(kind, version, {key: odd}))
