"""Declarations that the author can mend fail the gate when they are new; those whose content lies elsewhere do not."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from fake_lookup import HERE, FakeLookup
from gitops_repository import GitOpsRepository, kustomization, manifest

from bot.affected.declarations import read_declared
from bot.model.codec import dump_unit, load_unit
from bot.model.unit import CannotRender, HelmRender, Mount, Renderer, Unit

GIT = {
    "apiVersion": "source.toolkit.fluxcd.io/v1",
    "kind": "GitRepository",
    "metadata": {"name": "repo", "namespace": "flux-system"},
    "spec": {"url": HERE},
}
FILES = {
    "clusters/git.yaml": json.dumps(GIT),
    "clusters/pinned.yaml": json.dumps(
        {**GIT, "metadata": {"name": "pinned"}, "spec": {"url": HERE, "ref": {"tag": "v1"}}}
    ),
    "clusters/other.yaml": json.dumps(
        {**GIT, "metadata": {"name": "other"}, "spec": {"url": HERE, "ref": {"branch": "other"}}}
    ),
    "apps/web/kustomization.yaml": "resources: []\n",
    "sets/bad.yaml": "[1]\n",
}


def application(source: Mapping[str, Any], **spec: Any) -> dict[str, Any]:
    source = {"repoURL": HERE, "path": "apps/web", **source}
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": "web", "namespace": "argocd"},
        "spec": {"source": source, "destination": {"namespace": "web"}, **spec},
    }


def application_set(*generators: Mapping[str, Any]) -> dict[str, Any]:
    template = {"metadata": {"name": "{{name}}"}, "spec": application({})["spec"]}
    return application({}) | {"kind": "ApplicationSet", "spec": {"generators": list(generators), "template": template}}


def flux(kind: str = "Kustomization", **spec: Any) -> dict[str, Any]:
    group = "helm.toolkit.fluxcd.io/v2" if kind == "HelmRelease" else "kustomize.toolkit.fluxcd.io/v1"
    spec = {"sourceRef": {"kind": "GitRepository", "name": "repo"}, "path": "apps/web", **spec}
    metadata = {"name": "web", "namespace": "flux-system"}
    return {"apiVersion": group, "kind": kind, "metadata": metadata, "spec": spec}


def release(chart: str, source: str = "GitRepository") -> dict[str, Any]:
    return flux("HelmRelease", chart={"spec": {"chart": chart, "sourceRef": {"kind": source, "name": "repo"}}})


def wrong(obj: Mapping[str, Any], *, sure: bool = True) -> list[bool]:
    found = read_declared(obj, FakeLookup(FILES, sure=sure))
    return [part.wrong for one in found for part in one.parts if isinstance(part, CannotRender)]


@pytest.mark.parametrize(
    "obj",
    [
        pytest.param(application({"path": 7}), id="type"),
        pytest.param(application({"path": "apps/gone"}), id="path"),
        pytest.param(application({"path": "../out"}), id="outside"),
        pytest.param(application({"repoURL": ""}), id="no-repository"),
        pytest.param(application({"helm": {}, "kustomize": {"namePrefix": "x"}, "directory": {}}), id="two-tools"),
        pytest.param(application({"kustomize": {"images": ["nginx"]}}), id="image"),
        pytest.param(application({"helm": {"valueFiles": []}}), id="no-chart"),
        pytest.param({**application({}), "spec": None}, id="no-spec"),
        pytest.param(application_set({"list": {"elements": 1}}), id="elements"),
        pytest.param(application_set({}), id="no-generator"),
        pytest.param(application_set({"git": {"repoURL": HERE}}), id="git-generator"),
        pytest.param(application_set({"matrix": {"generators": [{"list": {}}]}}), id="matrix"),
        pytest.param(application_set({"list": {"elements": [{"name": "a"}, {"name": "a"}]}}), id="twice"),
        pytest.param(application({"path": "apps/gone", "helm": {"values": "a: $(POD_NAME)"}}), id="values"),
        pytest.param(
            application({"path": "apps/gone", "helm": {"valuesObject": {"a": "{{ b }}"}}}), id="values-object"
        ),
        pytest.param(
            application({"path": "apps/gone", "kustomize": {"commonAnnotations": {"app": "${ARGOCD_APP_NAME}"}}}),
            id="annotations",
        ),
        pytest.param(
            application({"path": "apps/gone", "kustomize": {"nameSuffix": "-${ARGOCD_APP_NAMESPACE}"}}),
            id="environment",
        ),
        pytest.param(flux(path="apps/gone"), id="flux-path"),
        pytest.param(flux(patches="x"), id="flux-type"),
        pytest.param(flux(components=["https://x.example/y"]), id="flux-component"),
        pytest.param(flux(postBuild={"substitute": {"a-b": "c"}}), id="flux-variable"),
        pytest.param(release("apps/web"), id="release-no-chart"),
        pytest.param(release("apps/gone"), id="release-path"),
    ],
)
def test_what_the_author_can_mend_is_wrong(obj: dict[str, Any]) -> None:
    assert wrong(obj) == [True]


@pytest.mark.parametrize(
    "obj",
    [
        pytest.param(application({"repoURL": "https://git.example/org/else"}), id="repository"),
        pytest.param(application({"chart": "nginx", "path": ""}), id="chart"),
        pytest.param(application({"plugin": {"name": "x"}}), id="plugin"),
        pytest.param(application({"path": "apps/gone", "targetRevision": "release-1"}), id="branch"),
        pytest.param(application({"path": "apps/gone", "targetRevision": "v1.2.3"}), id="tag"),
        pytest.param(application({"path": "apps/{{ name }}"}), id="jinja"),
        pytest.param(application({"path": "apps/gone", "kustomize": {"commonAnnotations": "${A}"}}), id="a-whole-field"),
        pytest.param(application({"path": "apps/gone", "kustomize": {"nameSuffix": "-${A}"}}), id="another-field"),
        pytest.param(application_set({"scmProvider": {}}), id="generator"),
        pytest.param(flux(path="apps/${cluster}"), id="flux-substitution"),
        pytest.param(flux(path="apps/gone", suspend="${suspended}"), id="flux-substituted-field"),
        pytest.param(flux(sourceRef={"kind": "OCIRepository", "name": "x"}), id="flux-oci"),
        pytest.param(flux(sourceRef={"kind": "GitRepository", "name": "pinned"}, path="apps/gone"), id="flux-tag"),
        pytest.param(flux(sourceRef={"kind": "GitRepository", "name": "other"}, path="apps/gone"), id="flux-branch"),
        pytest.param(flux(sourceRef={}), id="flux-patch"),
        pytest.param(release("nginx", source="HelmRepository"), id="helm"),
    ],
)  # fmt: skip
def test_what_lies_elsewhere_is_not_wrong(obj: dict[str, Any]) -> None:
    assert wrong(obj) == [False]


@pytest.mark.parametrize("obj", [application({"path": "apps/gone"}), flux(path="apps/gone"), release("apps/web")])
def test_a_repository_that_does_not_know_its_name_blames_nobody(obj: dict[str, Any]) -> None:
    assert wrong(obj, sure=False) == [False]


def test_what_is_wrong_speaks_for_the_unit() -> None:
    """Of several parts the first failure is told, so the one that can be mended comes first."""
    sources = [{"repoURL": "https://git.example/org/else", "path": "x"}, {"repoURL": HERE, "path": "apps/gone"}]
    obj = application({})
    obj["spec"] = {"sources": sources, "destination": {}}
    assert wrong(obj) == [True, False]
    assert wrong(application_set({"clusterDecisionResource": {}}, {})) == [True, False]


def test_the_index_keeps_it() -> None:
    here = HelmRender("c", "release-name", default_files=("a.yaml",), mounts=(Mount("a", "b"),))
    unit = Unit("k", "p", Renderer.FLUX, (CannotRender("a", wrong=True), CannotRender("b", here=here)))
    assert load_unit(dump_unit(unit)) == unit


@pytest.mark.parametrize(
    ("source", "verdict"),
    [
        ({"path": "apps/gone"}, "failed"),
        ({"path": ["apps/web"]}, "failed"),
        ({"repoURL": "https://git.example/org/else"}, "passed"),
    ],
)
def test_a_new_declaration_that_is_wrong_fails_the_gate(
    source: dict[str, Any], verdict: str, repository: GitOpsRepository
) -> None:
    repository.git("remote", "add", "origin", HERE)
    before = {
        "apps/web/kustomization.yaml": kustomization(resources=["a.yaml"]),
        "apps/web/a.yaml": manifest("Namespace", "a"),
    }
    report = repository.compare(before, {"argocd/web.yaml": json.dumps(application(source))})
    states = {unit.source.name: str(unit.state) for unit in report.units if unit.source}
    assert (str(report.verdict), states) == (verdict, {"web": "unrenderable"})


def test_a_release_that_turns_wrong_while_its_chart_lies_elsewhere(
    repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    """It was unknown before and is wrong now: nobody may take that for unchanged."""
    need("kustomize")
    chart = {"chart": "web", "version": "1.0.0", "sourceRef": {"kind": "HelmRepository", "name": "charts"}}

    def release(chart: Mapping[str, object]) -> str:
        value = {"apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease", "spec": {"chart": {"spec": chart}}}
        return json.dumps(value | {"metadata": {"name": "web", "namespace": "web"}})

    path = "apps/prod/web.yaml"
    files = {path: release(chart), "apps/prod/kustomization.yaml": kustomization(resources=["web.yaml"])}
    report = repository.compare(files, {path: release(chart | {"version": "1.1.0"})})
    assert (report.verdict.value, [str(u.state) for u in report.units if u.source]) == ("passed", ["unrenderable"])
    report = repository.compare({}, {path: release({"version": "1.1.0"})})
    assert (report.verdict.value, [str(u.state) for u in report.units if u.source]) == ("failed", ["unrenderable"])
    report = repository.compare({}, {path: release({"version": "1.2.0"})})
    assert report.verdict.value == "passed"  # it was wrong already


def test_a_unit_with_several_parts_that_fail_takes_nothing_from_the_next(repository: GitOpsRepository) -> None:
    repository.git("remote", "add", "origin", HERE)
    first, second = application({}), application({})
    elsewhere = {"repoURL": "https://git.example/org/else", "path": "x"}
    first["metadata"]["name"] = "failing"
    first["spec"] = {"sources": [elsewhere, elsewhere], "destination": {}}
    before = {
        "apps/web/kustomization.yaml": kustomization(resources=["a.yaml"]),
        "apps/web/a.yaml": manifest("ConfigMap", "a"),
        "aa/all.yaml": json.dumps({"kind": "List", "apiVersion": "v1", "items": [first, second]}),
    }
    first["spec"]["destination"] = {"namespace": "other"}
    after = json.dumps({"kind": "List", "apiVersion": "v1", "items": [first, second]})
    report = repository.compare(before, {"aa/all.yaml": after})
    states = {unit.source.name if unit.source else unit.path: str(unit.state) for unit in report.units}
    assert states == {"failing": "unrenderable", "web": "unchanged", "aa": "changed"}
