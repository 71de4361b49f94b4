"""Declarations that share a file: a change below the path of one says nothing of the other."""

from __future__ import annotations

from collections.abc import Callable

from deployers import flux
from gitops_repository import GitOpsRepository, kustomization, manifest

Files = dict[str, str | None]


ELSEWHERE = (
    '{"apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository", "metadata": {"name": "crds", "namespace": '
    '"flux-system"}, "spec": {"url": "https://git.example.com/other/crds"}}\n'
)
CRDS = flux("crds", "./config", sourceRef={"kind": "GitRepository", "name": "crds"})
FILES: Files = {
    "clusters/one/flux-system/kustomization.yaml": kustomization(resources=["sync.yaml"]),
    "clusters/one/flux-system/sync.yaml": flux("flux-system", "./clusters/one"),
    "clusters/one/infra.yaml": "---\n".join(
        (ELSEWHERE, CRDS, flux("issuers", "./infra/issuers"), flux("more", "./infra/more"))
    ),
    "infra/issuers/cm.yaml": manifest("ConfigMap", "issuers"),
    "infra/more/cm.yaml": manifest("ConfigMap", "more"),
}


def test_a_file_comes_below_the_path_of_one(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize")
    report = repository.compare(FILES, {"infra/issuers/new.yaml": manifest("ConfigMap", "new")})
    assert [(str(unit.source), str(unit.state)) for unit in report.units] == [
        ("Kustomization flux-system/issuers", "changed")
    ]


def test_the_one_that_lies_elsewhere_changes(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize")
    shared = FILES["clusters/one/infra.yaml"]
    assert shared
    report = repository.compare(FILES, {"clusters/one/infra.yaml": shared.replace("./config", "./config/crd")})
    assert "Kustomization flux-system/crds" in {str(unit.source) for unit in report.units}
