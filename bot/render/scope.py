"""Which objects of a cluster lie in a namespace, as far as manifests can tell."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

# Kubernetes 1.37, `kubectl api-resources --namespaced=false`, and what was removed from it, by group.
_CLUSTER = {
    "": "Namespace Node PersistentVolume ComponentStatus",
    "admissionregistration.k8s.io": "MutatingWebhookConfiguration ValidatingWebhookConfiguration ValidatingAdmissionPolicy "
    "ValidatingAdmissionPolicyBinding MutatingAdmissionPolicy MutatingAdmissionPolicyBinding",
    "apiextensions.k8s.io": "CustomResourceDefinition",
    "apiregistration.k8s.io": "APIService",
    "authentication.k8s.io": "TokenReview SelfSubjectReview",
    "authorization.k8s.io": "SubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview",
    "certificates.k8s.io": "CertificateSigningRequest ClusterTrustBundle",
    "flowcontrol.apiserver.k8s.io": "FlowSchema PriorityLevelConfiguration",
    "internal.apiserver.k8s.io": "StorageVersion",
    "networking.k8s.io": "IngressClass IPAddress ServiceCIDR",
    "node.k8s.io": "RuntimeClass",
    "policy": "PodSecurityPolicy",
    "rbac.authorization.k8s.io": "ClusterRole ClusterRoleBinding",
    "resource.k8s.io": "DeviceClass ResourceSlice",
    "scheduling.k8s.io": "PriorityClass",
    "storage.k8s.io": "StorageClass CSIDriver CSINode VolumeAttachment VolumeAttributesClass",
    "storagemigration.k8s.io": "StorageVersionMigration",
}


def in_namespace(values: Iterable[dict[str, Any]], namespace: str) -> list[dict[str, Any]]:
    """The objects with ``namespace`` where they name none and may lie in one. As in kustomize's namespace transformer an
    unknown kind counts as one that may; a definition among the objects says it for its own kind."""
    objects = list(values)
    cluster = {(group, kind) for group, kinds in _CLUSTER.items() for kind in kinds.split()}
    for value in objects:
        cluster |= _defined(value)
    return [_placed(value, namespace) if _type(value) not in cluster else value for value in objects]


def _type(value: dict[str, Any]) -> tuple[str, str]:
    version = str(value.get("apiVersion"))
    return version.rpartition("/")[0], str(value.get("kind"))


def _defined(value: dict[str, Any]) -> set[tuple[str, str]]:
    """The kind that a CustomResourceDefinition says to lie in no namespace."""
    spec = value.get("spec")
    if _type(value) != ("apiextensions.k8s.io", "CustomResourceDefinition") or not isinstance(spec, dict):
        return set()
    names = spec.get("names")
    kind = names.get("kind") if isinstance(names, dict) else None
    return {(str(spec.get("group")), str(kind))} if spec.get("scope") == "Cluster" else set()


def _placed(value: dict[str, Any], namespace: str) -> dict[str, Any]:
    metadata = value.get("metadata", {})
    if not isinstance(metadata, dict) or metadata.get("namespace"):
        return value
    return {**value, "metadata": {**metadata, "namespace": namespace}}
