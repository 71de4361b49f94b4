"""A root that no longer builds prunes nothing of what its files declared."""

from __future__ import annotations

import json
from collections.abc import Callable

from gitops_repository import GitOpsRepository, by_path, kustomization, manifest

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


def nested(*, resources: list[str]) -> Files:
    """A root whose build declares what deploys ``apps/web`` and all of ``apps/many``, each with a patch of its own."""
    labels = [
        {"target": {"kind": "Kustomization"}, "patch": '[{"op": "add", "path": "/metadata/labels", "value": {}}]'}
    ]
    return {
        "flux/root.yaml": sync("root", "./deploy"),
        "deploy/kustomization.yaml": kustomization(resources=resources, patches=labels),
        "deploy/web.yaml": sync("web", "./apps/web"),
        "deploy/many.yaml": sync("many", "./apps/many"),
        "apps/web/kustomization.yaml": kustomization(resources=["cm.yaml"]),
        "apps/web/cm.yaml": manifest("ConfigMap", "web"),
        "apps/many/a/kustomization.yaml": kustomization(resources=["cm.yaml"]),
        "apps/many/a/cm.yaml": manifest("ConfigMap", "a"),
        "apps/many/b/cm.yaml": manifest("ConfigMap", "b"),
    }


def test_the_directory_of_what_stays_is_not_removed(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize")
    gone: Files = dict.fromkeys(("apps/web/kustomization.yaml", "apps/web/cm.yaml", "deploy/web.yaml"))
    found = by_path(repository.compare(nested(resources=["web.yaml", "many.yaml"]), gone))
    assert (found["deploy"].state, found["apps/web"].state) == ("broken", "unchanged")
    assert [note for note in found["apps/web"].notes if "nothing of it is applied or pruned" in note]


def test_what_goes_on_below_a_root_that_fails_still_removes(
    repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    """The Kustomization of all of apps/many stays in the cluster, and prunes what its directory has lost."""
    need("kustomize")
    before = nested(resources=["web.yaml", "many.yaml"])
    gone: Files = dict.fromkeys(("apps/many/a/kustomization.yaml", "apps/many/a/cm.yaml"))
    fails = {"deploy/kustomization.yaml": kustomization(resources=["web.yaml", "many.yaml", "nope.yaml"])}
    found = by_path(repository.compare(before, {**gone, **fails}))
    assert (found["deploy"].state, found["apps/many/a"].state) == ("broken", "removed")


def release(name: str, **spec: object) -> str:
    chart = {"chart": "./chart", "sourceRef": {"kind": "GitRepository", "name": "flux-system"}}
    metadata = {"name": name, "namespace": "shop"}
    return json.dumps({**RELEASE, "metadata": metadata, "spec": {"interval": "1m", "chart": {"spec": chart}, **spec}})


def test_a_cluster_that_builds_prunes_what_one_that_fails_keeps(
    repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    """A release gets another name in the base, and the patch of one overlay still names the old one."""
    need("kustomize")
    need("helm")
    files: Files = {
        "base/release.yaml": release("shop"),
        "base/kustomization.yaml": kustomization(resources=["release.yaml"]),
        "chart/Chart.yaml": "{apiVersion: v2, name: chart, version: 1.0.0}\n",
        "chart/templates/cm.yaml": manifest("ConfigMap", "shop"),
    }
    for cluster in ("dev", "prod"):
        files[f"clusters/{cluster}/apps.yaml"] = sync("apps", f"./apps/{cluster}")
        files[f"apps/{cluster}/patch.yaml"] = release("shop", values={"at": cluster})
        overlay = kustomization(resources=["../../base"], patches=[{"path": "patch.yaml"}])
        files[f"apps/{cluster}/kustomization.yaml"] = overlay
    change: Files = {"base/release.yaml": release("store"), "apps/dev/patch.yaml": release("store", values={})}
    units = repository.compare(files, change).units
    found = {(unit.environment, unit.source.name if unit.source else ""): str(unit.state) for unit in units}
    assert found == {
        ("dev", "apps"): "changed",
        ("dev", "shop"): "removed",
        ("dev", "store"): "added",
        ("prod", "apps"): "broken",
    }
