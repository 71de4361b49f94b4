"""Where a unit fails, by the words of the programs that render it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sample_reports import friendly

from bot.model.result import UnitState
from bot.report import markdown
from bot.report.failure_place import failure_place
from bot.report.issues import issues

IN_A_BASE = (
    "accumulating resources: accumulation err='accumulating resources from '../../base': 'apps/web/base' must resolve to a "
    "file': recursed accumulation of path 'apps/web/base': accumulating resources: accumulating resources from "
    "'deployment.yaml': MalformedYAMLError: yaml: line 5: did not find expected ',' or ']' in File: deployment.yaml"
)
OF_HELM = 'charts/web/templates/d.yaml:21:10 executing "charts/web/templates/d.yaml" at <.Values.a.b>: nil pointer'


@pytest.mark.parametrize(
    ("error", "file", "line"),
    [
        (IN_A_BASE, "apps/web/base/deployment.yaml", 6),
        ("yaml: line 3: mapping values are not allowed in this context in File: a.yaml", "k8s/prod/a.yaml", 3),
        ("MalformedYAMLError: yaml: line 3: mapping values in File: ../base/a.yaml", "k8s/base/a.yaml", 3),
        ("yaml: line 1: did not find expected node content in File: a.yaml", "k8s/prod/a.yaml", 1),  # at the end of the file
        ("k8s/prod/pod.yaml:7 is not valid YAML: did not find", "k8s/prod/pod.yaml", 7),
        (OF_HELM, "charts/web/templates/d.yaml", 21),
        ("/etc/passwd.yaml:1:1 executing", "k8s/prod/kustomization.yaml", 0),
        ("yaml: line 3: no in File: ../../../a.yaml", "k8s/prod/kustomization.yaml", 0),
        ("no such file", "k8s/prod/kustomization.yaml", 0),
    ],
)  # fmt: skip
def test_the_file_and_line_of_an_error(error: str, file: str, line: int) -> None:
    unit = replace(friendly().units[0], path="k8s/prod", file="k8s/prod/kustomization.yaml", error=error)
    assert failure_place(unit) == (file, line)


def test_an_annotation_and_the_comment_lead_there() -> None:
    unit = replace(
        friendly().units[0], state=UnitState.BROKEN, error=OF_HELM, objects=(), file="charts/web/values.yaml"
    )
    report = replace(friendly(), units=(unit,))
    (issue,) = issues(report)
    assert (issue.file, issue.line) == ("charts/web/templates/d.yaml", 21)
    assert "→ `charts/web/templates/d.yaml:21`" in markdown.render(report)
