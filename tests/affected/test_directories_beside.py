"""Manifests beside the directory of a kustomization: a change in that is none of theirs."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from gitops_repository import GitOpsRepository, application, kustomization, manifest, states


@pytest.mark.parametrize("folder", ["", "clusters/prod/"])
def test_a_kustomization_below_is_no_file_of_a_plain_directory(
    repository: GitOpsRepository, need: Callable[[str], str], folder: str
) -> None:
    need("kustomize")
    web = f"{folder}web"
    files = {
        f"{folder}root.yaml": application("web", web),
        f"{web}/kustomization.yaml": kustomization(resources=["cm.yaml"]),
        f"{web}/cm.yaml": manifest("ConfigMap", "web", data={"a": "1"}),
    }
    report = repository.compare(files, {f"{web}/cm.yaml": manifest("ConfigMap", "web", data={"a": "2"})})
    assert states(report) == {web: "changed"}


def test_a_file_that_is_shown_there_is_one(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize")
    files = {
        "deploy/one.yaml": manifest("ConfigMap", "one"),
        "deploy/web/kustomization.yaml": kustomization(resources=["cm.yaml"]),
        "deploy/web/cm.yaml": manifest("ConfigMap", "web", data={"a": "1"}),
    }
    (repository.path / "deploy").mkdir()
    (repository.path / "deploy/two.yaml").symlink_to("web/cm.yaml")
    report = repository.compare(files, {"deploy/web/cm.yaml": manifest("ConfigMap", "web", data={"a": "2"})})
    assert states(report) == {"deploy": "changed", "deploy/web": "changed"}
