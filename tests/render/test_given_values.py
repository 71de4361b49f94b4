"""What a render is given under the name of a secret does not come back under another name."""

from __future__ import annotations

from pathlib import Path

import pytest
from gitops_repository import GitOpsRepository, by_path, flux, kustomization, manifest

VALUE = "CobaltHarbor84xx"
LINE = "server=db;user=shop;p="
USES = {"apps/web/a.yaml": manifest("ConfigMap", "web", data={"line": LINE + "${DB_PASSWORD}", "host": "${HOST}"})}
FILES = {
    "flux-system/vars.yaml": manifest("ConfigMap", "vars", data={"DB_PASSWORD": VALUE, "HOST": "db.example.org"}),
}


@pytest.mark.parametrize("is_built", [False, True])
@pytest.mark.parametrize(
    "variables",
    [
        {"substitute": {"DB_PASSWORD": VALUE, "HOST": "db.example.org"}},
        {"substituteFrom": [{"kind": "ConfigMap", "name": "vars"}]},
    ],
)
def test_a_variable_of_flux(tmp_path: Path, variables: dict[str, object], is_built: bool) -> None:
    repository = GitOpsRepository(tmp_path / "r")
    build = {"apps/web/kustomization.yaml": kustomization(resources=["a.yaml"])} if is_built else {}
    source = {"kind": "GitRepository", "name": "flux-system"}
    apps = flux("Kustomization", "apps", path="./apps/web", prune=True, sourceRef=source, postBuild=variables)
    change = by_path(repository.compare(FILES, {**USES, **build, "flux-system/apps.yaml": apps}))["apps/web"]
    shown = "".join(each.diff for each in change.objects)
    assert LINE + "••• (masked, after)" in shown and "db.example.org" in shown
    assert VALUE not in shown
