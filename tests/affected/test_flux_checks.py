"""Flux units checked as a whole, from a commit to what the report says."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from gitops_repository import GitOpsRepository, by_path
from made_repository import chart

GIT = """\
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: repo, namespace: flux-system}
spec: {url: https://git.example/org/repo}
"""
SHOW = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: web}
data: {values: {{ .Values | toJson | quote }}}
"""


def release(*files: str, **more: object) -> str:
    source = {"kind": "GitRepository", "name": "repo"}
    spec = {"chart": {"spec": {"chart": "charts/web", "sourceRef": source, "valuesFiles": list(files), **more}}}
    metadata = {"name": "web", "namespace": "flux-system"}
    return json.dumps(
        {"apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease", "metadata": metadata, "spec": spec}
    )


CHART = {**chart("charts/web", show=SHOW), "clusters/git.yaml": GIT, "env/prod.yaml": "prod: 1\n"}


def test_a_chart_s_values_do_not_matter_once_values_files_replace_them(
    repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("helm")
    before = {**CHART, "charts/web/values.yaml": "own: 1\n", "clusters/web.yaml": release("env/prod.yaml")}
    report = repository.compare(before, {"charts/web/values.yaml": "own: 2\n"})
    assert str(by_path(report)["charts/web"].state) == "unchanged"
    base = repository.git("rev-parse", "HEAD")
    report = repository.check(base, repository.commit({"env/prod.yaml": "prod: 2\n"}))
    (unit,) = report.units
    (change,) = unit.objects
    assert str(unit.state) == "changed"
    assert ["not rolled out" in note for note in unit.notes] == [True]  # the chart has the version that it had
    assert "own" not in change.diff


@pytest.mark.parametrize(("ignore", "state"), [(True, "unchanged"), (False, "broken")])
def test_a_values_file_that_goes(
    ignore: bool, state: str, repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("helm")
    made = release("charts/web/values.yaml", "env/prod.yaml", ignoreMissingValuesFiles=ignore)
    before = {**CHART, "env/prod.yaml": "{}\n", "clusters/web.yaml": made}
    report = repository.compare(before, {"env/prod.yaml": None})
    assert str(by_path(report)["charts/web"].state) == state
