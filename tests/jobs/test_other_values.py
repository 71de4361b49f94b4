"""Values of one environment in the directory of a chart: the others are not listed for them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from gitops_repository import GitOpsRepository, application, manifest, states

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


def declared(*, dependency: bool = True) -> Files:
    """A chart that an Application deploys to each environment; the chart that it depends on lies in a registry."""
    files = {**CHART, "CODEOWNERS": "* @all\n/c/values/prod.yaml @sre\n"}
    if dependency:
        files["c/Chart.yaml"] = "\n".join((
            "apiVersion: v2", "name: c", "version: 0.1.0", "dependencies:",
            "- {name: other, version: 1.0.0, repository: https://charts.example}", "",
        ))  # fmt: skip
    for name, file in (("dev", "values-dev.yaml"), ("prod", "values/prod.yaml")):
        files[f"argocd/{name}/c.yaml"] = application(
            f"c-{name}", "c", helm={"valueFiles": ["values-common.yaml", file]}
        )
    return files


@pytest.mark.parametrize("state", ["changed", "unrenderable"])
@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ({"c/values-dev.yaml": "a: 3\n"}, ["dev"]),
        ({"c/values/prod.yaml": "a: 3\n"}, ["prod"]),
        ({"c/values-common.yaml": "a: 2\nb: 2\n"}, ["dev", "prod"]),
        ({"c/templates/cm.yaml": READING.replace("values-dev", "values-common")}, ["dev", "prod"]),
        ({"c/values-dev.yaml": "a: 3\n", "c/templates/cm.yaml": READING}, ["dev", "prod"]),
    ],
)
def test_whose_values_change_of_those_that_objects_deploy(
    repository: GitOpsRepository, need: Callable[[str], str], after: Files, expected: list[str], state: str
) -> None:
    need("helm")
    report = repository.compare(declared(dependency=state == "unrenderable"), after)
    assert {unit.environment for unit in report.units if unit.state == state} <= set(expected)
    shown = [unit.environment for unit in report.units if unit.state in (state, "unchanged")]
    assert sorted(shown) == expected


def test_a_template_of_a_chart_that_cannot_be_rendered_may_read_them(
    repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("helm")
    files = {**declared(), "c/templates/cm.yaml": READING}
    assert len(repository.compare(files, {"c/values-dev.yaml": "a: 3\n"}).units) == 2


def test_the_owners_of_its_last_values_speak_for_what_cannot_be_rendered(
    repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("helm")

    def asked(change: Files, base: Files) -> list[tuple[str, ...]]:
        report = repository.compare(base, change)
        return sorted({owner.required for owner in report.owners if owner.why.startswith("prod is reached")})

    files = {**declared(), ".gatehouse.yaml": "checks: {run: [owners]}\n"}
    assert asked({"c/values/prod.yaml": "a: 3\n"}, files) == [("@sre",)]
    assert asked({"c/templates/cm.yaml": manifest("ConfigMap", "d")}, {}) == [("@sre",)]
    assert asked({"c/values-dev.yaml": "a: 3\n"}, {}) == []
