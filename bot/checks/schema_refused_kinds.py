"""What the API server refuses in objects that make no pods, or beside their pods, and no schema says.

Source: the validation of Kubernetes (pkg/apis: apps, batch, core, autoscaling, scheduling, admissionregistration, rbac,
networking).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator
from typing import Any

from bot.checks.schema_refused_fine import is_address
from bot.checks.schema_remarks import Item, Remark, refused
from bot.checks.unknown_texts import is_open
from bot.checks.words import listed, shown
from bot.kubernetes.quantity import quantity
from bot.kubernetes.workloads import Path

_HOST = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*\.?\Z")
_PERCENT = re.compile(r"([0-9]+)%\Z")
_DEADLINE = 600  # of a Deployment that names none
_HIGHEST = 10**9
_QUOTAS = frozenset(
    f"{part}{name}"
    for part in ("", "requests.", "limits.")
    for name in ("cpu", "memory", "ephemeral-storage")
) | frozenset(
    ("requests.storage", "pods", "resourcequotas", "services", "replicationcontrollers", "secrets",
     "persistentvolumeclaims", "configmaps", "services.nodeports", "services.loadbalancers")
)  # fmt: skip
_KEYS = {
    "kubernetes.io/tls": ("tls.crt", "tls.key"),
    "kubernetes.io/dockerconfigjson": (".dockerconfigjson",),
    "kubernetes.io/dockercfg": (".dockercfg",),
    "kubernetes.io/ssh-auth": ("ssh-privatekey",),
}
_METRICS = {"Resource": "resource", "Pods": "pods", "Object": "object", "External": "external",
            "ContainerResource": "containerResource"}  # fmt: skip


def remarks(item: Item) -> Iterator[Remark]:
    """About one object of Kubernetes' own kinds."""
    judge = _BY_KIND.get((item.id.group, item.id.kind))
    for at, why, fix in judge(item) if judge else ():
        yield refused(item, at, why, fix)


Wrong = tuple[Path, str, str]


def _service(item: Item) -> Iterator[Wrong]:
    spec = _spec(item)
    way, name, ranges = spec.get("type") or "ClusterIP", spec.get("externalName"), spec.get("loadBalancerSourceRanges")
    if way == "ExternalName" and isinstance(name, str) and name and not is_open(name) and not _HOST.match(name):
        why = f"{shown(name, 80)} is no name of a host"
        yield ("spec", "externalName"), why, "Write the name alone: no scheme, port or path."
    if not isinstance(ranges, list) or not ranges or is_open(way):
        return
    if way != "LoadBalancer":
        why = f"loadBalancerSourceRanges is for the type LoadBalancer, and this is a {way}"
        yield ("spec", "loadBalancerSourceRanges", 0), why, "Take it away, or set the type."
    for i, each in enumerate(ranges):
        if isinstance(each, str) and not is_open(each) and not _is_network(each.strip()):
            why = f"{shown(each, 60)} is no network"
            yield ("spec", "loadBalancerSourceRanges", i), why, "Write it with its mask, such as 10.0.0.5/32."


def _deployment(item: Item) -> Iterator[Wrong]:
    spec = _spec(item)
    ready, deadline = spec.get("minReadySeconds"), spec.get("progressDeadlineSeconds", _DEADLINE)
    if type(ready) is int and type(deadline) is int and ready >= deadline:
        why = f"minReadySeconds ({ready}) is not below progressDeadlineSeconds ({deadline})"
        yield ("spec", "minReadySeconds"), why, "Set progressDeadlineSeconds above it."
    yield from _share(spec, "strategy")


def _updated(item: Item) -> Iterator[Wrong]:
    yield from _share(_spec(item), "updateStrategy")


def _share(spec: dict[str, Any], field: str) -> Iterator[Wrong]:
    said = _mapping(_mapping(spec.get(field)).get("rollingUpdate")).get("maxUnavailable")
    found = _PERCENT.match(said) if isinstance(said, str) else None
    if found and len(found[1]) < 9 and int(found[1]) > 100:
        place = ("spec", field, "rollingUpdate", "maxUnavailable")
        yield place, f"maxUnavailable is {said}, and 100% are all", "Use at most 100%."


