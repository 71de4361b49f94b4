"""What no schema says, and the API server refuses all the same: fields of one object that contradict each other.

Source: the validation of Kubernetes (pkg/apis: apps, core, batch, autoscaling, policy, networking, rbac), which every apply
goes through. The pods of a StatefulSet are not among it: the object is accepted, and each of its pods refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from bot.checks import schema_refused_fine, schema_refused_kinds, schema_refused_network, schema_refused_pods
from bot.checks.schema_remarks import Item, Remark, first_line, refused
from bot.checks.unknown_texts import is_open
from bot.checks.words import listed, shown
from bot.kubernetes import schedule
from bot.kubernetes.workloads import holds, selects, template

_SELECTING = ("Deployment", "ReplicaSet", "StatefulSet", "DaemonSet")
_ALL_DATA = 1024 * 1024  # bytes of a ConfigMap
_KEY = frozenset("-._abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
_AGREE = "Make the two fields agree."


def remarks(item: Item) -> Iterator[Remark]:
    """About one object of Kubernetes' own kinds."""
    key, spec = (item.id.group, item.id.kind), item.fields.get("spec")
    made = template(item.fields) if key in _WORKLOADS else None
    if isinstance(spec, dict):
        if made is not None:
            yield from schema_refused_pods.remarks(item, made)
            for at, why, fix in schema_refused_fine.wrong(made.spec):
                yield refused(item, (*made.at, "spec", *at), why, fix, pods=item.id.kind == "StatefulSet")
        if key in _BY_KIND:
            yield from _BY_KIND[key](item, spec)
    if key in (("", "ConfigMap"), ("", "Secret")):
        yield from _data(item)
    elif key[0] == "rbac.authorization.k8s.io":
        yield from _rights(item)
    yield from schema_refused_kinds.remarks(item)


def _workload(item: Item, spec: dict[str, Any]) -> Iterator[Remark]:
    yield from _selector(item, spec)
    field = "strategy" if item.id.kind == "Deployment" else "updateStrategy"
    strategy = spec.get(field)
    if not isinstance(strategy, dict):
        return
    way, rolling = strategy.get("type") or "RollingUpdate", strategy.get("rollingUpdate")
    alone = {"Deployment": "Recreate", "StatefulSet": "OnDelete"}.get(item.id.kind)
    if way == alone and rolling is not None:
        why = f"{field}.rollingUpdate may not be set where the type is {way}"
        fix = "Take rollingUpdate away; in a patch, write rollingUpdate: null beside the type."
        yield refused(item, ("spec", field, "rollingUpdate", *first_line(rolling)), why, fix)
    elif way == "RollingUpdate" and isinstance(rolling, dict) and item.id.kind in ("Deployment", "DaemonSet"):
        both = [rolling.get(name) for name in ("maxUnavailable", "maxSurge")]
        if item.id.kind == "DaemonSet":
            both[1] = both[1] or 0
        if all(value in (0, "0%") and value is not False for value in both):
            why = "maxUnavailable and maxSurge are both 0, so that nothing could ever be replaced"
            yield refused(
                item, ("spec", field, "rollingUpdate", "maxUnavailable"), why, "Let one of them be 1 or more."
            )


def _selector(item: Item, spec: dict[str, Any]) -> Iterator[Remark]:
    made, selector = template(item.fields), spec.get("selector")
    if made is None or not isinstance(selector, dict):
        return
    wanted, expressions = selector.get("matchLabels"), selector.get("matchExpressions")
    if is_open(wanted) or is_open(expressions) or is_open(made.labels):
        return
    lacks = (
        [f"{k}={v}" for k, v in wanted.items() if not selects(made.labels, {k: v})] if isinstance(wanted, dict) else []
    )
    others = [e for e in expressions if holds(made.labels, e) is False] if isinstance(expressions, list) else []
    if lacks or others:
        what = f"the labels of its pods lack {listed(lacks)}" if lacks else "the labels of its pods do not hold for it"
        yield refused(item, ("spec", "selector"), f"its selector does not mean its own pods: {what}", _AGREE)


def _cron_job(item: Item, spec: dict[str, Any]) -> Iterator[Remark]:
    said = spec.get("schedule")
    if isinstance(said, str) and not is_open(said) and (why := schedule.wrong(said)):
        fix = "Write five fields: minute, hour, day of the month, month, day of the week."
        yield refused(item, ("spec", "schedule"), f"{shown(said, 60)} is no schedule: {why}", fix)
    if len(item.id.name) > 52 and not is_open(item.id.name):
        why = f"its name has {len(item.id.name)} characters, and its Jobs need room behind it"
        yield refused(item, ("metadata", "name"), why, "Use 52 characters at most.")


def _autoscaler(item: Item, spec: dict[str, Any]) -> Iterator[Remark]:
    least, most = spec.get("minReplicas", 1), spec.get("maxReplicas")
    if type(least) is int and type(most) is int and least > most > 0:
        yield refused(item, ("spec", "minReplicas"), f"minReplicas ({least}) is above maxReplicas ({most})", _AGREE)


