"""Fields that the API server refuses to change: the object must be replaced, and a rollout stops half done.

Sources: the validation of update requests in Kubernetes (pkg/apis/*/validation), the API reference, and for what an absent
field means the defaults of the API (pkg/apis/*/v1/defaults.go). A field that is left out and one that says the
default are the same to the API server.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.kubernetes.quantity import quantity

_WORKLOAD: dict[str, Any] = {"spec.selector": None}
# Immutable fields of a kind, and what each one is where nothing is said.
_FIELDS: dict[tuple[str, str], dict[str, Any]] = {
    ("apps", "Deployment"): _WORKLOAD,
    ("apps", "ReplicaSet"): _WORKLOAD,
    ("apps", "DaemonSet"): _WORKLOAD,
    ("apps", "StatefulSet"): _WORKLOAD
    | {"spec.volumeClaimTemplates": [], "spec.serviceName": "", "spec.podManagementPolicy": "OrderedReady"},
    ("batch", "Job"): {
        "spec.template": None,
        "spec.selector": None,
        "spec.completionMode": "NonIndexed",
        "spec.podFailurePolicy": None,
        "spec.successPolicy": None,
        "spec.backoffLimitPerIndex": None,
    },
    ("", "PersistentVolumeClaim"): {
        "spec.storageClassName": None,
        "spec.accessModes": [],
        "spec.selector": None,
        "spec.volumeMode": "Filesystem",
        "spec.volumeName": None,
        "spec.dataSource": None,
        "spec.dataSourceRef": None,
    },
    ("", "PersistentVolume"): {"spec.volumeMode": "Filesystem"},
    ("", "Secret"): {"type": "Opaque"},
    ("storage.k8s.io", "StorageClass"): {
        "provisioner": None,
        "parameters": {},
        "reclaimPolicy": "Delete",
        "volumeBindingMode": "Immediate",
    },
    ("rbac.authorization.k8s.io", "RoleBinding"): {"roleRef": None},
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): {"roleRef": None},
    ("scheduling.k8s.io", "PriorityClass"): {"value": 0, "preemptionPolicy": "PreemptLowerPriority"},
    ("networking.k8s.io", "IngressClass"): {"spec.controller": None},
    ("node.k8s.io", "RuntimeClass"): {"handler": None},
    ("apiextensions.k8s.io", "CustomResourceDefinition"): {
        "spec.scope": None,
        "spec.group": None,
        "spec.names.plural": None,
    },
}
# Absent on one side: filled in by the cluster with what only it knows, or allowed to be set later.
_MAY_BE_ABSENT = frozenset({"spec.volumeName", "spec.storageClassName", "spec.dataSource", "spec.dataSourceRef"})
_SOURCES = frozenset(
    ("awsElasticBlockStore", "azureDisk", "azureFile", "cephfs", "cinder", "csi", "fc", "flexVolume", "flocker",
     "gcePersistentDisk", "glusterfs", "hostPath", "iscsi", "local", "nfs", "photonPersistentDisk", "portworxVolume",
     "quobyte", "rbd", "scaleIO", "storageos", "vsphereVolume")
)  # fmt: skip
_SCHEDULING = ("nodeSelector", "tolerations", "schedulingGates")
_Fields = dict[str, Any]


def changed_field(group: str, kind: str, base: _Fields, head: _Fields) -> str:
    """The first immutable field that differs, "" when none does."""
    fields = _FIELDS.get((group, kind), {})
    if (group, kind) == ("batch", "Job") and _at(base, "spec.suspend") is True:
        base, head = _unscheduled(base), _unscheduled(head)
    if kind in ("ConfigMap", "Secret") and group == "" and base.get("immutable") is True:
        fields = fields | dict.fromkeys(("data", "stringData", "binaryData", "immutable"))
    for path, default in fields.items():
        old, new = _at(base, path), _at(head, path)
        if old == new or (path in _MAY_BE_ABSENT and (old is None or new is None)):
            continue
        if _as_known(path, default if old is None else old) != _as_known(path, default if new is None else new):
            return path
    special = _SPECIAL.get((group, kind))
    return special(base, head) if special else ""


def _as_known(path: str, value: Any) -> Any:
    """A value without what the API server fills in or leaves out by itself."""
    if path == "roleRef" and isinstance(value, dict):
        return {**value, "apiGroup": value.get("apiGroup") or "rbac.authorization.k8s.io"}
    if path == "spec.volumeClaimTemplates" and isinstance(value, list):
        return [_template(item) for item in value]
    return value


def _template(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    metadata, spec = _mapping(value.get("metadata")), _mapping(value.get("spec"))
    written = {key: item for key, item in metadata.items() if key not in ("namespace", "creationTimestamp") and item}
    return written, {"volumeMode": "Filesystem", **spec}


def _service(base: _Fields, head: _Fields) -> str:
    """An address that was given stays: another one is refused, and so is none (``None``). One that is no longer said is not,
    the Service keeps what it has; a Service without any (ExternalName) may get one."""
    old, new = (_at(side, "spec.clusterIP") or "" for side in (base, head))
    unnamed = "ExternalName" in (_at(base, "spec.type"), _at(head, "spec.type"))
    return "spec.clusterIP" if not unnamed and old != new and new and (old or new == "None") else ""


def _claim(base: _Fields, head: _Fields) -> str:
    """A claim may grow, and not shrink."""
    path = "spec.resources.requests.storage"
    old, new = (quantity(_at(side, path)) for side in (base, head))
    return path if old is not None and new is not None and new < old else ""


def _job(base: _Fields, head: _Fields) -> str:
    """Completions of an Indexed Job may change together with its parallelism (elastic Jobs, Kubernetes 1.31)."""
    old, new = _completions(base), _completions(head)
    elastic = _at(head, "spec.completionMode") == "Indexed" and new == _at(head, "spec.parallelism")
    return "spec.completions" if old != new and not elastic else ""


def _unscheduled(job: _Fields) -> _Fields:
    """A Job without what decides where its pods run: until it starts that may change (documentation of Kubernetes, "Jobs":
    Mutable Scheduling Directives). Git does not know whether one ran before it was suspended."""
    spec = _mapping(job.get("spec"))
    template = _mapping(spec.get("template"))
    metadata, pod = _mapping(template.get("metadata")), _mapping(template.get("spec"))
    affinity = {key: value for key, value in _mapping(pod.get("affinity")).items() if key != "nodeAffinity"}
    kept = {key: value for key, value in pod.items() if key not in (*_SCHEDULING, "affinity")}
    named = {key: value for key, value in metadata.items() if key not in ("labels", "annotations")}
    template = {**template, "metadata": named, "spec": kept | ({"affinity": affinity} if affinity else {})}
    return {**job, "spec": {**spec, "template": template}}


def _completions(fields: _Fields) -> Any:
    """One, where neither they nor the parallelism are said."""
    told = _at(fields, "spec.completions")
    return 1 if told is None and _at(fields, "spec.parallelism") is None else told


def _volume(base: _Fields, head: _Fields) -> str:
    """Where a volume lies; its node affinity may be set once."""
    old, new = (_mapping(side.get("spec")) for side in (base, head))
    for key in sorted(_SOURCES & (old.keys() | new.keys())):
        if _source(old.get(key)) != _source(new.get(key)):
            return f"spec.{key}"
    affinity = old.get("nodeAffinity")
    return "spec.nodeAffinity" if affinity is not None and affinity != new.get("nodeAffinity") else ""


def _source(value: Any) -> Any:
    """Without the Secrets of a CSI driver, which may change."""
    return {k: v for k, v in value.items() if not k.endswith("SecretRef")} if isinstance(value, dict) else value


_SPECIAL: dict[tuple[str, str], Callable[[_Fields, _Fields], str]] = {
    ("", "Service"): _service,
    ("", "PersistentVolumeClaim"): _claim,
    ("", "PersistentVolume"): _volume,
    ("batch", "Job"): _job,
}


def _mapping(value: Any) -> _Fields:
    return value if isinstance(value, dict) else {}


def _at(fields: Any, path: str) -> Any:
    for key in path.split("."):
        fields = fields.get(key) if isinstance(fields, dict) else None
    return fields