def _job(item: Item) -> Iterator[Wrong]:
    yield from _of_job(_spec(item), ("spec",))


def _cron_job(item: Item) -> Iterator[Wrong]:
    spec = _spec(item)
    if isinstance(spec.get("schedule"), str) and "TZ=" in spec["schedule"]:
        yield ("spec", "schedule"), "a schedule names no time zone", "Write it under timeZone."
    yield from _of_job(_mapping(_mapping(spec.get("jobTemplate")).get("spec")), ("spec", "jobTemplate", "spec"))


def _of_job(spec: dict[str, Any], at: Path) -> Iterator[Wrong]:
    if spec.get("completionMode") == "Indexed" and spec.get("completions") is None:
        yield (*at, "completionMode"), "completionMode Indexed needs completions", "Say how many there are."
    if spec.get("selector") and spec.get("manualSelector") is not True:
        yield (*at, "selector"), "a Job gets its selector by itself", "Take the selector away."
    restarts = _mapping(_mapping(spec.get("template")).get("spec")).get("restartPolicy")
    if spec.get("podFailurePolicy") is not None and restarts == "OnFailure":
        why = "podFailurePolicy is for pods with restartPolicy: Never"
        yield (*at, "template", "spec", "restartPolicy"), why, "Set restartPolicy: Never."


def _autoscaler(item: Item) -> Iterator[Wrong]:
    spec = _spec(item)
    held = spec.get("metrics")
    metrics = [(i, each) for i, each in enumerate(held) if isinstance(each, dict)] if isinstance(held, list) else []
    for i, each in metrics:
        field = _METRICS.get(str(each.get("type")))
        if field and each.get(field) is None:
            why = f"a metric of the type {each['type']} does not say its {field}"
            yield ("spec", "metrics", i, "type"), why, f"Write {field}, or another type."
    if spec.get("minReplicas") == 0 and not any(each.get("type") in ("Object", "External") for _, each in metrics):
        why = "no replicas at all need a metric of the type Object or External"
        yield ("spec", "minReplicas"), why, "Set minReplicas: 1 or more."


def _claim(item: Item) -> Iterator[Wrong]:
    spec = _spec(item)
    modes, alone = spec.get("accessModes"), "ReadWriteOncePod"
    if isinstance(modes, list) and alone in modes and len(modes) > 1:
        yield ("spec", "accessModes", modes.index(alone)), f"{alone} stands alone", "Keep one access mode."
    asked = _mapping(_mapping(spec.get("resources")).get("requests")).get("storage")
    if quantity(asked) == 0:
        yield ("spec", "resources", "requests", "storage"), "it asks for no storage", "Ask for more than 0."


def _quota(item: Item) -> Iterator[Wrong]:
    for name in _mapping(_spec(item).get("hard")):
        said = str(name)
        if "/" in said or is_open(said) or said in _QUOTAS or said.removeprefix("requests.").startswith("hugepages-"):
            continue
        why = f"{shown(said, 60)} is nothing that a quota counts"
        yield ("spec", "hard", name), why, "Use requests.cpu, limits.memory, pods, count/KIND.GROUP and the like."


def _limits(item: Item) -> Iterator[Wrong]:
    held = _spec(item).get("limits")
    for i, limit in enumerate(held if isinstance(held, list) else ()):
        steps = [(field, _mapping(_mapping(limit).get(field))) for field in ("min", "defaultRequest", "default", "max")]
        for (low, lower), (high, higher) in ((a, b) for n, a in enumerate(steps) for b in steps[n + 1 :]):
            for name, amount in lower.items():
                small, large = quantity(amount), quantity(higher.get(name))
                if small is not None and large is not None and small > large:
                    why = (
                        f"{low} of {shown(name, 40)} ({shown(amount, 40)}) is above {high} ({shown(higher[name], 40)})"
                    )
                    yield ("spec", "limits", i, low, name), why, "Make the two agree."


def _priority(item: Item) -> Iterator[Wrong]:
    value = item.fields.get("value")
    if type(value) is int and value > _HIGHEST and not item.id.name.startswith("system-"):
        yield ("value",), f"its value is {value}, and {_HIGHEST} is the most", "Use a lower value."


