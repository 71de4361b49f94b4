"""What a kustomization in between shows is not deployed: the ones above it complete it, and show it again."""

from __future__ import annotations

import json
from collections.abc import Callable

from deployers import flux
from gitops_repository import GitOpsRepository, kustomization, manifest

Files = dict[str, str | None]


def test_a_path_that_clusters_set_is_no_mistake_of_the_base(
    repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("kustomize")
    before: Files = {"clusters/dev/kustomization.yaml": kustomization(resources=["cm.yaml"])}
    before["clusters/dev/cm.yaml"] = manifest("ConfigMap", "dev")
    patch = json.dumps([{"op": "replace", "path": "/spec/path", "value": "./apps/web"}])
    after: Files = {
        "toolkit/web/kustomization.yaml": kustomization(resources=["sync.yaml"]),
        "toolkit/web/sync.yaml": flux("web", "SET-IT"),
        "clusters/dev/kustomization.yaml": kustomization(
            resources=["cm.yaml", "../../toolkit/web"],
            patches=[{"patch": patch, "target": {"kind": "Kustomization", "name": "web"}}],
        ),
        "apps/web/cm.yaml": manifest("ConfigMap", "web"),
    }
    base, head = repository.commit(before), repository.commit(after)
    for everything in (False, True):
        report = repository.check(base, head, everything=everything)
        assert str(report.verdict) == "passed"
        units = [(str(unit.source), unit.path) for unit in report.units if unit.source]
        assert units == [("Kustomization flux-system/web", "apps/web")]
