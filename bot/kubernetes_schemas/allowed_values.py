"""Fields of built-in kinds whose values are a closed list, which the bundled OpenAPI files do not hold.

Source: the ``+enum`` types and the validation of k8s.io/api v0.37. Lists only grow, so the newest one is right for older
versions except that they refuse a little more. An empty text means: not set.
"""

from __future__ import annotations

_CORE = "io.k8s.api.core.v1."
_PROTOCOL = "TCP UDP SCTP"
_PULL = "Always IfNotPresent Never"
_ACCESS = "ReadWriteOnce ReadOnlyMany ReadWriteMany ReadWriteOncePod"
_EFFECT = "NoSchedule PreferNoSchedule NoExecute"
_METRIC = "Object Pods Resource ContainerResource External"

# Definition: field, words. A field that is a list has them in its items.
_TABLE: dict[str, dict[str, str]] = {
    _CORE + "Container": {"imagePullPolicy": _PULL, "terminationMessagePolicy": "File FallbackToLogsOnError"},
    _CORE + "ContainerPort": {"protocol": _PROTOCOL},
    _CORE + "ServicePort": {"protocol": _PROTOCOL},
    _CORE + "VolumeMount": {"mountPropagation": "None HostToContainer Bidirectional"},
    _CORE + "HTTPGetAction": {"scheme": "HTTP HTTPS"},
    _CORE + "NodeSelectorRequirement": {"operator": "In NotIn Exists DoesNotExist Gt Lt"},
    _CORE + "Taint": {"effect": _EFFECT},
    _CORE + "Toleration": {"operator": "Exists Equal Lt Gt", "effect": _EFFECT},
    _CORE + "PodSpec": {
        "restartPolicy": "Always OnFailure Never",
        "dnsPolicy": "ClusterFirst ClusterFirstWithHostNet Default None",
        "preemptionPolicy": "PreemptLowerPriority Never",
    },
    _CORE + "TopologySpreadConstraint": {
        "whenUnsatisfiable": "DoNotSchedule ScheduleAnyway",
        "nodeAffinityPolicy": "Ignore Honor",
        "nodeTaintsPolicy": "Ignore Honor",
    },
    _CORE + "PodSecurityContext": {"fsGroupChangePolicy": "OnRootMismatch Always"},
    _CORE + "SecurityContext": {"procMount": "Default Unmasked"},
    _CORE + "SeccompProfile": {"type": "Unconfined RuntimeDefault Localhost"},
    _CORE + "AppArmorProfile": {"type": "Unconfined RuntimeDefault Localhost"},
    _CORE + "ServiceSpec": {
        "type": "ClusterIP NodePort LoadBalancer ExternalName",
        "sessionAffinity": "ClientIP None",
        "externalTrafficPolicy": "Cluster Local",
        "internalTrafficPolicy": "Cluster Local",
        "ipFamilies": "IPv4 IPv6",
        "ipFamilyPolicy": "SingleStack PreferDualStack RequireDualStack",
    },
    _CORE + "PersistentVolumeClaimSpec": {"accessModes": _ACCESS, "volumeMode": "Block Filesystem"},
    _CORE + "PersistentVolumeSpec": {
        "accessModes": _ACCESS,
        "volumeMode": "Block Filesystem",
        "persistentVolumeReclaimPolicy": "Recycle Delete Retain",
    },
    _CORE + "HostPathVolumeSource": {
        "type": "DirectoryOrCreate Directory FileOrCreate File Socket CharDevice BlockDevice",
    },
    "io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelectorRequirement": {"operator": "In NotIn Exists DoesNotExist"},
    "io.k8s.api.apps.v1.DeploymentStrategy": {"type": "Recreate RollingUpdate"},
    "io.k8s.api.apps.v1.DaemonSetUpdateStrategy": {"type": "RollingUpdate OnDelete"},
    "io.k8s.api.apps.v1.StatefulSetUpdateStrategy": {"type": "RollingUpdate OnDelete Recreate"},
    "io.k8s.api.apps.v1.StatefulSetSpec": {"podManagementPolicy": "OrderedReady Parallel"},
    "io.k8s.api.batch.v1.CronJobSpec": {"concurrencyPolicy": "Allow Forbid Replace"},
    "io.k8s.api.batch.v1.JobSpec": {
        "completionMode": "NonIndexed Indexed",
        "podReplacementPolicy": "TerminatingOrFailed Failed",
    },
    "io.k8s.api.networking.v1.NetworkPolicySpec": {"policyTypes": "Ingress Egress"},
    "io.k8s.api.networking.v1.NetworkPolicyPort": {"protocol": _PROTOCOL},
    "io.k8s.api.networking.v1.HTTPIngressPath": {"pathType": "Exact Prefix ImplementationSpecific"},
    "io.k8s.api.policy.v1.PodDisruptionBudgetSpec": {"unhealthyPodEvictionPolicy": "IfHealthyBudget AlwaysAllow"},
    "io.k8s.api.rbac.v1.RoleRef": {"kind": "Role ClusterRole"},
    "io.k8s.api.rbac.v1.Subject": {"kind": "User Group ServiceAccount"},
    "io.k8s.api.storage.v1.StorageClass": {
        "reclaimPolicy": "Delete Retain",
        "volumeBindingMode": "Immediate WaitForFirstConsumer",
    },
    "io.k8s.api.autoscaling.v2.MetricSpec": {"type": _METRIC},
    "io.k8s.api.autoscaling.v2.MetricTarget": {"type": "Utilization Value AverageValue"},
    "io.k8s.api.autoscaling.v2.HPAScalingRules": {"selectPolicy": "Max Min Disabled"},
    "io.k8s.api.autoscaling.v2.HPAScalingPolicy": {"type": "Pods Percent"},
    "io.k8s.api.admissionregistration.v1.ValidatingWebhook": {
        "failurePolicy": "Ignore Fail", "matchPolicy": "Exact Equivalent", "sideEffects": "None NoneOnDryRun",
    },
    "io.k8s.api.admissionregistration.v1.MutatingWebhook": {
        "failurePolicy": "Ignore Fail", "matchPolicy": "Exact Equivalent", "sideEffects": "None NoneOnDryRun",
        "reinvocationPolicy": "Never IfNeeded",
    },
    "io.k8s.api.admissionregistration.v1.RuleWithOperations": {"operations": "* CREATE UPDATE DELETE CONNECT"},
}  # fmt: skip


def of(definition: str) -> dict[str, list[str]]:
    """Field to its values, for the fields of a definition that have such a list."""
    return {field: words.split() for field, words in _TABLE.get(definition, {}).items()}


def definitions() -> frozenset[str]:
    return frozenset(_TABLE)
