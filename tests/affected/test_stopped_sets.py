"""ApplicationSets that can generate nothing after a change: Argo CD deletes nothing then, and updates nothing either."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from deployers import cluster, elements
from fake_lookup import HERE
from gitops_repository import GitOpsRepository, kustomization, manifest

from bot.model.result import Report, UnitChange

Files = dict[str, str | None]
STRICT = {"goTemplate": True, "goTemplateOptions": ["missingkey=error"]}


def application_set(*generators: Mapping[str, Any], name: str = "web-{{.name}}", **spec: Any) -> str:
    source = {"repoURL": HERE, "path": "apps/{{.name}}"}
    template = {"metadata": {"name": name}, "spec": {"source": source, "destination": {"namespace": "{{.ns}}"}}}
    value = {
        "apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "metadata": {"name": "set", "namespace": "argocd"},
        "spec": {"generators": list(generators), "template": template, **STRICT, **spec},
    }  # fmt: skip
    return json.dumps(value) + "\n"


def config(**values: str) -> str:
    return json.dumps(values) + "\n"


GIT = {"git": {"repoURL": HERE, "files": [{"path": "config/*.json"}]}}
CLUSTERS = {
    "clusters": {"selector": {"matchLabels": {"kind": "app"}}, "values": {"ns": "{{.metadata.labels.ns}}"}},
}
A, B = {"name": "a", "ns": "one"}, {"name": "b", "ns": "two"}
APPS: Files = {
    "apps/a/cm.yaml": manifest("ConfigMap", "a"),
    "apps/b/kustomization.yaml": kustomization(resources=["cm.yaml"]),
    "apps/b/cm.yaml": manifest("ConfigMap", "b"),
}
OF_FILES: Files = {"config/a.json": config(**A), "config/b.json": config(**B), "argocd/set.yaml": application_set(GIT)}
OF_CLUSTERS: Files = {
    "argocd/clusters/a.yaml": cluster("a", kind="app", ns="one"),
    "argocd/clusters/b.yaml": cluster("b", kind="app", ns="two"),
    "argocd/set.yaml": application_set(
        CLUSTERS,
    ).replace("{{.ns}}", "{{.values.ns}}"),
}
OF_BOTH: Files = {
    **OF_FILES,
    "argocd/clusters/x.yaml": cluster("x", kind="app", tier="t"),
    "argocd/set.yaml": application_set(
        {"matrix": {"generators": [GIT, {"clusters": {"selector": {"matchLabels": {"kind": "app"}}}}]}},
        name="web-{{.ns}}-{{.metadata.labels.tier}}", goTemplate=True,
    ).replace("apps/{{.name}}", "apps/{{index .path.segments 0 | replace \\\"config\\\" \\\"a\\\"}}"),
}  # fmt: skip
PATCHED = '{{ if hasKey . "patch" }}{{ .patch }}{{ end }}'


def listed(report: Report) -> dict[str, str]:
    return {unit.source.name if unit.source else unit.path: str(unit.state) for unit in report.units}


def the_set(report: Report) -> UnitChange:
    (unit,) = (unit for unit in report.units if unit.source and unit.source.kind == "ApplicationSet")
    return unit


STOPS = [
    pytest.param(OF_FILES, {"config/a.json": config(name="a")}, "no entry for key 'ns'", id="file-loses-a-key"),
    pytest.param(OF_FILES, {"config/b.json": config(name="b")}, "no entry for key 'ns'", id="last-file-loses-a-key"),
    pytest.param(OF_FILES, {"config/a.json": "{]"}, "config/a.json", id="malformed-file"),
    pytest.param(OF_FILES, {"config/c.json": "{]"}, "config/c.json", id="malformed-new-file"),
    pytest.param(OF_FILES, {"config/a.json": "7"}, "config/a.json", id="file-with-a-number"),
    pytest.param(
        {"argocd/set.yaml": application_set(elements(A, B))},
        {"argocd/set.yaml": application_set(elements(A, {"name": "b"}))},
        "no entry for key 'ns'", id="list-loses-a-key",
    ),
    pytest.param(
        {"argocd/set.yaml": application_set(elements(A, B))},
        {"argocd/set.yaml": application_set({"list": {"elements": 1}})},
        "elements is a number", id="list-of-wrong-type",
    ),
    pytest.param(
        {"argocd/set.yaml": application_set(elements(A, B))},
        {"argocd/set.yaml": application_set(elements(A, B), name="web-{{.name")},
        "not closed", id="malformed-template",
    ),
    pytest.param(OF_CLUSTERS, {"argocd/clusters/a.yaml": cluster("a", kind="app")}, "no entry for key", id="label"),
    pytest.param(OF_BOTH, {"argocd/clusters/x.yaml": cluster("x", kind="app")}, "no entry for key", id="matrix-label"),
    pytest.param(OF_BOTH, {"config/a.json": config(name="a")}, "no entry for key 'ns'", id="matrix-file"),
    pytest.param(
        {"argocd/set.yaml": application_set(elements(A, B), templatePatch=PATCHED)},
        {"argocd/set.yaml": application_set(elements(A, {**B, "patch": "a: ["}), templatePatch=PATCHED)},
        "templatePatch", id="patch-is-no-yaml",
    ),
    pytest.param(
        {"argocd/set.yaml": application_set(elements(A, B), templatePatch=PATCHED)},
        {"argocd/set.yaml": application_set(elements(A, {**B, "patch": "[1]"}), templatePatch=PATCHED)},
        "must hold a mapping", id="patch-is-a-list",
    ),
    pytest.param(
        {"argocd/set.yaml": application_set(elements(A, B))},
        {"argocd/set.yaml": application_set(elements(A, B)).replace('"spec": {"generators"', '"specs": {"generators"')},
        "spec is missing", id="no-spec",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("files", "change", "words"), STOPS)
def test_a_set_that_stops_is_broken(files: Files, change: Files, words: str, repository: GitOpsRepository) -> None:
    report = repository.compare({**APPS, **files}, change)
    assert str(report.verdict) == "failed"
    found = listed(report)
    assert found.pop("set") == "broken"
    assert set(found.values()) <= {"unchanged", "changed"}, "Argo CD keeps what it made"
    assert words in the_set(report).error
    assert not report.unmapped


@pytest.mark.parametrize(("files", "change", "words"), STOPS)
def test_a_set_that_is_mended_is_fixed(files: Files, change: Files, words: str, repository: GitOpsRepository) -> None:
    before = {**APPS, **files, **change}
    report = repository.compare(before, {**files, **{name: None for name in change if name not in files}})
    assert str(report.verdict) == "passed"
    found = listed(report)
    assert found.pop("set") == "fixed"
    assert set(found.values()) <= {"unchanged", "changed", "added", "removed"}
    assert words in the_set(report).error
    assert not report.unmapped


@pytest.mark.parametrize(("files", "change", "words"), STOPS)
def test_a_set_that_fails_on_both_sides_passes(
    files: Files, change: Files, words: str, repository: GitOpsRepository
) -> None:
    before = {**APPS, **files, **change}
    (name,) = change
    report = repository.compare(before, {name: f"{before[name]}\n"})
    assert str(report.verdict) == "passed"
    assert listed(report)["set"] == "unrenderable"
    assert words in the_set(report).error
    assert not report.unmapped


@pytest.mark.parametrize(("files", "change", "words"), STOPS)
def test_a_set_that_a_kustomization_completes(
    files: Files, change: Files, words: str, repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("kustomize")
    host = kustomization(resources=["set.yaml"], namespace="argocd")
    report = repository.compare({**APPS, **files, "argocd/kustomization.yaml": host}, change)
    assert str(report.verdict) == "failed"
    found = listed(report)
    assert found.pop("set") == "broken"
    assert words in the_set(report).error
    assert set(found.values()) <= {"unchanged", "changed"}
    back = repository.compare({}, {name: files.get(name) for name in change})
    assert str(back.verdict) == "passed"
    assert listed(back)["set"] == "fixed"


@pytest.mark.parametrize(("files", "change", "words"), STOPS)
def test_a_set_in_a_directory_of_an_application(
    files: Files, change: Files, words: str, repository: GitOpsRepository
) -> None:
    spec = {"source": {"repoURL": HERE, "path": "argocd"}, "destination": {"namespace": "argocd"}}
    root = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": "root"}, "spec": spec}
    report = repository.compare({**APPS, **files, "root.yaml": json.dumps(root)}, change)
    assert str(report.verdict) == "failed"
    found = listed(report)
    assert found.pop("set") == "broken"
    assert set(found.values()) <= {"unchanged", "changed"}
    assert words in the_set(report).error


def test_what_a_broken_set_no_longer_updates_is_said(repository: GitOpsRepository) -> None:
    report = repository.compare({**APPS, **OF_FILES}, {"config/a.json": config(name="a")})
    assert the_set(report).notes == (
        "Argo CD updates none of its Applications, and deletes none, as long as it fails: web-a, web-b.",
    )


def test_a_set_that_is_known_in_part_is_broken_too(repository: GitOpsRepository) -> None:
    files = {**OF_FILES, "argocd/set.yaml": application_set(GIT, {"scmProvider": {}})}
    report = repository.compare({**APPS, **files}, {"config/a.json": config(name="a")})
    assert (str(report.verdict), listed(report)) == ("failed", {"set": "broken", "web-a": "unchanged"})
    back = repository.compare({}, {"config/a.json": config(**A)})
    assert (str(back.verdict), listed(back)["set"]) == ("passed", "unrenderable")


def test_what_lasts_shows_what_its_files_do(repository: GitOpsRepository) -> None:
    """The Application is as it was, what it deploys is not."""
    change = {"config/b.json": config(name="b"), "apps/b/cm.yaml": manifest("ConfigMap", "other")}
    report = repository.compare({**APPS, **OF_FILES}, change)
    assert listed(report) == {"set": "broken", "web-b": "changed"}
    gone = repository.compare({}, {**OF_FILES, "config/a.json": "{]", "apps/a/cm.yaml": None})
    assert listed(gone)["web-a"] == "broken"


def test_a_name_that_two_applications_get_breaks_both(repository: GitOpsRepository) -> None:
    report = repository.compare(
        {**APPS, **OF_FILES}, {"config/c.json": config(**A), "config/a.json": config(**A, x="")}
    )
    assert str(report.verdict) == "failed"
    assert listed(report) == {"web-a": "broken"}
    assert "generates the Application web-a twice" in report.units[0].error
    back = repository.compare({}, {"config/c.json": None})
    assert (str(back.verdict), listed(back)) == ("passed", {"web-a": "fixed"})


def test_a_file_of_one_application_breaks_this_one_only(repository: GitOpsRepository) -> None:
    files = {**APPS, "argocd/set.yaml": application_set(elements(A, B))}
    report = repository.compare(files, {"apps/b/.argocd-source-web-b.yaml": "kustomize: ["})
    assert (str(report.verdict), listed(report)) == ("failed", {"web-b": "broken"})


def test_a_name_that_kubernetes_refuses(repository: GitOpsRepository) -> None:
    files = {**OF_FILES, "argocd/set.yaml": application_set(GIT, goTemplateOptions=[])}
    report = repository.compare({**APPS, **files}, {"config/a.json": config(ns="one")})
    assert str(report.verdict) == "failed"
    assert listed(report) == {"web-a": "removed", "web-<no value>": "unrenderable"}


def test_more_applications_than_are_followed(repository: GitOpsRepository) -> None:
    wide = [{"list": {"elements": [{f"k{n}": str(m)} for m in range(80)]}} for n in range(2)]
    few = {"matrix": {"generators": [elements(A), elements({"x": "1"})]}}
    many = {"matrix": {"generators": [elements(A), {"matrix": {"generators": wide}}]}}
    files = {**APPS, "argocd/set.yaml": application_set(few)}
    report = repository.compare(files, {"argocd/set.yaml": application_set(many)})
    assert str(report.verdict) == "failed"
    assert listed(report)["set"] == "broken"
    assert "more than 5000 parameter sets" in the_set(report).error


def test_what_is_not_known_here_breaks_no_new_set(repository: GitOpsRepository) -> None:
    """Argo CD may know the function, and labels of the cluster that it runs in."""
    unknown = application_set(elements(A), name="web-{{ bcrypt .name }}")
    label = application_set({"clusters": {}}, name="web-{{.metadata.labels.tier}}")
    report = repository.compare(APPS, {"argocd/one.yaml": unknown, "argocd/two.yaml": label.replace('"set"', '"two"')})
    assert str(report.verdict) == "passed"
    assert {state for name, state in listed(report).items() if name in ("set", "two")} == {"unrenderable"}


def test_a_function_that_is_not_known_here_breaks_what_was_seen(repository: GitOpsRepository) -> None:
    files = {**APPS, "argocd/set.yaml": application_set(elements(A))}
    report = repository.compare(files, {"argocd/set.yaml": application_set(elements(A), name="web-{{ bcrypt .name }}")})
    assert (str(report.verdict), listed(report)["set"]) == ("failed", "broken")


def test_a_new_set_that_fails_is_no_surprise_later(repository: GitOpsRepository) -> None:
    new = repository.compare(APPS, {"argocd/set.yaml": application_set(elements({"name": "a"}))})
    assert (str(new.verdict), listed(new)["set"]) == ("failed", "unrenderable")
    gone = repository.compare({}, {"argocd/set.yaml": None})
    assert (str(gone.verdict), listed(gone)["set"]) == ("passed", "removed")
