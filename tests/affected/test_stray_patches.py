"""A patch that no kustomization names is no object of its own."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from deployers import flux
from gitops_repository import GitOpsRepository, kustomization, manifest, states
from repositories import HERE, Tree, put, store

from bot.affected.home import Home
from bot.affected.index import Index
from bot.affected.store import Store
from bot.config.schema import Config
from bot.git.repository import Repository

Files = dict[str, str | None]


def release(**spec: Any) -> str:
    value = {"apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease", "metadata": {"name": "web"}}
    return json.dumps(value | {"spec": spec}) + "\n"


WHOLE = release(
    chart={"spec": {"chart": "web", "version": "1.0.0", "sourceRef": {"kind": "HelmRepository", "name": "r"}}}
)
PATCHES = {
    "values": release(values={"a": 1}),
    "a version": release(chart={"spec": {"version": "2.0.0"}}),
    "an interval": json.dumps({**json.loads(flux("web", "./x")), "spec": {"interval": "1h"}}) + "\n",
}
LISTS = "apps/dev/web/kustomization.yaml"
BASE: Files = {
    "flux.yaml": flux("apps", "./apps/dev/web"),
    "apps/base/kustomization.yaml": kustomization(resources=["release.yaml", "ks.yaml"]),
    "apps/base/release.yaml": WHOLE,
    "apps/base/ks.yaml": flux("web", "./x"),
    "x/cm.yaml": manifest("ConfigMap", "x"),
    LISTS: kustomization(resources=["../../base"]),
}


@pytest.mark.parametrize("text", PATCHES.values(), ids=PATCHES)
def test_a_forgotten_patch_is_unmapped(repository: GitOpsRepository, text: str) -> None:
    report = repository.compare(BASE, {"apps/dev/web/patch.yaml": text})
    assert (states(report), report.unmapped) == ({}, ("apps/dev/web/patch.yaml",))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (BASE, WHOLE),
        ({**BASE, "apps/base/kustomization.yaml": kustomization(), "apps/base/release.yaml": ""}, PATCHES["values"]),
        ({**BASE, LISTS: manifest("ConfigMap", "a")}, PATCHES["values"]),
    ],
    ids=["a whole object", "the only one of its name", "in a directory that is built no more"],
)
def test_what_may_be_an_object_is_still_one(
    repository: GitOpsRepository, need: Callable[[str], str], before: Files, after: str
) -> None:
    need("kustomize")
    moved = {path.replace(LISTS, "apps/dev/web/cm.yaml") if text and "ConfigMap" in text else path: text
             for path, text in before.items()}  # fmt: skip
    report = repository.compare(moved, {"apps/dev/web/patch.yaml": after})
    assert "web" in {unit.source.name for unit in report.units if unit.source is not None}


def test_an_index_is_told_when_the_object_comes_or_goes(tmp_path: Path) -> None:
    with_patch: Tree = {}
    for path, text in {**BASE, "apps/dev/web/patch.yaml": PATCHES["values"]}.items():
        put(with_patch, path, text or "")
    alone = {path: content for path, content in with_patch.items() if path != "apps/base/release.yaml"}
    subprocess.run(["git", "init", "-q", "--bare", str(tmp_path / "r.git")], check=True)
    with Repository(tmp_path / "r.git") as bare:
        ids = store(Path(bare.directory), [with_patch, alone])
        for base, head in (ids, ids[::-1]):
            moved, fresh = _index(bare).pair(base, head)[1], _index(bare).at(head)
            told = [sorted((u.key, u.left_out_by) for u in view.units()) for view in (moved, fresh)]
            assert told[0] == told[1]


def _index(bare: Repository) -> Index:
    return Index(Store(None), bare, Config(), "config", Home([HERE]))
