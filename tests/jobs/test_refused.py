"""Applications and charts that the cluster refuses: broken by the change that makes them so, a note afterwards."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from gitops_repository import GitOpsRepository, chart, flux, manifest

from bot.affected.unfilled import UNFILLED
from bot.model.result import Report, UnitChange

URL = "https://example.com/acme/gitops.git"
SERVER = {"server": "https://kubernetes.default.svc"}
BOTH = {"name": "in-cluster", **SERVER}


def application(destination: dict[str, str]) -> str:
    value: dict[str, Any] = {
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": "web", "namespace": "argocd"},
        "spec": {"project": "default", "destination": destination, "source": {"repoURL": URL, "path": "web"}},
    }  # fmt: skip
    return json.dumps(value)


def test_one_that_is_refused_from_now_on(repository: GitOpsRepository) -> None:
    files = {"web/cm.yaml": manifest("ConfigMap", "a", data={"a": "1"})}
    good, bad = application(SERVER), application(BOTH)
    base = repository.commit({**files, "argocd/web.yaml": good})
    head = repository.commit({"argocd/web.yaml": bad, "web/cm.yaml": manifest("ConfigMap", "a", data={"a": "2"})})
    later = repository.commit({"web/cm.yaml": manifest("ConfigMap", "a", data={"a": "3"})})
    (unit,) = [each for each in repository.check(base, head).units if each.path == "web"]
    assert str(unit.state) == "broken"
    assert "has `name` and `server`" in (unit.error or "")
    (unit,) = repository.check(head, later).units
    assert str(unit.state) == "changed"  # somebody may have applied it in another way
    assert [note.partition(": ")[0] for note in unit.notes] == ["The cluster refuses this Application"]
    mended = repository.commit({"argocd/web.yaml": good, "web/cm.yaml": manifest("ConfigMap", "a", data={"a": "4"})})
    (unit,) = [each for each in repository.check(later, mended).units if each.path == "web"]
    assert (str(unit.state), unit.notes) == ("changed", ())


def application_set(revision: str = "{{branch}}", namespace: str = "{{ns}}", **source: str) -> str:
    """One Application, of the directory ``web`` or of a chart that lies elsewhere."""
    spec = {
        "project": "default",
        "source": {"repoURL": URL, "path": "web", "targetRevision": revision, **source},
        "destination": {**SERVER, "namespace": namespace},
    }
    element = {"app": "web", "branch": "main", "ns": "shop"}
    value = {
        "apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "metadata": {"name": "set", "namespace": "argocd"},
        "spec": {
            "generators": [{"list": {"elements": [element]}}],
            "template": {"metadata": {"name": "{{app}}"}, "spec": spec},
        },
    }  # fmt: skip
    return json.dumps(value)


CHART = {"repoURL": "https://charts.example.com", "path": "", "chart": "web"}


def made(report: Report) -> list[UnitChange]:
    return [unit for unit in report.units if unit.source]


@pytest.mark.parametrize("source", [{}, CHART])
@pytest.mark.parametrize("wrong", [{"revision": "{{brnch}}"}, {"namespace": "{{nss}}"}])
def test_a_placeholder_that_nothing_fills_in(
    repository: GitOpsRepository, source: dict[str, str], wrong: dict[str, str]
) -> None:
    right = application_set(**source)
    base = repository.commit({"web/cm.yaml": manifest("ConfigMap", "a"), "argocd/set.yaml": right})
    head = repository.commit({"argocd/set.yaml": application_set(**{**source, **wrong})})
    (unit,) = made(repository.check(base, head))
    assert str(unit.state) == "broken"
    assert next(iter(wrong.values())) in (unit.error or "")
    mended = repository.commit({"argocd/set.yaml": right})
    (unit,) = made(repository.check(head, mended))
    assert str(unit.state) == ("unrenderable" if source else "changed")
    assert not any(note.startswith(UNFILLED) for note in unit.notes)


def test_a_placeholder_of_old_is_a_note(repository: GitOpsRepository) -> None:
    base = repository.commit(
        {"web/cm.yaml": manifest("ConfigMap", "a"), "argocd/set.yaml": application_set("{{brnch}}")}
    )
    head = repository.commit({"argocd/set.yaml": application_set("{{brnch}}", "{{nss}}")})
    (unit,) = made(repository.check(base, head))
    assert str(unit.state) == "changed"
    assert any("{{nss}}" in note for note in unit.notes)


@pytest.mark.parametrize("source", [{}, CHART])
def test_a_new_application_with_a_placeholder(repository: GitOpsRepository, source: dict[str, str]) -> None:
    base = repository.commit({"web/cm.yaml": manifest("ConfigMap", "a")})
    head = repository.commit({"argocd/set.yaml": application_set("{{brnch}}", **source)})
    (unit,) = made(repository.check(base, head))
    assert unit.is_broken_newcomer


def test_a_chart_of_which_an_object_loses_its_kind(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("helm")
    bad = "apiVersion: v1\nmetadata: {name: a}\n"
    base = repository.commit(chart("charts/web", a="kind: ConfigMap\n" + bad, b="kind: ConfigMap\n" + bad))
    head = repository.commit({"charts/web/templates/a.yaml": bad})
    (unit,) = repository.check(base, head).units
    assert str(unit.state) == "broken"
    assert unit.error == "No apiVersion or no kind, which no cluster takes: charts/web/templates/a.yaml."
    later = repository.commit({"charts/web/templates/b.yaml": "kind: Secret\n" + bad})
    (unit,) = repository.check(head, later).units
    assert str(unit.state) == "changed"  # it was so before, and somebody may have a way around it
    assert unit.notes == ("No apiVersion or no kind, which no cluster takes: charts/web/templates/a.yaml.",)
    mended = repository.commit({"charts/web/templates/a.yaml": "kind: ConfigMap\n" + bad})
    (unit,) = repository.check(later, mended).units
    assert (str(unit.state), unit.notes) == ("changed", ())


def test_a_chart_of_which_an_object_loses_its_name(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    """A slip in the name of a value makes it empty. A new chart may be meant for other values."""
    need("helm")
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Values.%s }}\n"
    files = {**chart("charts/web", a=text % "name"), "charts/web/values.yaml": "name: web\n"}
    base = repository.commit(files)
    head = repository.commit({"charts/web/templates/a.yaml": text % "nmae"})
    (unit,) = repository.check(base, head).units
    assert (str(unit.state), unit.error) == (
        "broken", "No metadata.name in what the chart makes, which no cluster takes: charts/web/templates/a.yaml.",
    )  # fmt: skip
    new = repository.commit(chart("charts/other", a=text % "given", b="apiVersion: v1\nkind: A\nmetadata: {name: a}\n"))
    (unit,) = repository.check(head, new).units
    assert (str(unit.state), unit.notes) == (
        "added", ("No metadata.name in what the chart makes, which no cluster takes: charts/other/templates/a.yaml.",),
    )  # fmt: skip


LABELLED = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: web
  labels:
    app: web
    {{- range $key, $value := .Values.labels }}
    {{ $key }}: {{ $value }}
    {{- end }}
"""


def test_a_key_that_a_chart_writes_twice(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("helm")
    source = {"chart": {"spec": {"chart": "./web", "sourceRef": {"kind": "GitRepository", "name": "flux-system"}}}}
    base = repository.commit({**chart("web", web=LABELLED), "prod/web.yaml": flux("HelmRelease", "web", **source)})
    twice = flux("HelmRelease", "web", **source, values={"labels": {"app": "shop"}})
    (unit,) = [each for each in repository.check(base, repository.commit({"prod/web.yaml": twice})).units if each.error]
    assert str(unit.state) == "broken"
    assert unit.error == (
        "A key twice in one mapping of what the chart makes: web/templates/web.yaml (app). Flux refuses the release: write "
        "the key once."
    )
