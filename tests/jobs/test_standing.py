"""A root that no longer builds prunes nothing of what its files declared."""

from __future__ import annotations

import json
from collections.abc import Callable

from gitops_repository import GitOpsRepository, kustomization, manifest

Files = dict[str, str | None]


def sync(name: str, path: str) -> str:
    return (
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n"
        f"metadata: {{name: {name}, namespace: flux-system}}\n"
        f"spec: {{path: {path}, prune: true, interval: 1m, sourceRef: {{kind: GitRepository, name: flux-system}}}}\n"
    )


RELEASE = {
    "apiVersion": "helm.toolkit.fluxcd.io/v2",
    "kind": "HelmRelease",
    "metadata": {"name": "vault", "namespace": "vault"},
    "spec": {
        "interval": "1m",
        "chart": {"spec": {"chart": "vault", "sourceRef": {"kind": "HelmRepository", "name": "x"}}},
    },
}
FILES: Files = {
    "clusters/one/flux-system/kustomization.yaml": kustomization(resources=["sync.yaml"]),
    "clusters/one/flux-system/sync.yaml": sync("flux-system", "./clusters/one"),
    "clusters/one/apps.yaml": sync("vault", "./apps/vault") + "---\n" + sync("shop", "./apps/shop"),
    "apps/vault/release.yaml": json.dumps(RELEASE) + "\n",
    "apps/vault/cm.yaml": manifest("ConfigMap", "vault"),
    "apps/shop/cm.yaml": manifest("ConfigMap", "shop"),
}


def states(repository: GitOpsRepository, change: Files) -> dict[str, str]:
    return {str(unit.source): str(unit.state) for unit in repository.compare(FILES, change).units}


def test_a_separator_is_lost(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize")
    apps = FILES["clusters/one/apps.yaml"]
    assert apps
    found = states(repository, {"clusters/one/apps.yaml": apps.replace("---\n", "")})
    assert found["Kustomization flux-system/flux-system"] == "broken"
    assert "removed" not in found.values()


def test_what_goes_while_the_root_builds_is_removed(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize")
    found = states(repository, {"clusters/one/apps.yaml": sync("shop", "./apps/shop")})
    assert found["Kustomization flux-system/vault"] == "removed"
    assert found["HelmRelease vault/vault"] == "removed"
