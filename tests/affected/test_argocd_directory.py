"""Applications that say that their directory holds plain manifests: Argo CD looks for no kustomization then."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from fake_lookup import HERE, FakeLookup
from gitops_repository import GitOpsRepository, kustomization, manifest

from bot.affected.declarations import read_declared
from bot.model.result import Report
from bot.model.unit import KustomizeRender, PlainRender

Files = dict[str, str | None]
BUILT = {"apps/kustomization.yaml": kustomization(resources=["web.yaml"]), "apps/web.yaml": manifest("ConfigMap", "a")}


def application(name: str, path: str, **source: Any) -> dict[str, Any]:
    spec = {"source": {"repoURL": HERE, "path": path, **source}, "destination": {"namespace": "web"}}
    metadata = {"name": name, "namespace": "argocd"}
    return {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": metadata, "spec": spec}


def text(*words: Any, **source: Any) -> str:
    return json.dumps(application(*words, **source)) + "\n"


@pytest.mark.parametrize(
    ("directory", "kind"),
    [
        ({"recurse": True}, PlainRender),
        ({"include": "*.yaml"}, PlainRender),
        ({"exclude": "x.yaml"}, PlainRender),
        ({"jsonnet": {"libs": ["vendor"]}}, PlainRender),
        ({"recurse": False}, KustomizeRender),
        ({"jsonnet": {}}, KustomizeRender),
        ({"include": "", "jsonnet": {"tlas": []}}, KustomizeRender),
        ({}, KustomizeRender),
        (None, KustomizeRender),
    ],
)
def test_what_makes_it_a_directory(directory: Any, kind: type) -> None:
    (found,) = read_declared(application("root", "apps", directory=directory), FakeLookup(BUILT))
    assert [type(part) for part in found.parts] == [kind]


@pytest.mark.parametrize(
    ("directory", "words"),
    [
        ({"recurse": True}, "apps/kustomization.yaml: it applies the file as an object, which no cluster takes."),
        ({"exclude": "kustomization.yaml"}, "does not build apps/kustomization.yaml"),
        ({"include": "web.yaml"}, "does not build apps/kustomization.yaml"),
    ],
)
def test_what_becomes_of_the_kustomization_is_said(directory: dict[str, Any], words: str) -> None:
    (found,) = read_declared(application("root", "apps", directory=directory), FakeLookup(BUILT))
    (note,) = found.notes
    assert words in note
    assert ("no cluster takes" in note) == ("no cluster takes" in words)


BELOW = {"apps/web/kustomization.yaml": kustomization(), "apps/db/kustomization.yml": kustomization()}


@pytest.mark.parametrize(
    ("directory", "words"),
    [
        (
            {"recurse": True},
            ["build apps/db/kustomization.yml, apps/web/kustomization.yaml: it applies them as objects"],
        ),
        ({"recurse": True, "exclude": "db/*"}, ["build apps/web/kustomization.yaml: it applies the file as an object"]),
        ({"recurse": True, "include": "*.json"}, []),
        ({"include": "*.yaml"}, []),
    ],
)
def test_what_becomes_of_kustomizations_below_is_said(directory: dict[str, Any], words: list[str]) -> None:
    files = {"apps/web.yaml": manifest("ConfigMap", "web"), **BELOW}
    (found,) = read_declared(application("root", "apps", directory=directory), FakeLookup(files))
    assert len(found.notes) == len(words)
    assert all(text in note and "drop `directory`" not in note for text, note in zip(words, found.notes, strict=True))


def listed(report: Report) -> dict[str, str]:
    return {unit.source.name if unit.source else unit.path: str(unit.state) for unit in report.units}


FILES: Files = {
    "root.yaml": text("root", "apps", directory={"recurse": True}),
    "apps/web.yaml": text("web", "manifests/web"),
    "apps/shop.yaml": text("shop", "manifests/shop"),
    "manifests/web/cm.yaml": manifest("ConfigMap", "web"),
    "manifests/shop/cm.yaml": manifest("ConfigMap", "shop"),
}
ADDED: Files = {"apps/kustomization.yaml": kustomization(resources=["web.yaml", "shop.yaml"])}


def test_a_kustomization_that_comes_is_not_built(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize")
    report = repository.compare(FILES, ADDED)
    found = listed(report)
    assert "apps" not in found
    assert (found["root"], str(report.verdict)) == ("unchanged", "passed")
    assert set(found.values()) == {"unchanged"}
    more = repository.compare({}, {"manifests/web/cm.yaml": manifest("ConfigMap", "other")})
    assert listed(more) == {"web": "changed"}


def test_what_it_lists_is_still_seen(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize")
    report = repository.compare(FILES, {**ADDED, "manifests/web/cm.yaml": manifest("ConfigMap", "other")})
    assert listed(report)["web"] == "changed"
    assert "apps" not in listed(report)


def test_nor_is_one_that_comes_or_goes_below(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize")
    files: Files = {**FILES, "apps/more/cm.yaml": manifest("ConfigMap", "more")}
    here: Files = {"apps/more/kustomization.yaml": kustomization(resources=["cm.yaml"])}
    report = repository.compare(files, here)
    assert listed(report) == {"root": "unchanged"}
    assert report.unmapped == ()
    (unit,) = report.units
    assert [note for note in unit.notes if "not applied" in note] == [
        "1 document (apps/more/kustomization.yaml:1) is no object of a cluster, and not applied."
    ]
    assert any("does not build apps/more/kustomization.yaml" in note for note in unit.notes)
    assert listed(repository.compare({}, {"apps/more/kustomization.yaml": None})) == {"root": "unchanged"}


def test_what_is_not_taken_for_a_manifest_below_is_still_built(
    repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("kustomize")
    apart: Files = {"root.yaml": text("root", "apps", directory={"recurse": True, "exclude": "more/*"})}
    files: Files = {**FILES, **apart, "apps/more/cm.yaml": manifest("ConfigMap", "more")}
    report = repository.compare(files, {"apps/more/kustomization.yaml": kustomization(resources=["cm.yaml"])})
    assert listed(report)["apps/more"] in ("added", "unchanged")


def test_of_two_notes_about_the_same_that_of_head_is_said(repository: GitOpsRepository) -> None:
    other: Files = {"apps/a.yaml": "hosts: []\n", "apps/b.yaml": "hosts: []\n"}
    report = repository.compare(
        {**FILES, "apps/a.yaml": "hosts: []\n"}, {**other, "apps/c.yaml": manifest("ConfigMap", "c")}
    )
    (root,) = (unit for unit in report.units if unit.source and unit.source.name == "root")
    assert root.notes == ("2 documents (apps/a.yaml:1, apps/b.yaml:1) are no objects of a cluster, and not applied.",)
