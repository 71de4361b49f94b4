"""API versions of Kubernetes' own kinds that were removed or are deprecated, and what replaces them.

Sources: the deprecated API migration guide of the Kubernetes documentation, and the release notes written into the types
of k8s.io/api (``zz_generated.prerelease-lifecycle.go``, v0.37). ``tests/kubernetes_schemas/test_lifecycle_table.py`` holds
the table against the bundled schemas of thirteen versions. Kinds that nobody writes into a repository (reviews) are not
in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from bot.kubernetes_schemas.versions import Version


@dataclass(frozen=True, slots=True)
class Change:
    """``removed`` is None where no removal is planned. ``replacement`` is the apiVersion to use, or a sentence's end."""

    deprecated: Version
    removed: Version | None
    replacement: str


# apiVersion | kinds | deprecated in 1.N | removed in 1.N ("-": not planned) | replacement ("/v1": of the same group)
_TABLE = """
admissionregistration.k8s.io/v1alpha1 | ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding | 29 | 32 | /v1
admissionregistration.k8s.io/v1alpha1 | MutatingAdmissionPolicy MutatingAdmissionPolicyBinding | 35 | 38 | /v1
admissionregistration.k8s.io/v1beta1 | MutatingWebhookConfiguration ValidatingWebhookConfiguration | 16 | 22 | /v1
admissionregistration.k8s.io/v1beta1 | ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding | 31 | 34 | /v1
admissionregistration.k8s.io/v1beta1 | MutatingAdmissionPolicy MutatingAdmissionPolicyBinding | 37 | 40 | /v1
apiextensions.k8s.io/v1beta1 | CustomResourceDefinition | 16 | 22 | /v1
apiregistration.k8s.io/v1beta1 | APIService | 19 | 22 | /v1
apps/v1beta1 | ControllerRevision Deployment StatefulSet | 8 | 16 | /v1
apps/v1beta2 | ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet | 9 | 16 | /v1
auditregistration.k8s.io/v1alpha1 | AuditSink | 19 | 19 | the audit webhook of the API server's own configuration
autoscaling/v2beta1 | HorizontalPodAutoscaler | 22 | 25 | /v2
autoscaling/v2beta2 | HorizontalPodAutoscaler | 23 | 26 | /v2
batch/v1beta1 | CronJob | 21 | 25 | /v1
batch/v2alpha1 | CronJob | 11 | 21 | /v1
certificates.k8s.io/v1alpha1 | ClusterTrustBundle | 34 | 37 | /v1
certificates.k8s.io/v1beta1 | CertificateSigningRequest | 19 | 22 | /v1
certificates.k8s.io/v1beta1 | ClusterTrustBundle PodCertificateRequest | 37 | 40 | /v1
coordination.k8s.io/v1alpha2 | LeaseCandidate | 35 | 38 | /v1beta1
coordination.k8s.io/v1beta1 | Lease | 19 | 22 | /v1
discovery.k8s.io/v1beta1 | EndpointSlice | 21 | 25 | /v1
events.k8s.io/v1beta1 | Event | 22 | 25 | /v1
extensions/v1beta1 | DaemonSet Deployment ReplicaSet | 8 | 16 | apps/v1
extensions/v1beta1 | Ingress | 14 | 22 | networking.k8s.io/v1
extensions/v1beta1 | NetworkPolicy | 9 | 16 | networking.k8s.io/v1
extensions/v1beta1 | PodSecurityPolicy | 11 | 16 | Pod Security Admission (labels of the Namespace)
flowcontrol.apiserver.k8s.io/v1alpha1 | FlowSchema PriorityLevelConfiguration | 20 | 24 | /v1
flowcontrol.apiserver.k8s.io/v1beta1 | FlowSchema PriorityLevelConfiguration | 23 | 26 | /v1
flowcontrol.apiserver.k8s.io/v1beta2 | FlowSchema PriorityLevelConfiguration | 26 | 29 | /v1
flowcontrol.apiserver.k8s.io/v1beta3 | FlowSchema PriorityLevelConfiguration | 29 | 32 | /v1
networking.k8s.io/v1beta1 | Ingress IngressClass | 19 | 22 | /v1
networking.k8s.io/v1beta1 | IPAddress ServiceCIDR | 34 | 37 | /v1
node.k8s.io/v1alpha1 | RuntimeClass | 20 | 22 | /v1
node.k8s.io/v1beta1 | RuntimeClass | 22 | 25 | /v1
policy/v1beta1 | PodDisruptionBudget | 21 | 25 | /v1
policy/v1beta1 | PodSecurityPolicy | 21 | 25 | Pod Security Admission (labels of the Namespace)
rbac.authorization.k8s.io/v1alpha1 | ClusterRole ClusterRoleBinding Role RoleBinding | 17 | 22 | /v1
rbac.authorization.k8s.io/v1beta1 | ClusterRole ClusterRoleBinding Role RoleBinding | 17 | 22 | /v1
resource.k8s.io/v1alpha3 | DeviceTaintRule | 36 | 39 | /v1
resource.k8s.io/v1beta1 | DeviceClass ResourceClaim ResourceClaimTemplate ResourceSlice | 35 | 38 | /v1
resource.k8s.io/v1beta2 | DeviceClass ResourceClaim ResourceClaimTemplate ResourceSlice | 36 | 39 | /v1
scheduling.k8s.io/v1alpha1 | PriorityClass | 14 | 22 | /v1
scheduling.k8s.io/v1beta1 | PriorityClass | 14 | 22 | /v1
settings.k8s.io/v1alpha1 | PodPreset | 19 | 20 | a mutating webhook
storage.k8s.io/v1alpha1 | CSIStorageCapacity VolumeAttachment | 21 | 24 | /v1
storage.k8s.io/v1alpha1 | VolumeAttributesClass | 32 | 35 | /v1
storage.k8s.io/v1beta1 | CSIDriver StorageClass VolumeAttachment | 19 | 22 | /v1
storage.k8s.io/v1beta1 | CSINode | 17 | 22 | /v1
storage.k8s.io/v1beta1 | CSIStorageCapacity | 24 | 27 | /v1
storage.k8s.io/v1beta1 | VolumeAttributesClass | 34 | 37 | /v1
storagemigration.k8s.io/v1beta1 | StorageVersionMigration | 37 | 40 | /v1
coordination.k8s.io/v1beta1 | LeaseCandidate | 36 | 39 | what its release notes name
v1 | ComponentStatus | 19 | - | the health endpoints of each component
v1 | Endpoints | 33 | - | discovery.k8s.io/v1 EndpointSlice
"""


@cache
def table() -> dict[tuple[str, str], Change]:
    """(apiVersion, kind) to what became of it."""
    found: dict[tuple[str, str], Change] = {}
    for row in _TABLE.strip().splitlines():
        api_version, kinds, deprecated, removed, replacement = (cell.strip() for cell in row.split("|"))
        if replacement.startswith("/"):
            replacement = api_version.rpartition("/")[0] + replacement
        gone = None if removed == "-" else Version(1, int(removed))
        for kind in kinds.split():
            found[(api_version, kind)] = Change(Version(1, int(deprecated)), gone, replacement)
    return found


def change(api_version: str, kind: str) -> Change | None:
    """What became of a kind in an API version; None when it is current or not Kubernetes' own."""
    return table().get((api_version, kind))
