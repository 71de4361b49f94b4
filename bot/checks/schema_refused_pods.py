"""What the API server refuses in the specification of pods, which no schema says.

Most of it comes from patches that bring a second form beside the first (a value and where it comes from, two handlers of one
probe, two sources of one volume), and from names that meet nothing. Source: the validation of Kubernetes (pkg/apis/core).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from bot.checks.schema_remarks import Item, Remark, first_line, refused
from bot.checks.unknown_texts import is_open
from bot.checks.words import listed, shown
from bot.kubernetes.pods import CONTAINER_LISTS
from bot.kubernetes.quantity import quantity
from bot.kubernetes.workloads import Path, Template
from bot.kubernetes_schemas.sentences import nearest

_LIMITED = ("cpu", "memory", "ephemeral-storage")
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc")
_HOOKS = ("exec", "httpGet", "tcpSocket", "sleep")
_ENDING = ("Job", "CronJob")


class _Pod(NamedTuple):
    item: Item
    spec: dict[str, Any]
    at: Path
    volumes: frozenset[str] | None  # their names; None where not all can be known

    def refused(self, place: Path, why: str, fix: str) -> Remark:
        return refused(self.item, (*self.at, *place), why, fix, pods=self.item.id.kind == "StatefulSet")


class _Container(NamedTuple):
    pod: _Pod
    at: Path
    fields: dict[str, Any]
    first: bool  # one that ends before the others begin

    @property
    def name(self) -> str:
        return f"container {shown(self.fields.get('name'), 60)}"

    def refused(self, place: Path, why: str, fix: str) -> Remark:
        return self.pod.refused((*self.at, *place), f"{self.name} {why}", fix)


def remarks(item: Item, made: Template) -> Iterator[Remark]:
    """About the pods that an object makes, or about a Pod."""
    pod = _Pod(item, made.spec, (*made.at, "spec"), _volume_names(item, made.spec))
    yield from _restart(pod)
    yield from _volumes(pod)
    yield from _tolerations(pod)
    for key in CONTAINER_LISTS:
        containers = made.spec.get(key)
        for number, fields in enumerate(containers if isinstance(containers, list) else ()):
            if isinstance(fields, dict):
                first = key == "initContainers" and fields.get("restartPolicy") != "Always"
                yield from _of_container(_Container(pod, (key, number), fields, first))


def _of_container(each: _Container) -> Iterator[Remark]:
    if not each.fields.get("image") and each.at[0] != "ephemeralContainers":
        yield each.refused(("image",), "has no image", "Set its image; a patch may name a container that is not there.")
    yield from _resources(each)
    yield from _variables(each)
    yield from _mounts(each)
    yield from _probes(each)
    yield from _ports(each)
    context = each.fields.get("securityContext")
    if isinstance(context, dict) and context.get("allowPrivilegeEscalation") is False:
        added = context.get("capabilities")
        adds = added.get("add") if isinstance(added, dict) else None
        given = context.get("privileged") is True or (isinstance(adds, list) and "CAP_SYS_ADMIN" in adds)
        if given:
            why = "forbids privilege escalation (allowPrivilegeEscalation: false) and is privileged"
            yield each.refused(("securityContext", "allowPrivilegeEscalation"), why, "Take one of the two away.")


def _restart(pod: _Pod) -> Iterator[Remark]:
    said, kind = pod.spec.get("restartPolicy") or "Always", pod.item.id.kind
    if is_open(said) or said not in ("Always", "OnFailure", "Never"):
        return
    if kind in _ENDING and said == "Always":
        why = "the restartPolicy of a Job's pods is OnFailure or Never" + (
            ", and Always where it is left out" if not pod.spec.get("restartPolicy") else ""
        )
        yield pod.refused(("restartPolicy",), why, "Set restartPolicy: OnFailure or restartPolicy: Never.")
    elif kind not in (*_ENDING, "Pod") and said != "Always":
        why = f"its pods have the restartPolicy {said}, and only Always may be"
        yield pod.refused(("restartPolicy",), why, "Take restartPolicy away, or make it a Job.")


def _volume_names(item: Item, spec: dict[str, Any]) -> frozenset[str] | None:
    wanted = item.fields.get("spec", {}).get("volumeClaimTemplates") if item.id.kind == "StatefulSet" else None
    claims = [each.get("metadata") for each in wanted if isinstance(each, dict)] if isinstance(wanted, list) else []
    held = spec.get("volumes")
    names = [
        each.get("name") for each in [*(held if isinstance(held, list) else ()), *claims] if isinstance(each, dict)
    ]
    return None if any(not isinstance(name, str) or is_open(name) for name in names) else frozenset(map(str, names))


def _volumes(pod: _Pod) -> Iterator[Remark]:
    held = pod.spec.get("volumes")
    for index, volume in enumerate(held if isinstance(held, list) else ()):
        sources = [k for k, v in volume.items() if k != "name" and v is not None] if isinstance(volume, dict) else []
        if len(sources) > 1:
            why = f"the volume {shown(volume.get('name'), 60)} has several sources: {listed(sources)}"
            fix = f"Keep one of them; in a patch, write {sources[0]}: null beside the new one."
            last = sources[-1]
            yield pod.refused(("volumes", index, last, *first_line(volume[last])), why, fix)


def _tolerations(pod: _Pod) -> Iterator[Remark]:
    held = pod.spec.get("tolerations")
    for index, each in enumerate(held if isinstance(held, list) else ()):
        if not isinstance(each, dict) or is_open(each):
            continue
        if each.get("operator") == "Exists" and each.get("value"):
            why = "a toleration with the operator Exists may have no value"
            yield pod.refused(("tolerations", index, "value"), why, "Take the value away, or use the operator Equal.")
        elif not each.get("key") and each.get("operator") != "Exists":
            why = "a toleration without key needs the operator Exists"
            yield pod.refused(("tolerations", index), why, "Set the key, or operator: Exists.")


def _resources(each: _Container) -> Iterator[Remark]:
    resources = each.fields.get("resources")
    if not isinstance(resources, dict):
        return
    held = {field: resources.get(field) for field in ("requests", "limits")}
    given = {field: value if isinstance(value, dict) else {} for field, value in held.items()}
    for field, value in given.items():
        for what, amount in value.items():
            much = quantity(amount)
            if much is not None and much < 0:
                why = f"asks for less than nothing of {shown(what, 40)} ({shown(amount, 40)})"
                yield each.refused(("resources", field, what), why, "Use an amount of 0 or more.")
    for what in _LIMITED:
        asked, limit = quantity(given["requests"].get(what)), quantity(given["limits"].get(what))
        if asked is not None and limit is not None and asked > limit:
            why = (
                f"requests more {what} ({shown(given['requests'][what], 40)}) than its limit "
                f"({shown(given['limits'][what], 40)})"
            )
            yield each.refused(("resources", "requests", what), why, "Make the two fields agree.")
    for what, amount in given["requests"].items():
        own = "/" in str(what) and "kubernetes.io/" not in str(what)
        if own and not is_open(amount) and quantity(amount) != quantity(given["limits"].get(what)):
            why = f"requests {shown(what, 60)} without the same limit, and such a device is not shared"
            yield each.refused(("resources", "requests", what), why, "Set the limit; the request follows from it.")


def _variables(each: _Container) -> Iterator[Remark]:
    held = each.fields.get("env")
    for index, variable in enumerate(held if isinstance(held, list) else ()):
        if not isinstance(variable, dict) or not isinstance(variable.get("valueFrom"), dict):
            continue
        at, name = ("env", index), shown(variable.get("name"), 60)
        value, sources = variable.get("value"), [k for k, v in variable["valueFrom"].items() if v is not None]
        if value not in (None, "") and "${" not in str(value):
            why = f"gives the variable {name} a value and a valueFrom"
            fix = "Keep one of the two; in a patch, write value: null (or valueFrom: null) beside the new one."
            yield each.refused((*at, "value"), why, fix)
        elif len(sources) != 1:
            why = f"gives the variable {name} {'several sources' if sources else 'a valueFrom without a source'}"
            yield each.refused((*at, "valueFrom"), why, "Keep one source; in a patch, write OTHER: null beside it.")
    held = each.fields.get("envFrom")
    for index, source in enumerate(held if isinstance(held, list) else ()):
        if isinstance(source, dict):
            given = [k for k in ("configMapRef", "secretRef") if source.get(k) is not None]
            if len(given) != 1:
                why = f"has an envFrom with {'two sources' if given else 'no source'}"
                yield each.refused(("envFrom", index), why, "Write configMapRef or secretRef.")


def _mounts(each: _Container) -> Iterator[Remark]:
    held = each.fields.get("volumeMounts")
    for index, mount in enumerate(held if isinstance(held, list) else ()):
        name = mount.get("name") if isinstance(mount, dict) else None
        known = each.pod.volumes
        if not isinstance(name, str) or not name or known is None or is_open(name) or name in known:
            continue
        close = nearest(name, sorted(known), cutoff=0.7)
        why = f"mounts the volume {shown(name, 60)}, which its pods do not have"
        fix = f"Did you mean {shown(close, 60)}?" if close else "Add the volume to the pods, or take the mount away."
        yield each.refused(("volumeMounts", index, "name"), why, fix)


def _probes(each: _Container) -> Iterator[Remark]:
    for name in _PROBES:
        probe = each.fields.get(name)
        if not isinstance(probe, dict):
            continue
        if each.first:
            why = f"runs before the others, and may have no {name}"
            fix = "Take it away, or set restartPolicy: Always for a sidecar."
            yield each.refused((name, *first_line(probe)), why, fix)
            continue
        given = [handler for handler in _HANDLERS if probe.get(handler) is not None]
        if len(given) != 1:
            why = f"has a {name} with {'several handlers: ' + listed(given) if given else 'no handler'}"
            fix = "Write httpGet, tcpSocket, exec or grpc."
            if given:
                fix = f"Keep one of them; in a patch, write {given[0]}: null beside the new one."
            place = (name, given[-1], *first_line(probe[given[-1]])) if given else (name, *first_line(probe))
            yield each.refused(place, why, fix)
        wanted = probe.get("successThreshold")
        if name != "readinessProbe" and type(wanted) is int and wanted > 1:
            why = f"has a {name} with successThreshold {wanted}, and only 1 may be"
            yield each.refused((name, "successThreshold"), why, "Take successThreshold away.")
    lifecycle = each.fields.get("lifecycle")
    for name, hook in lifecycle.items() if isinstance(lifecycle, dict) else ():
        given = [handler for handler in _HOOKS if hook.get(handler) is not None] if isinstance(hook, dict) else ["?"]
        if name in ("preStop", "postStart") and len(given) != 1:
            why = f"has a {name} with {'several handlers' if given else 'no handler'}"
            yield each.refused(("lifecycle", name), why, "Keep one of exec, httpGet and sleep.")


def _ports(each: _Container) -> Iterator[Remark]:
    held = each.fields.get("ports")
    names: set[str] = set()
    for index, port in enumerate(held if isinstance(held, list) else ()):
        if not isinstance(port, dict):
            continue
        inner, outer, name = port.get("containerPort"), port.get("hostPort"), port.get("name")
        on_node = each.pod.spec.get("hostNetwork") is True and type(inner) is int and type(outer) is int and outer > 0
        if on_node and inner != outer:
            why = f"has the port {inner} and takes {outer} of the node, which are one port on the host's network"
            yield each.refused(("ports", index, "hostPort"), why, "Make the two equal, or leave hostPort out.")
        if isinstance(name, str) and name and not is_open(name):
            if name in names:
                why = f"has two ports of the name {shown(name, 60)}"
                yield each.refused(("ports", index, "name"), why, "Give each port a name of its own.")
            names.add(name)
