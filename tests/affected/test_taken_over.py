"""What is known by its directory alone, and that a declaration takes over or lets go."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from gitops_repository import GitOpsRepository, application, chart, kustomization, manifest

from bot.model.result import Report

Files = dict[str, str | None]

TEMPLATE = manifest("ConfigMap", "of-chart", data={"a": "{{ .Values.a }}"})
CHART: Files = {
    **chart("charts/web", cm=TEMPLATE),
    "charts/web/values.yaml": "a: one\n",
    "environments/dev/web.yaml": "a: dev\n",
    "environments/prod/web.yaml": "a: prod\n",
    "other/kustomization.yaml": kustomization(resources=["cm.yaml"]),
    "other/cm.yaml": manifest("ConfigMap", "other"),
}
EDITED: Files = {"charts/web/templates/cm.yaml": TEMPLATE.replace("of-chart", "edited")}


DEV = application("web-dev", "charts/web", helm={"valueFiles": ["../../environments/dev/web.yaml"]})


def states(report: Report) -> set[tuple[str, str]]:
    return {(u.source.name if u.source else u.path, str(u.state)) for u in report.units}


def test_a_chart_that_is_taken_over_goes_nowhere(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("helm")
    report = repository.compare(CHART, {"argocd/web.yaml": DEV})
    assert {(name, state) for name, state in states(report) if "web" in name and "argocd" not in name} == {
        ("web-dev", "added")
    }


def test_what_becomes_of_it_meanwhile_is_shown(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("helm")
    alone: Files = {path: text for path, text in CHART.items() if not path.startswith("environments/")}
    report = repository.compare(alone, {"argocd/web.yaml": application("web", "charts/web"), **EDITED})
    assert {("web", "added"), ("charts/web", "changed")} <= states(report)
    assert "removed" not in {state for _, state in states(report)}


@pytest.mark.parametrize("edit", [EDITED, {"charts/web/values-prod.yaml": "a: two\n"}], ids=["template", "values"])
def test_a_chart_that_is_let_go_begins_nothing(
    edit: Files, repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("helm")
    report = repository.compare({**CHART, "argocd/web.yaml": DEV}, {"argocd/web.yaml": None, **edit})
    assert {name for name, state in states(report) if state != "removed"} == set()
    assert ("web-dev", "removed") in states(report)


def test_a_kustomization_that_is_let_go(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize")
    files: Files = {**CHART, "argocd/other.yaml": application("other", "other")}
    edited: Files = {"other/cm.yaml": manifest("ConfigMap", "other", data={"a": "1"})}
    base = repository.commit(files, "base")
    head = repository.commit({"argocd/other.yaml": None, **edited}, "head")
    assert {each for each in states(repository.check(base, head)) if each[0] == "other"} == {("other", "removed")}
    assert ("other", "changed") in states(repository.check(base, head, everything=True))
    report = repository.compare({}, {"other/cm.yaml": manifest("ConfigMap", "other", data={"a": "2"})})
    assert states(report) == {("other", "changed")}  # somebody may apply it by hand


def test_what_output_declares_no_longer(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    """An application that the values of the root's chart turn off, and whose chart is edited in the same change."""
    need("helm")
    root = application("root", "bootstrap")
    template = f"{{{{ if .Values.web }}}}\n{DEV}\n{{{{ end }}}}\n"
    files: Files = {
        **CHART,
        "argocd/root.yaml": root,
        **chart("bootstrap", web=template),
        "bootstrap/values.yaml": "web: true\n",
    }
    report = repository.compare(files, {"bootstrap/values.yaml": "web: false\n", **EDITED})
    assert {each for each in states(report) if each[1] not in ("changed", "unchanged")} == {("web-dev", "removed")}
    assert "charts/web" not in {name for name, _ in states(report)}


def test_a_set_of_unknown_clusters_takes_it_over(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    """What the set makes of it cannot be rendered: only the build by itself shows what changes."""
    need("kustomize")
    spec = {
        "generators": [{"clusters": {"selector": {"matchLabels": {"env": "prod"}}}}],
        "template": {"metadata": {"name": "other-{{name}}"}, "spec": json.loads(application("x", "other"))["spec"]},
    }
    metadata = {"name": "other", "namespace": "argocd"}
    generated = json.dumps(
        {"apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "metadata": metadata, "spec": spec}
    )
    files: Files = {**CHART, "argocd/other.yaml": application("other", "other")}
    edited: Files = {"other/cm.yaml": manifest("ConfigMap", "other", data={"a": "1"})}
    report = repository.compare(files, {"argocd/other.yaml": generated, **edited})
    assert ("other", "changed") in {(u.path, str(u.state)) for u in report.units}
