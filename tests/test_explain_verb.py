"""``gatehouse explain PATH``: words for people, and none of the graph's own."""

from __future__ import annotations

import json

import pytest
from gitops_repository import GitOpsRepository, kustomization

from bot.cli import main

APPLICATION = {"apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "metadata": {"name": "set"}}
PATCH = json.dumps([{"op": "replace", "path": "/spec/generators/0/git/files/0/path", "value": "teams/*/app.yaml"}])


def test_what_only_an_output_names(repository: GitOpsRepository, capsys: pytest.CaptureFixture[str]) -> None:
    patch = {"target": {"kind": "ApplicationSet"}, "patch": PATCH}
    repository.commit({
        "sets/base/kustomization.yaml": kustomization(resources=["set.yaml"]),
        "sets/base/set.yaml": json.dumps(APPLICATION),
        "sets/prod/kustomization.yaml": kustomization(resources=["../base"], patches=[patch]),
        "teams/one/app.yaml": "name: web\n",
    })  # fmt: skip
    main(["explain", "teams/one/app.yaml", "--repo", str(repository.path), "--at", "HEAD"])
    assert capsys.readouterr().out.splitlines() == [
        "whatever the output of sets/prod declares",
        "    sets/prod may name paths that only its output tells: teams/one/app.yaml",
    ]


def test_a_path_as_the_shell_completes_it(
    repository: GitOpsRepository, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {
        "apps/web/kustomization.yaml": kustomization(resources=["cm.yaml"]),
        "apps/web/cm.yaml": "kind: ConfigMap\n",
    }
    repository.commit(files)
    monkeypatch.chdir(repository.path / "apps" / "web")
    said = []
    for path in (
        "cm.yaml",
        "./cm.yaml",
        str(repository.path / "apps/web/cm.yaml"),
        "apps/web/cm.yaml",
        "../web/cm.yaml",
    ):
        assert main(["explain", path]) == 0
        said.append(capsys.readouterr().out)
    assert len({*said}) == 1
    assert said[0].startswith("apps/web")
    assert main(["explain", "../../../elsewhere.yaml"]) == 2
    assert "elsewhere.yaml is not in the repository" in capsys.readouterr().err
