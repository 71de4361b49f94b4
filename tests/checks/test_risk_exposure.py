"""What a change opens to the outside, lets pods be, or lets a namespace refuse."""

from __future__ import annotations

import json
from typing import Any

import pytest
from made_evidence import Made, evidence, new

from bot.checks.risk import Risk
from bot.model.result import Severity


def thing(kind: str, version: str, spec: Any, *, namespace: str = "shop", **metadata: Any) -> str:
    named = {"name": "x", "namespace": namespace} if namespace else {"name": "shop"}
    return json.dumps({"apiVersion": version, "kind": kind, "metadata": named | metadata, "spec": spec}) + "\n---\n"


def found(base: str | None, head: str, *, production: bool = True) -> list[str]:
    said = new(Risk().run(evidence(Made(base, head, production=production))))
    assert all(s.severity is Severity.WARNING for s in said)
    return [s.rule.removeprefix("risk/") for s in said]


def service(**spec: Any) -> str:
    return thing("Service", "v1", spec)


def test_a_service_that_opens() -> None:
    inside = service()
    for opened in (service(type="LoadBalancer"), service(type="NodePort"), service(externalIPs=["1.2.3.4"])):
        assert found(inside, opened) == found("", opened) == found(None, opened) == ["exposure"]
        assert found(opened, opened.replace('"x"', '"y"')) == ["exposure"]  # another one
        assert found(inside, opened, production=False) == found(opened, inside) == found(opened, opened) == []
    assert found(inside, service(type="ClusterIP")) == found(inside, service(type=3, externalIPs="x")) == []


def workload(account: Any = None, **security: Any) -> str:
    container = {"name": "web", "image": "a:1"} | ({"securityContext": security} if security else {})
    spec: dict[str, Any] = {"containers": [container]} | ({"serviceAccountName": account} if account else {})
    return thing("Deployment", "apps/v1", {"template": {"spec": spec}})


def test_another_service_account() -> None:
    assert found(workload("web"), workload("admin")) == found(workload(), workload("web")) == ["identity"]
    assert found("", workload("web")) == found(workload("web"), workload("${WHO}")) == []
    assert found(workload("default"), workload()) == []


@pytest.mark.parametrize(
    ("old", "after", "told"),
    [
        ("main", "feature-x", True), ("v1.2.0", "try", True), ("main", "v1.3.0", False), ("1.0", "1.1.0-rc.1", False),
        ("a" * 40, "b" * 40, False), ("dev", "main", False), ("main", "main", False), ("main", "{{branch}}", False),
    ],
)  # fmt: skip
def test_another_branch(old: str, after: str, *, told: bool) -> None:
    def application(revision: str, **more: str) -> str:
        source = {"repoURL": "https://forge.example/a", "path": "p", "targetRevision": revision, **more}
        return thing("Application", "argoproj.io/v1alpha1", {"source": source})

    assert found(application(old), application(after)) == (["revision"] if told else [])
    assert found(application(old, chart="c"), application(after, chart="c")) == []


@pytest.mark.parametrize(
    ("old", "after", "told"),
    [
        ({"ref": {"branch": "main"}}, {"ref": {"branch": "feature-x"}}, True),
        ({"ref": {"branch": "feature-x"}}, {"ref": {"branch": "main"}}, False),
        ({}, {"ref": {"name": "refs/heads/try"}}, True),
        ({"ref": {"tag": "v1"}}, {"ref": {"tag": "v2"}}, False),
        ({"ref": {"tag": "v1"}}, {"ref": {"branch": "try"}}, True),
        ({"ref": {"branch": "a"}}, {"ref": {"branch": "try", "commit": "a" * 40}}, False),
        ({"ref": {"branch": "a"}}, {"ref": {"branch": "${BRANCH}"}}, False),
        ({"interval": "1m"}, {"interval": "2m"}, False),
        ({"url": "https://h.example/a/b"}, {"url": "https://h.example/c/b"}, True),
        ({"url": "https://h.example/a/b"}, {"url": "ssh://git@h.example/a/B.git"}, False),
    ],
)
def test_another_branch_or_address_of_a_git_repository(old: Any, after: Any, *, told: bool) -> None:
    before, now = (thing("GitRepository", "source.toolkit.fluxcd.io/v1", spec) for spec in (old, after))
    assert found(before, now) == (["revision"] if told else [])


@pytest.mark.parametrize(
    ("old", "after", "told"),
    [
        (["https://h.example/a/b"], ["https://h.example/mallory/b"], True),
        (["https://h.example/a/b.git"], ["git@h.example:a/b"], False),
        (["https://h.example/a/b"], ["https://h.example/a/b", "https://charts.example"], False),
        (["https://h.example/a/b", "https://charts.example"], ["https://h.example/a/b"], False),
        (["https://h.example/a/b"], ["{{url}}"], False),
    ],
)
def test_another_repository_of_an_application(old: list[str], after: list[str], *, told: bool) -> None:
    def application(urls: list[str]) -> str:
        return thing(
            "Application", "argoproj.io/v1alpha1", {"sources": [{"repoURL": each, "path": "p"} for each in urls]}
        )

    assert found(application(old), application(after)) == (["revision"] if told else [])


STRICT: dict[str, Any] = {
    "runAsNonRoot": True, "allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        {"runAsNonRoot": False}, {"allowPrivilegeEscalation": None},
        {"capabilities": {"drop": ["NET_RAW"]}},
        {"capabilities": {"drop": ["ALL"], "add": ["SYS_ADMIN"]}}, {"seccompProfile": {"type": "Unconfined"}},
    ],
)  # fmt: skip
def test_pods_that_their_namespace_refuses(change: dict[str, Any]) -> None:
    def namespace(level: str) -> str:
        return thing("Namespace", "v1", {}, namespace="", labels={"pod-security.kubernetes.io/enforce": level})

    good, bad = workload(**STRICT), workload(**STRICT | change)
    strict = namespace("restricted")
    assert found(strict + good, strict + bad) == ["pod-refused"]
    assert found(strict + bad, strict + bad.replace("a:1", "a:2")) == found(bad, bad) == []
    assert found(namespace("baseline") + good, namespace("baseline") + bad) == []
