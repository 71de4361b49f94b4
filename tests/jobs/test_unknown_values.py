"""HelmReleases of a chart here, with values that only the cluster knows: how the chart is written counts all the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from gitops_repository import GitOpsRepository

from bot.model.result import UnitChange

Files = dict[str, str | None]


def release(**spec: Any) -> str:
    """A source and a HelmRelease of a chart here, of whose values some are only in the cluster."""
    group = "toolkit.fluxcd.io"
    source = {
        "apiVersion": f"source.{group}/v1", "kind": "GitRepository", "metadata": {"name": "here", "namespace": "web"},
        "spec": {"url": "https://git.example.com/org/repo"},
    }  # fmt: skip
    chart = {"chart": "charts/c", "sourceRef": {"kind": "GitRepository", "name": "here"}, **spec}
    found = {
        "apiVersion": f"helm.{group}/v2", "kind": "HelmRelease", "metadata": {"name": "web", "namespace": "web"},
        "spec": {"chart": {"spec": chart}, "valuesFrom": [{"kind": "Secret", "name": "only-there"}]},
    }  # fmt: skip
    return f"{json.dumps(source)}\n---\n{json.dumps(found)}\n"


SCHEMA = json.dumps({"type": "object", "required": ["password"]})
UNVALUED: Files = {
    "flux/web.yaml": release(),
    "charts/c/Chart.yaml": json.dumps({"apiVersion": "v2", "name": "c", "version": "1.0.0"}),
    "charts/c/values.yaml": "a: 1\n",
    "charts/c/values.schema.json": SCHEMA,
    "charts/c/templates/cm.yaml": '{{ required "a password" .Values.password }}\n',
    "charts/c/prod.yaml": "a: 2\n",
}


def of_release(repository: GitOpsRepository, before: Files, after: Files) -> tuple[UnitChange, str]:
    repository.git("remote", "add", "origin", "https://git.example.com/org/repo")
    report = repository.compare(before, after)
    (unit,) = [unit for unit in report.units if unit.source is not None and unit.source.name == "web"]
    return unit, str(report.verdict)


def test_one_that_takes_such_values_from_now_on_is_not_broken(
    repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("helm")
    values = {**UNVALUED, "charts/c/templates/cm.yaml": "kind: ConfigMap\n", "charts/c/values.schema.json": "{}"}
    known = {**values, "flux/web.yaml": (UNVALUED["flux/web.yaml"] or "").replace("valuesFrom", "x-values")}
    unit, verdict = of_release(repository, known, {"flux/web.yaml": UNVALUED["flux/web.yaml"]})
    assert (str(unit.state), verdict) == ("unrenderable", "passed")
    assert "Secret only-there" in (unit.error or "")


@pytest.mark.parametrize(
    ("after", "words"),
    [
        pytest.param({"charts/c/templates/x.yaml": "{{ if .Values.a }}\n"}, "charts/c/templates/x.yaml", id="template"),
        pytest.param({"charts/c/values.yaml": "a: 1\nb\nc: 2\n"}, "charts/c: cannot load values.yaml", id="values"),
        pytest.param({"charts/c/Chart.yaml": "name: [\n"}, "charts/c: cannot load Chart.yaml", id="chart"),
        pytest.param({"charts/c/Chart.yaml": "apiVersion: v2\nname: c\n"}, "metadata.version is required", id="version"),
        pytest.param({"flux/web.yaml": release(valuesFiles=["prd.yaml"])}, "prd.yaml does not exist", id="values files"),
        pytest.param(
            {"flux/web.yaml": release(valuesFiles=["charts/c/prod.yaml"]), "charts/c/prod.yaml": "- a\n"},
            "charts/c/prod.yaml is no mapping", id="a list",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_chart_of_which_values_are_unknown(
    repository: GitOpsRepository, need: Callable[[str], str], after: Files, words: str
) -> None:
    need("helm")
    unit, verdict = of_release(repository, UNVALUED, after)
    assert (str(unit.state), verdict) == ("broken", "failed"), unit.error
    assert words in unit.error


@pytest.mark.parametrize(
    "after",
    [
        pytest.param({"charts/c/templates/cm.yaml": "{{ fail .Values.password }}\n"}, id="what values decide"),
        pytest.param({"charts/c/values.yaml": "a: 3\n"}, id="a value"),
        pytest.param({"charts/c/values.schema.json": '{"required": ["other"]}'}, id="what a schema asks"),
        pytest.param({"flux/web.yaml": release(valuesFiles=["no.yaml"], ignoreMissingValuesFiles=True)}, id="optional"),
        pytest.param({"flux/web.yaml": release(valuesFiles=["charts/c/${env}.yaml"])}, id="filled in later"),
    ],
)  # fmt: skip
def test_what_unknown_values_may_mend(repository: GitOpsRepository, need: Callable[[str], str], after: Files) -> None:
    need("helm")
    unit, verdict = of_release(repository, UNVALUED, after)
    assert (str(unit.state), verdict) == ("unrenderable", "passed"), unit.error
    assert "Secret only-there" in unit.error


def test_a_new_release_of_unknown_values_and_a_wrong_chart(
    repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("helm")
    unit, verdict = of_release(repository, {"a.txt": ""}, {**UNVALUED, "charts/c/templates/x.yaml": "{{ end }}\n"})
    assert (str(unit.state), verdict) == ("unrenderable", "failed")
    assert "charts/c/templates/x.yaml" in unit.error
