"""What a deletion takes away that Git cannot bring back, and what only stops until the next apply.

Source: documentation of Kubernetes, "StatefulSets" (``persistentVolumeClaimRetentionPolicy``) and "Persistent Volumes".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.checks.about import about
from bot.kubernetes import operated_data
from bot.model.evidence import Statement, UnitEvidence
from bot.model.resource import Resource
from bot.model.result import Severity

_GROUPS = ("", "apps", "apiextensions.k8s.io")
_HOLDS = {
    "Namespace": "deletes the namespace and every object in it, also those that other units own",
    "CustomResourceDefinition": "deletes every object of that kind in the whole cluster",
    "PersistentVolumeClaim": "deletes the claim, and with most storage classes the data behind it",
    "PersistentVolume": "deletes the volume, and perhaps its data",
    "StatefulSet": "stops its pods at once; their volume claims stay behind, unowned",
}
_CLAIMS_GO = (
    "stops its pods at once, and deletes their volume claims (`persistentVolumeClaimRetentionPolicy.whenDeleted`)"
)


def destroys(base: Resource) -> str:
    """What deleting an object does, as the end of a sentence; "" for what nobody would miss longer than until it is back."""
    if base.id.kind in _HOLDS and base.id.group in _GROUPS:
        return _CLAIMS_GO if _claims_go(base, "whenDeleted") else _HOLDS[base.id.kind]
    return operated_data.deletes(base.id.group, base.id.kind, base.fields)


def for_good(base: Resource) -> bool:
    """Whether something is lost that is not there again with the object. A StatefulSet comes back with all its claims."""
    return bool(destroys(base)) and (base.id.kind != "StatefulSet" or _claims_go(base, "whenDeleted"))


def claims(unit: UnitEvidence, base: Resource, head: Resource) -> Iterator[Statement]:
    """A StatefulSet that gets fewer replicas, and deletes what those that go have stored."""
    old, new = (_spec(side).get("replicas") for side in (base, head))
    if type(old) is int and type(new) is int and new < old and _claims_go(head, "whenScaled"):
        yield about(
            unit, head, "risk/deletion", Severity.WARNING,
            "With fewer replicas it deletes the volume claims of the pods that go, and with most storage classes their data "
            "(`persistentVolumeClaimRetentionPolicy.whenScaled`).",
            "Make sure that the others hold the data, or set whenScaled: Retain first.", ("spec", "replicas"),
        )  # fmt: skip


def _claims_go(resource: Resource, when: str) -> bool:
    """Whether the claims of a StatefulSet go with what they were made for."""
    policy = _spec(resource).get("persistentVolumeClaimRetentionPolicy")
    return resource.id.kind == "StatefulSet" and isinstance(policy, dict) and policy.get(when) == "Delete"


def _spec(resource: Resource) -> dict[str, Any]:
    spec = resource.fields.get("spec")
    return spec if isinstance(spec, dict) else {}
