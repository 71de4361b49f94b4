"""A ConfigMap that a change takes off a kustomization, while its file stays, is gone for what takes values from it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from gitops_repository import GitOpsRepository, kustomization, manifest

from bot.model.result import Report, UnitChange

Files = dict[str, str | None]
CHART: Files = {
    "charts/c/Chart.yaml": "apiVersion: v2\nname: c\nversion: 1.0.0\n",
    "charts/c/templates/cm.yaml": '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, '
    '"data": {"a": "{{ .Values.a }}"}}',
}
VALUES = manifest("ConfigMap", "vars", namespace="flux-system", data={"values.yaml": "a: one"})
VARS = manifest("ConfigMap", "vars", namespace="flux-system", data={"a": "one"})


def flux(kind: str, **spec: Any) -> str:
    group = {"HelmRelease": "helm.toolkit.fluxcd.io/v2", "Kustomization": "kustomize.toolkit.fluxcd.io/v1"}[kind]
    value = {"apiVersion": group, "kind": kind, "spec": spec}
    return json.dumps(value | {"metadata": {"name": "web", "namespace": "flux-system"}}) + "\n"


SOURCE = {"kind": "GitRepository", "name": "flux-system"}
TAKEN = [{"kind": "ConfigMap", "name": "vars"}]
RELEASE = flux("HelmRelease", chart={"spec": {"chart": "charts/c", "sourceRef": SOURCE}}, valuesFrom=TAKEN)
BUILD = flux("Kustomization", path="./apps/web", sourceRef=SOURCE, postBuild={"substituteFrom": TAKEN})
APP = {"apps/web/cm.yaml": manifest("ConfigMap", "web", data={"a": "${a}"})}


def web(report: Report) -> UnitChange:
    (unit,) = [unit for unit in report.units if unit.source is not None and unit.source.name == "web"]
    return unit


def listing(*resources: str) -> Files:
    return {"clusters/prod/kustomization.yaml": kustomization(resources=list(resources))}


@pytest.mark.parametrize("place", ["clusters/prod", "clusters/other"])
def test_a_release_without_its_values(repository: GitOpsRepository, need: Callable[[str], str], place: str) -> None:
    """The release in the same build, or in a directory of manifests."""
    need("kustomize"), need("helm")
    own = ("web.yaml",) if place == "clusters/prod" else ("x.yaml",)
    files: Files = {
        **CHART, **listing("vars.yaml", *own), "clusters/prod/vars.yaml": VALUES, f"{place}/web.yaml": RELEASE,
        "clusters/prod/x.yaml": manifest("ConfigMap", "x"),
    }  # fmt: skip
    report = repository.compare(files, listing(*own))
    unit = web(report)
    assert (str(unit.state), str(report.verdict)) == ("broken", "failed")
    assert "ConfigMap vars" in unit.error
    assert [note for note in unit.notes if "clusters/prod/vars.yaml" in note and "goes away" in note]
    again = repository.compare({}, {"charts/c/values.yaml": "b: 1\n"})
    assert "is read from clusters/prod/vars.yaml" in " ".join(web(again).notes)


def test_a_part_that_is_taken_off(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize")
    files: Files = {
        **APP, "clusters/prod/web.yaml": BUILD, "infra/kustomization.yaml": kustomization(resources=["vars", "x.yaml"]),
        "infra/x.yaml": manifest("ConfigMap", "x"),
        "infra/vars/kustomization.yaml": kustomization(resources=["vars.yaml"]), "infra/vars/vars.yaml": VARS,
    }  # fmt: skip
    report = repository.compare(files, {"infra/kustomization.yaml": kustomization(resources=["x.yaml"])})
    assert str(web(report).state) == "unchanged"
    gone = {"infra/vars/kustomization.yaml": kustomization(configMapGenerator=[{"name": "y"}])}
    second = repository.compare({}, gone)
    unit = web(second)
    assert (str(unit.state), str(second.verdict)) == ("broken", "failed")
    assert "takes ConfigMap vars away" in unit.error


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"ops/kustomization.yaml": kustomization(resources=["../clusters/prod/vars.yaml"])}, id="another"),
        pytest.param({"clusters/prod/gen/kustomization.yaml": kustomization(
            configMapGenerator=[{"name": "vars", "namespace": "flux-system", "literals": ["a=one"]}],
            generatorOptions={"disableNameSuffixHash": True})}, id="one that makes it"),
    ],
)  # fmt: skip
def test_what_something_else_deploys_stays(
    repository: GitOpsRepository, need: Callable[[str], str], more: Files
) -> None:
    need("kustomize")
    files: Files = {
        **APP, **listing("vars.yaml", "web.yaml"), "clusters/prod/vars.yaml": VARS, "clusters/prod/web.yaml": BUILD, **more
    }  # fmt: skip
    report = repository.compare(files, listing("web.yaml"))
    assert {str(unit.state) for unit in report.units if unit.source} <= {"unchanged"}


@pytest.mark.parametrize(("listed", "state"), [(["web.yaml"], "broken"), (["web.yaml", "vars"], "unchanged")])
def test_what_flux_listed_and_a_new_kustomization_does_not(
    repository: GitOpsRepository, need: Callable[[str], str], listed: list[str], state: str
) -> None:
    need("kustomize")
    root = flux("Kustomization", path="./clusters/prod", sourceRef=SOURCE).replace('"web"', '"root"')
    files: Files = {
        **APP, "bootstrap/root.yaml": root, "clusters/prod/web.yaml": BUILD, "clusters/prod/vars/vars.yaml": VARS
    }  # fmt: skip
    new = {"clusters/prod/vars/kustomization.yaml": kustomization(resources=["vars.yaml"])} if "vars" in listed else {}
    report = repository.compare(files, {**listing(*listed), **new})
    found = [str(unit.state) for unit in report.units if unit.source is not None and unit.source.name == "web"]
    assert set(found) <= {state}
    assert ("broken" in found, str(report.verdict)) == (state == "broken", "failed" if state == "broken" else "passed")


CHARTS = json.dumps(
    {"apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "HelmRepository",
     "metadata": {"name": "charts", "namespace": "flux-system"}, "spec": {"url": "https://charts.example"}}
)  # fmt: skip
OF_CHARTS = flux(
    "HelmRelease", chart={"spec": {"chart": "c", "sourceRef": {"kind": "HelmRepository", "name": "charts"}}}
)
COMPONENT = json.dumps(
    {"apiVersion": "kustomize.config.k8s.io/v1alpha1", "kind": "Component", "resources": ["charts.yaml"]}
)
APART: Files = {
    "sources/kustomization.yaml": kustomization(resources=["charts.yaml"]),
    "sources/charts.yaml": CHARTS,
}
EMPTIED: Files = {"sources/kustomization.yaml": kustomization()}
ALONE: Files = {"apps/web/kustomization.yaml": kustomization(resources=["web.yaml"])}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param({**APART, "clusters/prod/web.yaml": OF_CHARTS}, EMPTIED, id="of a file"),
        pytest.param({**APART, **ALONE, "apps/web/web.yaml": OF_CHARTS}, EMPTIED, id="of another build"),
        pytest.param(
            {
                "apps/web/kustomization.yaml": kustomization(resources=["web.yaml", "charts.yaml"]),
                "apps/web/web.yaml": OF_CHARTS,
                "apps/web/charts.yaml": CHARTS,
            },
            ALONE,
            id="of the own build",
        ),
        pytest.param(
            {
                "apps/web/kustomization.yaml": kustomization(resources=["web.yaml"], components=["../../part"]),
                "apps/web/web.yaml": OF_CHARTS,
                "part/kustomization.yaml": COMPONENT,
                "part/charts.yaml": CHARTS,
            },
            ALONE,
            id="of a component",
        ),
    ],
)
def test_a_source(repository: GitOpsRepository, need: Callable[[str], str], before: Files, after: Files) -> None:
    need("kustomize")
    report = repository.compare(before, after)
    assert (str(web(report).state), str(report.verdict)) == ("broken", "failed")
    assert "takes HelmRepository charts away, which is the source of" in web(report).error


def test_a_file_that_takes_the_place_of_another(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    """The old one stays and holds the same object."""
    need("kustomize")
    new = {"sources/kustomization.yaml": kustomization(resources=["more.yaml"]), "sources/more.yaml": CHARTS}
    report = repository.compare({**APART, "clusters/prod/web.yaml": OF_CHARTS}, new)
    assert str(report.verdict) == "passed" and "broken" not in {str(unit.state) for unit in report.units}
