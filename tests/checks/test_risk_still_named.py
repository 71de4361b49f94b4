"""What a change takes away though pods of the unit still name it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from made_evidence import Made, evidence, new

from bot.checks.risk import Risk
from bot.model.evidence import Move, Statement
from bot.model.unit import ObjectId


def thing(kind: str, version: str = "v1", name: str = "x", namespace: str = "shop", **more: Any) -> str:
    metadata = {"name": name, "namespace": namespace, **more.pop("metadata", {})}
    return json.dumps({"apiVersion": version, "kind": kind, "metadata": metadata, **more}) + "\n---\n"


def told(base: str, head: str, **made: Any) -> list[Statement]:
    return [s for s in new(Risk().run(evidence(Made(base, head, **made)))) if s.rule == "risk/still-named"]


def pods(spec: dict[str, Any] | None = None, **container: Any) -> str:
    made = {"containers": [{"name": "web", "image": "a:1", **container}], **(spec or {})}
    return thing("Deployment", "apps/v1", name="web", spec={"template": {"spec": made}})


CONFIG, SECRET, ACCOUNT = thing("ConfigMap"), thing("Secret"), thing("ServiceAccount")
EXTERNAL = thing("ExternalSecret", "external-secrets.io/v1", "es", spec={"target": {"name": "x"}})


@pytest.mark.parametrize(
    ("workload", "lost", "at"),
    [
        (pods(envFrom=[{"configMapRef": {"name": "x"}}]), CONFIG, "containers.0.envFrom.0.configMapRef.name"),
        (pods(env=[{"name": "A", "valueFrom": {"secretKeyRef": {"name": "x", "key": "k"}}}]), SECRET,
            "containers.0.env.0.valueFrom.secretKeyRef.name"),
        (pods({"volumes": [{"name": "a", "configMap": {"name": "x"}}]}), CONFIG, "volumes.0.configMap.name"),
        (pods({"volumes": [{"name": "a", "secret": {"secretName": "x"}}]}), EXTERNAL, "volumes.0.secret.secretName"),
        (pods({"volumes": [{"name": "a", "projected": {"sources": [{"secret": {"name": "x"}}]}}]}),
            thing("SealedSecret", "bitnami.com/v1alpha1"), "volumes.0.projected.sources.0.secret.name"),
        (pods({"serviceAccountName": "x"}), ACCOUNT, "serviceAccountName"),
    ],
)  # fmt: skip
def test_what_pods_still_name(workload: str, lost: str, at: str) -> None:
    (found,) = told(lost + workload, workload)
    assert ".".join(map(str, found.at)) == f"spec.template.spec.{at}"
    assert told(lost + workload, lost + workload.replace("a:1", "a:2")) == []
    assert told(workload, workload.replace("a:1", "a:2")) == []  # it was never here
    assert told(lost + workload, lost.replace('"shop"', '"other"') + workload) != []


def test_what_stays_or_is_not_needed() -> None:
    config = pods(envFrom=[{"configMapRef": {"name": "x"}}])
    assert told(CONFIG + config, pods()) == []
    assert told(CONFIG + config, pods(envFrom=[{"configMapRef": {"name": "x", "optional": True}}])) == []
    kept = thing("ConfigMap", metadata={"annotations": {"argocd.argoproj.io/sync-options": "Prune=false"}})
    assert told(kept + config, config) == []
    moved = {ObjectId("v1", "ConfigMap", "shop", "x"): Move("apps/settings", declared=False)}
    assert told(CONFIG + config, config, moves=moved) == []
    plain = pods(envFrom=[{"secretRef": {"name": "x"}}])
    assert told(EXTERNAL + plain, SECRET + plain) == []  # made by another object
    orphan = thing("ExternalSecret", "external-secrets.io/v1", "x", spec={"target": {"creationPolicy": "Orphan"}})
    assert told(orphan + plain, plain) == []
    assert told(thing("ServiceAccount", name="default"), pods({"serviceAccountName": "default"})) == []


def test_hostile_shapes() -> None:
    for odd in (3, [None, "x"], {"a": [1]}):
        workload = pods({"volumes": odd}, env=odd, envFrom=odd)
        assert told(CONFIG + workload, workload) == []


def test_each_workload_names_it_once() -> None:
    both = pods(
        envFrom=[{"configMapRef": {"name": "x"}}], env=[{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "x"}}}]
    )
    (found,) = told(CONFIG + both, both)
    assert "ConfigMap `x`" in found.message
    (found,) = told(
        EXTERNAL + pods(envFrom=[{"secretRef": {"name": "x"}}]), pods(envFrom=[{"secretRef": {"name": "x"}}])
    )
    assert "together with the ExternalSecret that makes it" in found.message
