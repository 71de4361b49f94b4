"""What a change takes away though pods of the unit still name it: those that start from then on do not.

Silent about what another unit gets, what stays in the cluster, and what a pod can do without (``optional``). Sources:
documentation of Kubernetes, "ConfigMaps", "Secrets" and "Service Accounts"; External Secrets Operator, "Lifecycle"
(``creationPolicy``); Sealed Secrets.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from bot.checks.about import Place, about
from bot.checks.deployer import Deployers
from bot.checks.unknown_texts import is_open
from bot.checks.words import shown
from bot.kubernetes.pods import CONTAINER_LISTS
from bot.kubernetes.workloads import template
from bot.model.evidence import Statement, UnitEvidence
from bot.model.resource import Resource
from bot.model.result import Severity

_FOLLOWS = {"ServiceAccount": "each pod that it would start is refused"}
_DO_NOT_START = "pods that start from then on wait for it, and do not run"
_ALWAYS_THERE = {("ServiceAccount", "default"), ("ConfigMap", "kube-root-ca.crt")}

Named = tuple[str, str, str]  # kind, namespace, name


class _Need(NamedTuple):
    kind: str
    name: str
    at: Place


def statements(unit: UnitEvidence, deployers: Deployers) -> Iterator[Statement]:
    """About a unit that is on both sides."""
    before, after = (side.objects if side else () for side in (unit.base, unit.head))
    here = {made for resource in after for made in _makes(resource)}
    gone = {
        made: resource
        for resource in before
        for made in _makes(resource)
        if made not in here and made[::2] not in _ALWAYS_THERE
    }
    lost = {made: r for made, r in gone.items() if r.id not in unit.moves and not deployers.keeps(unit, r)}
    for workload in after if lost else ():
        told: set[Named] = set()
        for need in _needs(workload):
            made = (need.kind, workload.id.namespace, need.name)
            if made in lost and made not in told:
                told.add(made)
                yield _told(unit, workload, need, lost[made])


def _told(unit: UnitEvidence, workload: Resource, need: _Need, lost: Resource) -> Statement:
    by = "" if lost.id.kind == need.kind else f" together with the {lost.id.kind} that makes it"
    return about(
        unit, workload, "risk/still-named", Severity.WARNING,
        f"Its pods still name the {need.kind} {shown(need.name, 80)}, which this change takes away{by}: "
        f"{_FOLLOWS.get(need.kind, _DO_NOT_START)}.",
        f"Keep the {lost.id.kind}, or take its name out of the pods.", need.at,
    )  # fmt: skip


def _makes(resource: Resource) -> Iterator[Named]:
    """The objects that pods can name, by themselves or as an operator makes them."""
    group, kind, namespace, name = resource.id.group, resource.id.kind, resource.id.namespace, resource.id.name
    spec = _mapping(resource.fields.get("spec"))
    if not group and kind in ("ConfigMap", "Secret", "ServiceAccount"):
        yield kind, namespace, name
    elif (group, kind) == ("external-secrets.io", "ExternalSecret"):
        target = _mapping(spec.get("target"))
        if target.get("creationPolicy") in (None, "Owner"):  # what it does not own stays without it
            yield "Secret", namespace, str(target.get("name") or name)
    elif (group, kind) == ("bitnami.com", "SealedSecret"):
        metadata = _mapping(_mapping(spec.get("template")).get("metadata"))
        yield "Secret", namespace, str(metadata.get("name") or name)


def _needs(workload: Resource) -> Iterator[_Need]:
    """What the pods of a workload cannot start without."""
    made = template(workload.fields)
    if made is None:
        return
    at: Place = (*made.at, "spec")
    account = made.spec.get("serviceAccountName")
    if isinstance(account, str) and not is_open(account):
        yield _Need("ServiceAccount", account, (*at, "serviceAccountName"))
    for i, volume in enumerate(_mappings(made.spec.get("volumes"))):
        here = (*at, "volumes", i)
        yield from _reference("ConfigMap", volume.get("configMap"), "name", (*here, "configMap"))
        yield from _reference("Secret", volume.get("secret"), "secretName", (*here, "secret"))
        for j, source in enumerate(_mappings(_mapping(volume.get("projected")).get("sources"))):
            yield from _either(source, "configMap", "secret", (*here, "projected", "sources", j))
    for key in CONTAINER_LISTS:
        for i, container in enumerate(_mappings(made.spec.get(key))):
            for j, source in enumerate(_mappings(container.get("envFrom"))):
                yield from _either(source, "configMapRef", "secretRef", (*at, key, i, "envFrom", j))
            for j, variable in enumerate(_mappings(container.get("env"))):
                source, place = _mapping(variable.get("valueFrom")), (*at, key, i, "env", j, "valueFrom")
                yield from _either(source, "configMapKeyRef", "secretKeyRef", place)


def _either(source: dict[str, Any], config: str, secret: str, at: Place) -> Iterator[_Need]:
    yield from _reference("ConfigMap", source.get(config), "name", (*at, config))
    yield from _reference("Secret", source.get(secret), "name", (*at, secret))


def _reference(kind: str, value: Any, key: str, at: Place) -> Iterator[_Need]:
    held = _mapping(value)
    name = held.get(key)
    if isinstance(name, str) and not is_open(name) and held.get("optional") is not True:
        yield _Need(kind, name, (*at, key))


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _mappings(value: Any) -> Iterable[dict[str, Any]]:
    return [item if isinstance(item, dict) else {} for item in value] if isinstance(value, list) else []
