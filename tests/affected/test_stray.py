"""ConfigMaps and Secrets that no cluster gets, for what reads one of that name."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fleets import flux
from gitops_repository import GitOpsRepository, kustomization, manifest, states

Files = dict[str, str | None]
READS = {"substituteFrom": [{"kind": "Secret", "name": "login"}, {"kind": "ConfigMap", "name": "vars"}]}


def files(folder: str, **more: str) -> Files:
    """A Kustomization that reads a Secret and a ConfigMap of one directory, which is a kustomization."""
    return {
        "clusters/main/apps.yaml": flux("apps", "./apps", postBuild=READS),
        "apps/cm.yaml": manifest("ConfigMap", "web", data={"a": "${a}"}),
        f"{folder}/kustomization.yaml": kustomization(
            resources=["login.yaml"], configMapGenerator=[{"name": "vars", "literals": ["a=1"]}],
            generatorOptions={"disableNameSuffixHash": True}, namespace="flux-system",
        ),
        f"{folder}/login.yaml": manifest("Secret", "login", stringData={"b": "1"}),
        **more,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("folder", "more", "state"),
    [
        (".ci", {}, "unchanged"),
        ("tests/ci", {".gatehouse.yaml": "ignore: [tests/]\n"}, "unchanged"),
        (".infra", {"clusters/main/infra.yaml": flux("infra", "./.infra")}, "broken"),
        (".infra", {"all/kustomization.yaml": kustomization(resources=["../.infra"])}, "broken"),
    ],
)
def test_what_goes_breaks_only_what_it_was_for(
    folder: str, more: dict[str, str], state: str, repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("kustomize")
    before = files(folder, **more)
    gone: Files = {path: None for path in (*before, *more) if path.startswith((folder, "all/", "clusters/main/infra"))}
    report = repository.compare(before, gone)
    assert states(report)["apps"] == state


def test_no_dummy_is_read(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize")
    other = kustomization(configMapGenerator=[{"name": "vars", "literals": ["a=2"]}], namespace="flux-system")
    report = repository.compare(files(".ci"), {".ci/kustomization.yaml": other, ".ci/login.yaml": None})
    assert states(report).get("apps", "unchanged") == "unchanged"
