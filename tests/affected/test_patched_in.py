"""What an overlay patches into an Argo CD or Flux object: only its output tells which path or name is meant."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from gitops_repository import GitOpsRepository, kustomization, manifest

from bot.model.result import Report

Files = dict[str, str | None]
HERE = "https://git.example.com/org/repo"


def states(report: Report) -> dict[str, str]:
    return {str(unit.source or unit.path): str(unit.state) for unit in report.units}


def application(name: str, path: str, **helm: Any) -> str:
    source = {"repoURL": HERE, "path": path} | ({"helm": helm} if helm else {})
    spec = {"source": source, "destination": {"namespace": "web"}, "project": "default"}
    value = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": name}, "spec": spec}
    return json.dumps(value) + "\n"


def operations(kind: str, *written: tuple[str, Any]) -> dict[str, Any]:
    """A patch of a kustomization, aimed at a kind."""
    patch = json.dumps([{"op": "add", "path": path, "value": value} for path, value in written])
    return {"patch": patch, "target": {"kind": kind}}


CHART: Files = {
    "charts/c/Chart.yaml": "apiVersion: v2\nname: c\nversion: 1.0.0\n",
    "charts/c/templates/cm.yaml": '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, '
    '"data": {"a": "{{ .Values.a }}"}}',
}


def test_a_value_file_by_a_path_from_the_chart(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize"), need("helm")
    patch = operations("Application", ("/spec/source/helm", {"valueFiles": ["../../vals/prod.yaml"]}))
    files: Files = {
        **CHART,
        "argo/base/kustomization.yaml": kustomization(resources=["app.yaml"]),
        "argo/base/app.yaml": application("web", "charts/c"),
        "argo/prod/kustomization.yaml": kustomization(resources=["../base"], patches=[patch]),
        "vals/prod.yaml": "a: one\n",
        "vals/other.yaml": "a: one\n",
    }
    report = repository.compare(files, {"vals/prod.yaml": "a: two\n"})
    assert (states(report), report.unmapped) == ({"Application web": "changed"}, ())
    report = repository.compare({}, {"vals/other.yaml": "a: two\n"})
    assert (states(report), report.unmapped) == ({}, ("vals/other.yaml",))


def flux(name: str, path: str, **spec: Any) -> str:
    spec |= {"path": path, "sourceRef": {"kind": "GitRepository", "name": "flux-system"}}
    value = {"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization"}
    return json.dumps(value | {"metadata": {"name": name, "namespace": "flux-system"}, "spec": spec}) + "\n"


def test_a_component_by_a_path_from_the_directory(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize")
    kind = "kustomize.config.k8s.io/v1alpha1"
    component = {"apiVersion": kind, "kind": "Component", "resources": ["cm.yaml"]}
    files: Files = {
        "clusters/base/kustomization.yaml": kustomization(resources=["apps.yaml"]),
        "clusters/base/apps.yaml": flux("apps", "./apps/web"),
        "clusters/prod/kustomization.yaml": kustomization(
            resources=["../base"], patches=[operations("Kustomization", ("/spec/components", ["../parts/prod"]))]
        ),
        "apps/web/kustomization.yaml": kustomization(resources=["cm.yaml"]),
        "apps/web/cm.yaml": manifest("ConfigMap", "web"),
        "apps/parts/prod/kustomization.yaml": json.dumps(component),
        "apps/parts/prod/cm.yaml": manifest("ConfigMap", "prod"),
    }
    report = repository.compare(files, {"apps/parts/prod/cm.yaml": manifest("ConfigMap", "prod", data={"a": "1"})})
    assert states(report) == {"Kustomization flux-system/apps": "changed"}


def test_an_element_of_a_generator(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize")
    template = {
        "metadata": {"name": "web-{{n}}"},
        "spec": {"source": {"repoURL": HERE, "path": "apps/{{n}}"}, "destination": {"namespace": "{{n}}"}},
    }
    spec = {"generators": [{"list": {"elements": [{"n": "dev"}]}}], "template": template}
    value = {"apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "metadata": {"name": "set"}, "spec": spec}
    patch = operations("ApplicationSet", ("/spec/generators/0/list/elements/-", {"n": "prod"}))
    files: Files = {
        "argo/base/kustomization.yaml": kustomization(resources=["set.yaml"]),
        "argo/base/set.yaml": json.dumps(value),
        "argo/prod/kustomization.yaml": kustomization(resources=["../base"], patches=[patch]),
        "apps/dev/cm.yaml": manifest("ConfigMap", "dev"),
        "apps/prod/cm.yaml": manifest("ConfigMap", "prod"),
    }
    report = repository.compare(files, {"apps/prod/cm.yaml": manifest("ConfigMap", "prod", data={"a": "1"})})
    assert states(report) == {"Application web-prod": "changed"}


def test_a_path_that_is_copied_from_another_object(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize")
    copied = {
        "source": {"kind": "ConfigMap", "name": "where", "fieldPath": "data.path"},
        "targets": [{"select": {"kind": "Kustomization"}, "fieldPaths": ["spec.path"]}],
    }
    files: Files = {
        "clusters/prod/kustomization.yaml": kustomization(
            resources=["apps.yaml"], configMapGenerator=[{"name": "where", "literals": ["path=./apps/web"]}],
            replacements=[copied],
        ),
        "clusters/prod/apps.yaml": flux("apps", "./none"),
        "apps/web/cm.yaml": manifest("ConfigMap", "web"),
    }  # fmt: skip
    report = repository.compare(files, {"apps/web/cm.yaml": manifest("ConfigMap", "web", data={"a": "1"})})
    assert states(report) == {"Kustomization flux-system/apps": "changed"}


@pytest.mark.parametrize("as_file", [False, True])
def test_the_name_of_a_config_map(as_file: bool, repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize")
    build = {"substituteFrom": [{"kind": "ConfigMap", "name": "of-prod"}]}
    patch = operations("Kustomization", ("/spec/postBuild", build))
    own: Files = {"clusters/prod/build.yaml": patch["patch"]} if as_file else {}
    files: Files = {
        **own,
        "clusters/base/kustomization.yaml": kustomization(resources=["apps.yaml"]),
        "clusters/base/apps.yaml": flux("apps", "./apps/web"),
        "clusters/prod/kustomization.yaml": kustomization(
            resources=["../base"], patches=[{"path": "build.yaml", "target": patch["target"]} if as_file else patch]
        ),
        "settings/prod.yaml": manifest("ConfigMap", "of-prod", namespace="flux-system", data={"a": "1"}),
        "apps/web/cm.yaml": manifest("ConfigMap", "web", data={"a": "${a}"}),
    }
    after = manifest("ConfigMap", "of-prod", namespace="flux-system", data={"a": "2"})
    report = repository.compare(files, {"settings/prod.yaml": after})
    assert states(report) == {"settings/prod.yaml": "changed", "Kustomization flux-system/apps": "changed"}


def test_a_declaration_that_only_the_renderer_can_read(
    repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    """kustomize takes no notice of what follows an object in JSON; a reader of YAML refuses the file."""
    need("kustomize"), need("helm")
    files: Files = {
        **CHART,
        "argo/prod/kustomization.yaml": kustomization(resources=["app.yaml"]),
        "argo/prod/app.yaml": application("web", "charts/c") + "}\n",
    }
    report = repository.compare(files, {"charts/c/templates/more.yaml": manifest("ConfigMap", "more")})
    assert (states(report), report.unmapped) == ({"Application web": "changed"}, ())


@pytest.mark.parametrize(
    "patch",
    [
        "- op: replace\n  path: /spec/path\n  value: ./apps/prod\n",
        "kind: Kustomization\napiVersion: kustomize.toolkit.fluxcd.io/v1\n"
        "metadata: {name: apps}\nspec:\n  path: ./apps/prod\n  prune: true\n",
    ],
)
def test_a_path_in_a_patch_of_several_lines(
    patch: str, repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("kustomize")
    files: Files = {
        "clusters/base/kustomization.yaml": kustomization(resources=["apps.yaml"]),
        "clusters/base/apps.yaml": flux("apps", "./apps/any"),
        "clusters/prod/kustomization.yaml": kustomization(
            resources=["../base"], patches=[{"patch": patch, "target": {"kind": "Kustomization"}}]
        ),
        "apps/prod/cm.yaml": manifest("ConfigMap", "web"),
    }
    report = repository.compare(files, {"apps/prod/cm.yaml": manifest("ConfigMap", "web", data={"a": "1"})})
    assert states(report) == {"Kustomization flux-system/apps": "changed"}


def given_component(component: str) -> dict[str, Any]:
    """A patch of Flux or Argo CD."""
    return operations("Kustomization", ("/spec/components", [component]))


PART: Files = {
    "apps/web/kustomization.yaml": kustomization(resources=["cm.yaml"]),
    "apps/web/cm.yaml": manifest("ConfigMap", "web"),
    "parts/x/kustomization.yaml": json.dumps(
        {"apiVersion": "kustomize.config.k8s.io/v1alpha1", "kind": "Component", "resources": ["cm.yaml"]}
    ),
    "parts/x/cm.yaml": manifest("ConfigMap", "x"),
}
PART2: Files = {"parts/x/cm.yaml": manifest("ConfigMap", "x", data={"a": "1"})}


@pytest.mark.parametrize("build", [True, False])
def test_a_component_that_flux_gives_by_a_relative_path(
    build: bool, repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("kustomize")
    own: Files = {"clusters/prod/apps/kustomization.yaml": kustomization(resources=["web.yaml"])} if build else {}
    files: Files = {
        **PART, **own,
        "clusters/prod/root.yaml": flux("root", "./clusters/prod/apps", patches=[given_component("../../parts/x")]),
        "clusters/prod/apps/web.yaml": flux("web", "./apps/web"),
    }  # fmt: skip
    report = repository.compare(files, PART2)
    assert (states(report), report.unmapped) == ({"Kustomization flux-system/web": "changed"}, ())
    report = repository.compare({"other.txt": ""}, {"other.txt": "x"})
    assert (states(report), report.unmapped) == ({}, ("other.txt",))


def test_a_component_that_flux_gives_to_what_gives_it_on(
    repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    """The Kustomization with the patch is a template itself: a build completes it."""
    need("kustomize")
    files: Files = {
        **PART,
        "clusters/prod/kustomization.yaml": kustomization(resources=["root.yaml"], namespace="flux-system"),
        "clusters/prod/root.yaml": flux("root", "./deploy", patches=[given_component("../../parts/x")]),
        "deploy/web.yaml": flux("web", "./apps/web"),
    }
    report = repository.compare(files, PART2)
    assert states(report) == {"Kustomization flux-system/web": "changed"}


def test_what_argo_cd_gives_to_other_applications(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize")

    def root(*written: tuple[str, Any]) -> str:
        value = json.loads(application("root", "argo/apps"))
        value["spec"]["source"]["kustomize"] = {"patches": [operations("Application", *written)]}
        return json.dumps(value)

    files: Files = {
        **PART,
        "argo/root.yaml": root(("/spec/source/path", "apps/web")),
        "argo/apps/kustomization.yaml": kustomization(resources=["web.yaml"]),
        "argo/apps/web.yaml": application("web", "apps/none"),
    }
    after = manifest("ConfigMap", "web", data={"a": "1"})
    report = repository.compare(files, {"apps/web/cm.yaml": after})
    assert states(report) == {"Application web": "changed", "Application root": "unchanged"}
    given = root(
        ("/spec/source", {"repoURL": HERE, "path": "apps/web", "kustomize": {"components": ["../../parts/x"]}})
    )
    report = repository.compare({"argo/root.yaml": given}, PART2)
    assert states(report) == {"Application web": "changed"}
