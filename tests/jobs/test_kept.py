"""What leaves Git and is not deleted is told as what stays."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from gitops_repository import GitOpsRepository, application, by_path, kustomization

from bot.jobs.kept import DEFINES, KEPT, UNPRUNED, WAITS
from bot.report.concerns import looks

SOURCE = {"kind": "GitRepository", "name": "flux-system"}
UNSAID = "deletes a Namespace and everything in it"


def flux(**spec: Any) -> str:
    value: dict[str, Any] = {"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization"}
    value["spec"] = spec | {"path": "./apps/web", "sourceRef": SOURCE}
    return json.dumps(value | {"metadata": {"name": "web", "namespace": "flux-system"}}) + "\n"


def argo(**policy: Any) -> str:
    said = json.loads(application("web", "apps/web"))
    said["metadata"]["finalizers"] = ["resources-finalizer.argocd.argoproj.io"]
    return json.dumps(said | {"spec": said["spec"] | {"syncPolicy": policy}}) + "\n"


def namespace(**annotations: str) -> str:
    named = {"name": "web", "annotations": {key.replace("_", "/"): value for key, value in annotations.items()}}
    return json.dumps({"apiVersion": "v1", "kind": "Namespace", "metadata": named}) + "\n"


PRUNE = {"kustomize.toolkit.fluxcd.io_prune": "disabled"}


@pytest.mark.parametrize(
    ("declared", "annotations", "danger"),
    [
        (flux(prune=True), {}, UNSAID),
        (flux(prune=False), {}, UNPRUNED),
        (flux(prune=True), PRUNE, KEPT),
        (flux(prune=True), {"argocd.argoproj.io_sync-options": "Prune=false"}, UNSAID),
        (None, {"argocd.argoproj.io_sync-options": "Prune=false"}, KEPT),
        (None, {"helm.sh_resource-policy": "keep"}, KEPT),
        (argo(automated={"selfHeal": True}), {}, WAITS),
        (argo(automated={"prune": True}), {}, UNSAID),
    ],
    ids=[
        "pruned",
        "prune: false",
        "prune: disabled",
        "another's annotation",
        "Prune=false",
        "keep",
        "waits",
        "automated",
    ],
)
def test_an_object_that_leaves_a_unit(
    repository: GitOpsRepository,
    need: Callable[[str], str],
    declared: str | None,
    annotations: dict[str, str],
    danger: str,
) -> None:
    need("kustomize")
    lists = "apps/web/kustomization.yaml"
    quota = json.dumps({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "q", "namespace": "web"}})
    base = {lists: kustomization(resources=["ns.yaml", "q.yaml"]), "apps/web/q.yaml": quota}
    base |= {"apps/web/ns.yaml": namespace(**annotations)} | ({"clusters/prod/web.yaml": declared} if declared else {})
    report = repository.compare(base, {lists: kustomization(resources=["q.yaml"]), "apps/web/ns.yaml": None})
    (change,) = by_path(report)["apps/web"].objects
    assert change.danger == danger


def test_a_kustomization_that_goes_and_leaves_what_it_applied(
    repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("kustomize")
    declared = flux(prune=True, deletionPolicy="Orphan")
    base = {"apps/web/ns.yaml": namespace(), "clusters/prod/web.yaml": declared}
    report = repository.compare(base, {"clusters/prod/web.yaml": None})
    assert "nothing deploys it any more; 1 object stays in the cluster." in [c.message for c in looks(report)]


def test_definitions_of_an_application_that_goes(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize")
    names = {"kind": "Thing", "plural": "things"}
    crd = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "things.a"},
    }
    base = {"apps/web/crd.yaml": json.dumps(crd | {"spec": {"names": names}}) + "\n", "apps/web/ns.yaml": namespace()}
    lists = {"apps/web/kustomization.yaml": kustomization(resources=["crd.yaml", "ns.yaml"])}
    report = repository.compare(base | lists | {"clusters/prod/web.yaml": argo()}, {"clusters/prod/web.yaml": None})
    changes = by_path(report)["apps/web"].objects
    assert {change.id.kind: change.danger for change in changes} == {
        "CustomResourceDefinition": DEFINES, "Namespace": UNSAID,
    }  # fmt: skip
