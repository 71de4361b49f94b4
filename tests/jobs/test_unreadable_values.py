"""Values in ConfigMaps that a change makes unreadable, of charts that lie elsewhere."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from gitops_repository import GitOpsRepository, flux, kustomization, manifest

from bot.model.result import Report, UnitChange

Files = dict[str, str | None]
CHART = {"chart": "web", "version": "1.0.0", "sourceRef": {"kind": "HelmRepository", "name": "charts"}}


def release(**source: Any) -> str:
    taken = {"kind": "ConfigMap", "name": "web-values", **source}
    return flux("HelmRelease", "web", chart={"spec": CHART}, valuesFrom=[taken])


def web(report: Report) -> UnitChange:
    (unit,) = [unit for unit in report.units if unit.source is not None and unit.source.name == "web"]
    return unit


def of_generator(values: str) -> Files:
    field = {"path": "spec/valuesFrom/name", "kind": "HelmRelease"}
    names = {"nameReference": [{"kind": "ConfigMap", "version": "v1", "fieldSpecs": [field]}]}
    made = [{"name": "web-values", "files": ["values.yaml"]}]
    return {
        "clusters/prod/root.yaml": flux(
            "Kustomization", "root", path="./apps", sourceRef={"kind": "GitRepository", "name": "flux-system"}
        ),
        "apps/names.yaml": json.dumps(names),
        "apps/web.yaml": release(),
        "apps/values.yaml": values,
        "apps/kustomization.yaml": kustomization(
            namespace="flux-system", resources=["web.yaml"], configurations=["names.yaml"], configMapGenerator=made
        ),
    }


@pytest.mark.parametrize(
    ("before", "after", "error"),
    [
        ("a: 1\n", "a:\n\tb: 1\n", "apps/values.yaml:2 is indented with a tab"),
        ("a: ${b}\n", "a: {\n  b: ${b}\n", "apps/values.yaml:2 is not valid YAML"),
        ("a: 1\n", "- a\n", "apps/values.yaml is no mapping"),
        ("a: 1\n", "# nothing\n", ""),
        ("a: 1\n", "a: 2\n", ""),
        ("- a\n", "a:\n\tb: 1\n", ""),
    ],
    ids=["a tab", "a bracket", "a list", "nothing", "other values", "unreadable before"],
)
def test_a_file_that_a_generator_takes(
    repository: GitOpsRepository, need: Callable[[str], str], before: str, after: str, error: str
) -> None:
    need("kustomize")
    report = repository.compare(of_generator(before), {"apps/values.yaml": after})
    unit = web(report)
    assert (str(unit.state), str(report.verdict)) == (("broken", "failed") if error else ("unrenderable", "passed"))
    assert error in unit.error
    assert ("Flux cannot read the values that HelmRelease web takes" in unit.error) == bool(error)


@pytest.mark.parametrize(
    ("source", "after", "error"),
    [
        ({}, "a:\n\tb: 1\n", "settings/vars.yaml:5, key values.yaml: line 2 of it is indented with a tab"),
        ({"optional": True}, "- a\n", "settings/vars.yaml:5, key values.yaml: it is no mapping"),
        ({"targetPath": "a.b"}, "- a\n", ""),
        ({"valuesKey": "other"}, "- a\n", ""),
    ],
    ids=["unreadable", "optional", "a single value", "another key"],
)
def test_a_text_in_a_config_map(repository: GitOpsRepository, source: dict[str, Any], after: str, error: str) -> None:
    def holding(text: str) -> str:
        head = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web-values, namespace: flux-system}\ndata:\n"
        return f"{head}  values.yaml: {json.dumps(text)}\n  other: 'a: 1'\n"

    before: Files = {"clusters/prod/web.yaml": release(**source), "settings/vars.yaml": holding("a: 1\n")}
    unit = web(repository.compare(before, {"settings/vars.yaml": holding(after)}))
    assert str(unit.state) == ("broken" if error else "unrenderable")
    assert error in unit.error


def test_the_nearest_of_several_files_is_told(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize")
    before = {**of_generator("a: 1\n"), "a/values.yaml": "a: 1\n", "apps/cm.yaml": manifest("ConfigMap", "cm")}
    report = repository.compare(before, {"apps/values.yaml": "- a\n", "a/values.yaml": "- a\n"})
    assert "apps/values.yaml is no mapping" in web(report).error


def test_a_file_beside_that_is_too_large(
    repository: GitOpsRepository, need: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    need("kustomize")
    monkeypatch.setattr("bot.git.objects.MAX_BLOB", 100_000)
    files = {**of_generator("a: 1\n"), "apps/dump.json": "{}"}
    unit = web(repository.compare(files, {"apps/values.yaml": "- a\n", "apps/dump.json": "{}\n" * 60_000}))
    assert str(unit.state) == "broken" and "apps/values.yaml is no mapping" in unit.error
