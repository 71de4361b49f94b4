"""What declarations that only an output shows are known from."""

from __future__ import annotations

import json
from collections.abc import Callable

from gitops_repository import GitOpsRepository, by_path, kustomization, manifest

Files = dict[str, str | None]
HERE = "https://git.example/o/r"


def appset(pattern: str) -> str:
    spec = {"source": {"repoURL": HERE, "path": "apps/{{.name}}"}, "destination": {"namespace": "web"}}
    value = {
        "apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "metadata": {"name": "set", "namespace": "argocd"},
        "spec": {
            "goTemplate": True, "generators": [{"git": {"repoURL": HERE, "files": [{"path": pattern}]}}],
            "template": {"metadata": {"name": "{{.name}}"}, "spec": spec},
        },
    }  # fmt: skip
    return json.dumps(value) + "\n"


PATCH = json.dumps([{"op": "replace", "path": "/spec/generators/0/git/files/0/path", "value": "teams/*/app.yaml"}])
FILES: Files = {
    "sets/base/kustomization.yaml": kustomization(resources=["set.yaml"]),
    "sets/base/set.yaml": appset("nothing/*.yaml"),
    "sets/prod/kustomization.yaml": kustomization(
        resources=["../base"], patches=[{"target": {"kind": "ApplicationSet"}, "patch": PATCH}]
    ),
    "apps/web/cm.yaml": manifest("ConfigMap", "web"),
    "apps/shop/cm.yaml": manifest("ConfigMap", "shop"),
    "teams/one/app.yaml": "name: web\n",
}


def test_the_parameter_files_of_a_patched_set_are_somebodys(
    repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("kustomize")
    change: Files = {"teams/one/app.yaml": "name: wep\n", "teams/two/app.yaml": "name: shop\n", "teams/two/x.md": "x\n"}
    report = repository.compare(FILES, change)
    assert by_path(report)["apps/shop"].state == "added"
    assert report.unmapped == ("teams/two/x.md",)
    report = repository.compare({}, {"teams/two/app.yaml": None})
    assert by_path(report)["apps/shop"].state == "removed"
    assert report.unmapped == ()
