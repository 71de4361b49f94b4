"""Units that nobody can render, for a remote base or a chart of a registry: what a change breaks in them here is said."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from gitops_repository import GitOpsRepository, kustomization, manifest

from bot.model.result import UnitChange

Files = dict[str, str | None]
REMOTE = "https://github.com/org/base//deploy?ref=v1"
CM = manifest("ConfigMap", "web", data={"a": "1"})
PATCH = manifest("Deployment", "web", spec={"replicas": 2})
ROOT = "apps/web/kustomization.yaml"


def build(*resources: str, **fields: Any) -> str:
    return kustomization(resources=[REMOTE, *resources], **fields)


BUILD: Files = {
    ROOT: build("cm.yaml", "more", patches=[{"path": "patch.yaml"}], replicas=[{"name": "web", "count": 2}]),
    "apps/web/cm.yaml": CM,
    "apps/web/patch.yaml": PATCH,
    "apps/web/more/kustomization.yaml": kustomization(resources=["cm.yaml"], namePrefix="more-"),
    "apps/web/more/cm.yaml": CM,
}


def changed(
    repository: GitOpsRepository, before: Files, after: Files, path: str = "apps/web"
) -> tuple[UnitChange, str]:
    report = repository.compare(before, after)
    (unit,) = [unit for unit in report.units if unit.path == path]
    return unit, str(report.verdict)


@pytest.mark.parametrize(
    ("after", "words"),
    [
        pytest.param({"apps/web/cm.yaml": None}, ["cm.yaml", "no such file"], id="a listed file goes"),
        pytest.param({ROOT: build("cm.yaml", "new.yaml")}, ["new.yaml", "no such file"], id="a new entry of nothing"),
        pytest.param({"apps/web/cm.yaml": "a: [\n"}, ["cm.yaml"], id="a manifest does not parse"),
        pytest.param({"apps/web/patch.yaml": None}, [f"{ROOT} refers to patch.yaml"], id="the file of a patch goes"),
        pytest.param({"apps/web/patch.yaml": "a: [\n"}, ["apps/web/patch.yaml"], id="a patch does not parse"),
        pytest.param({ROOT: build("cm.yaml", resource=[])}, ["unknown field", "resource"], id="an unknown field"),
        pytest.param({ROOT: build("cm.yaml", namePrefix=["a"])}, ["namePrefix"], id="a wrong type"),
        pytest.param({"apps/web/more/kustomization.yaml": "resources: [\n"}, ["more"], id="a part does not parse"),
        pytest.param({"apps/web/more/kustomization.yaml": None}, ["more"], id="a part goes"),
        pytest.param({ROOT: build("../../../outside")}, ["leads out of the repository"], id="out of the repository"),
    ],
)  # fmt: skip
def test_what_is_wrong_beside_a_remote_base(
    repository: GitOpsRepository, need: Callable[[str], str], after: Files, words: list[str]
) -> None:
    need("kustomize")
    unit, verdict = changed(repository, BUILD, after)
    assert (str(unit.state), verdict) == ("broken", "failed")
    assert all(word in unit.error for word in words), unit.error


@pytest.mark.parametrize(
    "after",
    [
        pytest.param({"apps/web/cm.yaml": manifest("ConfigMap", "web", data={"a": "2"})}, id="a value"),
        pytest.param({ROOT: build("https://example.com/other.yaml")}, id="another remote one"),
        pytest.param({ROOT: build(replicas=[{"name": "other", "count": 1}])}, id="replicas of a remote object"),
        pytest.param({ROOT: build(patches=[{"patch": PATCH}])}, id="a patch of a remote object"),
        pytest.param({ROOT: build(patchesStrategicMerge=["patch.yaml", PATCH])}, id="in the older form"),
        pytest.param(
            {ROOT: build(configMapGenerator=[{"name": "web", "behavior": "merge", "literals": ["a=1"]}])},
            id="more for a remote ConfigMap",
        ),
        pytest.param(
            {ROOT: build(replacements=[{"source": {"kind": "Service", "name": "x"},
                                        "targets": [{"select": {"kind": "Deployment"}, "fieldPaths": ["a"]}]}])},
            id="a value of a remote object",
        ),
        pytest.param({ROOT: kustomization(components=[REMOTE])}, id="nothing here any more"),
    ],
)  # fmt: skip
def test_what_may_be_right_stays_unknown(
    repository: GitOpsRepository, need: Callable[[str], str], after: Files
) -> None:
    need("kustomize")
    unit, verdict = changed(repository, BUILD, after)
    assert (str(unit.state), verdict) == ("unrenderable", "passed"), unit.error
    assert "lies outside of this repository" in unit.error


def test_what_was_wrong_before_is_not_broken_now(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize")
    before = {path: text for path, text in BUILD.items() if path != "apps/web/cm.yaml"}
    unit, verdict = changed(repository, before, {ROOT: build("no.yaml")})
    assert (str(unit.state), verdict) == ("unrenderable", "passed")


def test_a_new_unit_with_a_fault(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize")
    unit, verdict = changed(repository, {"a.txt": ""}, {ROOT: build("missing.yaml")})
    assert (str(unit.state), verdict) == ("unrenderable", "failed")
    assert "missing.yaml" in unit.error


CHART: Files = {
    "c/Chart.yaml": json.dumps(
        {"apiVersion": "v2", "name": "c", "version": "1.0.0",
         "dependencies": [{"name": "common", "version": "1.0.0", "repository": "https://example.org/charts"}]}
    ),
    "c/values.yaml": "a: 1\n",
    "c/values-prod.yaml": "a: 2\n",
    "c/templates/cm.yaml": '{{ include "common.names" . }}\n',
}  # fmt: skip


@pytest.mark.parametrize(
    ("after", "words"),
    [
        pytest.param({"c/values.yaml": "a: [\n"}, "values.yaml", id="values"),
        pytest.param({"c/values-prod.yaml": "a: [\n"}, "values-prod.yaml", id="values of an environment"),
        pytest.param({"c/Chart.yaml": "name: [\n"}, "Chart.yaml", id="chart"),
        pytest.param({"c/templates/cm.yaml": "{{ if }}\n"}, "c/templates/cm.yaml", id="template"),
    ],
)
def test_what_is_wrong_in_a_chart_that_lacks_another(
    repository: GitOpsRepository, need: Callable[[str], str], after: Files, words: str
) -> None:
    need("helm")
    unit, verdict = changed(repository, CHART, after, "c")
    assert (str(unit.state), verdict) == ("broken", "failed")
    assert words in unit.error


@pytest.mark.parametrize(
    ("where", "verdict"),
    [
        ("https://example.org/charts", "passed"),
        ("oci://example.org/charts", "passed"),
        ("alias:charts", "passed"),
        ("file://../common", "failed"),  # which is not there
        (None, "failed"),  # nothing can fetch it
    ],
)
def test_a_new_chart_that_lacks_another(
    repository: GitOpsRepository, tmp_path: Path, need: Callable[[str], str], where: str | None, verdict: str
) -> None:
    need("helm")
    dependencies = [{"name": "common", "version": "1.0.0"} | ({"repository": where} if where else {})]
    chart = {"apiVersion": "v2", "name": "c", "version": "1.0.0", "dependencies": dependencies}
    files: Files = {"c/Chart.yaml": json.dumps(chart), "c/values.yaml": "a: 1\n"}
    base, head = repository.commit({"a.txt": ""}), repository.commit(files)
    for _ in ("rendered", "from the cache"):
        report = repository.check(base, head, cache=tmp_path / "cache")
        (unit,) = report.units
        assert (str(unit.state), str(report.verdict)) == ("unrenderable", verdict), unit.error
        assert "missing in charts/ directory: common. common " in unit.error


def test_a_new_chart_that_lacks_another_and_is_wrong(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("helm")
    unit, verdict = changed(repository, {"a.txt": ""}, {**CHART, "c/templates/cm.yaml": "{{ if }}\n"}, "c")
    assert (str(unit.state), verdict) == ("unrenderable", "failed")
    assert "c/templates/cm.yaml" in unit.error


def test_a_new_build_with_a_chart_of_a_registry(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize")
    need("helm")
    charts = [{"name": "redis", "repo": "https://example.org/charts", "version": "1.0.0"}]
    settings = {".gatehouse.yaml": "render: {enable_helm: true}\n"}
    before: Files = {**settings, "a.txt": ""}
    unit, verdict = changed(repository, before, {ROOT: kustomization(helmCharts=charts)})
    assert (str(unit.state), verdict) == ("unrenderable", "passed"), unit.error
    assert "takes the chart redis from https://example.org/charts" in unit.error
    wrong = kustomization(resources=["missing.yaml"], helmCharts=charts)
    unit, verdict = changed(repository, {**before, ROOT: None}, {ROOT: wrong})
    assert (str(unit.state), verdict) == ("unrenderable", "failed")
    assert "missing.yaml" in unit.error


REDIS = {"name": "redis", "repo": "https://example.org/charts", "version": "1.0.0", "valuesFile": "values.yaml"}


@pytest.mark.parametrize("is_enabled", [True, False])
@pytest.mark.parametrize(
    ("after", "words"),
    [
        pytest.param({"apps/web/values.yaml": None}, "values file apps/web/values.yaml does not exist", id="gone"),
        pytest.param({"apps/web/values.yaml": "a: [\n"}, "apps/web/values.yaml", id="malformed"),
        pytest.param({"apps/web/values.yaml": "- a\n"}, "is no mapping", id="a list"),
        pytest.param({ROOT: kustomization(helmCharts=[{**REDIS, "valuesFile": "value.yaml"}])}, "web/value.yaml", id="name"),
        pytest.param(
            {ROOT: kustomization(helmCharts=[{**REDIS, "additionalValuesFiles": ["prod.yaml"]}])}, "prod.yaml", id="more"
        ),
    ],
)  # fmt: skip
def test_values_of_a_chart_of_a_registry_in_a_kustomization(
    repository: GitOpsRepository, need: Callable[[str], str], after: Files, words: str, *, is_enabled: bool
) -> None:
    need("kustomize")
    need("helm")
    before: Files = {
        ".gatehouse.yaml": f"render: {{enable_helm: {str(is_enabled).lower()}}}\n",
        ROOT: kustomization(helmCharts=[REDIS]), "apps/web/values.yaml": "a: 1\n",
    }  # fmt: skip
    unit, verdict = changed(repository, before, after)
    assert (str(unit.state), verdict) == ("broken", "failed"), unit.error
    assert words in unit.error
    before[ROOT] = kustomization(helmCharts=[{**REDIS, "additionalValuesFiles": ["https://example.org/values.yaml"]}])
    unit, verdict = changed(repository, before, {**before, "apps/web/values.yaml": "a: 2\n"})
    assert (str(unit.state), verdict) == ("unrenderable", "passed"), unit.error


def test_what_a_missing_chart_may_give_stays_unknown(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("helm")
    after: Files = {"c/templates/cm.yaml": '{{ include "common.labels" . }}{{ .Values.common.a.b }}\n'}
    unit, verdict = changed(repository, {**CHART, "c/templates/cm.yaml": "a: 1\n"}, after, "c")
    assert (str(unit.state), verdict) == ("unrenderable", "passed")
    assert "missing in charts/" in unit.error


def of_registry(*files: str, **helm: Any) -> str:
    chart = {"repoURL": "https://example.org/charts", "chart": "c", "targetRevision": "1.0.0"}
    sources = [
        {**chart, "helm": {"valueFiles": [f"$here/{file}" for file in files], **helm}},
        {"repoURL": "https://git.example.com/org/repo", "ref": "here", "targetRevision": "main"},
    ]
    spec = {"sources": sources, "destination": {"namespace": "web"}, "project": "default"}
    value = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": "web"}, "spec": spec}
    return json.dumps(value)


VALUES: Files = {"argo/web.yaml": of_registry("values/web.yaml"), "values/web.yaml": "a: 1\n"}


@pytest.mark.parametrize(
    ("after", "words"),
    [
        pytest.param({"values/web.yaml": "a: [\n"}, "values/web.yaml", id="does not parse"),
        pytest.param({"values/web.yaml": "- a\n"}, "values/web.yaml is no mapping", id="a list"),
        pytest.param({"values/web.yaml": None}, "values/web.yaml does not exist", id="goes"),
        pytest.param(
            {"argo/web.yaml": of_registry("values/wbe.yaml")}, "values/wbe.yaml does not exist", id="mistyped"
        ),
    ],
)
def test_values_of_a_chart_that_lies_elsewhere(repository: GitOpsRepository, after: Files, words: str) -> None:
    repository.git("remote", "add", "origin", "https://git.example.com/org/repo")
    report = repository.compare(VALUES, after)
    (unit,) = [unit for unit in report.units if unit.source]
    assert (str(unit.state), str(report.verdict)) == ("broken", "failed")
    assert words in unit.error


@pytest.mark.parametrize(
    ("url", "after"),
    [
        ("https://git.example.com/org/repo", {"values/web.yaml": "a: 2\n"}),
        ("https://git.example.com/org/repo", {"argo/web.yaml": of_registry("no.yaml", ignoreMissingValueFiles=True)}),
        ("https://git.example.com/org/repo", {"argo/web.yaml": of_registry("no-${a}.yaml")}),
        ("https://git.example.com/other/fork", {"argo/web.yaml": of_registry("no.yaml")}),
    ],
)
def test_values_that_may_be_right(repository: GitOpsRepository, url: str, after: Files) -> None:
    repository.git("remote", "add", "origin", url)
    report = repository.compare(VALUES, after)
    (unit,) = [unit for unit in report.units if unit.source]
    assert (str(unit.state), str(report.verdict)) == ("unrenderable", "passed"), unit.error
