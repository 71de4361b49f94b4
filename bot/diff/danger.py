"""Why a reader should look at an object first, in a few words, and the order in which objects are read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bot.diff.words import one_line
from bot.kubernetes.applying import Applier, is_made_anew
from bot.kubernetes.immutable import changed_field
from bot.kubernetes.pods import containers, pod_specs, secret_names
from bot.model.result import ObjectChange, ObjectState
from bot.model.unit import ObjectId

Fields = dict[str, Any]

_HOLDS_OTHERS = {  # what a deletion takes with it
    "Namespace": "deletes a Namespace and everything in it",
    "CustomResourceDefinition": "deletes a CRD and every object of that kind",
    "PersistentVolumeClaim": "deletes a volume claim, perhaps its data",
    "PersistentVolume": "deletes a volume, perhaps its data",
    "StatefulSet": "deletes a StatefulSet",
}
_GUARDED = {  # kinds in which any change matters
    "ClusterRole": "RBAC",
    "ClusterRoleBinding": "RBAC",
    "Role": "RBAC",
    "RoleBinding": "RBAC",
    "ValidatingWebhookConfiguration": "admission webhook",
    "MutatingWebhookConfiguration": "admission webhook",
    "ValidatingAdmissionPolicy": "admission policy",
    "ValidatingAdmissionPolicyBinding": "admission policy",
    "APIService": "API service",
    "NetworkPolicy": "NetworkPolicy",
    "ServiceAccount": "ServiceAccount",
    "Secret": "Secret",
    "PriorityClass": "PriorityClass",
    "StorageClass": "StorageClass",
}
_ORDER = (  # a readable order, which is also the order of applying
    ("Namespace",),
    ("ResourceQuota", "LimitRange"),
    ("ConfigMap",),
    ("Secret", "ExternalSecret", "SealedSecret", "SecretStore", "ClusterSecretStore"),
    ("ServiceAccount",),
    ("ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"),
    ("CustomResourceDefinition",),
    ("Service",),
    ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "Pod", "Rollout"),
    ("Ingress", "HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "Gateway", "VirtualService"),
)
_RANK = {kind: rank for rank, kinds in enumerate(_ORDER) for kind in kinds}


def reason(object_id: ObjectId, base: Fields | None, head: Fields | None, renames: Mapping[str, str]) -> str:
    """Why this object comes first: the reasons joined by "; ", "" for an ordinary change.

    None is a side on which the object does not exist. ``renames`` are the unit's generated names, old to new: a
    reference that follows one is no other Secret.
    """
    if head is None:
        return _HOLDS_OTHERS.get(object_id.kind, "deletes an object")
    if base is None:
        guarded = _GUARDED.get(object_id.kind, "")
        found = [f"new {guarded}"] if guarded not in ("", "Secret", "ServiceAccount") else []
        return "; ".join([*found, *_switched_on([], pod_specs(head))])
    return "; ".join(dict.fromkeys(_changes(object_id, base, head, renames)))


def _changes(object_id: ObjectId, base: Fields, head: Fields, renames: Mapping[str, str]) -> Iterator[str]:
    field = changed_field(object_id.group, object_id.kind, base, head) if _name(base) == _name(head) else ""
    if field and not is_made_anew(Applier.UNKNOWN, base, head):
        yield f"immutable field {field}"
    old, new = _mapping(base, "spec"), _mapping(head, "spec")
    if new.get("replicas") == 0 and old.get("replicas") != 0 and "replicas" in new:
        yield "replicas to 0"
    pods, new_pods = pod_specs(base), pod_specs(head)
    yield from _switched_on(pods, new_pods)
    yield from _other_references(pods, new_pods, renames)
    if object_id.kind == "CustomResourceDefinition" and old != new:
        yield _crd(old, new)
    if object_id.kind == "Namespace" and _pod_security(base) != _pod_security(head):
        yield "Pod Security labels change"
    if object_id.kind == "Service" and old.get("type") != new.get("type") and new.get("type") in _OUTSIDE:
        yield f"opens to the outside ({new['type']})"
    guarded = _GUARDED.get(object_id.kind)
    if guarded and _that_counts(base, head) != _that_counts(head, base):
        yield f"{guarded} changes"


_OUTSIDE = ("LoadBalancer", "NodePort")


def _crd(old: Fields, new: Fields) -> str:
    gone = _versions(old) - _versions(new)
    return f"CRD version {one_line(', '.join(sorted(gone)), 60)} is no longer served" if gone else "CRD schema changes"


def _versions(spec: Fields) -> set[str]:
    versions = spec.get("versions")
    rows = versions if isinstance(versions, list) else ()
    return {str(v.get("name")) for v in rows if isinstance(v, dict) and v.get("served") is not False}


def _switched_on(base: list[Fields], head: list[Fields]) -> Iterator[str]:
    """What a pod may do at head that none of the object's pods might at base."""
    before = set(_powers(base))
    yield from (p for p in dict.fromkeys(_powers(head)) if p not in before)


