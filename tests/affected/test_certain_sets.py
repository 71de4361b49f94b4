"""ApplicationSets of which only Argo CD knows the parameters: what is wrong whatever these are breaks them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from fake_lookup import HERE
from gitops_repository import GitOpsRepository, kustomization, manifest

from bot.model.result import Report

Files = dict[str, str | None]
PICKY: dict[str, Any] = {"clusters": {"selector": {"matchLabels": {"fleet": "prod"}}, "values": {"zone": "{{.name}}"}}}


def fleet(generator: dict[str, Any] = PICKY, name: str = "web-{{.name}}", **source: Any) -> str:
    """A set of one Application for each cluster, which renders a directory that no parameter says."""
    spec = {"source": {"repoURL": HERE, "path": "apps/web", **source}, "destination": {"server": "{{.server}}"}}
    value = {
        "apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "metadata": {"name": "set", "namespace": "argocd"},
        "spec": {
            "goTemplate": True, "generators": [generator], "template": {"metadata": {"name": name}, "spec": spec},
        },
    }  # fmt: skip
    return json.dumps(value) + "\n"


WEB: Files = {"apps/web/cm.yaml": manifest("ConfigMap", "web"), "argocd/set.yaml": fleet()}


def became(repository: GitOpsRepository, after: Files, before: Files = WEB) -> Report:
    repository.git("remote", "add", "origin", HERE)
    return repository.compare(before, after)


def told(report: Report) -> tuple[str, dict[str, str], str]:
    """The verdict, what becomes of declared units, and the error of the set."""
    units = {unit.source.name: unit for unit in report.units if unit.source}
    return str(report.verdict), {name: str(unit.state) for name, unit in units.items()}, units["set"].error


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (fleet(name="web-{{.name}"), "the template 'web-{{.name}' cannot be filled: an action {{ is not closed"),
        (fleet({"clusters": {**PICKY["clusters"], "values": {"zone": "{{.name}"}}}), "'{{.name}' cannot be filled"),
        (fleet({"matrix": {"generators": [PICKY, {"list": {"elementsYaml": "{{.a"}}]}}), "'{{.a' cannot be filled"),
        (
            fleet({"cluster": PICKY["clusters"]}),
            "names the generator cluster, which Argo CD does not have: is clusters",
        ),
        (fleet({"matrix": {"generators": [PICKY, {"lists": {}}]}}), "generators[1] names the generator lists, which"),
    ],
)
def test_what_no_parameter_mends_breaks_a_set(after: str, words: str, repository: GitOpsRepository) -> None:
    verdict, states, error = told(became(repository, {"argocd/set.yaml": after}))
    assert (verdict, states) == ("failed", {"set": "broken"})
    assert words in error
    again = repository.compare({}, {"argocd/set.yaml": f"{after}\n"})
    assert told(again)[:2] == ("passed", {"set": "unrenderable"})


@pytest.mark.parametrize(
    "after",
    [
        fleet(name="web-{{.name}}-{{ shuffle .name }}"),  # a function that is not known here
        fleet({"list": {"elements": [{"name": "a", "server": "s"}]}, "selector": PICKY["clusters"]["selector"]}),
        fleet({"matrix": {"generators": [PICKY, {"list": {"elements": [{"a": "{{.name}}"}]}}]}}),
    ],
)
def test_what_parameters_may_mend_does_not(after: str, repository: GitOpsRepository) -> None:
    assert str(became(repository, {"argocd/set.yaml": after}).verdict) == "passed"


@pytest.mark.parametrize("what", ["name", "values"])
def test_a_template_that_is_not_closed_stops_what_the_own_cluster_has(what: str, repository: GitOpsRepository) -> None:
    known = {**WEB, "argocd/set.yaml": fleet({"clusters": {}})}
    after = fleet({"clusters": {}}, name="{{.n") if what == "name" else fleet({"clusters": {"values": {"a": "{{.n"}}})
    verdict, states, error = told(became(repository, {"argocd/set.yaml": after}, known))
    assert (verdict, states) == ("failed", {"set": "broken", "web-in-cluster": "unchanged"})
    assert "'{{.n' cannot be filled" in error
    assert "only Argo CD knows" not in error


CHART: Files = {
    "apps/web/Chart.yaml": json.dumps({"apiVersion": "v2", "name": "web", "version": "1.0.0"}),
    "apps/web/values.yaml": "colour: red\n",
    "apps/web/templates/cm.yaml": "kind: ConfigMap\napiVersion: v1\nmetadata: {name: w}\ndata: {a: {{ .Values.colour }}}\n",
}
FLEET: Files = {"argocd/set.yaml": fleet(helm={"values": "zone: '{{.values.zone}}'"})}


def of_directories(report: Report) -> dict[str, str]:
    return {unit.path: str(unit.state) for unit in report.units if not unit.source}


def test_what_it_renders_on_every_cluster_is_seen(repository: GitOpsRepository) -> None:
    report = became(repository, {"apps/web/cm.yaml": manifest("ConfigMap", "web", data={"a": "b"})})
    assert (str(report.verdict), of_directories(report)) == ("passed", {"apps/web": "changed"})
    assert [object_.id.name for unit in report.units for object_ in unit.objects] == ["web"]
    assert told(report)[1] == {"set": "unrenderable"}
    broken = repository.compare({}, {"apps/web/cm.yaml": "a: b: c\n"})
    assert (str(broken.verdict), of_directories(broken)) == ("failed", {"apps/web": "broken"})


@pytest.mark.parametrize("directory", ["examples/web", "apps/.web"])
def test_a_directory_of_any_name_is_deployed(directory: str, repository: GitOpsRepository) -> None:
    name = f"{directory}/cm.yaml"
    before: Files = {name: manifest("ConfigMap", "web"), "argocd/set.yaml": fleet(path=directory)}
    report = became(repository, {name: manifest("ConfigMap", "web", data={"a": "b"})}, before)
    assert of_directories(report)[directory] == "changed"


def test_its_chart_is_a_unit_with_its_own_values(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("helm")
    report = became(repository, {"apps/web/values.yaml": "colour: blue\n"}, {**CHART, **FLEET})
    assert (str(report.verdict), of_directories(report)) == ("passed", {"apps/web": "changed"})


def test_a_chart_that_needs_the_parameters_is_not_broken(
    repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("helm")
    asks = {"apps/web/templates/zone.yaml": '{{ required "a zone" .Values.zone }}\n'}
    new = became(repository, {**CHART, **FLEET, **asks}, {"README.md": "x"})
    assert (str(new.verdict), of_directories(new)) == ("passed", {"argocd": "added"})
    assert told(new)[1] == {"set": "unrenderable"}
    repository.commit({"apps/web/templates/zone.yaml": None}, "without")
    asking = repository.compare({}, asks)
    assert (str(asking.verdict), of_directories(asking), told(asking)[1]) == ("passed", {}, {"set": "unrenderable"})


GONE = "ApplicationSet argocd/set renders apps/web, but the repository has no such directory"


@pytest.mark.parametrize("here", [HERE, "https://git.example/org/mirror/repo"], ids=["surely", "perhaps"])
def test_a_directory_that_goes_breaks_the_set(here: str, repository: GitOpsRepository) -> None:
    repository.git("remote", "add", "origin", here)
    report = repository.compare(WEB, {"apps/web/cm.yaml": None})
    assert (told(report), of_directories(report)) == (("failed", {"set": "broken"}, GONE), {})
    assert str(repository.compare({}, {"argocd/set.yaml": f"{fleet()}\n"}).verdict) == "passed"
    back = repository.compare({}, {"apps/web/cm.yaml": WEB["apps/web/cm.yaml"]})
    assert told(back)[:2] == ("passed", {"set": "unrenderable"})


def test_a_kustomization_that_goes_breaks_the_set(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize")
    build = {**WEB, "apps/web/kustomization.yaml": kustomization(resources=["cm.yaml"])}
    report = became(repository, {"apps/web/cm.yaml": None, "apps/web/kustomization.yaml": None}, build)
    assert (told(report), of_directories(report)) == (("failed", {"set": "broken"}, GONE), {})


def test_a_path_that_is_mistyped(repository: GitOpsRepository) -> None:
    verdict, states, error = told(became(repository, {"argocd/set.yaml": fleet(path="apps/wep")}))
    assert (verdict, states) == ("failed", {"set": "broken"})
    assert error == f"{GONE.replace('web', 'wep')}; apps/web is here: is it meant?"


@pytest.mark.parametrize(
    ("source", "verdict"),
    [
        ({}, "failed"),
        ({"targetRevision": "main"}, "failed"),
        ({"targetRevision": "v1.2.3"}, "passed"),
        ({"targetRevision": "{{.revision}}"}, "passed"),
        ({"repoURL": "https://git.example/other/repo"}, "passed"),
        ({"path": "apps/{{.name}}"}, "passed"),
        ({"path": "apps/${cluster}"}, "passed"),
    ],
)
def test_a_new_set_without_its_directory(source: dict[str, Any], verdict: str, repository: GitOpsRepository) -> None:
    report = became(repository, {"argocd/set.yaml": fleet(**source)}, {"argocd/a.yaml": manifest("ConfigMap", "a")})
    assert told(report)[:2] == (verdict, {"set": "unrenderable"})


def test_a_patch_may_say_another_directory(repository: GitOpsRepository) -> None:
    value = json.loads(fleet())
    value["spec"]["templatePatch"] = "spec: {source: {path: 'apps/{{.name}}'}}"
    before = {**WEB, "argocd/set.yaml": json.dumps(value)}
    assert str(became(repository, {"apps/web/cm.yaml": None}, before).verdict) == "passed"


def helm(**options: Any) -> Files:
    return {**CHART, "apps/web/extra.yaml": "a: 1\n", "argocd/set.yaml": fleet(helm=options)}


@pytest.mark.parametrize(
    ("options", "after", "words"),
    [
        ({}, {"apps/web/templates/cm.yaml": "{{ .Values.a }"}, "parse error at (apps/web/templates/cm.yaml:1)"),
        ({}, {"apps/web/Chart.yaml": '{"apiVersion": "v2", "version": "1.0.0"}'}, "chart.metadata.name is required"),
        ({"valueFiles": ["extra.yaml", "{{.name}}.yaml"]}, {"apps/web/extra.yaml": None}, "web/extra.yaml does not exist"),
        ({"valueFiles": ["extra.yaml"]}, {"apps/web/extra.yaml": "a: b: c"}, "apps/web/extra.yaml:1 is not valid YAML"),
        ({}, {"argocd/set.yaml": fleet(helm={"values": {"a": "b"}})}, "source.helm.values is a mapping, but must be text"),
        ({}, {"argocd/set.yaml": fleet(helm={}, kustomize={})}, "Argo CD takes only one of them"),
    ],
)  # fmt: skip
def test_what_is_wrong_on_every_cluster(
    options: dict[str, Any], after: Files, words: str, repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("helm")
    report = became(repository, after, helm(**options))
    verdict, states, error = told(report)
    assert (verdict, states) == ("failed", {"set": "broken"})
    assert words in error
    assert of_directories(report).get("apps/web", "unchanged") == "unchanged"


@pytest.mark.parametrize(
    ("options", "after"),
    [
        ({"valueFiles": ["extra.yaml"], "ignoreMissingValueFiles": True}, {"apps/web/extra.yaml": None}),
        ({"valueFiles": ["{{.name}}.yaml"]}, {"apps/web/extra.yaml": None}),
        ({}, {"argocd/set.yaml": fleet(helm={"valueFiles": ["$ARGOCD_APP_NAME.yaml"]})}),
        ({}, {"argocd/set.yaml": fleet(helm={"values": "a: {{.values.zone}}"})}),
        ({}, {"apps/web/templates/cm.yaml": '{{ required "a zone" .Values.zone }}'}),
    ],
)
def test_what_may_be_right_on_some(
    options: dict[str, Any], after: Files, repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("helm")
    assert told(became(repository, after, helm(**options)))[:2] == ("passed", {"set": "unrenderable"})


def test_a_template_that_is_not_there_is_told_by_the_chart(
    repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("helm")
    report = became(repository, {"apps/web/templates/cm.yaml": '{{ include "none" . }}'}, helm())
    assert (str(report.verdict), of_directories(report)) == ("failed", {"apps/web": "broken"})
