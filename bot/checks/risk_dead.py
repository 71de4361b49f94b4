"""What the API server accepts, and what does nothing then: a Service or budget without pods, a port that nobody opens, an
autoscaler of nothing, a container that no memory is left for.

Pods may be made by others (operators, charts of other units). So a selector counts as wrong only where the unit shows whom
it means: it meant a workload before, or there is one of the same name, or just one that has the same labels.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.checks import risk_hooks, risk_never_ready, risk_ports
from bot.checks.about import about
from bot.checks.unknown_texts import is_open
from bot.checks.words import listed, shown
from bot.kubernetes.pods import CONTAINER_LISTS
from bot.kubernetes.quantity import quantity
from bot.kubernetes.workloads import Template, selects, template
from bot.model.evidence import Side, Statement, UnitEvidence
from bot.model.resource import Resource
from bot.model.result import Severity

RULE = "risk/no-effect"
_LEAST_MEMORY = 1024 * 1024
_SCALED = ("Deployment", "StatefulSet", "ReplicaSet")
_SCALERS = {("autoscaling", "HorizontalPodAutoscaler"), ("keda.sh", "ScaledObject")}

Made = list[tuple[Resource, Template]]


def statements(unit: UnitEvidence, side: Side) -> Iterator[Statement]:
    """Everything of one side of a unit."""
    there = unit.side(side)
    made = _made(there.objects if there else ())
    if there is None:
        return
    beside = unit.side(Side.HEAD if side is Side.BASE else Side.BASE)
    other = beside.objects if beside else ()
    for resource in there.objects:
        key = (resource.id.group, resource.id.kind)
        if made and key == ("", "Service"):
            yield from _service(unit, resource, made, other)
        elif made and key == ("policy", "PodDisruptionBudget"):
            yield from _budget(unit, resource, made, other)
        elif key in _SCALERS:
            yield from _autoscaler(unit, resource, there.objects)
        elif resource.id.kind in risk_hooks.KINDS:
            yield from risk_hooks.statements(unit, resource, there.objects, other)
        elif risk_ports.is_route(resource):
            yield from risk_ports.routes(unit, resource, there.objects, other)
    for resource, pods in made:
        yield from _memory(unit, resource, pods)
        yield from risk_ports.probes(unit, resource, pods)
        yield from risk_never_ready.statements(unit, resource, pods)


def _made(objects: tuple[Resource, ...]) -> Made:
    found = ((resource, template(resource.fields)) for resource in objects)
    return [(resource, pods) for resource, pods in found if pods is not None]


def _service(unit: UnitEvidence, service: Resource, made: Made, other: tuple[Resource, ...]) -> Iterator[Statement]:
    wanted = _spec(service).get("selector")
    if not isinstance(wanted, dict) or not wanted or is_open(wanted):
        return
    near = [(r, pods) for r, pods in made if r.id.namespace == service.id.namespace]
    meant = [pods for _, pods in near if selects(pods.labels, wanted)]
    if meant:
        yield from _ports(unit, service, meant)
    elif near and (_is_meant(service, wanted, near) or _had_pods(service, other)):
        yield about(
            unit, service, RULE, Severity.WARNING,
            f"Its selector ({listed(f'{k}={v}' for k, v in wanted.items())}) holds for no pod of this unit: whoever calls "
            "the Service gets no answer.",
            "Let the selector be part of the labels of the pods (`spec.template.metadata.labels`).",
            ("spec", "selector", _odd(wanted, near)),
        )  # fmt: skip


def _odd(wanted: dict[str, Any], near: Made) -> str:
    """The label of a selector that no pod has so, else its first."""
    return next((k for k, v in wanted.items() if all(pods.labels.get(k) != v for _, pods in near)), next(iter(wanted)))


def _is_meant(service: Resource, wanted: dict[str, Any], near: Made) -> bool:
    """Whether a workload beside it is what the selector must mean."""
    same = [pods for resource, pods in near if resource.id.name == service.id.name] or [pods for _, pods in near]
    return len(same) == 1 and wanted.keys() <= same[0].labels.keys() and not is_open(same[0].labels)


def _had_pods(service: Resource, other: tuple[Resource, ...]) -> bool:
    """Whether the Service of the other side, or the budget, has pods there."""
    old = next((r for r in other if r.id == service.id), None)
    wanted = _wanted(old) if old else {}
    near = [pods for r, pods in _made(other) if r.id.namespace == service.id.namespace]
    return bool(wanted) and any(selects(pods.labels, wanted) for pods in near)


def _wanted(resource: Resource) -> dict[str, Any]:
    """The labels that a Service or a budget asks of its pods; none where it does not ask by labels alone."""
    selector = _spec(resource).get("selector")
    if resource.id.kind != "Service" and isinstance(selector, dict):
        selector = None if selector.get("matchExpressions") else selector.get("matchLabels")
    return selector if isinstance(selector, dict) else {}


def _budget(unit: UnitEvidence, budget: Resource, made: Made, other: tuple[Resource, ...]) -> Iterator[Statement]:
    """A disruption budget of no pods keeps none of them."""
    wanted = _wanted(budget)
    near = [(r, pods) for r, pods in made if r.id.namespace == budget.id.namespace]
    if not wanted or is_open(wanted) or any(selects(pods.labels, wanted) for _, pods in near):
        return
    same = [(r, pods) for r, pods in near if r.id.name == budget.id.name]
    if near and ((same and _is_meant(budget, wanted, same)) or _had_pods(budget, other)):
        yield about(
            unit, budget, RULE, Severity.WARNING,
            f"Its selector ({listed(f'{k}={v}' for k, v in wanted.items())}) holds for no pod of this unit: whoever drains "
            "nodes may take all of them at once.",
            "Let the selector be part of the labels of the pods (`spec.template.metadata.labels`).",
            ("spec", "selector", "matchLabels", _odd(wanted, near)),
        )  # fmt: skip


def _ports(unit: UnitEvidence, service: Resource, meant: list[Template]) -> Iterator[Statement]:
    """Ports of pods that go by a name which no container has."""
    opened = {port.get("name") for pods in meant for c in _containers(pods) for port in _mappings(c.get("ports"))}
    for number, port in enumerate(_list(_spec(service).get("ports"))):
        wanted = port.get("targetPort") if isinstance(port, dict) else None
        if isinstance(wanted, str) and not wanted.isdigit() and wanted not in opened and not is_open(wanted):
            yield about(
                unit, service, RULE, Severity.WARNING,
                f"No container of its pods has a port of the name {shown(wanted, 40)}: nothing arrives through this port.",
                "Name the port as the container does, or give its number.", ("spec", "ports", number, "targetPort"),
            )  # fmt: skip


def _autoscaler(unit: UnitEvidence, scaler: Resource, objects: tuple[Resource, ...]) -> Iterator[Statement]:
    target = _spec(scaler).get("scaleTargetRef")
    kind, name = (target.get(key) for key in ("kind", "name")) if isinstance(target, dict) else (None, None)
    if scaler.id.kind == "ScaledObject" and not kind:
        kind = "Deployment"  # what KEDA takes where nothing is said
    if kind not in _SCALED or not isinstance(name, str) or is_open(name):
        return
    version = target.get("apiVersion") if isinstance(target, dict) else None
    if scaler.id.kind == "HorizontalPodAutoscaler" and not is_open(version) and not str(version).startswith("apps/"):
        yield about(
            unit, scaler, RULE, Severity.WARNING,
            f"A {kind} is of `apps/v1`, and its target "
            f"{f'is of {shown(version, 60)}' if version else 'says no apiVersion'}: nothing is scaled.",
            "Write apiVersion: apps/v1.", ("spec", "scaleTargetRef", "apiVersion" if version else "kind"),
        )  # fmt: skip
    near = {r.id.name for r in objects if (r.id.kind, r.id.namespace) == (kind, scaler.id.namespace)}
    if near and name not in near:
        yield about(
            unit, scaler, RULE, Severity.WARNING,
            f"There is no {kind} {shown(name, 80)} in this unit (there is {listed(sorted(near), 3)}): nothing is scaled.",
            "Name the workload that it is for.", ("spec", "scaleTargetRef", "name"),
        )  # fmt: skip


def _memory(unit: UnitEvidence, workload: Resource, pods: Template) -> Iterator[Statement]:
    for key in CONTAINER_LISTS:
        for number, container in enumerate(_list(pods.spec.get(key))):
            resources = container.get("resources") if isinstance(container, dict) else None
            said = resources.get("limits") if isinstance(resources, dict) else None
            limit = said.get("memory") if isinstance(said, dict) else None
            amount = quantity(limit)
            if amount is not None and 0 < amount < _LEAST_MEMORY:
                name = shown(container.get("name"), 60)
                yield about(
                    unit, workload, RULE, Severity.WARNING,
                    f"Container {name} gets {shown(limit, 40)} of memory, less than one MiB (`m` is a thousandth of a "
                    "byte): it cannot start.",
                    "Write the unit that is meant, such as 256Mi.",
                    (*pods.at, "spec", key, number, "resources", "limits", "memory"),
                )  # fmt: skip


def _containers(pods: Template) -> Iterator[dict[str, Any]]:
    for key in CONTAINER_LISTS:
        yield from _mappings(pods.spec.get(key))


def _spec(resource: Resource) -> dict[str, Any]:
    spec = resource.fields.get("spec")
    return spec if isinstance(spec, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _mappings(value: Any) -> list[dict[str, Any]]:
    return [item for item in _list(value) if isinstance(item, dict)]
