"""The fine print of pods: paths, references, selectors and names of resources that the API server refuses.

Source: the validation of Kubernetes (pkg/apis/core/validation: ``ValidatePodSpec`` and what it calls).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from bot.checks.unknown_texts import is_open
from bot.checks.words import listed, shown
from bot.kubernetes.pods import CONTAINER_LISTS
from bot.kubernetes.quantity import quantity
from bot.kubernetes.workloads import Path

_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\Z")
_STANDARD = ("cpu", "memory", "ephemeral-storage")
_ENV_FIELDS = frozenset(
    ("metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.host", "spec.serviceAccountName",
     "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs")
)  # fmt: skip
_FILE_FIELDS = frozenset(
    ("metadata.name", "metadata.namespace", "metadata.uid", "metadata.labels", "metadata.annotations")
)
_OF_METADATA = re.compile(r"metadata\.(?:labels|annotations)\['[^']+'\]\Z")
_OF_RESOURCES = re.compile(r"(?:limits|requests)\.(?:cpu|memory|ephemeral-storage|hugepages-.+)\Z")


class Wrong(NamedTuple):
    """What is refused, ``at`` a place in the specification of the pods."""

    at: Path
    why: str
    fix: str


def wrong(spec: dict[str, Any]) -> Iterator[Wrong]:
    """About the specification of pods."""
    names: set[str] = set()
    for key in CONTAINER_LISTS:
        own: set[str] = set()
        for i, container in _mappings(spec.get(key)):
            name = container.get("name")
            if isinstance(name, str) and name in names and not is_open(name):
                why = f"two of its containers have the name {shown(name, 60)}"
                yield Wrong(
                    (key, i, "name"), why, "Give each container a name of its own, also those that start first."
                )
            own.add(str(name))
            for each in _of_container(container, (key, i)):
                yield each._replace(why=f"in container {shown(name, 60)}, {each.why}")
        names |= own
    yield from _of_pod(spec)
    for i, volume in _mappings(spec.get("volumes")):
        yield from _of_volume(volume, ("volumes", i))
    yield from _selectors(spec)


def _of_pod(spec: dict[str, Any]) -> Iterator[Wrong]:
    if spec.get("dnsPolicy") == "None" and not _mapping(spec.get("dnsConfig")).get("nameservers"):
        yield Wrong(("dnsPolicy",), "dnsPolicy None needs nameservers", "Set dnsConfig.nameservers, or another policy.")
    host = spec.get("hostname")
    if isinstance(host, str) and host and not is_open(host) and not _LABEL.match(host):
        why = f"{shown(host, 60)} is no hostname of a pod"
        yield Wrong(("hostname",), why, "Use lower-case letters, digits and dashes; the domain is set by subdomain.")
    for i, alias in _mappings(spec.get("hostAliases")):
        if not is_address(alias.get("ip")):
            yield Wrong(
                ("hostAliases", i, "ip"), f"{shown(alias.get('ip'), 60)} is no IP address", "Write the address."
            )
    for i, each in _mappings(spec.get("tolerations")):
        effect = each.get("effect")
        if each.get("tolerationSeconds") is not None and effect != "NoExecute" and not is_open(effect):
            why = "tolerationSeconds is for the effect NoExecute"
            yield Wrong(("tolerations", i, "tolerationSeconds"), why, "Take it away, or set effect: NoExecute.")
    yield from _seccomp(spec, ())


def _of_container(container: dict[str, Any], at: Path) -> Iterator[Wrong]:
    yield from _seccomp(container, at)
    for i, mount in _mappings(container.get("volumeMounts")):
        for key in ("subPath", "subPathExpr"):
            path = mount.get(key)
            if isinstance(path, str) and not is_open(path) and (path.startswith("/") or ".." in path.split("/")):
                why = f"{key} {shown(path, 60)} is a path within the volume, without a slash in front and without `..`"
                yield Wrong((*at, "volumeMounts", i, key), why, "Write it from the root of the volume.")
    for i, variable in _mappings(container.get("env")):
        source, here = _mapping(variable.get("valueFrom")), (*at, "env", i, "valueFrom")
        yield from _field(source, here, _ENV_FIELDS, keyed=True)
        asked = _mapping(source.get("resourceFieldRef")).get("resource")
        if isinstance(asked, str) and not is_open(asked) and not _OF_RESOURCES.match(asked):
            why = f"{shown(asked, 60)} is no resource of a container"
            yield Wrong((*here, "resourceFieldRef", "resource"), why, "Write limits.cpu, requests.memory or the like.")
    for key in ("livenessProbe", "readinessProbe", "startupProbe"):
        yield from _command(container.get(key), (*at, key))
    for key, hook in _mapping(container.get("lifecycle")).items():
        yield from _command(hook, (*at, "lifecycle", key))
    for field in ("requests", "limits"):
        for name, amount in _mapping(_mapping(container.get("resources")).get(field)).items():
            yield from _resource(str(name), amount, (*at, "resources", field, name))


def _resource(name: str, amount: Any, at: Path) -> Iterator[Wrong]:
    if is_open(name) or is_open(amount):
        return
    much = quantity(str(amount) if isinstance(amount, float) else amount)
    if "/" not in name and name not in _STANDARD and not name.startswith("hugepages-"):
        why = f"{shown(name, 60)} is no resource of a container"
        yield Wrong(at, why, f"Use {listed(_STANDARD)}, or the full name of a device (`vendor.example/gpu`).")
    elif "/" in name and "kubernetes.io/" not in name and much is not None and much.denominator != 1:
        why = f"{shown(amount, 40)} of {shown(name, 60)} is no whole number, and such a device is not shared"
        yield Wrong(at, why, "Write a whole number.")


def _command(handler: Any, at: Path) -> Iterator[Wrong]:
    run = _mapping(handler).get("exec")
    if isinstance(run, dict) and not run.get("command"):
        yield Wrong((*at, "exec"), "exec has no command", "Give the command, as a list.")


def _field(source: dict[str, Any], at: Path, known: frozenset[str], *, keyed: bool) -> Iterator[Wrong]:
    path = _mapping(source.get("fieldRef")).get("fieldPath")
    if isinstance(path, str) and path not in known and not is_open(path) and not (keyed and _OF_METADATA.match(path)):
        why = f"{shown(path, 60)} is no field of a pod that can be read here"
        yield Wrong((*at, "fieldRef", "fieldPath"), why, f"Use one of {listed(sorted(known), 9)}.")


def _of_volume(volume: dict[str, Any], at: Path) -> Iterator[Wrong]:
    for key in ("configMap", "secret", "downwardAPI"):
        yield from _items(volume.get(key), (*at, key))
    for i, source in _mappings(_mapping(volume.get("projected")).get("sources")):
        here = (*at, "projected", "sources", i)
        for key in ("configMap", "secret", "downwardAPI"):
            yield from _items(source.get(key), (*here, key))
        seconds = _mapping(source.get("serviceAccountToken")).get("expirationSeconds")
        if type(seconds) is int and seconds < 600:
            why = f"a token lasts at least 600 seconds, and not {seconds}"
            yield Wrong((*here, "serviceAccountToken", "expirationSeconds"), why, "Set 600 or more.")


def _items(source: Any, at: Path) -> Iterator[Wrong]:
    for i, item in _mappings(_mapping(source).get("items")):
        path = item.get("path")
        if isinstance(path, str) and not is_open(path) and (path.startswith(("/", "..")) or ".." in path.split("/")):
            why = f"the path {shown(path, 60)} leads out of the volume"
            yield Wrong((*at, "items", i, "path"), why, "Write it from the root of the volume, without `..`.")
        yield from _field(item, (*at, "items", i), _FILE_FIELDS, keyed=True)


def _seccomp(around: dict[str, Any], at: Path) -> Iterator[Wrong]:
    profile = _mapping(_mapping(around.get("securityContext")).get("seccompProfile"))
    kind, place = profile.get("type"), (*at, "securityContext", "seccompProfile")
    if kind == "Localhost" and not profile.get("localhostProfile"):
        yield Wrong((*place, "type"), "a seccompProfile of the type Localhost names its file", "Set localhostProfile.")
    elif isinstance(kind, str) and kind != "Localhost" and profile.get("localhostProfile") and not is_open(kind):
        why = f"localhostProfile is for the type Localhost, and not for {kind}"
        yield Wrong((*place, "localhostProfile"), why, "Take it away, or set type: Localhost.")


def _selectors(spec: dict[str, Any]) -> Iterator[Wrong]:
    affinity = _mapping(spec.get("affinity"))
    node = _mapping(affinity.get("nodeAffinity"))
    required, preferred = (
        "requiredDuringSchedulingIgnoredDuringExecution",
        "preferredDuringSchedulingIgnoredDuringExecution",
    )
    here: Path = ("affinity", "nodeAffinity")
    for i, term in _mappings(_mapping(node.get(required)).get("nodeSelectorTerms")):
        yield from expressions(term, (*here, required, "nodeSelectorTerms", i))
    for i, term in _mappings(node.get(preferred)):
        yield from expressions(_mapping(term.get("preference")), (*here, preferred, i, "preference"))
    for kind in ("podAffinity", "podAntiAffinity"):
        pods = _mapping(affinity.get(kind))
        for i, term in _mappings(pods.get(required)):
            yield from expressions(
                _mapping(term.get("labelSelector")), ("affinity", kind, required, i, "labelSelector")
            )
        for i, term in _mappings(pods.get(preferred)):
            inner = _mapping(_mapping(term.get("podAffinityTerm")).get("labelSelector"))
            yield from expressions(inner, ("affinity", kind, preferred, i, "podAffinityTerm", "labelSelector"))
    for i, spread in _mappings(spec.get("topologySpreadConstraints")):
        yield from expressions(_mapping(spread.get("labelSelector")), ("topologySpreadConstraints", i, "labelSelector"))


def expressions(selector: dict[str, Any], at: Path) -> Iterator[Wrong]:
    """What ``matchExpressions`` may not say."""
    for i, each in _mappings(selector.get("matchExpressions")):
        operator, values, place = each.get("operator"), each.get("values"), (*at, "matchExpressions", i, "operator")
        if operator in ("In", "NotIn") and not values:
            yield Wrong(place, f"the operator {operator} needs values", "Give it values, or use Exists.")
        elif operator in ("Exists", "DoesNotExist") and values:
            yield Wrong(place, f"the operator {operator} has no values", "Take the values away, or use In.")
        elif operator in ("Gt", "Lt") and isinstance(values, list) and len(values) != 1:
            yield Wrong(place, f"the operator {operator} has one value", "Give it one whole number.")


def is_address(value: Any) -> bool:
    """Whether it is an IP address, or nobody here can tell."""
    if not isinstance(value, str) or is_open(value):
        return True
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return True


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _mappings(value: Any) -> list[tuple[int, dict[str, Any]]]:
    return [(i, item) for i, item in enumerate(value) if isinstance(item, dict)] if isinstance(value, list) else []
