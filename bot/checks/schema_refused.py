"""What no schema says, and the API server refuses all the same: fields of one object that contradict each other.

Source: the validation of Kubernetes (pkg/apis: apps, core, batch, autoscaling, policy), which every apply goes through. The
pods of a StatefulSet are not among it: the object is accepted, and each of its pods refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.checks.schema_remarks import Item, Remark
from bot.checks.unknown_texts import is_open
from bot.checks.words import listed, shown
from bot.kubernetes import schedule
from bot.kubernetes.pods import CONTAINER_LISTS
from bot.kubernetes.quantity import quantity
from bot.kubernetes.workloads import Path, holds, selects, template
from bot.model.result import Severity

_SELECTING = ("Deployment", "ReplicaSet", "StatefulSet", "DaemonSet")
_WORKLOADS = {("apps", kind) for kind in _SELECTING} | {("", "Pod"), ("batch", "Job"), ("batch", "CronJob")}
_LIMITED = ("cpu", "memory", "ephemeral-storage")


def remarks(item: Item) -> Iterator[Remark]:
    """About one object of Kubernetes' own kinds."""
    key, spec = (item.id.group, item.id.kind), item.fields.get("spec")
    if not isinstance(spec, dict):
        return
    if key in _WORKLOADS:
        yield from _selector(item, spec) if item.id.kind in _SELECTING else ()
        yield from _requests(item)
    if key == ("batch", "CronJob"):
        yield from _schedule(item, spec)
    elif key == ("autoscaling", "HorizontalPodAutoscaler"):
        least, most = spec.get("minReplicas", 1), spec.get("maxReplicas")
        if type(least) is int and type(most) is int and least > most > 0:
            yield _refused(item, ("spec", "minReplicas"), f"minReplicas ({least}) is above maxReplicas ({most})")
    elif key == ("policy", "PodDisruptionBudget"):
        if spec.get("minAvailable") is not None and spec.get("maxUnavailable") is not None:
            yield _refused(
                item, ("spec", "maxUnavailable"), "it says minAvailable and maxUnavailable, and only one may be"
            )
    elif key == ("", "Service"):
        ports = spec.get("ports")
        listed_ports = [p for p in ports if isinstance(p, dict)] if isinstance(ports, list) else []
        bare = next((i for i, port in enumerate(listed_ports) if not port.get("name")), None)
        if len(listed_ports) > 1 and bare is not None:
            yield _refused(item, ("spec", "ports", bare), "of several ports each needs a name")


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
    refused = [e for e in expressions if holds(made.labels, e) is False] if isinstance(expressions, list) else []
    if lacks or refused:
        what = f"the labels of its pods lack {listed(lacks)}" if lacks else "the labels of its pods do not hold for it"
        yield _refused(item, ("spec", "selector"), f"its selector does not mean its own pods: {what}")


def _requests(item: Item) -> Iterator[Remark]:
    made = template(item.fields)
    for key in CONTAINER_LISTS if made else ():
        containers = made.spec.get(key) if made else None
        for number, container in enumerate(containers if isinstance(containers, list) else ()):
            resources = container.get("resources") if isinstance(container, dict) else None
            if isinstance(resources, dict) and made:
                at = (*made.at, "spec", key, number, "resources", "requests")
                yield from _above(item, at, str(container.get("name")), resources)


def _above(item: Item, at: Path, name: str, resources: dict[str, Any]) -> Iterator[Remark]:
    wanted, most = resources.get("requests"), resources.get("limits")
    if not isinstance(wanted, dict) or not isinstance(most, dict):
        return
    for what in _LIMITED:
        asked, limit = quantity(wanted.get(what)), quantity(most.get(what))
        if asked is not None and limit is not None and asked > limit:
            why = (
                f"container {shown(name, 60)} requests more {what} ({shown(wanted[what], 40)}) than its limit "
                f"({shown(most[what], 40)})"
            )
            yield _refused(item, (*at, what), why, pods=item.id.kind == "StatefulSet")


def _schedule(item: Item, spec: dict[str, Any]) -> Iterator[Remark]:
    said = spec.get("schedule")
    if isinstance(said, str) and not is_open(said) and (why := schedule.wrong(said)):
        yield _refused(item, ("spec", "schedule"), f"{shown(said, 60)} is no schedule: {why}")


def _refused(item: Item, place: Path, why: str, *, pods: bool = False) -> Remark:
    who = "each of its pods" if pods else f"this {item.id.kind}"
    return Remark(
        "refused", Severity.ERROR, f"The API server refuses {who}: {why}.", "Make the two fields agree."
        if place[-1] != "schedule" else "Write five fields: minute, hour, day of the month, month, day of the week.",
        (*item.place, *place), mark=".".join(map(str, (*item.place, *place))),
    )  # fmt: skip
