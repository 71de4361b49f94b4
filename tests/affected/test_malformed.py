"""Declarations that are not right: what breaks is broken, what is mended is fixed, and what they name is theirs."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from fake_lookup import HERE
from gitops_repository import GitOpsRepository, kustomization, manifest

from bot.model.result import Report

Files = dict[str, str | None]


SOURCE = {"repoURL": HERE, "path": "charts/web", "helm": {"valueFiles": ["../../vals/prod.yaml"]}}


def application(**spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": "web", "namespace": "argocd"},
        "spec": {"source": SOURCE, "destination": {"namespace": "web"}, **spec},
    }  # fmt: skip


def flux(**spec: Any) -> dict[str, Any]:
    reference = {"kind": "GitRepository", "name": "flux-system"}
    return {
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
        "metadata": {"name": "web", "namespace": "flux-system"},
        "spec": {"sourceRef": reference, "path": "./apps/web", "prune": True, **spec},
    }  # fmt: skip


def release(**spec: Any) -> dict[str, Any]:
    reference = {"kind": "GitRepository", "name": "flux-system"}
    chart = {"spec": {"chart": "./charts/web", "sourceRef": reference, "valuesFiles": ["./charts/web/values.yaml"]}}
    return {
        "apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease",
        "metadata": {"name": "web", "namespace": "flux-system"}, "spec": {"chart": chart, **spec},
    }  # fmt: skip


GIT = {
    "apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository",
    "metadata": {"name": "flux-system", "namespace": "flux-system"}, "spec": {"url": HERE},
}  # fmt: skip
BASE: Files = {
    "charts/web/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
    "charts/web/values.yaml": "a: 1\n",
    "charts/web/templates/cm.yaml": manifest("ConfigMap", "web", data={"a": "{{ .Values.a }}"}),
    "vals/prod.yaml": "a: 2\n",
    "apps/web/kustomization.yaml": kustomization(resources=["cm.yaml"]),
    "apps/web/cm.yaml": manifest("ConfigMap", "web"),
    "clusters/git.yaml": json.dumps(GIT),
}
BROKEN = [
    pytest.param(application(), application(source=[]), (), id="application-source-list"),
    pytest.param(application(), {**application(), "spec": None}, (), id="application-no-spec"),
    pytest.param(application(), {**application(), "spec": [application()["spec"]]},
                 ("vals/prod.yaml", "charts/web/values.yaml"), id="application-spec-list"),
    pytest.param(application(), application(destination="web"),
                 ("vals/prod.yaml", "charts/web/templates/cm.yaml"), id="application-destination"),
    pytest.param(application(), application(source={**SOURCE, "helm": {"valueFiles": "../../vals/prod.yaml"}}),
                 ("vals/prod.yaml", "charts/web/Chart.yaml"), id="application-value-files"),
    pytest.param(flux(), flux(patches="x"), ("apps/web/cm.yaml", "apps/web/kustomization.yaml"), id="flux-patches"),
    pytest.param(flux(), {**flux(), "spec": [flux()["spec"]]}, ("apps/web/cm.yaml",), id="flux-spec-list"),
    pytest.param(flux(), flux(path=7), (), id="flux-path"),
    pytest.param(release(), release(values=[]),
                 ("charts/web/values.yaml", "charts/web/templates/cm.yaml"), id="release-values"),
    pytest.param(release(), {**release(), "spec": [release()["spec"]]}, ("charts/web/values.yaml",), id="release-spec-list"),
]  # fmt: skip


def listed(report: Report) -> dict[str, str]:
    return {unit.source.name: str(unit.state) for unit in report.units if unit.source}


def others(report: Report) -> list[str]:
    return [str(unit.state) for unit in report.units if not unit.source and str(unit.state) != "changed"]


@pytest.mark.parametrize(("right", "wrong", "read"), BROKEN)
def test_a_malformed_declaration(
    right: dict[str, Any], wrong: dict[str, Any], read: tuple[str, ...], repository: GitOpsRepository,
    need: Callable[[str], str],
) -> None:  # fmt: skip
    need("helm")
    repository.git("remote", "add", "origin", HERE)
    place = "clusters/web.yaml"
    report = repository.compare({**BASE, place: json.dumps(right)}, {place: json.dumps(wrong)})
    assert (str(report.verdict), listed(report)) == ("failed", {"web": "broken"})
    assert not report.unmapped
    for path in read:
        touched = repository.compare({}, {path: (BASE[path] or "") + "\n"})
        assert (str(touched.verdict), listed(touched)) == ("passed", {"web": "unrenderable"}), path
        assert not touched.unmapped, path
    mended = repository.compare({}, {place: json.dumps(right)})
    assert (str(mended.verdict), listed(mended)) == ("passed", {"web": "fixed"})


@pytest.mark.parametrize(("right", "wrong", "read"), [case.values for case in BROKEN if case.values[2]])
def test_what_it_names_is_no_unit_of_its_own(
    right: dict[str, Any], wrong: dict[str, Any], read: tuple[str, ...], repository: GitOpsRepository
) -> None:
    repository.git("remote", "add", "origin", HERE)
    place = "clusters/web.yaml"
    report = repository.compare({**BASE, place: json.dumps(right)}, {place: json.dumps(wrong)})
    assert {unit.path for unit in report.units if not unit.source} <= {"clusters"}
    back = repository.compare({}, {place: json.dumps(right)})
    assert {unit.path for unit in back.units if not unit.source} <= {"clusters"}


def test_a_refused_application_of_a_set(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("helm")
    repository.git("remote", "add", "origin", HERE)
    patch = json.dumps({"spec": {"source": {"helm": {"valueFiles": "../../vals/prod.yaml"}}}})
    value = {
        "apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "metadata": {"name": "set", "namespace": "argocd"},
        "spec": {
            "generators": [{"list": {"elements": [{"n": "web"}, {"n": "other"}]}}],
            "template": {"metadata": {"name": "{{.n}}"}, "spec": application()["spec"]}, "goTemplate": True,
        },
    }  # fmt: skip
    wrong = json.loads(json.dumps(value))
    wrong["spec"]["templatePatch"] = f'{{{{if eq .n "web"}}}}{patch}{{{{end}}}}'
    report = repository.compare(
        {**BASE, "clusters/set.yaml": json.dumps(value)}, {"clusters/set.yaml": json.dumps(wrong)}
    )
    assert (str(report.verdict), listed(report)) == ("failed", {"web": "broken", "other": "unchanged"})
    touched = repository.compare({}, {"vals/prod.yaml": "a: 3\n"})
    assert listed(touched) == {"web": "unrenderable", "other": "changed"}


def test_a_malformed_set_still_has_the_files_of_its_patterns(repository: GitOpsRepository) -> None:
    git = {"git": {"repoURL": HERE, "files": [{"path": "config/*.json"}]}}
    template = {"metadata": {"name": "{{n}}"}, "spec": {"source": {**SOURCE, "path": "apps/{{n}}"}}}
    value = {
        "apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "metadata": {"name": "set", "namespace": "argocd"},
        "spec": {"generators": git, "template": template},
    }  # fmt: skip
    files: Files = {**BASE, "clusters/set.yaml": json.dumps(value), "config/a.json": '{"n": "web"}'}
    report = repository.compare(files, {"config/a.json": '{"n": "other"}'})
    assert (str(report.verdict), listed(report), report.unmapped) == ("passed", {"set": "unrenderable"}, ())