def _powers(pods: list[Fields]) -> Iterator[str]:
    for spec in pods:
        yield from (key for key in ("hostNetwork", "hostPID", "hostIPC") if spec.get(key) is True)
        volumes = spec.get("volumes")
        if any(isinstance(v, dict) and "hostPath" in v for v in (volumes if isinstance(volumes, list) else ())):
            yield "hostPath volume"
        for _, container in containers(spec):
            security = _mapping(container, "securityContext")
            if security.get("privileged") is True:
                yield "privileged container"
            added = _mapping(security, "capabilities").get("add")
            for capability in added if isinstance(added, list) else ():
                yield one_line(f"capability {capability}", 40)


def _other_references(old: list[Fields], new: list[Fields], renames: Mapping[str, str]) -> Iterator[str]:
    before = {renames.get(n, n) for spec in old for n in secret_names(spec)}
    after = {n for spec in new for n in secret_names(spec)}
    if old and before != after:
        yield "uses other Secrets"
    if old and [s.get("serviceAccountName") for s in old] != [s.get("serviceAccountName") for s in new]:
        yield "runs as another ServiceAccount"


def _that_counts(fields: Fields, other: Fields) -> Fields:
    """The object without labels, except those that let a role be aggregated into others, and without the metadata of SOPS
    where both sides have some: whatever decrypts the object takes it away."""
    metadata = _mapping(fields, "metadata")
    labels = {k: v for k, v in _mapping(metadata, "labels").items() if "/aggregate-to-" in k}
    both = isinstance(fields.get("sops"), dict) and isinstance(other.get("sops"), dict)
    rest = {k: v for k, v in fields.items() if k != "sops" or not both}
    return {**rest, "metadata": {**metadata, "labels": labels}}


def _pod_security(fields: Fields) -> dict[str, Any]:
    labels = _mapping(_mapping(fields, "metadata"), "labels")
    return {k: v for k, v in labels.items() if k.startswith("pod-security.kubernetes.io/")}


def _mapping(fields: Fields, key: str) -> Fields:
    value = fields.get(key)
    return value if isinstance(value, dict) else {}


def _name(fields: Fields) -> Any:
    return _mapping(fields, "metadata").get("name")


def order(changes: Iterable[ObjectChange]) -> tuple[ObjectChange, ...]:
    """Dangerous first (deletions that take others with them before the rest), noise last, each in a readable order
    of kinds: namespace, quota, config, secret, account, RBAC, CRD, service, workload, route, the rest."""
    return tuple(sorted(changes, key=_reading_order))


def _reading_order(change: ObjectChange) -> tuple[object, ...]:
    lost = change.state is ObjectState.REMOVED and change.danger == _HOLDS_OTHERS.get(change.id.kind)
    level = 0 if lost else 1 if change.danger else 3 if change.only_noise else 2
    return (level, _RANK.get(change.id.kind, len(_ORDER)), change.id.kind, change.id.namespace, change.id.name)
