"""Declarations in files that are cut off or end in garbage: what they declared is broken, and not removed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fake_lookup import HERE, FakeLookup
from gitops_repository import GitOpsRepository, kustomization, manifest

from bot.affected.contents import is_delivery
from bot.affected.declarations import read_declared
from bot.affected.malformed import unfinished
from bot.documents import load_all
from bot.errors import UserError
from bot.model.result import Report

Files = dict[str, str | None]
BASE: Files = {
    "apps/web/kustomization.yaml": kustomization(resources=["cm.yaml"]),
    "apps/web/cm.yaml": manifest("ConfigMap", "web"),
}
APPLICATION = f"""apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: web
  namespace: argocd
spec:
  source:
    repoURL: {HERE}
    path: apps/web
"""
SET = f"""apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata:
  name: set
spec:
  generators: [{{list: {{elements: [{{name: web}}]}}}}]
  template: {{metadata: {{name: web}}, spec: {{source: {{repoURL: "{HERE}", path: apps/web}}}}}}
"""
KUSTOMIZATION = """apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: web
  namespace: flux-system
spec:
  path: ./apps/web
  sourceRef: {kind: GitRepository, name: flux-system}
"""
TOOLS = [pytest.param(text, id=name) for name, text in
         (("argocd", APPLICATION), ("set", SET), ("flux", KUSTOMIZATION))]  # fmt: skip
ENDINGS = {
    "brackets": "}}} garbage [\n",
    "tab": "\tkey: [\n",
    "second-document": "---\n: : [\n",
    "conflict": "<<<<<<< ours\na: 1\n=======\na: 2\n>>>>>>> theirs\n",
    "binary": "\x00\x01",
}


def listed(report: Report) -> dict[str, str]:
    return {unit.source.name: str(unit.state) for unit in report.units if unit.source and unit.source.name == "web"}


def error_of(report: Report) -> str:
    (unit,) = (unit for unit in report.units if unit.source and unit.source.name == "web")
    return unit.error


@pytest.mark.parametrize("ending", ENDINGS.values(), ids=ENDINGS)
@pytest.mark.parametrize("text", TOOLS)
def test_garbage_behind_a_declaration(text: str, ending: str, repository: GitOpsRepository) -> None:
    report = repository.compare({**BASE, "clusters/web.yaml": text}, {"clusters/web.yaml": text + ending})
    assert (str(report.verdict), listed(report)) == ("failed", {"web": "broken"})
    assert error_of(report).startswith("clusters/web.yaml:")
    mended = repository.compare({}, {"clusters/web.yaml": text})
    assert str(mended.verdict) == "passed"
    assert "removed" not in {str(unit.state) for unit in mended.units}


@pytest.mark.parametrize("text", TOOLS)
def test_garbage_below_a_root(text: str, repository: GitOpsRepository) -> None:
    """The root takes the directory: both are broken."""
    spec = {"source": {"repoURL": HERE, "path": "clusters"}, "destination": {"namespace": "argocd"}}
    root = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": "root"}, "spec": spec}
    files = {**BASE, "clusters/web.yaml": text, "root.yaml": json.dumps(root)}
    report = repository.compare(files, {"clusters/web.yaml": f"{text}]"})
    found = {unit.source.name: str(unit.state) for unit in report.units if unit.source}
    assert (str(report.verdict), found) == ("failed", {"root": "broken", "web": "broken"})


@pytest.mark.parametrize(
    ("lines", "words"),
    [(1, "clusters/web.yaml:1 holds an object without kind: complete it, or delete all of it"),
     (2, "without metadata.name: give it a name"), (3, "metadata.name"), (6, "spec is missing or no mapping")],
)  # fmt: skip
@pytest.mark.parametrize("text", [APPLICATION, KUSTOMIZATION], ids=["argocd", "flux"])
def test_a_declaration_that_ends_early(text: str, lines: int, words: str, repository: GitOpsRepository) -> None:
    half = "".join(text.splitlines(keepends=True)[:lines])
    report = repository.compare({**BASE, "clusters/web.yaml": text}, {"clusters/web.yaml": half})
    assert str(report.verdict) == "failed"
    assert any(words in unit.error for unit in report.units), [unit.error for unit in report.units]
    assert "removed" not in listed(report).values()


@pytest.mark.parametrize("text", TOOLS)
def test_wherever_a_file_is_cut(text: str) -> None:
    """Each beginning of a declaration declares something, or cannot be read, or is seen to be half an object."""
    for cut in range(1, len(text)):
        try:
            values: list[Any] = [document.value for document in load_all(text[:cut].encode(), name="web.yaml")]
        except UserError:
            continue
        objects = [v for v in values if isinstance(v, dict) and v.get("kind") and is_delivery(v)]
        declared = any(read_declared(value, FakeLookup()) for value in objects)
        assert declared or any(map(unfinished, values)), text[:cut]


@pytest.mark.parametrize("text", TOOLS)
@pytest.mark.parametrize("content", ["", "# later\n", "replicas: 2\n", "---\n", manifest("ConfigMap", "other")])
def test_what_is_taken_out_is_removed(text: str, content: str, repository: GitOpsRepository) -> None:
    report = repository.compare({**BASE, "clusters/web.yaml": text}, {"clusters/web.yaml": content})
    assert (str(report.verdict), listed(report)) == ("passed", {"web": "removed"})


def test_a_set_without_generators_makes_nothing_go(repository: GitOpsRepository) -> None:
    """Its definition requires them, so the cluster refuses it. An empty list is a way to say that nothing is made."""
    value = "[{list: {elements: [{name: web}]}}]"
    files = {**BASE, "clusters/web.yaml": SET}
    report = repository.compare(files, {"clusters/web.yaml": SET.replace(value, "")})
    assert str(report.verdict) == "failed"
    assert {u.source.name: str(u.state) for u in report.units if u.source} == {"set": "broken", "web": "unchanged"}
    emptied = repository.compare(files, {"clusters/web.yaml": SET.replace(value, "[]")})
    assert (str(emptied.verdict), listed(emptied)) == ("passed", {"web": "removed"})
