"""Declarations that a Flux Kustomization changes on their way to the cluster, without a kustomization file."""

from __future__ import annotations

import json
from collections.abc import Callable
from textwrap import dedent
from typing import Any

import pytest
from gitops_repository import GitOpsRepository, manifest

from bot.git.repository import Repository
from bot.jobs.units import discovered
from bot.model.result import Report
from bot.model.unit import Unit
from bot.settings import Settings
from bot.wiring import configuration, opened, resolve

Files = dict[str, str | None]


def rows(report: Report) -> dict[str, tuple[str, str]]:
    """What declares a unit → its environment, and what the change does to it."""
    found = {str(unit.source): (unit.environment, str(unit.state)) for unit in report.units if unit.source}
    assert len(found) == sum(unit.source is not None for unit in report.units)
    return found


def flux(name: str = "apps", **spec: Any) -> str:
    spec = {"path": "./apps", "sourceRef": {"kind": "GitRepository", "name": "flux-system"}} | spec
    value = {"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization", "spec": spec}
    return json.dumps(value | {"metadata": {"name": name, "namespace": "flux-system"}})


def release(**values: Any) -> str:
    chart = {"spec": {"chart": "charts/c", "sourceRef": {"kind": "GitRepository", "name": "flux-system"}}}
    value = {
        "apiVersion": "helm.toolkit.fluxcd.io/v2",
        "kind": "HelmRelease",
        "spec": {"chart": chart, "values": values},
    }
    return json.dumps(value | {"metadata": {"name": "web", "namespace": "flux-system"}})


FILES: Files = {
    "charts/c/Chart.yaml": "apiVersion: v2\nname: c\nversion: 1.0.0\n",
    "charts/c/templates/cm.yaml": '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, '
    '"data": {"a": "{{ .Values.a }}", "ns": "{{ .Release.Namespace }}"}}',
    "clusters/prod/apps.yaml": flux(targetNamespace="one"),
    "apps/release.yaml": release(a="1"),
}