def _webhooks(item: Item) -> Iterator[Wrong]:
    held = item.fields.get("webhooks")
    for i, each in enumerate(held if isinstance(held, list) else ()):
        name, seconds = (_mapping(each).get(key) for key in ("name", "timeoutSeconds"))
        if isinstance(name, str) and name and name.count(".") < 2 and not is_open(name):
            why = f"the webhook {shown(name, 80)} has no full name"
            yield ("webhooks", i, "name"), why, "Give it a domain of three parts or more, such as check.example.com."
        if type(seconds) is int and not 1 <= seconds <= 30:
            yield ("webhooks", i, "timeoutSeconds"), "timeoutSeconds goes from 1 to 30", "Use 30 at most."


def _cluster_binding(item: Item) -> Iterator[Wrong]:
    kind = _mapping(item.fields.get("roleRef")).get("kind")
    if kind == "Role":
        why = "it binds a Role, and in the whole cluster only a ClusterRole can be bound"
        yield ("roleRef", "kind"), why, "Make it a RoleBinding, or name a ClusterRole."


def _role(item: Item) -> Iterator[Wrong]:
    held = item.fields.get("rules")
    for i, rule in enumerate(held if isinstance(held, list) else ()):
        if _mapping(rule).get("nonResourceURLs"):
            why = "a Role gives nothing on paths of the API server"
            yield ("rules", i, "nonResourceURLs", 0), why, "Use a ClusterRole for nonResourceURLs."


def _network_policy(item: Item) -> Iterator[Wrong]:
    for field in ("ingress", "egress"):
        rules = _spec(item).get(field)
        for i, rule in enumerate(rules if isinstance(rules, list) else ()):
            ports = _mapping(rule).get("ports")
            for j, each in enumerate(ports if isinstance(ports, list) else ()):
                first, last = (_mapping(each).get(key) for key in ("port", "endPort"))
                if type(last) is int and (type(first) is not int or last < first) and not is_open(first):
                    why = f"endPort {last} needs a port by its number, and not above it"
                    yield ("spec", field, i, "ports", j, "endPort"), why, "Write the lower number under port."


def _endpoints(item: Item) -> Iterator[Wrong]:
    subsets = item.fields.get("subsets")
    for i, subset in enumerate(subsets if isinstance(subsets, list) else ()):
        for key in ("addresses", "notReadyAddresses"):
            held = _mapping(subset).get(key)
            for j, each in enumerate(held if isinstance(held, list) else ()):
                if not is_address(_mapping(each).get("ip")):
                    why = f"{shown(_mapping(each).get('ip'), 60)} is no IP address"
                    yield ("subsets", i, key, j, "ip"), why, "Write the address; for a name use a Service ExternalName."


def _secret(item: Item) -> Iterator[Wrong]:
    wanted = _KEYS.get(str(item.fields.get("type")), ())
    held = {str(key) for field in ("data", "stringData") for key in _mapping(item.fields.get(field))}
    lacks = [key for key in wanted if key not in held]
    if lacks and not is_open(sorted(held)):
        why = f"its type asks for the {'keys' if len(lacks) > 1 else 'key'} {listed(lacks)}"
        yield ("type",), why, "Add what is missing, or use the type Opaque."


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return "/" in text


def _spec(item: Item) -> dict[str, Any]:
    return _mapping(item.fields.get("spec"))


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


_BY_KIND: dict[tuple[str, str], Callable[[Item], Iterator[Wrong]]] = {
    ("", "Service"): _service,
    ("apps", "Deployment"): _deployment,
    ("apps", "DaemonSet"): _updated,
    ("apps", "StatefulSet"): _updated,
    ("batch", "Job"): _job,
    ("batch", "CronJob"): _cron_job,
    ("autoscaling", "HorizontalPodAutoscaler"): _autoscaler,
    ("", "PersistentVolumeClaim"): _claim,
    ("", "ResourceQuota"): _quota,
    ("", "LimitRange"): _limits,
    ("", "Endpoints"): _endpoints,
    ("", "Secret"): _secret,
    ("scheduling.k8s.io", "PriorityClass"): _priority,
    ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"): _webhooks,
    ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"): _webhooks,
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): _cluster_binding,
    ("rbac.authorization.k8s.io", "Role"): _role,
    ("networking.k8s.io", "NetworkPolicy"): _network_policy,
}
