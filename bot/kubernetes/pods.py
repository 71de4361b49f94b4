"""Pod specifications wherever they stand in an object: workloads, CronJobs, and custom resources that hold one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.kubernetes.policy_engines import is_pattern

_CONTAINERS = (dict, list)
CONTAINER_LISTS = ("initContainers", "containers", "ephemeralContainers")


def pod_specs(value: Any) -> list[dict[str, Any]]:
    """Every mapping that holds a list of containers, in order; recursion is bounded by the reader's depth limit. The
    definition of a kind holds none, however long it is: what it says of containers is no pod. Nor does a policy."""
    if is_pattern(value) or (isinstance(value, dict) and value.get("kind") == "CustomResourceDefinition"):
        return []
    found: list[dict[str, Any]] = []
    _find(value, found)
    return found


def _find(value: Any, found: list[dict[str, Any]]) -> None:
    if isinstance(value, dict):
        for key in CONTAINER_LISTS:
            if isinstance(value.get(key), list):
                found.append(value)
                break
        value = value.values()
    elif not isinstance(value, list):
        return
    for item in value:
        if type(item) in _CONTAINERS:  # asked of every value, and isinstance() takes three times as long
            _find(item, found)


def containers(spec: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Name and fields of each container of a pod specification; a nameless one is called by its position."""
    for key in CONTAINER_LISTS:
        items = spec.get(key)
        for i, item in enumerate(items if isinstance(items, list) else ()):
            if isinstance(item, dict):
                name = item.get("name")
                yield name if isinstance(name, str) else f"{key}[{i}]", item


def secret_names(spec: dict[str, Any]) -> set[str]:
    """Names of the Secrets that a pod specification mounts, reads or pulls with."""
    found: set[str] = set()
    _collect(spec, found)
    return found


def _collect(value: Any, found: set[str]) -> None:
    if isinstance(value, list):
        for item in value:
            _collect(item, found)
    if not isinstance(value, dict):
        return
    for key, item in value.items():
        if key in ("secretKeyRef", "secretRef", "secret") and isinstance(item, dict):
            found |= {str(item[k]) for k in ("name", "secretName") if isinstance(item.get(k), str)}
        if key == "imagePullSecrets" and isinstance(item, list):
            found |= {str(i["name"]) for i in item if isinstance(i, dict) and isinstance(i.get("name"), str)}
        _collect(item, found)
