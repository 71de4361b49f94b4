"""Findings about values that the file of a git generator gives to what a set makes."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from gitops_repository import GitOpsRepository, chart

from bot.model.result import Report

Files = dict[str, str | None]
REPO = "https://example.com/acme/gitops.git"
POD = {"name": "a", "image": "{{ .Values.repository }}:{{ .Values.tag }}"}
DEPLOYMENT = {
    "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
    "spec": {"replicas": "REPLICAS", "selector": {"matchLabels": {"app": "web"}},
             "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [POD]}}},
}  # fmt: skip
NAMES = ("repository", "tag", "replicas")


def row(env: str, tag: str, replicas: str = "2", repository: str = "example.com/web") -> str:
    values = {"env": env, "repository": repository, "tag": tag, "replicas": replicas}
    return json.dumps(values, indent=1) + "\n"


def files() -> Files:
    source = {
        "repoURL": REPO, "path": "charts/web",
        "helm": {"parameters": [{"name": name, "value": f"{{{{{name}}}}}"} for name in NAMES]},
    }  # fmt: skip
    spec = {"project": "default", "destination": {"server": "https://kubernetes.default.svc"}, "source": source}
    template = {"metadata": {"name": "web-{{env}}"}, "spec": spec}
    made = {
        "apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "metadata": {"name": "all", "namespace": "argocd"},
        "spec": {"generators": [{"git": {"repoURL": REPO, "files": [{"path": "rows/*.json"}]}}], "template": template},
    }  # fmt: skip
    text = json.dumps(DEPLOYMENT, indent=1).replace('"REPLICAS"', "{{ .Values.replicas }}")
    return {
        "sets/all.yaml": json.dumps(made), **chart("charts/web", deployment=text),
        "charts/web/values.yaml": "replicas: 1\n", "rows/prod.json": row("prod", "1.0"), "rows/dev.json": row("dev", "1.1"),
    }  # fmt: skip


def lines(report: Report, rule: str) -> list[tuple[str, int]]:
    return [(f.file, f.line) for check in report.checks for f in check.findings if f.rule == rule]


@pytest.mark.parametrize(
    ("change", "rule", "place"),
    [
        ({"rows/prod.json": row("prod", "latest")}, "images/latest", ("rows/prod.json", 4)),
        ({"rows/prod.json": row("prod", "2.0", "0")}, "risk/replicas-zero", ("rows/prod.json", 5)),
        (
            {"rows/prod.json": row("prod", "latest", repository="example.com/new")},
            "images/latest",
            ("rows/prod.json", 4),
        ),
        ({"rows/eu.json": row("prod-eu", "latest")}, "images/latest", ("rows/eu.json", 4)),
    ],
)
def test_the_line_of_a_parameter(
    repository: GitOpsRepository, need: Callable[[str], str], change: Files, rule: str, place: tuple[str, int]
) -> None:
    need("helm")
    report = repository.compare(files(), change, judged=True)
    assert lines(report, rule) == [place]


def test_a_template_that_changes_stays_the_place(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("helm")
    name = "charts/web/templates/deployment.yaml"
    text = str(files()[name]).replace("{{ .Values.tag }}", "latest")
    report = repository.compare(files(), {name: text, "rows/prod.json": row("prod", "latest")}, judged=True)
    assert {file for file, _ in lines(report, "images/latest")} == {name}


def test_an_object_whose_name_a_template_makes_stands_at_its_kind(
    repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("helm")
    meta = "metadata: {name: '{{ .Release.Name }}-r'}"
    role = f"apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\n{meta}\nrules: []\n"
    path = "charts/web/templates/role.yaml"
    change: Files = {path: f"{{{{- if .Values.more }}}}\n{role}{{{{- end }}}}\n", "charts/web/values.yaml": "more: 1\n"}
    report = repository.compare(files(), change, judged=True)
    assert set(lines(report, "risk/rbac")) == {(path, 3)}
