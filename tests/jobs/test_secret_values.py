"""HelmReleases that take values from a Secret of the repository: SOPS leaves its keys readable."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from gitops_repository import GitOpsRepository, kustomization, manifest

from bot.model.result import UnitChange

Files = dict[str, str | None]


def sync() -> str:
    spec = {"path": "./apps", "sourceRef": {"kind": "GitRepository", "name": "flux-system"}}
    value = {"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization", "spec": spec}
    return json.dumps(value | {"metadata": {"name": "apps", "namespace": "flux-system"}})


def release(key: str = "", **more: Any) -> str:
    chart = {"chart": "./charts/web", "sourceRef": {"kind": "GitRepository", "name": "flux-system"}}
    source = {"kind": "Secret", "name": "db", "valuesKey": key, "targetPath": "password", **more}
    value = {"apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease", "metadata": {"name": "web"}}
    return json.dumps(value | {"spec": {"chart": {"spec": chart}, "valuesFrom": [source] if key else []}})


def secret(**data: str) -> str:
    return manifest("Secret", "db", stringData=data, sops={"version": "3.13.2"})


ENCRYPTED = "ENC[AES256_GCM,data:one]"
FILES: Files = {
    "clusters/prod/apps.yaml": sync(),
    "apps/kustomization.yaml": kustomization(resources=["release.yaml", "db.yaml"], namespace="web"),
    "apps/release.yaml": release("a"),
    "apps/db.yaml": secret(a=ENCRYPTED, b=ENCRYPTED),
    "charts/web/Chart.yaml": "{apiVersion: v2, name: web, version: 1.0.0}\n",
    "charts/web/templates/cm.yaml": manifest("ConfigMap", "web"),
}
ADDS_A_KEY = kustomization(
    resources=["release.yaml", "db.yaml"],
    namespace="web",
    patches=[{"patch": json.dumps({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db"},
                                   "stringData": {"c": ENCRYPTED}})}],
)  # fmt: skip


def web(repository: GitOpsRepository, after: Files, **before: str) -> UnitChange:
    units = repository.compare({**FILES, **{f"apps/{name}.yaml": text for name, text in before.items()}}, after).units
    (unit,) = [unit for unit in units if unit.source is not None and unit.source.name == "web"]
    return unit


@pytest.mark.parametrize(
    ("after", "state"),
    [
        pytest.param({"apps/release.yaml": release("c")}, "broken", id="another key"),
        pytest.param({"apps/db.yaml": secret(b=ENCRYPTED)}, "broken", id="the key goes"),
        pytest.param({"apps/db.yaml": secret(a=ENCRYPTED)}, "unrenderable", id="another one goes"),
        pytest.param({"apps/release.yaml": release("c", optional=True)}, "unrenderable", id="optional"),
        pytest.param({"apps/db.yaml": secret()}, "unrenderable", id="filled by the cluster"),
        pytest.param(
            {"apps/release.yaml": release("c"), "apps/kustomization.yaml": ADDS_A_KEY}, "unrenderable",
            id="a patch adds the key",
        ),
    ],
)  # fmt: skip
def test_a_key_that_a_secret_has_not(
    repository: GitOpsRepository, need: Callable[[str], str], after: Files, state: str
) -> None:
    need("kustomize")
    unit = web(repository, after)
    assert str(unit.state) == state
    assert ("of Secret db, which has no such key" in unit.error) == (state == "broken")


def test_values_of_a_secret_that_is_here_are_not_asked_for(
    repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    """Nobody is told to put a password into a ConfigMap."""
    need("kustomize")
    need("helm")
    unit = web(repository, {"apps/release.yaml": release("a")}, release=release())
    assert str(unit.state) == "unrenderable"
    assert "values come from Secret db, whose values are secret" in unit.error and "ConfigMap" not in unit.error


def test_a_rendered_release_that_takes_a_key_which_is_not_there(
    repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("kustomize")
    need("helm")
    unit = web(repository, {"apps/release.yaml": release("c")}, release=release())
    assert str(unit.state) == "broken"
    assert "key c of Secret db, which has no such key" in unit.error
