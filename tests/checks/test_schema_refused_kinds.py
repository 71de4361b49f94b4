"""What the API server refuses in objects that make no pods, or beside their pods."""

from __future__ import annotations

from typing import Any

import pytest
from test_schema_refused_network import refused
from test_schema_refused_pods import refused as remarks
from test_schema_refused_pods import workload

PORTS = {"ports": [{"port": 80}]}
NET = "networking.k8s.io/v1"
RBAC = "rbac.authorization.k8s.io/v1"
HOOKS = "admissionregistration.k8s.io/v1"


def service(**spec: Any) -> dict[str, Any]:
    return {"spec": PORTS | spec}


def scaler(*metrics: dict[str, Any], least: int = 1) -> dict[str, Any]:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "a"}
    return {"spec": {"scaleTargetRef": target, "minReplicas": least, "maxReplicas": 3, "metrics": list(metrics)}}


CPU = {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}}}
QUEUE = {"type": "External", "external": {"metric": {"name": "q"}, "target": {"type": "Value", "value": "3"}}}


def claim(storage: str = "1Gi", *modes: str) -> dict[str, Any]:
    return {"spec": {"accessModes": list(modes) or ["ReadWriteOnce"], "resources": {"requests": {"storage": storage}}}}


def hook(**fields: Any) -> dict[str, Any]:
    plain = {"name": "a.example.com", "sideEffects": "None", "admissionReviewVersions": ["v1"], "clientConfig": {}}
    return {"webhooks": [plain | fields]}


def opened(**port: Any) -> dict[str, Any]:
    return {"spec": {"podSelector": {}, "ingress": [{"ports": [port]}]}}


