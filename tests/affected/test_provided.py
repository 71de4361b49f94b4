"""ConfigMaps that another build makes or changes, for what reads them by name."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from gitops_repository import GitOpsRepository, kustomization, manifest

from bot.cli import main
from bot.model.result import Report

Files = dict[str, str | None]


def states(report: Report) -> dict[str, str]:
    return {str(unit.source or unit.path): str(unit.state) for unit in report.units}


def diff_of(report: Report, name: str) -> str:
    (unit,) = (unit for unit in report.units if name in str(unit.source or unit.path))
    return "\n".join(change.diff for change in unit.objects)


def flux(kind: str, name: str, **spec: Any) -> str:
    group = {"HelmRelease": "helm.toolkit.fluxcd.io/v2", "Kustomization": "kustomize.toolkit.fluxcd.io/v1"}[kind]
    if kind == "Kustomization":
        spec["sourceRef"] = {"kind": "GitRepository", "name": "flux-system"}
    value = {"apiVersion": group, "kind": kind, "spec": spec}
    return json.dumps(value | {"metadata": {"name": name, "namespace": "flux-system"}}) + "\n"


def release(name: str, **spec: Any) -> str:
    source = {"kind": "GitRepository", "name": "flux-system"}
    return flux("HelmRelease", name, chart={"spec": {"chart": "charts/c", "sourceRef": source}}, **spec)


SUBSTITUTED: Files = {
    "clusters/prod/settings.yaml": flux("Kustomization", "settings", path="./settings/prod"),
    "clusters/prod/apps.yaml": flux(
        "Kustomization", "apps", path="./apps", postBuild={"substituteFrom": [{"kind": "ConfigMap", "name": "vars"}]}
    ),
    "apps/cm.yaml": manifest("ConfigMap", "web", data={"colour": "${colour}"}),
}
GENERATED: Files = {
    **SUBSTITUTED,
    "settings/prod/kustomization.yaml": kustomization(
        configMapGenerator=[{"name": "vars", "envs": ["prod.env"]}],
        generatorOptions={"disableNameSuffixHash": True}, namespace="flux-system",
    ),
    "settings/prod/prod.env": "colour=red\n",
}  # fmt: skip
PATCHED: Files = {
    **SUBSTITUTED,
    "settings/base/kustomization.yaml": kustomization(resources=["vars.yaml"], namespace="flux-system"),
    "settings/base/vars.yaml": manifest("ConfigMap", "vars", data={"colour": "grey"}),
    "settings/prod/kustomization.yaml": kustomization(resources=["../base"], patches=[{"path": "prod.yaml"}]),
    "settings/prod/prod.yaml": manifest("ConfigMap", "vars", namespace="flux-system", data={"colour": "red"}),
}
AIMED: Files = {
    **PATCHED,
    "settings/prod/kustomization.yaml": kustomization(
        resources=["../base"], patches=[{"path": "prod.yaml", "target": {"kind": "ConfigMap", "name": "vars"}}]
    ),
    "settings/prod/prod.yaml": json.dumps([{"op": "replace", "path": "/data/colour", "value": "red"}]),
}
RENAMED: Files = {
    **SUBSTITUTED,
    "clusters/prod/apps.yaml": str(SUBSTITUTED["clusters/prod/apps.yaml"]).replace('"vars"', '"prod-vars"'),
    "settings/base/kustomization.yaml": kustomization(resources=["vars.yaml"], namespace="flux-system"),
    "settings/base/vars.yaml": manifest("ConfigMap", "vars", data={"colour": "red"}),
    "settings/prod/kustomization.yaml": kustomization(resources=["../base"], namePrefix="prod-"),
}
CASES = {
    "renamed": (RENAMED, {"settings/base/vars.yaml": manifest("ConfigMap", "vars", data={"colour": "blue"})}),
    "generated": (GENERATED, {"settings/prod/prod.env": "colour=blue\n"}),
    "patched": (
        PATCHED,
        {"settings/prod/prod.yaml": manifest("ConfigMap", "vars", namespace="flux-system", data={"colour": "blue"})},
    ),
    "aimed": (
        AIMED,
        {"settings/prod/prod.yaml": json.dumps([{"op": "replace", "path": "/data/colour", "value": "blue"}])},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_variables_that_another_kustomization_makes(
    case: str, repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("kustomize")
    report = repository.compare(*CASES[case])
    wanted = {"Kustomization flux-system/apps": "changed", "Kustomization flux-system/settings": "changed"}
    assert states(report) == wanted
    assert "red" in diff_of(report, "apps") and "blue" in diff_of(report, "apps")


@pytest.mark.parametrize("case", CASES)
def test_they_are_known_where_they_do_not_change(
    case: str, repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("kustomize")
    after = manifest("ConfigMap", "web", data={"colour": "${colour}", "more": "1"})
    report = repository.compare(CASES[case][0], {"apps/cm.yaml": after})
    assert states(report) == {"Kustomization flux-system/apps": "changed"}
    assert "colour: red" in diff_of(report, "apps")


def _cluster(name: str, colour: str) -> Files:
    substituted = {"substituteFrom": [{"kind": "ConfigMap", "name": "vars"}]}
    infra = f"infra/{name}"
    return {
        f"clusters/{name}/apps.yaml": flux("Kustomization", "apps", path=f"./apps/{name}", postBuild=substituted),
        f"clusters/{name}/infra.yaml": flux("Kustomization", "infra", path=f"./{infra}"),
        f"apps/{name}/cm.yaml": manifest("ConfigMap", "web", data={"colour": "${colour}"}),
        f"{infra}/kustomization.yaml": kustomization(resources=["vars.yaml"], namespace="flux-system"),
        f"{infra}/vars.yaml": manifest("ConfigMap", "vars", data={"colour": colour}),
    }


GENERATING = kustomization(
    configMapGenerator=[{"name": "vars", "literals": ["colour=red"]}], namespace="flux-system",
    generatorOptions={"disableNameSuffixHash": True},
)  # fmt: skip
TWO = _cluster("nas", "red") | _cluster("tpi-1", "grey")
OTHERS: dict[str, Files] = {
    "environments": _cluster("production", "red") | _cluster("staging", "grey"),
    "clusters": TWO,
    "generated": {path: text for path, text in TWO.items() if path != "infra/nas/vars.yaml"}
    | {"infra/nas/kustomization.yaml": GENERATING},
    "with a namespace": _cluster("production", "red")
    | _cluster("staging", "grey")
    | {"infra/production/vars.yaml": manifest("ConfigMap", "vars", namespace="flux-system", data={"colour": "red"})},
}


@pytest.mark.parametrize("case", OTHERS)
def test_each_cluster_reads_what_it_deploys_itself(
    case: str, repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("kustomize")
    cluster = "tpi-1" if "infra/tpi-1/vars.yaml" in OTHERS[case] else "staging"
    after = {f"infra/{cluster}/vars.yaml": manifest("ConfigMap", "vars", data={"colour": "blue"})}
    report = repository.compare(OTHERS[case], after)
    changed = {unit.path for unit in report.units if str(unit.state) == "changed"}
    assert changed == {f"apps/{cluster}", f"infra/{cluster}"}


def test_render_shows_what_a_check_compares(
    repository: GitOpsRepository, need: Callable[[str], str], capsys: pytest.CaptureFixture[str]
) -> None:
    need("kustomize")
    repository.commit(GENERATED)
    key = "clusters/prod/apps.yaml#Kustomization/flux-system/apps"
    assert main(["render", key, "--repo", str(repository.path)]) == 0
    assert "colour: red" in capsys.readouterr().out


CHART: Files = {
    "charts/c/Chart.yaml": "apiVersion: v2\nname: c\nversion: 1.0.0\n",
    "charts/c/templates/cm.yaml": '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, '
    '"data": {"a": "{{ .Values.a }}"}}',
}


def test_values_that_the_same_generated_kustomization_holds(
    repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    """The Flux Kustomization has no kustomization file of its own: the release lies beside a directory that has one."""
    need("kustomize"), need("helm")
    files: Files = {
        **CHART,
        "clusters/prod/apps.yaml": flux("Kustomization", "apps", path="./apps"),
        "apps/release.yaml": release("web", valuesFrom=[{"kind": "ConfigMap", "name": "web-values"}]),
        "apps/values/kustomization.yaml": kustomization(
            configMapGenerator=[{"name": "web-values", "files": ["values.yaml"]}],
            generatorOptions={"disableNameSuffixHash": True}, namespace="flux-system",
        ),
        "apps/values/values.yaml": "a: one\n",
    }  # fmt: skip
    report = repository.compare(files, {"apps/values/values.yaml": "a: two\n"})
    assert states(report) == {"HelmRelease flux-system/web": "changed", "Kustomization flux-system/apps": "changed"}
    report = repository.compare({}, {"charts/c/templates/other.yaml": manifest("ConfigMap", "other")})
    assert states(report) == {"HelmRelease flux-system/web": "changed"}


def test_a_generated_one_that_gets_a_hash(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    """The file of its patch holds a part of it, and under the name that it has no more: nothing is there of that name."""
    need("kustomize")
    made = {"configMapGenerator": [{"name": "vars", "literals": ["size=1"]}], "namespace": "flux-system"}
    before: Files = {
        **SUBSTITUTED,
        "settings/prod/kustomization.yaml": kustomization(
            **made, generatorOptions={"disableNameSuffixHash": True}, patches=[{"path": "patch.yaml"}]
        ),
        "settings/prod/patch.yaml": manifest("ConfigMap", "vars", data={"colour": "red"}),
    }
    after = {"settings/prod/kustomization.yaml": kustomization(**made, patches=[{"path": "patch.yaml"}])}
    report = repository.compare(before, after)
    assert states(report)["Kustomization flux-system/apps"] == "broken"


def test_another_clusters_is_told_by_the_kustomization_that_makes_it(
    repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("kustomize")
    made = {"resources": ["sync.yaml", "apps.yaml"], "namespace": "flux-system",
            "configMapGenerator": [{"name": "vars", "literals": ["colour=red"]}]}  # fmt: skip
    before: Files = {"apps/cm.yaml": SUBSTITUTED["apps/cm.yaml"]}
    for name in ("prod", "stage"):
        before[f"clusters/{name}/sync.yaml"] = flux("Kustomization", "flux-system", path=f"./clusters/{name}")
        before[f"clusters/{name}/apps.yaml"] = SUBSTITUTED["clusters/prod/apps.yaml"]
        before[f"clusters/{name}/kustomization.yaml"] = kustomization(
            **made, generatorOptions={"disableNameSuffixHash": True}
        )
    report = repository.compare(before, {"clusters/prod/kustomization.yaml": kustomization(**made)})
    (unit,) = (unit for unit in report.units if unit.source is not None and unit.source.name == "apps")
    assert str(unit.state) == "broken"
    assert [note for note in unit.notes if "vars is read from clusters/stage/kustomization.yaml, which is of" in note]
