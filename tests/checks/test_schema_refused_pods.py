"""What the API server refuses in the specification of pods, most of it left over by a patch."""

from __future__ import annotations

from typing import Any

import pytest
from schema_evidence import Files, unit

from bot.checks.schema import Schema
from bot.model.evidence import Evidence, Statement

TEMPLATE = ("spec", "template", "spec")
CONTAINER = (*TEMPLATE, "containers", 0)


def refused(fields: dict[str, Any]) -> list[Statement]:
    said = Schema().run(Evidence((unit("u", [fields]),), (), Files(), Files()))
    return [s for s in said.head if s.rule == "schema/refused"]


def workload(kind: str = "Deployment", *, container: Any = None, spec: Any = None, more: Any = None) -> dict[str, Any]:
    plain = {"name": "web", "image": "a:1", "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}]}
    template: dict[str, Any] = {
        "metadata": {"labels": {"app": "web"}},
        "spec": {
            "containers": [plain | (container or {})],
            "volumes": [{"name": "tmp", "emptyDir": {}}],
            **(spec or {}),
        },
    }
    fields: dict[str, Any] = {"template": template}
    version = "batch/v1" if kind in ("Job", "CronJob") else "apps/v1"
    if version == "apps/v1":
        fields["selector"] = {"matchLabels": {"app": "web"}}
    if kind == "CronJob":
        fields = {"schedule": "@daily", "jobTemplate": {"spec": fields}}
    return {"apiVersion": version, "kind": kind, "metadata": {"name": "x"}, "spec": fields | (more or {})}


def test_an_ordinary_workload_is_accepted() -> None:
    assert refused(workload()) == []
    assert refused(workload("CronJob", spec={"restartPolicy": "Never"})) == []


GET = {"httpGet": {"port": 80}}
FROM_SECRET = {"valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}


@pytest.mark.parametrize(
    ("container", "at"),
    [
        ({"volumeMounts": [{"name": "tpm", "mountPath": "/tmp"}]}, ("volumeMounts", 0, "name")),
        ({"volumeMounts": [{"name": "${V}", "mountPath": "/tmp"}]}, None),
        ({"livenessProbe": GET | {"tcpSocket": {"port": 80}}}, ("livenessProbe", "tcpSocket", "port")),
        ({"livenessProbe": GET | {"tcpSocket": None}}, None),
        ({"readinessProbe": {"periodSeconds": 3}}, ("readinessProbe", "periodSeconds")),
        ({"livenessProbe": GET | {"successThreshold": 2}}, ("livenessProbe", "successThreshold")),
        ({"readinessProbe": GET | {"successThreshold": 2}}, None),
        ({"lifecycle": {"preStop": {"sleep": {"seconds": 3}}}}, None),
        ({"lifecycle": {"preStop": {}}}, ("lifecycle", "preStop")),
        ({"env": [{"name": "A", "value": "b"} | FROM_SECRET]}, ("env", 0, "value")),
        ({"env": [{"name": "A", "value": ""} | FROM_SECRET]}, None),
        ({"env": [{"name": "A", "value": "${B}"} | FROM_SECRET]}, None),
        ({"env": [{"name": "A", "valueFrom": {}}]}, ("env", 0, "valueFrom")),
        ({"env": [{"name": "A", "valueFrom": FROM_SECRET["valueFrom"] | {"configMapKeyRef": {"key": "k"}}}]},
            ("env", 0, "valueFrom")),
        ({"envFrom": [{"prefix": "A_", "secretRef": {"name": "s"}}]}, None),
        ({"envFrom": [{"prefix": "A_"}]}, ("envFrom", 0)),
        ({"image": ""}, ("image",)),
        ({"securityContext": {"privileged": True, "allowPrivilegeEscalation": False}},
            ("securityContext", "allowPrivilegeEscalation")),
        ({"securityContext": {"privileged": True}}, None),
        ({"ports": [{"containerPort": 1, "name": "a"}, {"containerPort": 2, "name": "a"}]}, ("ports", 1, "name")),
        ({"resources": {"requests": {"cpu": "-1"}}}, ("resources", "requests", "cpu")),
        ({"resources": {"requests": {"nvidia.com/gpu": 1}}}, ("resources", "requests", "nvidia.com/gpu")),
        ({"resources": {"requests": {"nvidia.com/gpu": 1}, "limits": {"nvidia.com/gpu": "1"}}}, None),
        ({"resources": {"limits": {"nvidia.com/gpu": 1}}}, None),
    ],
)  # fmt: skip
def test_a_container(container: Any, at: Any) -> None:
    assert [s.at for s in refused(workload(container=container))] == ([(*CONTAINER, *at)] if at else [])


@pytest.mark.parametrize(
    ("spec", "at"),
    [
        ({"restartPolicy": "OnFailure"}, ("restartPolicy",)), ({"restartPolicy": "${R}"}, None),
        ({"volumes": [{"name": "tmp", "emptyDir": {}, "persistentVolumeClaim": {"claimName": "c"}}]},
            ("volumes", 0, "persistentVolumeClaim", "claimName")),
        ({"volumes": [{"name": "tmp", "emptyDir": None, "configMap": {"name": "c"}}]}, None),
        ({"volumes": [{"name": "tmp"}]}, None),
        ({"tolerations": [{"operator": "Exists"}, {"key": "a", "operator": "Exists", "value": "b"}]},
            ("tolerations", 1, "value")),
        ({"tolerations": [{"effect": "NoSchedule"}]}, ("tolerations", 0)),
        ({"initContainers": [{"name": "i", "image": "a", "startupProbe": GET}]},
            ("initContainers", 0, "startupProbe", "httpGet", "port")),
        ({"initContainers": [{"name": "i", "image": "a:1", "restartPolicy": "Always", "readinessProbe": GET}]}, None),
    ],
)  # fmt: skip
def test_the_pods_of_a_workload(spec: Any, at: Any) -> None:
    assert [s.at for s in refused(workload(spec=spec))] == ([(*TEMPLATE, *at)] if at else [])


def test_ports_of_the_host() -> None:
    ports = [{"containerPort": 8080, "hostPort": 80}]
    assert refused(workload(container={"ports": ports})) == []
    (said,) = refused(workload(container={"ports": ports}, spec={"hostNetwork": True}))
    assert said.at == (*CONTAINER, "ports", 0, "hostPort")


@pytest.mark.parametrize("kind", ["Job", "CronJob"])
@pytest.mark.parametrize(("policy", "wanted"), [(None, True), ("Always", True), ("Never", False), ("OnFailure", False)])
def test_jobs_need_a_policy_of_their_own(kind: str, policy: str | None, *, wanted: bool) -> None:
    said = refused(workload(kind, spec={"restartPolicy": policy} if policy else {}))
    assert [s.at[-1] for s in said] == (["restartPolicy"] if wanted else [])
    assert all(("left out" in s.message) is (policy is None) for s in said)


def test_a_stateful_set_mounts_its_claims_too() -> None:
    claim = {"metadata": {"name": "data"}, "spec": {}}
    mounts = {"volumeMounts": [{"name": "data", "mountPath": "/d"}, {"name": "dta", "mountPath": "/e"}]}
    (said,) = refused(
        workload("StatefulSet", container=mounts, more={"serviceName": "x", "volumeClaimTemplates": [claim]})
    )
    assert "each of its pods: container `web` mounts the volume `dta`" in said.message
    assert said.fix == "Did you mean `data`?"


@pytest.mark.parametrize(
    ("kind", "more", "wanted"),
    [
        ("Deployment", {"strategy": {"type": "Recreate", "rollingUpdate": {"maxSurge": 1}}}, "maxSurge"),
        ("Deployment", {"strategy": {"type": "Recreate", "rollingUpdate": None}}, None),
        ("Deployment", {"strategy": {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": "0%"}}}, "maxUnavailable"),
        ("Deployment", {"strategy": {"rollingUpdate": {"maxUnavailable": 0}}}, None),
        ("DaemonSet", {"updateStrategy": {"rollingUpdate": {"maxUnavailable": 0}}}, "maxUnavailable"),
        ("DaemonSet", {"updateStrategy": {"type": "OnDelete", "rollingUpdate": {"maxUnavailable": 0}}}, None),
        ("StatefulSet", {"serviceName": "x", "updateStrategy": {"type": "OnDelete", "rollingUpdate": {}}}, "rollingUpdate"),
    ],
)  # fmt: skip
def test_strategies(kind: str, more: Any, wanted: str | None) -> None:
    assert [s.at[-1] for s in refused(workload(kind, more=more))] == ([wanted] if wanted else [])


def test_a_multitude_of_mistakes_are_told_a_few_times() -> None:
    mounts = [{"name": f"missing-{n}", "mountPath": f"/{n}"} for n in range(20_000)]
    assert len(refused(workload(container={"volumeMounts": mounts}))) == 50
