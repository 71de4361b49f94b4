"""An installation with values.yaml alone, beside those of environments: no unit, but told where only it changes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from gitops_repository import GitOpsRepository, by_path, chart

from bot.model.result import Report

TEMPLATE = (
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata: {a: '{{ .Values.a }}', b: '{{ .Values.b }}'}\n"
)
HERE = {**chart("web", cm=TEMPLATE), "web/values.yaml": "a: 1\nb: 1\n"}
PROD = {"web/values-prod.yaml": "a: 3\n"}
WAY_OUT = "where it is installed like that, `{path: web}` and an entry for each environment under `units`"


def told(report: Report) -> list[str]:
    return [note for note in report.notes if "values.yaml alone" in note]


@pytest.fixture(autouse=True)
def helm(need: Callable[[str], str]) -> None:
    need("helm")


def test_what_only_values_yaml_alone_shows_is_told(repository: GitOpsRepository) -> None:
    report = repository.compare(HERE | PROD, {"web/values.yaml": "a: 2\nb: 1\n"})
    assert {str(unit.state) for unit in report.units} == {"unchanged"}
    (note,) = told(report)
    assert note.startswith("What web makes of values.yaml alone changes, and no unit shows it")
    assert WAY_OUT in note


@pytest.mark.parametrize(
    "change",
    [
        {"web/values.yaml": "a: 2\nb: 2\n"},  # the environment shows it
        {"web/values.yaml": "a: 1 # one\nb: 1\n"},
        {"web/values-prod.yaml": "a: 3 # three\n"},
        {"web/README.md": "how\n"},
        {"web/values-prod.yaml": "a: 3\nb: 1\n", "web/templates/cm.yaml": f"{{{{/* new */}}}}\n{TEMPLATE}"},
    ],
)
def test_nothing_is_said_otherwise(repository: GitOpsRepository, change: dict[str, str]) -> None:
    assert told(repository.compare(HERE | PROD, change)) == []


def test_one_that_fails_from_now_on_is_told_and_one_that_failed_before_is_not(repository: GitOpsRepository) -> None:
    asks = {"web/templates/cm.yaml": TEMPLATE.replace(".Values.a", 'required "no a" .Values.a')}
    assert len(told(repository.compare(HERE | PROD | asks, {"web/values.yaml": "b: 1\n"}))) == 1
    assert told(repository.compare({"web/values.yaml": "b: 1\n"}, {"web/README.md": "how\n"})) == []


def test_the_first_values_of_an_environment(repository: GitOpsRepository) -> None:
    report = repository.compare(HERE, PROD)
    assert {str(unit.state) for unit in report.units} == {"removed", "added"}
    (note,) = told(report)
    assert note.startswith(
        "web has values of environments from now on (web/values-prod.yaml), and is no longer looked at"
    )
    assert "nothing is deleted by that" in note and WAY_OUT in note
    gone = repository.compare({}, dict.fromkeys((*HERE, *PROD, "web/Chart.yaml")))
    assert told(gone) == [] and "web" in by_path(gone)
