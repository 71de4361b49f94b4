"""What SOPS encrypted, below a Flux Kustomization that does not decrypt."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from gitops_repository import GitOpsRepository, flux, kustomization

from bot.model.result import Finding, FindingState, Report, Severity

SOURCE = {"kind": "GitRepository", "name": "flux-system"}
GIT = (
    "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {name: flux-system, namespace: flux-system}\n"
    "spec: {url: 'https://forge.example/acme/repository'}\n"
)
SOPS: dict[str, Any] = {"decryption": {"provider": "sops", "secretRef": {"name": "sops-age"}}}
VALUE = "ENC[AES256_GCM,data:AAAA,iv:AAAA,tag:AAAA,type:str]"


@pytest.fixture
def repository(tmp_path: Path) -> GitOpsRepository:
    return GitOpsRepository(tmp_path / "repository")


def secret(**annotations: str) -> dict[str, str | None]:
    metadata = {"name": "a", "namespace": "web", **({"annotations": annotations} if annotations else {})}
    held = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": {"key": VALUE}, "sops": {"mac": VALUE}}
    return {"apps/kustomization.yaml": kustomization(resources=["a.yaml"]), "apps/a.yaml": json.dumps(held)}


def cluster(**more: Any) -> dict[str, str | None]:
    declared = flux("Kustomization", "apps", path="./apps", prune=True, sourceRef=SOURCE, **more)
    return {"clusters/prod/git.yaml": GIT, "clusters/prod/apps.yaml": declared}


def told(report: Report) -> list[Finding]:
    found = [finding for check in report.checks for finding in check.findings if finding.rule == "schema/not-decrypted"]
    return [finding for finding in found if finding.state is FindingState.INTRODUCED]


def test_an_object_that_nobody_decrypts(repository: GitOpsRepository) -> None:
    (found,) = told(repository.compare({"a.txt": ""}, {**cluster(), **secret()}, judged=True))
    assert (found.severity, found.unit, found.file) == (Severity.ERROR, "apps", "apps/a.yaml")
    assert "Kustomization `flux-system/apps` does not decrypt: Flux stops at it" in found.message


def test_decryption_that_is_taken_away_and_given_back(repository: GitOpsRepository) -> None:
    with_it = {**cluster(**SOPS), **secret()}
    assert told(repository.compare({"a.txt": ""}, with_it, judged=True)) == []
    assert len(told(repository.compare(with_it, cluster(), judged=True))) == 1
    assert told(repository.compare(cluster(), cluster(**SOPS), judged=True)) == []


def test_a_file_of_a_generator(repository: GitOpsRepository) -> None:
    files = {
        "apps/kustomization.yaml": kustomization(
            namespace="web", secretGenerator=[{"name": "a", "envs": ["a.enc.env"]}]
        ),
        "apps/a.enc.env": f"key={VALUE}\nsops_mac={VALUE}\nsops_version=3.9.4\n",
    }
    (found,) = told(repository.compare({"a.txt": ""}, {**cluster(), **files}, judged=True))
    assert "pods get them as they are" in found.message
    assert told(repository.compare({"a.txt": ""}, {**cluster(**SOPS), **files}, judged=True)) == []


def test_who_else_decrypts(repository: GitOpsRepository) -> None:
    disabled = secret(**{"kustomize.toolkit.fluxcd.io/decrypt": "disabled"})
    assert told(repository.compare({"a.txt": ""}, {**cluster(), **disabled}, judged=True)) == []
    patched = {
        "clusters/prod/kustomization.yaml": kustomization(
            resources=["git.yaml", "apps.yaml"],
            patches=[{"target": {"kind": "Kustomization"}, "patch": json.dumps({"kind": "Kustomization", "apiVersion":
                      "kustomize.toolkit.fluxcd.io/v1", "metadata": {"name": "x"}, "spec": SOPS})}],
        )
    }  # fmt: skip
    assert told(repository.compare({"a.txt": ""}, {**cluster(), **secret(), **patched}, judged=True)) == []
    alone = {
        **secret(),
        "clusters/prod/apps.yaml": None,
        "clusters/prod/git.yaml": None,
        "clusters/prod/kustomization.yaml": None,
    }
    assert told(repository.compare({}, alone, judged=True)) == []  # Argo CD or somebody at a terminal
