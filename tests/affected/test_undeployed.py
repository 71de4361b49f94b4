"""Values from a ConfigMap whose file nothing deploys are used, and that is said."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from gitops_repository import GitOpsRepository, by_path, kustomization, manifest

FLUX = """apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: web, namespace: flux-system}
spec:
  interval: 1h
  path: ./apps/web
  prune: true
  sourceRef: {kind: GitRepository, name: flux-system}
  postBuild: {substituteFrom: [{kind: ConfigMap, name: vars}]}
"""
VARS = manifest("ConfigMap", "vars", namespace="flux-system", data={"a": "1"})
VARS2 = manifest("ConfigMap", "vars", namespace="flux-system", data={"a": "2"})
NOTE = (
    "ConfigMap vars is read from clusters/prod/vars.yaml, which nothing in this repository deploys: if the cluster has "
    "another one, or none, this is not what it gets."
)
Files = dict[str, str | None]


def notes(repository: GitOpsRepository, files: Files) -> tuple[str, ...]:
    """What is said about the unit that takes the variables, when one of them changes."""
    before: Files = {
        "clusters/prod/web.yaml": FLUX,
        "clusters/prod/vars.yaml": VARS,
        "apps/web/cm.yaml": manifest("ConfigMap", "web", data={"a": "${a}"}),
        **files,
    }
    unit = by_path(repository.compare(before, {"clusters/prod/vars.yaml": VARS2}))["apps/web"]
    assert unit.state == "changed"
    return tuple(note for note in unit.notes if "ConfigMap" in note)


def cluster(*resources: str, **more: object) -> Files:
    return {"clusters/prod/kustomization.yaml": kustomization(resources=list(resources), **more)}


def test_a_file_beside_a_kustomization_that_does_not_list_it(
    repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("kustomize")
    assert notes(repository, cluster("web.yaml")) == (NOTE,)


@pytest.mark.parametrize(
    "files",
    [
        pytest.param(cluster("web.yaml", "vars.yaml"), id="the kustomization lists it"),
        pytest.param({}, id="a directory of manifests"),
        pytest.param(
            {**cluster("web.yaml"), "ops/kustomization.yaml": kustomization(resources=["../clusters/prod/vars.yaml"])},
            id="another one lists it",
        ),
        pytest.param({**cluster("web.yaml"), "ops/vars.yaml": VARS}, id="so does another file"),
    ],
)
def test_a_file_that_is_deployed(repository: GitOpsRepository, need: Callable[[str], str], files: Files) -> None:
    need("kustomize")
    assert notes(repository, files) == ()


def test_one_that_the_build_makes_comes_first(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize")
    made = {"name": "vars", "namespace": "flux-system", "literals": ["a=3"], "options": {"disableNameSuffixHash": True}}
    before: Files = {
        "clusters/prod/web.yaml": FLUX,
        "clusters/prod/vars.yaml": VARS,
        "apps/web/cm.yaml": manifest("ConfigMap", "web", data={"a": "${a}"}),
        **cluster("web.yaml", configMapGenerator=[made]),
    }
    changed = manifest("ConfigMap", "web", data={"a": "${a}", "b": "1"})
    unit = by_path(repository.compare(before, {"apps/web/cm.yaml": changed}))["apps/web"]
    assert [note for note in unit.notes if "ConfigMap" in note] == []
