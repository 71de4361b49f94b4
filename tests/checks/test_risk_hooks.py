"""Services that the API server itself calls, and that are not there or do not open the port."""

from __future__ import annotations

import json
from typing import Any

import pytest
from made_evidence import Made, evidence, new

from bot.checks.risk import Risk
from bot.model.evidence import Move
from bot.model.unit import ObjectId


def thing(kind: str, version: str, namespace: str = "", name: str = "x", **fields: Any) -> str:
    metadata = {"name": name} | ({"namespace": namespace} if namespace else {})
    return json.dumps({"apiVersion": version, "kind": kind, "metadata": metadata, **fields}) + "\n---\n"


def service(port: Any = 443) -> str:
    return thing("Service", "v1", "ops", "hook", spec={"ports": [{"port": port}]})


def config(**more: Any) -> dict[str, Any]:
    return {"service": {"name": "hook", "namespace": "ops", **more}}


def webhook(**more: Any) -> str:
    hooks = [{"name": "a.example.com", "clientConfig": config(**more)}]
    return thing("ValidatingWebhookConfiguration", "admissionregistration.k8s.io/v1", webhooks=hooks)


CONVERTED = thing(
    "CustomResourceDefinition", "apiextensions.k8s.io/v1",
    spec={"conversion": {"strategy": "Webhook", "webhook": {"clientConfig": config()}}},
)  # fmt: skip
EXTENDED = thing("APIService", "apiregistration.k8s.io/v1", spec=config())


def told(base: str, head: str, **made: Any) -> list[str]:
    found = [s for s in new(Risk().run(evidence(Made(base, head, **made)))) if s.rule == "risk/no-effect"]
    return [".".join(map(str, s.at)) for s in found]


@pytest.mark.parametrize(
    ("caller", "at"),
    [
        (webhook(), "webhooks.0.clientConfig.service.name"),
        (CONVERTED, "spec.conversion.webhook.clientConfig.service.name"),
        (EXTENDED, "spec.service.name"),
    ],
)
def test_a_service_without_the_port_that_is_called(caller: str, at: str) -> None:
    assert told(service() + caller, service(8443) + caller) == [at]
    assert told(service() + caller, caller) == [at]
    assert told(service() + caller, service().replace("443", "443 ") + caller) == []
    assert told("", caller) == told(service(8443) + caller, service(9443) + caller) == []  # not known; known before
    moved = {ObjectId("v1", "Service", "ops", "hook"): Move("apps/hook", declared=True)}
    assert told(service() + caller, caller, moves=moved) == []


def test_a_port_that_is_said() -> None:
    assert told("", service(8443) + webhook(port=8443)) == []
    assert told("", service() + webhook(port=8443)) == ["webhooks.0.clientConfig.service.port"]
    assert told("", service("${PORT}") + webhook()) == []