@pytest.mark.parametrize(
    ("kind", "version", "fields", "at"),
    [
        ("Service", "v1", service(type="ExternalName", externalName="http://db.example"), "spec.externalName"),
        ("Service", "v1", service(type="ExternalName", externalName="db.example."), ""),
        ("Service", "v1", service(loadBalancerSourceRanges=["10.0.0.0/8"]), "spec.loadBalancerSourceRanges.0"),
        ("Service", "v1", service(type="LoadBalancer", loadBalancerSourceRanges=["10.0.0.0/8", "10.0.0.5"]),
            "spec.loadBalancerSourceRanges.1"),
        ("Service", "v1", service(type="LoadBalancer", loadBalancerSourceRanges=["::/0", "${NET}"]), ""),
        ("HorizontalPodAutoscaler", "autoscaling/v2", scaler(CPU), ""),
        ("HorizontalPodAutoscaler", "autoscaling/v2", scaler(CPU, least=0), "spec.minReplicas"),
        ("HorizontalPodAutoscaler", "autoscaling/v2", scaler(QUEUE, least=0), ""),
        ("HorizontalPodAutoscaler", "autoscaling/v2", scaler(CPU | {"type": "Pods"}), "spec.metrics.0.type"),
        ("PersistentVolumeClaim", "v1", claim("0"), "spec.resources.requests.storage"),
        ("PersistentVolumeClaim", "v1", claim("1Gi", "ReadWriteOnce", "ReadWriteOncePod"), "spec.accessModes.1"),
        ("ResourceQuota", "v1", {"spec": {"hard": {"request.cpu": "1"}}}, "spec.hard.request.cpu"),
        ("ResourceQuota", "v1", {"spec": {"hard": {"requests.cpu": "1", "count/jobs.batch": "3", "pods": "9",
            "requests.nvidia.com/gpu": "1", "gold.storageclass.storage.k8s.io/requests.storage": "1Gi"}}}, ""),
        ("LimitRange", "v1", {"spec": {"limits": [{"type": "Container", "default": {"memory": "2Gi"},
            "max": {"memory": "1Gi"}}]}}, "spec.limits.0.default.memory"),
        ("LimitRange", "v1", {"spec": {"limits": [{"type": "Container", "default": {"memory": "1Gi"},
            "defaultRequest": {"memory": "512Mi"}, "max": {"memory": "1024Mi"}}]}}, ""),
        ("PriorityClass", "scheduling.k8s.io/v1", {"value": 2_000_000_000}, "value"),
        ("PriorityClass", "scheduling.k8s.io/v1", {"value": 1_000_000_000}, ""),
        ("ValidatingWebhookConfiguration", HOOKS, hook(), ""),
        ("ValidatingWebhookConfiguration", HOOKS, hook(name="validate"), "webhooks.0.name"),
        ("MutatingWebhookConfiguration", HOOKS, hook(timeoutSeconds=60), "webhooks.0.timeoutSeconds"),
        ("ClusterRoleBinding", RBAC, {"roleRef": {"kind": "Role", "name": "r"}}, "roleRef.kind"),
        ("RoleBinding", RBAC, {"roleRef": {"kind": "Role", "name": "r"}}, ""),
        ("Role", RBAC, {"rules": [{"nonResourceURLs": ["/metrics"], "verbs": ["get"]}]}, "rules.0.nonResourceURLs.0"),
        ("ClusterRole", RBAC, {"rules": [{"nonResourceURLs": ["/metrics"], "verbs": ["get"]}]}, ""),
        ("NetworkPolicy", NET, opened(port=9000, endPort=8000), "spec.ingress.0.ports.0.endPort"),
        ("NetworkPolicy", NET, opened(endPort=8000), "spec.ingress.0.ports.0.endPort"),
        ("NetworkPolicy", NET, opened(port=8000, endPort=9000), ""),
        ("Endpoints", "v1", {"subsets": [{"addresses": [{"ip": "db.internal"}]}]}, "subsets.0.addresses.0.ip"),
        ("Endpoints", "v1", {"subsets": [{"addresses": [{"ip": "10.9.10.53"}]}]}, ""),
        ("Secret", "v1", {"type": "kubernetes.io/tls", "stringData": {"tls.crt": ""}}, "type"),
        ("Secret", "v1", {"type": "kubernetes.io/tls", "data": {"tls.crt": ""}, "stringData": {"tls.key": ""}}, ""),
        ("Secret", "v1", {"type": "kubernetes.io/dockerconfigjson", "data": {"dockerconfigjson": "e30="}}, "type"),
        ("Secret", "v1", {"type": "Opaque"}, ""),
    ],
)  # fmt: skip
def test_what_is_refused(kind: str, version: str, fields: Any, at: str) -> None:
    assert [".".join(map(str, place)) for place in refused(kind, version, **fields)] == ([at] if at else [])


@pytest.mark.parametrize(
    ("kind", "more", "spec", "at"),
    [
        ("Deployment", {"minReadySeconds": 600}, {}, "spec.minReadySeconds"),
        ("Deployment", {"minReadySeconds": 600, "progressDeadlineSeconds": 900}, {}, ""),
        ("Deployment", {"strategy": {"rollingUpdate": {"maxUnavailable": "150%"}}}, {},
            "spec.strategy.rollingUpdate.maxUnavailable"),
        ("DaemonSet", {"updateStrategy": {"rollingUpdate": {"maxUnavailable": "100%"}}}, {}, ""),
        ("Job", {"completionMode": "Indexed"}, {"restartPolicy": "Never"}, "spec.completionMode"),
        ("Job", {"completionMode": "Indexed", "completions": 3}, {"restartPolicy": "Never"}, ""),
        ("Job", {"selector": {"matchLabels": {"app": "web"}}}, {"restartPolicy": "Never"}, "spec.selector"),
        ("Job", {"podFailurePolicy": {"rules": []}}, {"restartPolicy": "OnFailure"},
            "spec.template.spec.restartPolicy"),
        ("CronJob", {"schedule": "CRON_TZ=UTC 0 3 * * *"}, {"restartPolicy": "Never"}, "spec.schedule"),
    ],
)  # fmt: skip
def test_what_is_refused_beside_the_pods(kind: str, more: Any, spec: Any, at: str) -> None:
    assert [".".join(map(str, s.at)) for s in remarks(workload(kind, more=more, spec=spec))] == ([at] if at else [])