def _disruption_budget(item: Item, spec: dict[str, Any]) -> Iterator[Remark]:
    if spec.get("minAvailable") is not None and spec.get("maxUnavailable") is not None:
        why = "it says minAvailable and maxUnavailable, and only one may be"
        yield refused(item, ("spec", "maxUnavailable"), why, "Keep one of the two.")


def _claim(item: Item, spec: dict[str, Any]) -> Iterator[Remark]:
    if not spec.get("accessModes"):
        yield refused(item, ("spec", "accessModes"), "it names no access mode", "Set accessModes: [ReadWriteOnce].")
    resources = spec.get("resources")
    asked = resources.get("requests") if isinstance(resources, dict) else None
    if not isinstance(asked, dict) or asked.get("storage") is None:
        why = "it does not say how much storage it asks for"
        yield refused(item, ("spec", "resources"), why, "Set resources.requests.storage.")


def _definition(item: Item, spec: dict[str, Any]) -> Iterator[Remark]:
    names, versions = spec.get("names"), spec.get("versions")
    plural = names.get("plural") if isinstance(names, dict) else None
    wanted = f"{plural}.{spec.get('group')}"
    if plural and spec.get("group") and item.id.name != wanted and not is_open([item.id.name, wanted]):
        why = f"a CRD is called by its plural and group, {shown(wanted, 80)}"
        yield refused(item, ("metadata", "name"), why, f"Call it {wanted}.")
    held = [each for each in versions if isinstance(each, dict)] if isinstance(versions, list) else []
    if held and sum(each.get("storage") is True for each in held) != 1:
        why = "exactly one of its versions is stored"
        yield refused(item, ("spec", "versions"), why, "Set storage: true for one version, and false for the others.")


def _data(item: Item) -> Iterator[Remark]:
    size, seen = 0, set[str]()
    for field in ("data", "binaryData"):
        held = item.fields.get(field)
        for key, value in held.items() if isinstance(held, dict) else ():
            size += len(str(value).encode(errors="replace"))
            name = str(key)
            if not is_open(name) and (not set(name) <= _KEY or len(name) > 253 or name in ("", ".", "..")):
                why = f"{shown(name, 60)} is no key of its data"
                yield refused(item, (field, name), why, "Use letters, digits, -, _ and . only.")
            elif name in seen:
                why = f"the key {shown(name, 60)} stands in data and in binaryData"
                yield refused(item, (field, name), why, "Keep one of the two.")
            seen.add(name)
    if item.id.kind == "ConfigMap" and size > _ALL_DATA:
        why = f"its values have {size // 1024} KiB together, and 1024 is the most"
        yield refused(item, ("data",), why, "Part it into several, or keep the file elsewhere.")


def _rights(item: Item) -> Iterator[Remark]:
    subjects = item.fields.get("subjects")
    for index, subject in enumerate(subjects if isinstance(subjects, list) else ()):
        if not isinstance(subject, dict) or subject.get("kind") != "ServiceAccount":
            continue
        place = ("subjects", index)
        if item.id.kind == "ClusterRoleBinding" and not subject.get("namespace"):
            why = f"the service account {shown(subject.get('name'), 60)} has no namespace"
            yield refused(item, (*place, "namespace"), why, "Set the namespace of the subject.")
        if subject.get("apiGroup") and not is_open(subject["apiGroup"]):
            why = "a service account is of no API group"
            yield refused(item, (*place, "apiGroup"), why, "Take apiGroup away; it is for users and groups.")
    rules = item.fields.get("rules")
    for index, rule in enumerate(rules if isinstance(rules, list) else ()):
        if isinstance(rule, dict) and rule.get("resources") and not rule.get("apiGroups"):
            why = "a rule names resources and no API group"
            yield refused(item, ("rules", index), why, 'Set apiGroups; "" is the group of pods, services and the like.')


_BY_KIND: dict[tuple[str, str], Callable[[Item, dict[str, Any]], Iterator[Remark]]] = {
    **dict.fromkeys([("apps", kind) for kind in _SELECTING], _workload),
    ("batch", "CronJob"): _cron_job,
    ("autoscaling", "HorizontalPodAutoscaler"): _autoscaler,
    ("policy", "PodDisruptionBudget"): _disruption_budget,
    ("", "PersistentVolumeClaim"): _claim,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): _definition,
    ("", "Service"): schema_refused_network.of_service,
    ("networking.k8s.io", "Ingress"): schema_refused_network.of_ingress,
    ("networking.k8s.io", "NetworkPolicy"): schema_refused_network.of_network_policy,
}
_WORKLOADS = {("apps", kind) for kind in _SELECTING} | {("", "Pod"), ("batch", "Job"), ("batch", "CronJob")}
