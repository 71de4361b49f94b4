"""Who reaches a workload, and as whom it runs: what a change opens to the outside, or lets pods be.

Sources: documentation of Kubernetes, "Service" (types, ``externalIPs``), "Service Accounts", and "Pod Security Standards"
(level restricted; what Pod Security Admission refuses in a namespace that enforces it).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.checks import risk_doors, risk_sources
from bot.checks.about import about
from bot.checks.unknown_texts import is_open
from bot.checks.words import listed, shown
from bot.kubernetes.workloads import Template, template
from bot.model.evidence import Side, Statement, UnitEvidence
from bot.model.resource import Resource
from bot.model.result import Severity

_OPEN = {"LoadBalancer": "the cloud gives it an address of its own", "NodePort": "every node opens a port for it"}
_ENFORCE = "pod-security.kubernetes.io/enforce"
_LISTS = ("initContainers", "containers")


def changes(unit: UnitEvidence, base: Resource | None, head: Resource) -> Iterator[Statement]:
    """About an object that is new or differs."""
    if base is not None:
        yield from risk_doors.changes(unit, base, head)
        yield from risk_sources.changes(unit, base, head)
    if head.id.kind == "Service" and not head.id.group:
        yield from _service(unit, base, head)
    elif base is not None:
        yield from _account(unit, base, head)


def _service(unit: UnitEvidence, base: Resource | None, head: Resource) -> Iterator[Statement]:
    old, new = _mapping(base.fields.get("spec")) if base else {}, _mapping(head.fields.get("spec"))
    kind = new.get("type")
    if not unit.production:
        return
    if isinstance(kind, str) and kind in _OPEN and old.get("type") != kind:
        yield about(
            unit, head, "risk/exposure", Severity.WARNING,
            f"The Service {'becomes' if base else 'is'} a {kind}: {_OPEN[kind]}, and who reaches that reaches its pods.",
            "Make sure that it is meant to be reached from outside of the cluster, and by whom.", ("spec", "type"),
        )  # fmt: skip
    addresses = _list(new.get("externalIPs"))
    if addresses and addresses != old.get("externalIPs"):
        yield about(
            unit, head, "risk/exposure", Severity.WARNING,
            f"Traffic for {listed(addresses, 3)} that comes to any node goes to its pods, also such as is meant for others.",
            "Have the owners of the cluster agree, or use a load balancer.", ("spec", "externalIPs", 0),
        )  # fmt: skip


def _account(unit: UnitEvidence, base: Resource, head: Resource) -> Iterator[Statement]:
    before, after = template(base.fields), template(head.fields)
    if before is None or after is None:
        return
    old, new = (str(t.spec.get("serviceAccountName") or "default") for t in (before, after))
    if old != new and not is_open(old) and not is_open(new):
        yield about(
            unit, head, "risk/identity", Severity.WARNING,
            f"Its pods run as service account {shown(new, 80)} and no longer as {shown(old, 80)}: they may do what that one "
            "may, in the cluster and in the cloud.",
            "Look at what the new account may do, and have its owners agree.", (*after.at, "spec", "serviceAccountName"),
        )  # fmt: skip


# -- one side


def statements(unit: UnitEvidence, side: Side) -> Iterator[Statement]:
    """Workloads in a namespace that the same unit makes, and that refuses their pods."""
    there = unit.side(side)
    objects = there.objects if there else ()
    strict = {
        r.id.name
        for r in objects
        if r.id.kind == "Namespace"
        and _mapping(_mapping(r.fields.get("metadata")).get("labels")).get(_ENFORCE) == "restricted"
    }
    for resource in objects if strict else ():
        made = template(resource.fields) if resource.id.namespace in strict else None
        if made and _mapping(made.spec.get("os")).get("name") != "windows":
            yield from _restricted(unit, resource, made)


def _restricted(unit: UnitEvidence, workload: Resource, made: Template) -> Iterator[Statement]:
    pod = _mapping(made.spec.get("securityContext"))
    for key in _LISTS:
        for number, container in enumerate(_list(made.spec.get(key))):
            own = _mapping(container.get("securityContext")) if isinstance(container, dict) else None
            for field, why in _lacks(pod, own) if own is not None else ():
                name = shown(container.get("name"), 60)
                yield about(
                    unit, workload, "risk/pod-refused", Severity.WARNING,
                    f"Its namespace enforces `restricted`, and container {name} {why}: its pods are refused, and the old "
                    "ones are not replaced.",
                    "Set the field, or let the namespace enforce less.",
                    (*made.at, "spec", key, number, "securityContext", field),
                )  # fmt: skip


def _lacks(pod: dict[str, Any], own: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Fields that the level asks for, and what is wrong with each."""

    def said(field: str) -> Any:
        return own.get(field) if own.get(field) is not None else pod.get(field)

    if said("runAsNonRoot") is not True:
        yield "runAsNonRoot", "does not say `runAsNonRoot: true`"
        if said("runAsUser") == 0:  # with it nothing starts the container anyway: see risk/no-effect
            yield "runAsUser", "runs as root (`runAsUser: 0`)"
    if own.get("allowPrivilegeEscalation") is not False:
        yield "allowPrivilegeEscalation", "does not say `allowPrivilegeEscalation: false`"
    capabilities = _mapping(own.get("capabilities"))
    if "ALL" not in _list(capabilities.get("drop")) or set(map(str, _list(capabilities.get("add")))) - {
        "NET_BIND_SERVICE"
    }:
        yield "capabilities", "does not drop all capabilities"
    if _mapping(said("seccompProfile")).get("type") not in ("RuntimeDefault", "Localhost"):
        yield "seccompProfile", "names no `seccompProfile` of the type RuntimeDefault or Localhost"


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
