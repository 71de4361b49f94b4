"""Fields that the API server refuses to change: the object must be replaced, and a rollout stops half done.

Source: the validation of update requests in Kubernetes (pkg/apis/*/validation) and the API reference.
"""

from __future__ import annotations

from typing import Any

_WORKLOAD = ("spec.selector",)
_FIELDS: dict[tuple[str, str], tuple[str, ...]] = {
    ("apps", "Deployment"): _WORKLOAD,
    ("apps", "ReplicaSet"): _WORKLOAD,
    ("apps", "DaemonSet"): _WORKLOAD,
    ("apps", "StatefulSet"): (
        *_WORKLOAD,
        "spec.volumeClaimTemplates",
        "spec.serviceName",
        "spec.podManagementPolicy",
    ),
    ("batch", "Job"): ("spec.template", "spec.selector", "spec.completionMode", "spec.podFailurePolicy"),
    ("", "Service"): ("spec.clusterIP",),
    ("", "PersistentVolumeClaim"): (
        "spec.storageClassName",
        "spec.accessModes",
        "spec.selector",
        "spec.volumeMode",
        "spec.volumeName",
    ),
    ("", "Secret"): ("type",),
    ("storage.k8s.io", "StorageClass"): ("provisioner", "parameters", "reclaimPolicy", "volumeBindingMode"),
    ("rbac.authorization.k8s.io", "RoleBinding"): ("roleRef",),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): ("roleRef",),
    ("scheduling.k8s.io", "PriorityClass"): ("value", "preemptionPolicy"),
    ("networking.k8s.io", "IngressClass"): ("spec.controller",),
    ("node.k8s.io", "RuntimeClass"): ("handler",),
    ("apiextensions.k8s.io", "CustomResourceDefinition"): ("spec.scope", "spec.group", "spec.names.plural"),
}
# Empty on one side means: filled in by the API server, or allowed to be set later.
_MAY_BE_ABSENT = frozenset({"spec.clusterIP", "spec.volumeName", "type", "spec.storageClassName", "spec.volumeMode"})


def changed_field(group: str, kind: str, base: dict[str, Any], head: dict[str, Any]) -> str:
    """The first immutable field that differs, "" when none does."""
    fields = _FIELDS.get((group, kind), ())
    if kind in ("ConfigMap", "Secret") and group == "" and base.get("immutable") is True:
        fields = (*fields, "data", "stringData", "binaryData", "immutable")
    for path in fields:
        old, new = _at(base, path), _at(head, path)
        if old != new and not (path in _MAY_BE_ABSENT and (not old or not new)):
            return path
    return ""


def _at(fields: Any, path: str) -> Any:
    for key in path.split("."):
        fields = fields.get(key) if isinstance(fields, dict) else None
    return fields
