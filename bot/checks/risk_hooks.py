"""Services that the API server itself calls: webhooks, conversions of CRDs, extensions of its API. One that does not answer
stops requests of everybody.

Source: documentation of Kubernetes, "Dynamic Admission Control", "Versions in CustomResourceDefinitions" and "APIService"
(the port is 443 where none is said).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from bot.checks.about import Place, about
from bot.checks.unknown_texts import is_open
from bot.checks.words import shown
from bot.model.evidence import Statement, UnitEvidence
from bot.model.resource import Resource
from bot.model.result import Severity

RULE = "risk/no-effect"
_PORT = 443
_WEBHOOKS = ("ValidatingWebhookConfiguration", "MutatingWebhookConfiguration")
KINDS = frozenset((*_WEBHOOKS, "CustomResourceDefinition", "APIService"))


class _Call(NamedTuple):
    namespace: str
    name: str
    port: int
    at: Place


def statements(
    unit: UnitEvidence, caller: Resource, objects: tuple[Resource, ...], other: tuple[Resource, ...]
) -> Iterator[Statement]:
    """About one object that names Services to call; ``other`` is the other side. A Service of another unit is not known."""
    here, there = _services(objects), _services(other)
    for call in _calls(caller):
        key = (call.namespace, call.name)
        service, before = here.get(key), there.get(key)
        if service is not None and not _opens(service, call.port):
            lacks = f"has no port {call.port}"
        elif service is None and before is not None and before.id not in unit.moves:
            lacks = "is not in this unit any more"
        else:
            continue
        yield about(
            unit, caller, RULE, Severity.WARNING,
            f"The API server is to call the Service {shown('/'.join(filter(None, key)), 100)}, and that {lacks}: what needs "
            "its answer fails for everybody, unless `failurePolicy` ignores it.",
            "Name the Service and its port (`port`, not `targetPort`; 443 where none is said).", call.at,
        )  # fmt: skip


def _calls(caller: Resource) -> Iterator[_Call]:
    if caller.id.kind in _WEBHOOKS:
        held = caller.fields.get("webhooks")
        for i, each in enumerate(held if isinstance(held, list) else ()):
            yield from _call(
                _mapping(_mapping(each).get("clientConfig")).get("service"), ("webhooks", i, "clientConfig")
            )
    spec = _mapping(caller.fields.get("spec"))
    if caller.id.kind == "CustomResourceDefinition":
        config = _mapping(_mapping(_mapping(spec.get("conversion")).get("webhook")).get("clientConfig"))
        yield from _call(config.get("service"), ("spec", "conversion", "webhook", "clientConfig"))
    if (caller.id.group, caller.id.kind) == ("apiregistration.k8s.io", "APIService"):
        yield from _call(spec.get("service"), ("spec",))


def _call(service: Any, at: Place) -> Iterator[_Call]:
    said = _mapping(service)
    name, namespace, port = said.get("name"), said.get("namespace"), said.get("port", _PORT)
    if isinstance(name, str) and isinstance(namespace, str) and type(port) is int and not is_open([name, namespace]):
        yield _Call(namespace, name, port, (*at, "service", "port" if "port" in said else "name"))


def _services(objects: tuple[Resource, ...]) -> dict[tuple[str, str], Resource]:
    return {(r.id.namespace, r.id.name): r for r in objects if (r.id.group, r.id.kind) == ("", "Service")}


def _opens(service: Resource, port: int) -> bool:
    held = _mapping(service.fields.get("spec")).get("ports")
    said = [_mapping(each).get("port") for each in held] if isinstance(held, list) else []
    return not said or port in said or is_open(said)


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
