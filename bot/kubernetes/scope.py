"""Which kinds have no namespace. Source: the API reference of Kubernetes 1.25 to 1.37; CRDs say it themselves, and those
of widespread controllers are listed (their documentation of each kind)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

_CLUSTER = frozenset(
    {
        ("", "Namespace"), ("", "Node"), ("", "PersistentVolume"), ("", "ComponentStatus"),
        ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"),
        ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"),
        ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy"),
        ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding"),
        ("admissionregistration.k8s.io", "MutatingAdmissionPolicy"),
        ("admissionregistration.k8s.io", "MutatingAdmissionPolicyBinding"),
        ("apiextensions.k8s.io", "CustomResourceDefinition"), ("apiregistration.k8s.io", "APIService"),
        ("certificates.k8s.io", "CertificateSigningRequest"), ("certificates.k8s.io", "ClusterTrustBundle"),
        ("flowcontrol.apiserver.k8s.io", "FlowSchema"),
        ("flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration"),
        ("networking.k8s.io", "IngressClass"), ("networking.k8s.io", "IPAddress"), ("networking.k8s.io", "ServiceCIDR"),
        ("gateway.networking.k8s.io", "GatewayClass"),
        ("node.k8s.io", "RuntimeClass"), ("policy", "PodSecurityPolicy"),
        ("rbac.authorization.k8s.io", "ClusterRole"), ("rbac.authorization.k8s.io", "ClusterRoleBinding"),
        ("resource.k8s.io", "DeviceClass"), ("resource.k8s.io", "ResourceSlice"),
        ("scheduling.k8s.io", "PriorityClass"),
        ("storage.k8s.io", "CSIDriver"), ("storage.k8s.io", "CSINode"), ("storage.k8s.io", "StorageClass"),
        ("storage.k8s.io", "VolumeAttachment"), ("storage.k8s.io", "VolumeAttributesClass"),
        ("cert-manager.io", "ClusterIssuer"), ("external-secrets.io", "ClusterSecretStore"),
        ("external-secrets.io", "ClusterExternalSecret"), ("kyverno.io", "ClusterPolicy"),
        ("kyverno.io", "ClusterCleanupPolicy"), ("argoproj.io", "ClusterWorkflowTemplate"),
        ("cilium.io", "CiliumClusterwideNetworkPolicy"), ("projectcalico.org", "GlobalNetworkPolicy"),
        ("crd.projectcalico.org", "GlobalNetworkPolicy"), ("policy.networking.k8s.io", "AdminNetworkPolicy"),
        ("policy.networking.k8s.io", "BaselineAdminNetworkPolicy"), ("templates.gatekeeper.sh", "ConstraintTemplate"),
        ("karpenter.sh", "NodePool"), ("karpenter.k8s.aws", "EC2NodeClass"),
        ("snapshot.storage.k8s.io", "VolumeSnapshotClass"), ("snapshot.storage.k8s.io", "VolumeSnapshotContent"),
    }
)  # fmt: skip


def is_cluster_scoped(group: str, kind: str, crds: Mapping[tuple[str, str], str] | None = None) -> bool:
    """Whether objects of the kind have no namespace. ``crds`` gives the scope of custom kinds (see ``crd_scopes``); a
    custom kind that nobody described is taken as namespaced."""
    told = (crds or {}).get((group, kind))
    return told == "Cluster" if told else (group, kind) in _CLUSTER


def crd_scopes(objects: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], str]:
    """(group, kind) to ``Cluster`` or ``Namespaced`` of every CRD among the objects."""
    found: dict[tuple[str, str], str] = {}
    for fields in objects:
        spec = fields.get("spec")
        if fields.get("kind") != "CustomResourceDefinition" or not isinstance(spec, dict):
            continue
        names = spec.get("names")
        kind = names.get("kind") if isinstance(names, dict) else None
        if isinstance(kind, str) and isinstance(spec.get("group"), str) and isinstance(spec.get("scope"), str):
            found[(spec["group"], kind)] = spec["scope"]
    return found
