"""Units that only exist in the output of others: what is asked, what is listed once, and what is never lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from gitops_repository import GitOpsRepository, application, chart, kustomization, manifest

from bot.model.result import Report

Files = dict[str, str | None]


def flux(kind: str, name: str, **spec: Any) -> str:
    """A Flux object of the repository under check."""
    group = {"HelmRelease": "helm.toolkit.fluxcd.io/v2", "Kustomization": "kustomize.toolkit.fluxcd.io/v1"}[kind]
    metadata = {"name": name, "namespace": "flux-system"}
    if kind == "Kustomization":
        spec["sourceRef"] = {"kind": "GitRepository", "name": "flux-system"}
    value = {"apiVersion": group, "kind": kind, "metadata": metadata, "spec": spec}
    return json.dumps(value) + "\n"


def release(name: str, **spec: Any) -> str:
    source = {"kind": "GitRepository", "name": "flux-system"}
    return flux("HelmRelease", name, chart={"spec": {"chart": "charts/c", "sourceRef": source}}, **spec)


def named(report: Report) -> dict[str, str]:
    """Declared unit by its object → what the change does to it."""
    found = [str(unit.source or unit.path) for unit in report.units]
    assert sorted(set(found)) == sorted(found), found
    return {str(unit.source or unit.path): str(unit.state) for unit in report.units}


# -- what cannot be rendered and reads what changes

RELEASES: Files = {
    "clusters/prod/apps.yaml": flux("Kustomization", "apps", path="./apps"),
    "apps/kustomization.yaml": kustomization(resources=["release.yaml", "cm.yaml"]),
    "apps/release.yaml": release(
        "web", valuesFrom=[{"kind": "Secret", "name": "theirs"}, {"kind": "ConfigMap", "name": "ours"}]
    ),
    "apps/cm.yaml": manifest("ConfigMap", "other", data={"a": "1"}),
    "settings/cm.yaml": manifest("ConfigMap", "ours", data={"values.yaml": "a: 1"}),
    "charts/c/Chart.yaml": "apiVersion: v2\nname: c\nversion: 1.0.0\n"
    "dependencies: [{name: part, version: 1.0.0, repository: 'file://../part'}]\n",
    "charts/c/templates/cm.yaml": manifest("ConfigMap", "of-chart"),
    "charts/part/Chart.yaml": "apiVersion: v2\nname: part\nversion: 1.0.0\ntype: library\n",
    "charts/part/templates/_all.tpl": "one",
}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("charts/c/templates/cm.yaml", manifest("ConfigMap", "of-chart", data={"a": "2"})),
        ("charts/c/values.yaml", "replicas: 2"),
        ("charts/part/templates/_all.tpl", "two"),
        ("settings/cm.yaml", manifest("ConfigMap", "ours", data={"values.yaml": "a: 2"})),
    ],
)
def test_a_release_that_nobody_can_render_is_never_dropped(
    path: str, text: str, repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("kustomize")
    report = repository.compare(RELEASES, {path: text})
    assert named(report)["HelmRelease flux-system/web"] == "unrenderable"


def test_a_release_that_reads_nothing_of_the_change_is_not_listed(
    repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("kustomize")
    report = repository.compare(RELEASES, {"apps/cm.yaml": manifest("ConfigMap", "other", data={"a": "2"})})
    assert named(report) == {"Kustomization flux-system/apps": "changed"}


def test_what_leads_to_a_release_is_asked_although_nothing_of_it_changes(
    repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    """The release is two Kustomizations away, and the directory between is found by itself as well."""
    need("helm"), need("kustomize")
    files: Files = {
        "clusters/prod/top.yaml": flux("Kustomization", "top", path="./tops"),
        "tops/kustomization.yaml": kustomization(resources=["middle.yaml"]),
        "tops/middle.yaml": flux("Kustomization", "middle", path="./middles"),
        "middles/kustomization.yaml": kustomization(resources=["low.yaml"]),
        "middles/low.yaml": flux("Kustomization", "low", path="./apps", targetNamespace="web"),
        "apps/kustomization.yaml": kustomization(resources=["release.yaml"]),
        "apps/release.yaml": release("web"),
        "charts/c/Chart.yaml": "apiVersion: v2\nname: c\nversion: 1.0.0\n",
        "charts/c/templates/cm.yaml": manifest("ConfigMap", "of-chart"),
    }
    report = repository.compare(
        files, {"charts/c/templates/cm.yaml": manifest("ConfigMap", "of-chart", data={"a": "1"})}
    )
    assert named(report) == {"HelmRelease web/web": "changed"}
    assert report.units[0].environment == "prod"


# -- one unit for one object of a cluster


def sync(cluster: str) -> Files:
    """What ``flux bootstrap`` writes: a Kustomization that deploys itself and all beside it."""
    folder = f"clusters/{cluster}/flux-system"
    patch = {
        "patch": json.dumps([{"op": "add", "path": "/data", "value": {"a": "1"}}]),
        "target": {"kind": "ConfigMap"},
    }
    return {
        f"{folder}/kustomization.yaml": kustomization(resources=["components.yaml", "gotk-sync.yaml"], patches=[patch]),
        f"{folder}/components.yaml": manifest("ConfigMap", "components"),
        f"{folder}/gotk-sync.yaml": flux("Kustomization", "flux-system", path=f"./clusters/{cluster}"),
        f"clusters/{cluster}/apps.yaml": flux("Kustomization", "apps", path=f"./apps/{cluster}"),
        f"apps/{cluster}/kustomization.yaml": kustomization(resources=["../base"]),
    }


BOOTSTRAPPED: Files = {
    **sync("staging"),
    **sync("production"),
    "apps/base/kustomization.yaml": kustomization(resources=["cm.yaml", "web.yaml"]),
    "apps/base/cm.yaml": manifest("ConfigMap", "of-apps"),
    "apps/base/web.yaml": flux("Kustomization", "web", path="./web"),
    "web/cm.yaml": manifest("ConfigMap", "of-web"),
}


def rows(report: Report) -> list[tuple[str, str, str]]:
    return sorted((u.environment, str(u.source.name if u.source else u.path), str(u.state)) for u in report.units)


def test_what_deploys_itself_is_listed_once_for_each_cluster(
    repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("kustomize")
    web = {"web/cm.yaml": manifest("ConfigMap", "of-web", data={"a": "1"})}
    report = repository.compare(BOOTSTRAPPED, web)
    assert rows(report) == [("production", "web", "changed"), ("staging", "web", "changed")]
    of_apps = {"apps/base/cm.yaml": manifest("ConfigMap", "of-apps", data={"a": "1"})}
    report = repository.compare({}, of_apps)
    assert rows(report) == [("production", "apps", "changed"), ("staging", "apps", "changed")]


def test_a_bootstrapped_cluster_that_loses_its_kustomization_loses_no_unit(
    repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("kustomize")
    report = repository.compare(BOOTSTRAPPED, {"clusters/staging/flux-system/kustomization.yaml": None})
    assert [row for row in rows(report) if row[2] != "unchanged"] == [("staging", "flux-system", "changed")]
    assert report.counts.deployed == 5  # apps and flux-system of both, and web, which is one file
    assert 0 <= report.counts.untouched <= report.counts.deployed


def test_the_version_of_the_host_is_listed_under_the_file_that_holds_it(
    repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    """The file says another path than the Kustomization that deploys it makes of it."""
    need("kustomize")
    patch = {"patch": json.dumps([{"op": "replace", "path": "/spec/path", "value": "./other"}])}
    files: Files = {
        "top.yaml": flux("Kustomization", "top", path="./cluster", patches=[{**patch, "target": {"name": "apps"}}]),
        "cluster/apps.yaml": flux("Kustomization", "apps", path="./apps"),
        "cluster/more/kustomization.yaml": kustomization(resources=["more.yaml"]),
        "cluster/more/more.yaml": flux("Kustomization", "more", path="./apps"),
        "apps/cm.yaml": manifest("ConfigMap", "a"),
        "other/cm.yaml": manifest("ConfigMap", "b"),
    }
    after = {name: manifest("ConfigMap", name[:1], data={"a": "1"}) for name in ("apps/cm.yaml", "other/cm.yaml")}
    report = repository.compare(files, after)
    found = {u.source.name: (u.path, str(u.state), u.key) for u in report.units if u.source}
    assert found["apps"] == ("other", "changed", "cluster/apps.yaml#Kustomization/flux-system/apps")
    assert found["more"][:2] == ("apps", "changed")
    assert found["top"][1] == "unchanged"  # its patch names the path, so it is asked
    assert len(report.units) == 3


# -- a unit in some output stands for its directory or chart


OF_APPS: Files = {
    **chart(
        "apps", plain=application("plain", "plain"), chart=application("chart", "web"), built=application("built", "k")
    ),
    **chart("web", cm=manifest("ConfigMap", "of-chart", data={"a": "{{ .Values.a }}"})),
    "web/values.yaml": "a: one",
    "web/values-production.yaml": "a: two",
    "plain/cm.yaml": manifest("ConfigMap", "plain"),
    "k/kustomization.yaml": kustomization(resources=["cm.yaml"]),
    "k/cm.yaml": manifest("ConfigMap", "built"),
}


@pytest.mark.parametrize(
    ("path", "text", "name"),
    [
        ("plain/cm.yaml", manifest("ConfigMap", "plain", data={"a": "1"}), "plain"),
        ("web/values.yaml", "a: three", "chart"),
        ("web/templates/other.yaml", manifest("ConfigMap", "other"), "chart"),
        ("k/cm.yaml", manifest("ConfigMap", "built", data={"a": "1"}), "built"),
    ],
)
def test_what_a_chart_declares_is_not_listed_by_its_directory_too(
    path: str, text: str, name: str, repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("helm"), need("kustomize")
    report = repository.compare(OF_APPS, {path: text, "nobody/reads.txt": "this"})
    assert named(report) == {f"Application argocd/{name}": "changed"}
    assert report.unmapped == ("nobody/reads.txt",)


def test_a_directory_that_is_declared_from_now_on_keeps_its_change(
    repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    """By itself it was deployed at base already, as far as anybody can tell; the declaration is new. The other way round the
    declaration that goes says it all."""
    need("helm")
    base: Files = {path: text for path, text in OF_APPS.items() if path != "apps/templates/plain.yaml"}
    head = {
        "apps/templates/plain.yaml": OF_APPS["apps/templates/plain.yaml"],
        "plain/cm.yaml": manifest("ConfigMap", "plain", data={"a": "1"}),
    }
    report = repository.compare(base, head)
    assert named(report) == {"apps": "changed", "plain": "changed", "Application argocd/plain": "added"}
    back = repository.compare({}, {"apps/templates/plain.yaml": None, "plain/cm.yaml": OF_APPS["plain/cm.yaml"]})
    assert named(back) == {"apps": "changed", "Application argocd/plain": "removed"}


def test_a_directory_stays_listed_where_what_stands_for_it_cannot_be_rendered(
    repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("helm"), need("kustomize")
    broken = application("built", "k", kustomize={"components": ["../missing"]})
    report = repository.compare(
        {**OF_APPS, "apps/templates/built.yaml": broken},
        {"k/cm.yaml": manifest("ConfigMap", "built", data={"a": "1"})},
    )
    assert named(report) == {"k": "changed", "Application argocd/built": "unrenderable"}


# -- values that a host generates


def _built(generator: str, **options: Any) -> str:
    """The kustomization of GENERATED, with a generator of values of that name."""
    reads = {"name": generator, "namespace": "flux-system", "files": ["values.yaml"], **options}
    return kustomization(resources=["release.yaml"], configMapGenerator=[reads], configurations=["names.yaml"])


GENERATED: Files = {
    **RELEASES,
    "charts/c/Chart.yaml": "apiVersion: v2\nname: c\nversion: 1.0.0\n",
    "charts/c/templates/cm.yaml": manifest("ConfigMap", "of-chart", data={"a": "{{ .Values.a }}"}),
    "apps/release.yaml": release("web", valuesFrom=[{"kind": "ConfigMap", "name": "made"}]),
    "apps/names.yaml": json.dumps(
        {
            "nameReference": [
                {"kind": "ConfigMap", "fieldSpecs": [{"path": "spec/valuesFrom/name", "kind": "HelmRelease"}]}
            ]
        }
    ),
    "apps/values.yaml": "a: one",
}


@pytest.mark.parametrize("options", [{}, {"disableNameSuffixHash": True}], ids=["with a hash", "without"])
def test_values_of_a_generated_config_map_are_known(
    options: dict[str, bool], repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("helm"), need("kustomize")
    files: Files = {**GENERATED, "apps/kustomization.yaml": _built("made", options=options)}
    report = repository.compare(files, {"apps/values.yaml": "a: two"})
    assert named(report) == {"Kustomization flux-system/apps": "changed", "HelmRelease flux-system/web": "changed"}
    release_ = next(unit for unit in report.units if unit.source and unit.source.kind == "HelmRelease")
    assert "+  a: two" in release_.objects[0].diff


def test_a_generator_of_values_that_gets_another_name(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    """What takes them was rendered: that its values are nowhere else to be found is not all there is to say."""
    need("helm"), need("kustomize")
    files: Files = {**GENERATED, "apps/kustomization.yaml": _built("made")}
    report = repository.compare(files, {"apps/kustomization.yaml": _built("making")})
    unit = next(unit for unit in report.units if unit.source and unit.source.kind == "HelmRelease")
    assert str(unit.state) == "broken"
    assert "ConfigMap made, and apps/kustomization.yaml generates none of that name any more" in unit.error


def test_values_of_a_generated_secret_are_not_read(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize")
    files: Files = {
        **RELEASES,
        "apps/release.yaml": release("web", valuesFrom=[{"kind": "Secret", "name": "made"}]),
        "apps/secret.yaml": manifest("Secret", "made", namespace="flux-system", stringData={"values.yaml": "a: one"}),
        "apps/kustomization.yaml": kustomization(resources=["release.yaml", "secret.yaml"]),
    }
    report = repository.compare(files, {"charts/c/values.yaml": "a: two"})
    assert named(report) == {"HelmRelease flux-system/web": "unrenderable"}
    assert "Secret made, whose values are secret" in report.units[0].error


def test_what_only_the_cluster_knows_is_said_once(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize")
    build = {"substituteFrom": [{"kind": "Secret", "name": "theirs"}]}
    files: Files = {
        "clusters/prod/apps.yaml": flux("Kustomization", "apps", path="./apps", postBuild=build),
        "apps/cm.yaml": manifest("ConfigMap", "a", data={"a": "${A}"}),
    }
    report = repository.compare(files, {"apps/cm.yaml": manifest("ConfigMap", "a", data={"a": "${B}"})})
    assert [note for note in report.units[0].notes if "Secret theirs" in note] == [
        "Values of Secret theirs are known in the cluster only; variables they set stay as they are written."
    ]


def test_a_patch_file_is_for_what_its_target_says(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize")
    patch = [{"op": "replace", "path": "/spec/source/path", "value": "k/prod"}]
    target = {"kind": "Application", "name": "web"}
    files: Files = {
        "argocd/base/web.yaml": application("web", "k/dev"),
        "argocd/base/kustomization.yaml": kustomization(resources=["web.yaml"]),
        "argocd/prod/kustomization.yaml": kustomization(
            resources=["../base"], patches=[{"path": "p.json", "target": target}]
        ),
        "argocd/prod/p.json": json.dumps(patch),
        "k/prod/cm.yaml": manifest("ConfigMap", "web"),
        "k/dev/cm.yaml": manifest("ConfigMap", "web"),
    }
    report = repository.compare(files, {"k/prod/cm.yaml": manifest("ConfigMap", "web", data={"a": "1"})})
    assert "Application argocd/web" in named(report)


@pytest.mark.parametrize(("port", "state"), [(2, "changed"), ("two", "broken")])
def test_a_chart_that_wants_a_form_of_a_masked_password(
    port: object, state: str, repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("helm"), need("kustomize")
    schema = {"properties": {"password": {"pattern": "^[A-Za-z0-9]{20,}$"}, "port": {"type": "integer"}}}
    files: Files = {
        "apps/kustomization.yaml": kustomization(resources=["release.yaml"], namespace="web"),
        "apps/release.yaml": release("web", values={"password": "sLJ3mVtb2QcX8zR5nWq0", "port": 1}),
        "charts/c/Chart.yaml": "apiVersion: v2\nname: c\nversion: 1.0.0\n",
        "charts/c/values.schema.json": json.dumps(schema),
        "charts/c/templates/cm.yaml": manifest("ConfigMap", "of-chart", data={"port": "{{ .Values.port }}"}),
    }
    report = repository.compare(
        files, {"apps/release.yaml": release("web", values={"password": "sLJ3mVtb2QcX8zR5nWq0", "port": port})}
    )
    assert named(report)["HelmRelease web/web"] == state
    unit = next(unit for unit in report.units if unit.source)
    said = unit.error if state == "broken" else " ".join(unit.notes)
    assert "values.schema.json was not asked about password" in said or "got string, want integer" in said
    assert "sLJ3" not in repr(report)
