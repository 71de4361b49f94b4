"""A file in which something looks up an object by name is nobody's for that: it is applied like any other."""

from __future__ import annotations

import json
from collections.abc import Callable

from deployers import flux
from gitops_repository import GitOpsRepository, kustomization, manifest, states

Files = dict[str, str | None]
TAKEN = {"substituteFrom": [{"kind": "ConfigMap", "name": "settings"}]}
PATCH = {"patch": "kind: Kustomization\nspec: {postBuild: {substituteFrom: [{kind: ConfigMap, name: settings}]}}\n"}


APPS: Files = {
    "apps/kustomization.yaml": kustomization(resources=["web.yaml"]),
    "apps/web.yaml": flux("web", "./web", postBuild=TAKEN),
    "web/kustomization.yaml": kustomization(resources=["cm.yaml"]),
    "web/cm.yaml": manifest("ConfigMap", "web", data={"a": "1"}),
}


def test_a_root_whose_patches_name_what_is_looked_up(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    """The patch could make or change that ConfigMap, as far as words tell."""
    need("kustomize")
    root = {"patches": [PATCH]}
    before = {**APPS, "flux/ks.yaml": flux("apps", "./apps", **root)}
    report = repository.compare(before, {"flux/ks.yaml": flux("apps", "./apps", **root, suspend=True)})
    assert states(report)["flux"] == "changed"


def test_a_root_that_begins_to_name_what_is_looked_up(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    """It was a unit before, and is one afterwards."""
    need("kustomize")
    plain, naming = flux("apps", "./apps"), flux("apps", "./apps", patches=[PATCH])
    for before, after in ((plain, naming), (naming, plain)):
        report = repository.compare({**APPS, "flux/ks.yaml": before}, {"flux/ks.yaml": after})
        assert states(report)["flux"] == "changed"


def test_a_secret_of_a_cluster_that_a_generator_lists(repository: GitOpsRepository) -> None:
    labels = {"argocd.argoproj.io/secret-type": "cluster"}
    spec = {
        "generators": [{"clusters": {"selector": {"matchLabels": labels}}}],
        "template": {
            "metadata": {"name": "web-{{name}}"},
            "spec": {"project": "default", "source": {"repoURL": "https://git.example/o/r", "path": "web"},
                     "destination": {"server": "{{server}}"}},
        },
    }  # fmt: skip
    both = {
        "sets/web.yaml": json.dumps({"apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet",
                                     "metadata": {"name": "web"}, "spec": spec}),
        "web/cm.yaml": manifest("ConfigMap", "web", data={"a": "1"}),
    }  # fmt: skip

    def secret(annotation: str) -> str:
        metadata = {"name": "one", "labels": labels, "annotations": {"a": annotation}}
        data = {"name": "one", "server": "https://one.example"}
        return json.dumps({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": data})

    report = repository.compare({**both, "secrets/one.yaml": secret("1")}, {"secrets/one.yaml": secret("2")})
    assert states(report)["secrets"] == "changed"
