"""Ranges and forms of fields of built-in kinds that the API server asks for, and the bundled OpenAPI files do not hold.

Source: the validation of Kubernetes (pkg/apis: core, apps, batch, autoscaling, networking). Where versions differ, the most
lenient one counts; a value that means "not set" (0 for a port of the node, "") stays allowed.
"""

from __future__ import annotations

from typing import Any

from bot.kubernetes_schemas import formats

Limits = dict[str, Any]

_CORE, _APPS, _BATCH = "io.k8s.api.core.v1.", "io.k8s.api.apps.v1.", "io.k8s.api.batch.v1."
_COUNT: Limits = {"minimum": 0}
_MODE: Limits = {"minimum": 0, "maximum": 0o777}
_ID: Limits = {"minimum": 0, "maximum": 2**31 - 1}
_WEIGHT: Limits = {"minimum": 1, "maximum": 100}
_PORT: Limits = {"minimum": 1, "maximum": 65535}
_MAYBE_PORT: Limits = {"minimum": 0, "maximum": 65535}
_LABEL: Limits = {"format": formats.LABEL_NAME}
_SHARE: Limits = {"format": formats.PERCENTAGE, "minimum": 0}
_POD_IDS = {"runAsUser": _ID, "runAsGroup": _ID}


def _counts(names: str) -> dict[str, Limits]:
    return dict.fromkeys(names.split(), _COUNT)


# Definition: field, keywords of JSON Schema that are added to those of the field.
_TABLE: dict[str, dict[str, Limits]] = {
    _CORE + "PodSpec": {"containers": {"minItems": 1}, "activeDeadlineSeconds": {"minimum": 1}},
    _CORE + "Container": {"name": _LABEL},
    _CORE + "Volume": {"name": _LABEL},
    _CORE + "EnvVar": {"name": {"format": formats.VARIABLE_NAME}},
    _CORE + "ContainerPort": {"name": {"format": formats.PORT_NAME}, "containerPort": _PORT, "hostPort": _MAYBE_PORT},
    _CORE + "HTTPGetAction": {"port": _PORT | {"format": formats.PORT_NAME}},
    _CORE + "TCPSocketAction": {"port": _PORT | {"format": formats.PORT_NAME}},
    _CORE + "GRPCAction": {"port": _PORT},
    _CORE + "Probe": _counts("initialDelaySeconds timeoutSeconds periodSeconds successThreshold failureThreshold"),
    _CORE + "PodSecurityContext": _POD_IDS | {"fsGroup": _ID},
    _CORE + "SecurityContext": _POD_IDS,
    _CORE + "PreferredSchedulingTerm": {"weight": _WEIGHT},
    _CORE + "WeightedPodAffinityTerm": {"weight": _WEIGHT},
    _CORE + "TopologySpreadConstraint": {"maxSkew": {"minimum": 1}},
    _CORE + "ConfigMapVolumeSource": {"defaultMode": _MODE},
    _CORE + "SecretVolumeSource": {"defaultMode": _MODE},
    _CORE + "ProjectedVolumeSource": {"defaultMode": _MODE},
    _CORE + "DownwardAPIVolumeSource": {"defaultMode": _MODE},
    _CORE + "DownwardAPIVolumeFile": {"mode": _MODE},
    _CORE + "KeyToPath": {"mode": _MODE},
    _CORE + "ServicePort": {
        "name": _LABEL, "port": _PORT, "nodePort": _MAYBE_PORT, "targetPort": _MAYBE_PORT | {"format": formats.PORT_NAME},
    },
    _APPS + "DeploymentSpec": {"replicas": _COUNT, "minReadySeconds": _COUNT, "revisionHistoryLimit": _COUNT},
    _APPS + "StatefulSetSpec": {"replicas": _COUNT, "minReadySeconds": _COUNT, "revisionHistoryLimit": _COUNT},
    _APPS + "ReplicaSetSpec": {"replicas": _COUNT, "minReadySeconds": _COUNT},
    _APPS + "RollingUpdateDeployment": {"maxSurge": _SHARE, "maxUnavailable": _SHARE},
    _APPS + "RollingUpdateDaemonSet": {"maxSurge": _SHARE, "maxUnavailable": _SHARE},
    _BATCH + "JobSpec": _counts("parallelism completions backoffLimit activeDeadlineSeconds ttlSecondsAfterFinished"),
    _BATCH + "CronJobSpec": _counts("startingDeadlineSeconds successfulJobsHistoryLimit failedJobsHistoryLimit"),
    "io.k8s.api.policy.v1.PodDisruptionBudgetSpec": {"minAvailable": _SHARE, "maxUnavailable": _SHARE},
    "io.k8s.api.autoscaling.v1.HorizontalPodAutoscalerSpec": {"minReplicas": _COUNT, "maxReplicas": {"minimum": 1}},
    "io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerSpec": {"minReplicas": _COUNT, "maxReplicas": {"minimum": 1}},
    "io.k8s.api.autoscaling.v2.MetricTarget": {"averageUtilization": {"minimum": 1}},
    "io.k8s.api.networking.v1.IPBlock": {"cidr": {"format": "cidr"}},
    "io.k8s.api.networking.v1.ServiceBackendPort": {"number": _MAYBE_PORT, "name": {"format": formats.PORT_NAME}},
    "io.k8s.api.networking.v1.NetworkPolicyPort": {"port": _PORT | {"format": formats.PORT_NAME}, "endPort": _PORT},
}  # fmt: skip


def of(definition: str) -> dict[str, Limits]:
    """Field to the keywords that its schema lacks."""
    return _TABLE.get(definition, {})


def definitions() -> frozenset[str]:
    return frozenset(_TABLE)
