"""What is risky on one side by itself: two things that fight over one object, or stop each other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from bot.checks import risk_dead, risk_exposure, risk_unset
from bot.checks.causes import NOWHERE
from bot.checks.declared_objects import Declarations, Declared
from bot.checks.deployer import Deployers
from bot.checks.words import shown
from bot.checks.written_documents import Place
from bot.kubernetes.scope import crd_scopes, is_cluster_scoped
from bot.model.evidence import Evidence, Side, Statement, UnitEvidence, UnitSide, objects
from bot.model.resource import Resource
from bot.model.result import Severity
from bot.model.unit import HelmRender, ObjectId, PlainRender, is_named

_SCALED = ("Deployment", "StatefulSet", "ReplicaSet", "Rollout")
_PERCENT = re.compile(r"[0-9]{1,3}%\Z")


def statements(evidence: Evidence, side: Side) -> Iterator[Statement]:
    """Everything of one side."""
    for unit in evidence.units:
        there = unit.side(side)
        if there:
            yield from _replicas(unit, there.objects)
            yield from _budgets(unit, there.objects)
            yield from risk_dead.statements(unit, side)
            yield from risk_exposure.statements(unit, side)
    yield from _owned_twice(evidence, side)
    yield from risk_unset.statements(evidence, side)


def _replicas(unit: UnitEvidence, rendered: tuple[Resource, ...]) -> Iterator[Statement]:
    """Replicas that Git sets and an autoscaler owns: each apply throws away what it decided."""
    scalers = _scalers(rendered)
    for resource in rendered if scalers else ():
        scaler = scalers.get(_target(resource))
        if scaler and "replicas" in _spec(resource):
            yield Statement(
                "risk/replicas-hpa", Severity.WARNING,
                f"{scaler} owns the number of pods; whenever this is applied it is set back, and load is dropped.",
                "Remove replicas from the workload; the autoscaler's minReplicas says the least.",
                unit=unit.key, object=resource.id, at=("spec", "replicas"), mark="hpa",
            )  # fmt: skip


def _scalers(rendered: tuple[Resource, ...]) -> dict[tuple[str, str, str], ObjectId]:
    """Autoscalers by the workload that each one scales."""
    found = {}
    for resource in rendered:
        target = _spec(resource).get("scaleTargetRef")
        if resource.id.kind in ("HorizontalPodAutoscaler", "ScaledObject") and isinstance(target, dict):
            kind = target.get("kind") or "Deployment"
            found[(str(kind), resource.id.namespace, str(target.get("name")))] = resource.id
    return found


def _target(workload: Resource) -> tuple[str, str, str]:
    return (workload.id.kind, workload.id.namespace, workload.id.name)


def _budgets(unit: UnitEvidence, rendered: tuple[Resource, ...]) -> Iterator[Statement]:
    """Disruption budgets that never allow a pod to leave: a node cannot be drained."""
    for resource in rendered:
        if resource.id.kind != "PodDisruptionBudget":
            continue
        spec = _spec(resource)
        pods = _pods(spec, resource, rendered)
        field = _blocks(spec, pods)
        if field:
            yield Statement(
                "risk/pdb-blocks", Severity.WARNING,
                "It never lets a pod leave, so that no node with such a pod can be drained or upgraded.",
                "Allow at least one: maxUnavailable: 1, or a minAvailable below the number of replicas.",
                unit=unit.key, object=resource.id, at=("spec", field), mark="pdb",
            )  # fmt: skip


def _blocks(spec: dict[str, Any], pods: int | None) -> str:
    """The field that leaves no pod. Percentages are rounded up (documentation of Kubernetes, "Specifying a Disruption Budget
    for your Application")."""
    if str(spec.get("maxUnavailable")) in ("0", "0%"):
        return "maxUnavailable"
    least = spec.get("minAvailable")
    if pods and isinstance(least, str) and _PERCENT.match(least):
        least = -(-int(least[:-1]) * pods // 100)
    if str(spec.get("minAvailable")) == "100%" or (pods and isinstance(least, int) and least >= pods):
        return "minAvailable"
    return ""


def _pods(spec: dict[str, Any], budget: Resource, rendered: tuple[Resource, ...]) -> int | None:
    """How many pods the budget's selector means; None when no workload of the unit says so, or an autoscaler decides."""
    selector = spec.get("selector")
    wanted = selector.get("matchLabels") if isinstance(selector, dict) else None
    if not isinstance(wanted, dict) or not wanted:
        return None
    counts = []
    for resource in rendered:
        if resource.id.kind in _SCALED and resource.id.namespace == budget.id.namespace:
            labels = _labels(resource)
            if all(labels.get(k) == v for k, v in wanted.items()):
                replicas = _spec(resource).get("replicas")
                if replicas is None and _target(resource) not in _scalers(rendered):
                    replicas = 1  # the default of each of these kinds
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
    turned: dict[str, Place] = {}
    affected = {unit.key for unit in evidence.units}
    scopes = crd_scopes(r.fields for _, r in objects(evidence, side))
    deployers = Deployers(evidence)
    for unit in (*evidence.neighbours, *evidence.units):
        there = unit.side(side)
        place = there.unit.place if there else None
        if there is None or place is None:
            continue
        declared = there.unit.source is not None
        cluster, default = deployers.destination(there.unit, side)
        for resource in there.objects:
            found = resource.id
            namespace = landing(there, found, scopes, default)
            if namespace is None or (not declared and found.kind == "Namespace"):
                continue  # overlays that nobody declares often bring the namespace that they share, each the same one
            above = () if is_named(place) else unit.cluster
            key = (place, above, cluster, found.group, found.kind, namespace, found.name)
            first = owners.setdefault(key, (unit, found))
            if first[0].key != unit.key and unit.key in affected:
                if side is Side.HEAD and unit.key not in turned:
                    turned[unit.key] = _turned(unit, evidence)
                at = turned.get(unit.key, NOWHERE)
                yield Statement(
                    "risk/owned-twice", Severity.WARNING,
                    f"{_who(first[0], unit, side)} deploys the same object to the same cluster: the two "
                    "overwrite each other, and removing it from one deletes it for both.",
                    "Let one unit own it.",
                    unit=unit.key, object=found, mark=f"with {first[0].key}", file=at.file, line=at.line,
                )  # fmt: skip


def _turned(unit: UnitEvidence, evidence: Evidence) -> Place:
    """Where a declaration that the change touches turns the unit to another cluster; nowhere where none does."""
    base, head = unit.base, unit.head
    file = head.unit.declared_in if head else ""
    if base is None or head is None or base.unit.cluster == head.unit.cluster or head.unit.source is None:
        return NOWHERE
    if not any(change.path == file and change.after for change in evidence.changes):
        return NOWHERE
    declared = Declarations(evidence, Side.HEAD).written(Declared(head.unit.source, {}, "", file, 0), file)
    line = declared.line_of(("spec", "destination")) if declared.written else 0
    return Place(file, line) if line else NOWHERE


def _who(other: UnitEvidence, unit: UnitEvidence, side: Side) -> str:
    """Another unit by its path, or by what declares it where both are of one path."""
    there = other.side(side)
    source = there.unit.source if there else None
    if other.path != unit.path or source is None:
        return other.path
    return f"{source.kind} {shown(f'{source.namespace}/{source.name}'.lstrip('/'))}"


def landing(side: UnitSide, found: ObjectId, scopes: Mapping[tuple[str, str], str], default: str = "") -> str | None:
    """The namespace that an object is put into, "" for one of the whole cluster; None where only its controller knows.
    ``scopes`` are those of custom kinds (see ``crd_scopes``), ``default`` is where its Application puts what names none."""
    if found.namespace or is_cluster_scoped(found.group, found.kind, scopes):
        return found.namespace
    parts = side.unit.parts
    given = {part.namespace if isinstance(part, HelmRender | PlainRender) else "" for part in parts}
    return ((given.pop() or default) if len(given) == 1 else default) or None


def _spec(resource: Resource) -> dict[str, Any]:
    spec = resource.fields.get("spec")
    return spec if isinstance(spec, dict) else {}
