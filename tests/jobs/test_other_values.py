"""Values of one environment in the directory of a chart: the others are not listed for them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from gitops_repository import GitOpsRepository, manifest, states

Files = dict[str, str | None]
CHART: Files = {
    "c/Chart.yaml": "apiVersion: v2\nname: c\nversion: 0.1.0\n",
    "c/values-common.yaml": "b: 1\n",
    "c/values-dev.yaml": "a: 1\n",
    "c/values/prod.yaml": "a: 2\n",
    "c/templates/cm.yaml": manifest("ConfigMap", "c", data={"a": "{{ .Values.a }}"}),
}
READING = manifest(
    "ConfigMap", "c", data={"dev": "{{ .Files.Get `values-dev.yaml` | b64enc }}", "a": "{{ .Values.a }}"}
)


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ({"c/values-dev.yaml": "a: 3\n"}, {"c@dev": "changed"}),
        ({"c/values-dev.yaml": "a: 1\nc: 1\n"}, {"c@dev": "unchanged"}),
        ({"c/values/prod.yaml": "a: 3\n"}, {"c@prod": "changed"}),
        ({"c/values/prod.yaml": "a: 3\n", "c/values-dev.yaml": "a: 3\n"}, {"c@dev": "changed", "c@prod": "changed"}),
        ({"c/values-qa.yaml": "a: 3\n"}, {"c@qa": "added"}),
        ({"c/values-dev.yaml": None}, {"c@dev": "removed"}),
        # what both read may concern both
        ({"c/values-common.yaml": "b: 2\n"}, {"c@dev": "unchanged", "c@prod": "unchanged"}),
        ({"c/values-dev.yaml": "a: 3\n", "c/README.md": "x"}, {"c@dev": "changed", "c@prod": "unchanged"}),
        ({"c/values-dev.yaml": "a: 3\n", "c/templates/cm.yaml": READING}, {"c@dev": "changed", "c@prod": "changed"}),
    ],
)
def test_only_whose_values_change(
    repository: GitOpsRepository, need: Callable[[str], str], after: Files, expected: dict[str, str]
) -> None:
    need("helm")
    report = repository.compare(CHART, after)
    assert {unit.key: str(unit.state) for unit in report.units} == expected
    assert not report.unmapped


def test_a_template_may_read_them(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("helm")
    report = repository.compare({**CHART, "c/templates/cm.yaml": READING}, {"c/values-dev.yaml": "a: 3\n"})
    assert states(report) == {"c@dev": "changed", "c@prod": "changed"}
