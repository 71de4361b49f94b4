"""Pods that are accepted and never start, by what they say of themselves.

Sources: documentation of Kubernetes, "Configure a Security Context" (the kubelet does not start a container as root under
``runAsNonRoot``) and "Volumes" (``emptyDir.medium``).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.checks.about import about
from bot.checks.unknown_texts import is_open
from bot.checks.words import shown
from bot.kubernetes.pods import CONTAINER_LISTS
from bot.kubernetes.workloads import Template
from bot.model.evidence import Statement, UnitEvidence
from bot.model.resource import Resource
from bot.model.result import Severity

RULE = "risk/no-effect"


def statements(unit: UnitEvidence, workload: Resource, pods: Template) -> Iterator[Statement]:
    """About one workload."""
    of_pod = _mapping(pods.spec.get("securityContext"))
    for key in CONTAINER_LISTS:
        for number, container in _mappings(pods.spec.get(key)):
            own = _mapping(container.get("securityContext"))
            said = {field: own.get(field, of_pod.get(field)) for field in ("runAsNonRoot", "runAsUser")}
            if said == {"runAsNonRoot": True, "runAsUser": 0} and said["runAsUser"] is not False:
                here = ("spec", key, number, "securityContext") if "runAsUser" in own else ("spec", "securityContext")
                yield about(
                    unit, workload, RULE, Severity.WARNING,
                    f"Container {shown(container.get('name'), 60)} has to run as somebody else than root (`runAsNonRoot`), "
                    "and runs as user 0: the kubelet never starts it.",
                    "Set another runAsUser, or take runAsNonRoot away.", (*pods.at, *here, "runAsUser"),
                )  # fmt: skip
    for number, volume in _mappings(pods.spec.get("volumes")):
        medium = _mapping(volume.get("emptyDir")).get("medium")
        if isinstance(medium, str) and medium not in ("", "Memory") and not _is_huge(medium) and not is_open(medium):
            yield about(
                unit, workload, RULE, Severity.WARNING,
                f"Nobody knows the medium {shown(medium, 40)} of the volume {shown(volume.get('name'), 60)}: the pods wait "
                "for it, and never start.",
                "Write Memory, or leave the medium out.", (*pods.at, "spec", "volumes", number, "emptyDir", "medium"),
            )  # fmt: skip


def _is_huge(medium: str) -> bool:
    return medium == "HugePages" or medium.startswith("HugePages-")


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _mappings(value: Any) -> list[tuple[int, dict[str, Any]]]:
    return [(i, item) for i, item in enumerate(value) if isinstance(item, dict)] if isinstance(value, list) else []
