"""Names of ConfigMaps and Secrets that nothing has, and that are nearly those of what is here."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from gitops_repository import GitOpsRepository, flux, kustomization, manifest

from bot.jobs.misnamed import _is_slip
from bot.model.result import Report, UnitChange

Files = dict[str, str | None]
SOURCE = {"kind": "GitRepository", "name": "flux-system"}


def web(report: Report) -> UnitChange:
    (unit,) = [unit for unit in report.units if unit.source is not None and unit.source.name == "web"]
    return unit


def taking(kind: str, name: str, **more: Any) -> str:
    sources = [{"kind": kind, "name": name, **more}]
    return flux("Kustomization", "web", path="./apps", sourceRef=SOURCE, postBuild={"substituteFrom": sources})


EXTERNAL = json.dumps(
    {"apiVersion": "external-secrets.io/v1", "kind": "ExternalSecret", "metadata": {"name": "any"},
     "spec": {"target": {"name": "cluster-var"}}}
)  # fmt: skip


@pytest.mark.parametrize(
    ("named", "optional", "more", "is_wrong"),
    [
        ("cluster-var", False, {}, True),
        ("cluster-var", True, {}, False),
        ("platform-vars", False, {}, False),
        ("cluster-var", False, {"vars.yaml": manifest("Secret", "cluster-vars", data={"a": "b25l"})}, True),
        ("cluster-var", False, {"new.yaml": EXTERNAL}, False),
        ("cluster-var", False, {"vars.yaml": EXTERNAL}, False),
    ],
    ids=["a slip", "optional", "of the cluster", "what is here changes too", "something makes it", "renamed"],
)
@pytest.mark.parametrize("kind", ["ConfigMap", "Secret"])
def test_values_under_a_name_that_nothing_has(
    repository: GitOpsRepository,
    need: Callable[[str], str],
    kind: str,
    named: str,
    optional: bool,
    more: dict[str, str],
    is_wrong: bool,
) -> None:
    need("kustomize")
    before: Files = {
        "clusters/prod/web.yaml": taking(kind, "cluster-vars"),
        "clusters/prod/vars.yaml": manifest(kind, "cluster-vars", namespace="flux-system", data={"a": "b25l"}),
        "apps/cm.yaml": manifest("ConfigMap", "web", data={"a": "${a}"}),
    }
    after = {"web.yaml": taking(kind, named, **({"optional": True} if optional else {})), **more}
    if kind == "ConfigMap":
        after = {name: text.replace('"Secret"', '"ConfigMap"') for name, text in after.items()}
    unit = web(repository.compare(before, {f"clusters/prod/{name}": text for name, text in after.items()}))
    said = f"No file has {kind} {named}, and {kind} cluster-vars is here: is it meant?"
    assert (str(unit.state) == "broken", said in unit.error) == (is_wrong, is_wrong)


@pytest.mark.parametrize("kind", ["ConfigMap", "Secret"])
def test_a_generated_object_is_meant_without_its_hash(
    repository: GitOpsRepository, need: Callable[[str], str], kind: str
) -> None:
    need("kustomize")

    def release(name: str) -> str:
        chart = {"chart": "web", "version": "1.0.0", "sourceRef": {"kind": "HelmRepository", "name": "charts"}}
        return flux("HelmRelease", "web", chart={"spec": chart}, valuesFrom=[{"kind": kind, "name": name}])

    field = {"path": "spec/valuesFrom/name", "kind": "HelmRelease"}
    names = {"nameReference": [{"kind": kind, "version": "v1", "fieldSpecs": [field]}]}
    generator = f"{kind[0].lower()}{kind[1:]}Generator"
    made: dict[str, Any] = {generator: [{"name": "web-values", "literals": ["values.yaml="]}]}
    before: Files = {
        "clusters/prod/root.yaml": flux("Kustomization", "root", path="./apps", sourceRef=SOURCE),
        "apps/names.yaml": json.dumps(names),
        "apps/web.yaml": release("web-values"),
        "apps/kustomization.yaml": kustomization(
            namespace="flux-system", resources=["web.yaml"], configurations=["names.yaml"], **made
        ),
    }
    unit = web(repository.compare(before, {"apps/web.yaml": release("web-value")}))
    assert str(unit.state) == "broken"
    assert f"No file has {kind} web-value, and {kind} web-values is here: is it meant?" in unit.error


@pytest.mark.parametrize(
    ("was", "named", "is_slip"),
    [
        ("cluster-vars", "cluster-var", True),
        ("cluster-vars", "cluser-vars", True),
        ("cluster-vars", "clustervars", True),
        ("cluster-vars", "cluster-vars", False),
        ("team-a", "team-b", False),
        ("vars-eu", "vars-au", False),
        ("vars1", "vars2", False),
        ("web-app", "web-ap", True),
        ("web-app", "web-apx", False),
        ("cluster-vars", "platform-vars", False),
    ],
)
def test_what_is_a_slip(was: str, named: str, is_slip: bool) -> None:
    assert _is_slip(was, named, "ConfigMap") is is_slip


def test_what_is_a_slip_in_the_name_of_a_source() -> None:
    assert _is_slip("web-app", "web-apx", "GitRepository")
