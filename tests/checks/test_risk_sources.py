"""Sources of Flux that turn to something else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from made_evidence import Made, evidence, new

from bot.checks.risk import Risk
from bot.model.evidence import Statement

URL = "https://forge.example/acme/fleet"


def source(kind: str = "GitRepository", group: str = "source.toolkit.fluxcd.io", **spec: Any) -> str:
    metadata = {"name": "fleet", "namespace": "flux-system"}
    return json.dumps({"apiVersion": f"{group}/v1", "kind": kind, "metadata": metadata, "spec": spec}) + "\n"


def told(before: str, after: str) -> list[Statement]:
    return [each for each in new(Risk().run(evidence(Made(before, after)))) if each.rule == "risk/revision"]


@pytest.mark.parametrize(
    ("before", "after", "at"),
    [
        ({"branch": "main"}, {"branch": "develop"}, "branch"), ({"tag": "v1.0"}, {"branch": "develop"}, "branch"),
        ({"branch": "main"}, {"name": "refs/heads/x"}, "name"), (None, {"branch": "develop"}, "branch"),
        ({"branch": "develop"}, {"branch": "main"}, ""), ({"branch": "x"}, {"name": "refs/heads/x"}, ""),
        ({"branch": "main"}, {"tag": "v1.0"}, ""), ({"branch": "main"}, {"branch": "x", "commit": "a" * 40}, ""),
        ({"tag": "v1.0"}, {"tag": "v1.1"}, ""), ({"semver": "1.x"}, {"semver": "2.x"}, ""), (None, None, ""),
        ({"branch": "main"}, {"name": "refs/tags/v1"}, ""), ({"branch": "main"}, {"branch": "${BRANCH}"}, ""),
        ({"branch": 1}, {"branch": ["x"]}, "branch"), ("main", "x", ""),
    ],
)  # fmt: skip
def test_another_branch(before: object, after: object, at: str) -> None:
    found = told(source(url=URL, ref=before), source(url=URL, ref=after))
    assert [each.at for each in found] == ([("spec", "ref", at)] if at else [])


@pytest.mark.parametrize(
    ("url", "is_told"),
    [
        ("https://forge.example/acme/other", True), ("https://elsewhere.example/acme/fleet", True),
        ("ssh://git@forge.example/acme/fleet.git", False), ("https://forge.example:443/acme/fleet/", False),
        ("${URL}", False),
    ],
)  # fmt: skip
def test_another_repository(url: str, is_told: bool) -> None:
    found = told(source(url=URL, ref={"branch": "main"}), source(url=url, ref={"branch": "main"}))
    assert [each.at for each in found] == ([("spec", "url")] if is_told else [])


def test_signatures_that_nobody_looks_at() -> None:
    verify = {"provider": "cosign"}
    for kind in ("GitRepository", "OCIRepository", "HelmChart"):
        (found,) = told(source(kind, url=URL, verify=verify), source(kind, url=URL))
        assert f"signatures of this {kind}" in found.message
        assert told(source(kind, url=URL), source(kind, url=URL, verify=verify)) == []
    releases = (source("HelmRelease", "helm.toolkit.fluxcd.io", chart={"spec": s}) for s in ({"verify": verify}, {}))
    (found,) = told(*releases)
    assert found.at == ("spec", "chart", "spec")
    assert told(source("Bucket", verify=verify), source("Bucket")) == []
