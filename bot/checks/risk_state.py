"""What is risky on one side by itself: two things that fight over one object, or stop each other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.model.evidence import Evidence, Side, Statement, UnitEvidence
from bot.model.resource import Resource
from bot.model.result import Severity
from bot.model.unit import ObjectId

_SCALED = ("Deployment", "StatefulSet", "ReplicaSet", "Rollout")


def statements(evidence: Evidence, side: Side) -> Iterator[Statement]:
    """Everything of one side."""
    for unit in evidence.units:
        there = unit.side(side)
        if there:
            yield from _replicas(unit, there.objects)
            yield from _budgets(unit, there.objects)
    yield from _owned_twice(evidence, side)


def _replicas(unit: UnitEvidence, objects: tuple[Resource, ...]) -> Iterator[Statement]:
    """Replicas that Git sets and an autoscaler owns: each apply throws away what it decided."""
    scalers = {}
    for resource in objects:
        target = _spec(resource).get("scaleTargetRef")
        if resource.id.kind in ("HorizontalPodAutoscaler", "ScaledObject") and isinstance(target, dict):
            kind = target.get("kind") or "Deployment"
            scalers[(str(kind), resource.id.namespace, str(target.get("name")))] = resource.id
    for resource in objects if scalers else ():
        scaler = scalers.get((resource.id.kind, resource.id.namespace, resource.id.name))
        if scaler and "replicas" in _spec(resource):
            yield Statement(
                "risk/replicas-hpa", Severity.WARNING,
                f"{scaler} owns the number of pods; whenever this is applied it is set back, and load is dropped.",
                "Remove replicas from the workload; the autoscaler's minReplicas says the least.",
                unit=unit.key, object=resource.id, at=("spec", "replicas"), mark="hpa",
            )  # fmt: skip


def _budgets(unit: UnitEvidence, objects: tuple[Resource, ...]) -> Iterator[Statement]:
    """Disruption budgets that never allow a pod to leave: a node cannot be drained."""
    for resource in objects:
        if resource.id.kind != "PodDisruptionBudget":
            continue
        spec = _spec(resource)
        pods = _pods(spec, resource, objects)
        field = _blocks(spec, pods)
        if field:
            yield Statement(
                "risk/pdb-blocks", Severity.WARNING,
                "It never lets a pod leave, so that no node with such a pod can be drained or upgraded.",
                "Allow at least one: maxUnavailable: 1, or a minAvailable below the number of replicas.",
                unit=unit.key, object=resource.id, at=("spec", field), mark="pdb",
            )  # fmt: skip


def _blocks(spec: dict[str, Any], pods: int | None) -> str:
    if str(spec.get("maxUnavailable")) in ("0", "0%"):
        return "maxUnavailable"
    least = spec.get("minAvailable")
    if str(least) == "100%" or (pods and isinstance(least, int) and least >= pods):
        return "minAvailable"
    return ""


def _pods(spec: dict[str, Any], budget: Resource, objects: tuple[Resource, ...]) -> int | None:
    """How many pods the budget's selector means; None when no workload of the unit says so."""
    selector = spec.get("selector")
    wanted = selector.get("matchLabels") if isinstance(selector, dict) else None
    if not isinstance(wanted, dict) or not wanted:
        return None
    counts = []
    for resource in objects:
        if resource.id.kind in _SCALED and resource.id.namespace == budget.id.namespace:
            labels = _labels(resource)
            if all(labels.get(k) == v for k, v in wanted.items()):
                replicas = _spec(resource).get("replicas")
                if not isinstance(replicas, int):
                    return None
                counts.append(replicas)
    return sum(counts) if counts else None


def _labels(resource: Resource) -> dict[str, Any]:
    value: Any = _spec(resource)
    for key in ("template", "metadata", "labels"):
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def _owned_twice(evidence: Evidence, side: Side) -> Iterator[Statement]:
    """One object that two units deploy to the same place: whoever applies last wins, and pruning one takes it from both."""
    owners: dict[tuple[object, ...], tuple[UnitEvidence, ObjectId]] = {}
    affected = {unit.key for unit in evidence.units}
    for unit in (*evidence.neighbours, *evidence.units):
        there = unit.side(side)
        place = there.unit.place if there else None
        if there is None or place is None:
            continue
        for resource in there.objects:
            found = resource.id
            if not lands_somewhere(found):
                continue
            key = (place, found.group, found.kind, found.namespace, found.name)
            first = owners.setdefault(key, (unit, found))
            if first[0].key != unit.key and unit.key in affected:
                yield Statement(
                    "risk/owned-twice", Severity.WARNING,
                    f"{first[0].path} deploys the same object to the same cluster: the two overwrite each other, and "
                    "removing it from one deletes it for both.",
                    "Let one unit own it.",
                    unit=unit.key, object=found, mark=f"with {first[0].key}",
                )  # fmt: skip


def lands_somewhere(found: ObjectId) -> bool:
    """Whether an object says itself where it is put; where others land is known to their controller only."""
    return bool(found.namespace) or found.kind == "Namespace" or "Cluster" in found.kind


def _spec(resource: Resource) -> dict[str, Any]:
    spec = resource.fields.get("spec")
    return spec if isinstance(spec, dict) else {}