def test_a_release_that_moves_to_another_namespace(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize"), need("helm")
    report = repository.compare(FILES, {"clusters/prod/apps.yaml": flux(targetNamespace="two")})
    assert rows(report) == {
        "Kustomization flux-system/apps": ("prod", "changed"),
        "HelmRelease one/web": ("prod", "removed"),
        "HelmRelease two/web": ("prod", "added"),
    }


def test_it_moves_and_its_file_changes(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    """What the file says alone is deployed nowhere: nothing may be called broken or changed for it."""
    need("kustomize"), need("helm")
    after: Files = {"clusters/prod/apps.yaml": flux(targetNamespace="two"), "apps/release.yaml": release(a="2")}
    report = repository.compare(FILES, after)
    assert report.verdict.value == "passed"
    assert rows(report) == {
        "Kustomization flux-system/apps": ("prod", "changed"),
        "HelmRelease one/web": ("prod", "removed"),
        "HelmRelease two/web": ("prod", "added"),
    }


def test_its_file_changes(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize"), need("helm")
    report = repository.compare(FILES, {"apps/release.yaml": release(a="2")})
    assert rows(report) == {
        "Kustomization flux-system/apps": ("prod", "changed"),
        "HelmRelease one/web": ("prod", "changed"),
    }


def test_its_chart_changes(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize"), need("helm")
    report = repository.compare(FILES, {"charts/c/templates/other.yaml": manifest("ConfigMap", "other")})
    assert rows(report) == {"HelmRelease one/web": ("prod", "changed")}


def test_its_chart_changes_and_two_clusters_take_it(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize"), need("helm")
    files: Files = {
        **FILES,
        "clusters/prod/apps.yaml": flux(postBuild={"substitute": {"a": "red"}}),
        "clusters/staging/apps.yaml": flux("staging", postBuild={"substitute": {"a": "blue"}}),
        "apps/release.yaml": release(a="${a}"),
    }
    after = '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"b": "{{ .Values.a }}"}}'
    report = repository.compare(files, {"charts/c/templates/cm.yaml": after})
    diffs = {unit.environment: "\n".join(change.diff for change in unit.objects) for unit in report.units}
    assert diffs.keys() == {"prod", "staging"} and len(report.units) == 2
    assert "b: red" in diffs["prod"] and "b: blue" in diffs["staging"]


def listed_units(repository: GitOpsRepository) -> list[Unit]:
    with Repository(repository.path) as opened_repository:
        sides = resolve(opened_repository, "HEAD", "HEAD", "")
        configured = configuration(opened_repository, sides.base, None)
        with opened(opened_repository, configured, Settings(None), lambda *_: None) as ports:
            return discovered(ports.index.at(sides.head_tree), ports, everything=False)[0]


def environments(report: Report, kind: str) -> list[tuple[str, str]]:
    return sorted((u.environment, str(u.state)) for u in report.units if u.source and u.source.kind == kind)


def test_clusters_that_say_nothing_but_the_path_tell_where_a_release_is(
    repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    """The file of the release names no environment; the objects that deploy its directory do."""
    need("kustomize"), need("helm")
    files: Files = {**FILES, "clusters/prod/apps.yaml": flux(), "clusters/staging/apps.yaml": flux()}
    both = [("prod", "changed"), ("staging", "changed")]
    of_chart = repository.compare(files, {"charts/c/templates/other.yaml": manifest("ConfigMap", "other")})
    assert environments(of_chart, "HelmRelease") == both
    of_file = repository.compare(files, {"apps/release.yaml": release(a="2")})
    assert environments(of_file, "HelmRelease") == environments(of_file, "Kustomization") == both


def test_clusters_that_share_the_object_which_says_the_path(
    repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("kustomize"), need("helm")
    files = {path: text for path, text in FILES.items() if not path.startswith("clusters/")}
    files["shared/ks.yaml"] = flux("web", path="./apps")
    for name in ("prod", "staging"):
        listed = {"web": ["../../../shared/ks.yaml"], "flux": ["apps.yaml"]}
        for folder, resources in listed.items():
            files[f"clusters/{name}/{folder}/kustomization.yaml"] = json.dumps({"resources": resources})
        files[f"clusters/{name}/flux/apps.yaml"] = flux(path=f"./clusters/{name}/web")
    both = [("prod", "changed"), ("staging", "changed")]
    report = repository.compare(files, {"charts/c/templates/other.yaml": manifest("ConfigMap", "other")})
    assert environments(report, "HelmRelease") == both
    releases = [unit for unit in listed_units(repository) if unit.source and unit.source.kind == "HelmRelease"]
    assert sorted(unit.environment for unit in releases) == ["prod", "staging"]


@pytest.mark.parametrize("more", [{}, {"clusters/prod/kustomization.yaml": '{"resources": ["apps.yaml"]}'}])
def test_variables_that_a_patch_gives_to_what_lies_below(
    more: Files, repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    """Neither file says that the one below reads the ConfigMap: only the output of the one above does."""
    need("kustomize")
    reads = """\
        apiVersion: kustomize.toolkit.fluxcd.io/v1
        kind: Kustomization
        metadata: {name: any}
        spec:
          postBuild:
            substituteFrom:
              - kind: ConfigMap
                name: settings
    """
    settings = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings", "namespace": "flux-system"}}
    files: Files = {
        "clusters/prod/apps.yaml": flux(patches=[{"patch": dedent(reads), "target": {"kind": "Kustomization"}}]),
        "settings/prod/cm.yaml": json.dumps(settings | {"data": {"region": "eu"}}),
        "apps/web.yaml": flux("web", path="./web"),
        "web/cm.yaml": manifest("ConfigMap", "${region}"),
        **more,
    }
    report = repository.compare(files, {"settings/prod/cm.yaml": json.dumps(settings | {"data": {"region": "us"}})})
    assert rows(report)["Kustomization flux-system/web"] == ("prod", "changed")
