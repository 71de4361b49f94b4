"""How wide a door to the outside stands open: a load balancer or Ingress that was internal, or let in some addresses only.

Sources: documentation of Kubernetes, "Service" (internal load balancers, ``loadBalancerSourceRanges``); AWS Load Balancer
Controller, "Annotations" of Service and Ingress (a scheme that nobody names is ``internal``); GKE, "Internal passthrough
Network Load Balancer"; ingress-nginx, "Annotations" (``whitelist-source-range``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from bot.checks.about import Place, about
from bot.checks.unknown_texts import is_open
from bot.checks.words import listed, shown
from bot.model.evidence import Statement, UnitEvidence
from bot.model.resource import Resource
from bot.model.result import Severity

RULE = "risk/exposure"
_EVERYBODY = ("0.0.0.0/0", "::/0")
# Annotations by which a load balancer is internal, and the values that say so ("": any but a denial).
_INTERNAL: dict[str, tuple[str, ...]] = {
    "service.beta.kubernetes.io/aws-load-balancer-scheme": ("internal",),
    "service.beta.kubernetes.io/aws-load-balancer-internal": ("",),
    "service.beta.kubernetes.io/azure-load-balancer-internal": ("true",),
    "service.beta.kubernetes.io/openstack-internal-load-balancer": ("true",),
    "service.beta.kubernetes.io/oci-load-balancer-internal": ("true",),
    "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-address-type": ("intranet",),
    "service.kubernetes.io/ibm-load-balancer-cloud-provider-ip-type": ("private",),
    "networking.gke.io/load-balancer-type": ("internal",),
    "cloud.google.com/load-balancer-type": ("internal",),
    "alb.ingress.kubernetes.io/scheme": ("internal",),
}
_FACING = "internet-facing"
_BY_DEFAULT = ("service.beta.kubernetes.io/aws-load-balancer-scheme", "alb.ingress.kubernetes.io/scheme")
# Annotations that list the addresses which may call.
_RANGES = (
    "service.beta.kubernetes.io/load-balancer-source-ranges", "nginx.ingress.kubernetes.io/whitelist-source-range",
    "nginx.ingress.kubernetes.io/allowlist-source-range", "alb.ingress.kubernetes.io/inbound-cidrs",
    "haproxy-ingress.github.io/allowlist-source-range", "haproxy.org/allow-list",
)  # fmt: skip
_CLASS = "kubernetes.io/ingress.class"
_READ = {*_INTERNAL, *_RANGES, _CLASS}
_PRIVATE = re.compile(r"(?:\A|[-_.])(?:internal|private|intranet|intern)(?:\Z|[-_.])")


def changes(unit: UnitEvidence, base: Resource, head: Resource) -> Iterator[Statement]:
    """About a Service that was a load balancer and is one, or an Ingress, of production."""
    kind = (head.id.group, head.id.kind)
    balances = kind == ("", "Service") and all(_spec(side).get("type") == "LoadBalancer" for side in (base, head))
    if not unit.production or not (balances or kind == ("networking.k8s.io", "Ingress")):
        return
    old, new = _annotations(base), _annotations(head)
    if is_open(old) or is_open(new):
        return
    if (place := _turned_outside(old, new)) is not None:
        yield _opens(unit, head, "It is no longer internal: it gets an address that the internet reaches.", place)
    if (place := _lets_everybody(_ranges(base), _ranges(head))) is not None:
        yield _opens(unit, head, f"It let in {_before(base)} alone, and now whoever reaches its address.", place)
    was, now = (
        str(_spec(side).get("ingressClassName") or _annotations(side).get(_CLASS) or "") for side in (base, head)
    )
    if kind[1] == "Ingress" and _PRIVATE.search(was) and now and not _PRIVATE.search(now) and not is_open(now):
        at: Place = ("spec", "ingressClassName") if "ingressClassName" in _spec(head) else _at(_CLASS)
        told = f"It is served by the class {shown(now, 60)} and no longer by {shown(was, 60)}: others may reach it."
        yield _opens(unit, head, told, at)


def _opens(unit: UnitEvidence, head: Resource, message: str, at: Place) -> Statement:
    fix = "Make sure that it is meant to be reached from outside, and by whom."
    return about(unit, head, RULE, Severity.WARNING, message, fix, at)


def _turned_outside(old: dict[str, str], new: dict[str, str]) -> Place | None:
    """The place that says so; the object (an empty place) where an annotation is gone."""
    facing = next((key for key, value in new.items() if key in _INTERNAL and value == _FACING != old.get(key)), "")
    if facing:
        return _at(facing)
    lost = [
        key
        for key in _INTERNAL
        if _says_internal(key, old) and not _says_internal(key, new) and (key in new or key not in _BY_DEFAULT)
    ]
    if not lost or any(_says_internal(key, new) for key in _INTERNAL):
        return None
    return _at(lost[0]) if lost[0] in new else ()


def _says_internal(key: str, annotations: dict[str, str]) -> bool:
    value = annotations.get(key, "").lower()
    return bool(value) and (value in _INTERNAL[key] or (_INTERNAL[key] == ("",) and value != "false"))


def _ranges(resource: Resource) -> list[tuple[Place, list[str]]]:
    """The lists of addresses that may call, each with its place."""
    found: list[tuple[Place, list[str]]] = []
    field = _spec(resource).get("loadBalancerSourceRanges")
    if isinstance(field, list) and field:
        found.append((("spec", "loadBalancerSourceRanges", 0), [str(each).strip() for each in field]))
    for key in _RANGES:
        said = [each.strip() for each in _annotations(resource).get(key, "").split(",") if each.strip()]
        if said:
            found.append((_at(key), said))
    return found


def _lets_everybody(old: list[tuple[Place, list[str]]], new: list[tuple[Place, list[str]]]) -> Place | None:
    if not old or any(set(_EVERYBODY) & set(said) for _, said in old) or is_open([said for _, said in new]):
        return None
    opened = next((place for place, said in new if set(_EVERYBODY) & set(said)), None)
    return () if not new else opened


def _before(base: Resource) -> str:
    return listed([each for _, said in _ranges(base) for each in said], 3)


def _at(annotation: str) -> Place:
    return ("metadata", "annotations", annotation)


def _annotations(resource: Resource) -> dict[str, str]:
    """Those that are read here."""
    metadata = resource.fields.get("metadata")
    found = metadata.get("annotations") if isinstance(metadata, dict) else None
    held = found if isinstance(found, dict) else {}
    return {str(k): str(v) for k, v in held.items() if v is not None and k in _READ}


def _spec(resource: Resource) -> dict[str, Any]:
    spec = resource.fields.get("spec")
    return spec if isinstance(spec, dict) else {}
