"""Declarations under a kind or version that does not exist: broken, with the place and what was meant, and never removed."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from fake_lookup import HERE
from gitops_repository import GitOpsRepository, kustomization, manifest

from bot.affected.mistyped import line_of, mistake
from bot.model.result import Report

Files = dict[str, str | None]
FLUX = {"kind": "GitRepository", "name": "flux-system"}
BASE: Files = {
    "charts/web/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
    "charts/web/templates/cm.yaml": manifest("ConfigMap", "web"),
    "apps/web/kustomization.yaml": kustomization(resources=["cm.yaml"]),
    "apps/web/cm.yaml": manifest("ConfigMap", "web"),
}


def written(api_version: str, kind: str, spec: dict[str, Any]) -> str:
    return f"apiVersion: {api_version}\nkind: {kind}\nmetadata:\n  name: web\n  namespace: ours\nspec: {json.dumps(spec)}\n"


APPLICATION = ("argoproj.io/v1alpha1", "Application", {"source": {"repoURL": HERE, "path": "apps/web"}})
SET = ("argoproj.io/v1alpha1", "ApplicationSet", {
    "generators": [{"list": {"elements": [{"name": "one"}]}}],
    "template": {"metadata": {"name": "{{name}}"}, "spec": {"source": {"repoURL": HERE, "path": "apps/web"}}},
})  # fmt: skip
KUSTOMIZATION = ("kustomize.toolkit.fluxcd.io/v1", "Kustomization", {"sourceRef": FLUX, "path": "./apps/web"})
RELEASE = (
    "helm.toolkit.fluxcd.io/v2",
    "HelmRelease",
    {"chart": {"spec": {"chart": "./charts/web", "sourceRef": FLUX}}},
)

ARGO, KUSTOMIZE, HELM = (
    f"{group} has no" for group in ("argoproj.io", "kustomize.toolkit.fluxcd.io", "helm.toolkit.fluxcd.io")
)
MISTYPED = [
    pytest.param(APPLICATION, "Applicaton", f"line 2: {ARGO} kind Applicaton: write Application", id="argo"),
    pytest.param(APPLICATION, "application", f"line 2: {ARGO} kind application: write Application", id="case"),
    pytest.param(
        APPLICATION, "argoproj.io/v1alpha", f"line 1: {ARGO} version v1alpha: write argoproj.io/v1alpha1", id="version"
    ),
    pytest.param(APPLICATION, "argoproj.io", "line 1: apiVersion argoproj.io names no version", id="no-version"),
    pytest.param(KUSTOMIZATION, "Kustomizaton", f"line 2: {KUSTOMIZE} kind Kustomizaton: write Kustomiz", id="flux"),
    pytest.param(KUSTOMIZATION, "Something", f"{KUSTOMIZE} kind Something: write Kustomization;", id="unknown"),
    pytest.param(KUSTOMIZATION, "kustomize.toolkit.fluxcd.io/v2", f"line 1: {KUSTOMIZE} version v2", id="v2"),
    pytest.param(RELEASE, "HelmRelaese", f"line 2: {HELM} kind HelmRelaese: write HelmRelease", id="helm"),
    pytest.param(
        RELEASE, "kustomize.toolkit.fluxcd.io/v1",
        f"{KUSTOMIZE} kind HelmRelease: write apiVersion helm.toolkit.fluxcd.io/v2",
        id="of-another-group",
    ),
]  # fmt: skip


def listed(report: Report) -> dict[str, str]:
    return {unit.source.name: str(unit.state) for unit in report.units if unit.source}


def mistyped(right: tuple[str, str, dict[str, Any]], wrong: str) -> str:
    api_version, kind, spec = right
    return written(wrong, kind, spec) if "." in wrong else written(api_version, wrong, spec)


@pytest.mark.parametrize(("right", "wrong", "words"), MISTYPED)
def test_a_mistyped_declaration_is_broken(
    right: tuple[str, str, dict[str, Any]], wrong: str, words: str, repository: GitOpsRepository,
    need: Callable[[str], str],
) -> None:  # fmt: skip
    need("helm")
    place = "clusters/web.yaml"
    report = repository.compare({**BASE, place: written(*right)}, {place: mistyped(right, wrong)})
    assert (str(report.verdict), listed(report)) == ("failed", {"web": "broken"})
    (error,) = (unit.error for unit in report.units if unit.source)
    assert error.startswith(place)
    assert words in error
    assert error.endswith(f"the cluster refuses {right[1]} ours/web as it is")
    assert not report.unmapped
    again = repository.compare({}, {"apps/web/cm.yaml": manifest("ConfigMap", "web", data={})})
    assert str(again.verdict) == "passed"
    mended = repository.compare({}, {place: written(*right)})
    assert (str(mended.verdict), listed(mended)) == ("passed", {"web": "fixed"})


@pytest.mark.parametrize(("right", "wrong", "words"), MISTYPED)
def test_a_new_declaration_that_is_mistyped_fails(
    right: tuple[str, str, dict[str, Any]], wrong: str, words: str, repository: GitOpsRepository
) -> None:
    report = repository.compare(BASE, {"clusters/web.yaml": mistyped(right, wrong)})
    assert (str(report.verdict), listed(report)) == ("failed", {"web": "unrenderable"})
    assert any(words in unit.error for unit in report.units)


@pytest.mark.parametrize("right", [APPLICATION, KUSTOMIZATION])
def test_in_the_output_of_a_host(
    right: tuple[str, str, dict[str, Any]], repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("kustomize")
    host = kustomization(resources=["web.yaml"], namespace="other")
    files = {**BASE, "clusters/kustomization.yaml": host, "clusters/web.yaml": written(*right)}
    report = repository.compare(files, {"clusters/web.yaml": mistyped(right, f"{right[1]}s")})
    assert (str(report.verdict), listed(report)) == ("failed", {"web": "broken"})


CHART: Files = {
    "clusters/root/Chart.yaml": "apiVersion: v2\nname: root\nversion: 1.0.0\n",
    "clusters/root/values.yaml": "{}\n",
}


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"clusters/kustomization.yaml": kustomization(resources=["web.yaml"])}, "clusters/web.yaml"),
        (CHART, "clusters/root/templates/web.yaml"),
    ],
    ids=["kustomize", "helm"],
)
def test_the_place_of_what_a_host_makes(
    more: Files, path: str, repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("helm" if path.endswith("templates/web.yaml") else "kustomize")
    files = {**BASE, **more, path: f"# ours\n{written(*APPLICATION)}"}
    report = repository.compare(files, {path: f"# ours\n{mistyped(APPLICATION, 'Applicaton')}"})
    (error,) = (unit.error for unit in report.units if unit.source)
    assert error.startswith(f"{path}, line 3: argoproj.io has no kind Applicaton")


def test_what_a_mistyped_set_made_stays(repository: GitOpsRepository) -> None:
    report = repository.compare(
        {**BASE, "clusters/set.yaml": written(*SET)}, {"clusters/set.yaml": mistyped(SET, "AplicationSet")}
    )
    assert (str(report.verdict), listed(report)) == ("failed", {"web": "broken", "one": "unchanged"})


def test_a_mistyped_source(repository: GitOpsRepository) -> None:
    git = ("source.toolkit.fluxcd.io/v1", "GitRepository", {"url": HERE})
    files = {**BASE, "clusters/web.yaml": written(*git)}
    report = repository.compare(files, {"clusters/web.yaml": mistyped(git, "GitRepositry")})
    assert (str(report.verdict), listed(report)) == ("failed", {"web": "unrenderable"})
    mended = repository.compare({}, {"clusters/web.yaml": written(*git)})
    assert (str(mended.verdict), listed(mended)) == ("passed", {"web": "fixed"})


@pytest.mark.parametrize(
    ("api_version", "kind"),
    [
        *(("argoproj.io/v1alpha1", kind) for kind in (
            "AppProject", "ArgoCD", "Rollout", "AnalysisTemplate", "Experiment", "Workflow", "WorkflowTemplate",
            "CronWorkflow", "EventBus", "EventSource", "Sensor", "NotificationsConfiguration", "ImageUpdater",
            "ApplicationList", "Application", "ApplicationSet", "{{ .kind }}",
        )),
        ("argoproj.io/v1beta9", "Application"),
        ("argoproj.io/${VERSION}", "Application"),
        ("kustomize.toolkit.fluxcd.io/v1beta2", "Kustomization"),
        ("kustomize.toolkit.fluxcd.io/v1", "KustomizationList"),
        ("helm.toolkit.fluxcd.io/v2beta1", "HelmRelease"),
        ("source.toolkit.fluxcd.io/v1beta2", "OCIRepository"),
        ("image.toolkit.fluxcd.io/v1", "ImagePolicy"),
        ("notification.toolkit.fluxcd.io/v1", "Receiver"),
        ("kustomize.config.k8s.io/v1beta1", "Kustomizaton"),
        ("v1", "Applicaton"),
    ],
)  # fmt: skip
def test_what_is_no_mistake(api_version: str, kind: str) -> None:
    assert mistake(api_version, kind) is None


def test_the_line_is_that_of_the_word() -> None:
    data = b"kind: Applications\n---\n{'apiVersion': 'argoproj.io/v1alpha1'}\n---\n\"kind\": 'Applicaton'\n"
    assert [line_of(data, word) for word in ("Applicaton", "argoproj.io/v1alpha", "nowhere")] == [5, 1, 1]
