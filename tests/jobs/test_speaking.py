"""Who speaks for a unit that is not told by its directory alone, and the way on which a change reaches it."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from gitops_repository import GitOpsRepository, application, chart, kustomization, manifest

from bot.model.result import Report, Verdict

Files = dict[str, str | None]
LINES = "* @platform\n/charts/ @web\n/argocd/overlays/prod/ @sre\n"
APPLICATION = "argocd/overlays/prod/web.yaml"


def values(number: int) -> str:
    """What an overlay says of the Application that it takes."""
    return json.dumps(
        {
            "apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
            "metadata": {"name": "web", "namespace": "argocd"},
            "spec": {"source": {"helm": {"valuesObject": {"number": number}}}},
        }
    )  # fmt: skip


def overlaid() -> Files:
    """An Application in a base, which the overlay of each environment completes with values."""
    files: Files = {
        ".github/CODEOWNERS": LINES,
        **chart("charts/web", map=manifest("ConfigMap", "web", data={"a": "{{ .Values.number }}"})),
        "charts/web/values.yaml": "number: 1\n",
        "argocd/base/kustomization.yaml": kustomization(resources=["web.yaml"]),
        "argocd/base/web.yaml": application("web", "charts/web", helm={"valueFiles": ["values.yaml"]}),
    }
    for number, environment in enumerate(("dev", "prod")):
        files[f"argocd/overlays/{environment}/kustomization.yaml"] = kustomization(
            resources=["../../base"], patches=[{"path": "web.yaml"}]
        )
        files[f"argocd/overlays/{environment}/web.yaml"] = values(number)
    return files


def asked(report: Report) -> list[tuple[str, str]]:
    """Who has to agree although no file of theirs is touched, each with the file that tells why."""
    (owners,) = (check for check in report.checks if check.name == "owners")
    return [
        (finding.message.partition("no file of ")[2].partition(", yet")[0], finding.file)
        for finding in owners.findings
        if finding.rule == "owners/effect"
    ]


@pytest.fixture
def programs(need: Callable[[str], str]) -> None:
    need("helm")
    need("kustomize")


@pytest.mark.usefixtures("programs")
def test_an_overlay_speaks_for_what_it_completes(repository: GitOpsRepository) -> None:
    template = "charts/web/templates/map.yaml"
    report = repository.compare(
        overlaid(), {template: str(overlaid()[template]).replace('"web"', '"site"')}, judged=True
    )
    assert sorted(asked(report)) == [("@platform", template), ("@sre", template)]
    (row,) = [row for row in report.owners if row.required == ("@sre",)]
    assert row.why.startswith(f"prod is reached: charts/web → {template}; ")


@pytest.mark.usefixtures("programs")
def test_a_change_of_the_overlay_needs_nobody_else(repository: GitOpsRepository) -> None:
    report = repository.compare(overlaid(), {APPLICATION: values(7)}, judged=True)
    assert [unit.path for unit in report.units] == ["argocd/overlays/prod", "charts/web"]
    assert asked(report) == []
    (way,) = {row.way for row in report.owners if row.file_or_unit == "charts/web"}
    assert way == ("charts/web", "argocd/overlays/prod", APPLICATION)


@pytest.mark.usefixtures("programs")
def test_the_way_goes_through_the_overlay_that_an_object_deploys(repository: GitOpsRepository) -> None:
    roots: Files = {f"root-{e}.yaml": application(f"root-{e}", f"argocd/overlays/{e}") for e in ("dev", "prod")}
    report = repository.compare(overlaid() | roots, {APPLICATION: values(7)}, judged=True)
    (way,) = {row.way for row in report.owners if row.file_or_unit == "charts/web"}
    assert way == ("charts/web", "argocd/overlays/prod", APPLICATION)


@pytest.mark.usefixtures("programs")
def test_an_application_that_takes_other_values_needs_the_owners_of_those_before(repository: GitOpsRepository) -> None:
    files: Files = {
        ".github/CODEOWNERS": "/charts/web/values-prod.yaml @sre\n/argocd/ @platform\n",
        **chart("charts/web", map=manifest("ConfigMap", "web", data={"a": "{{ .Values.number }}"})),
        "charts/web/values-prod.yaml": "number: 1\n",
        "charts/web/values-dev.yaml": "number: 2\n",
        "argocd/prod/web.yaml": application("web", "charts/web", helm={"valueFiles": ["values-prod.yaml"]}),
    }
    other = application("web", "charts/web", helm={"valueFiles": ["values-dev.yaml"]})
    report = repository.compare(files, {"argocd/prod/web.yaml": other}, judged=True)
    assert asked(report) == [("@sre", "argocd/prod/web.yaml")]
    (owners,) = (check for check in report.checks if check.name == "owners")
    (unowned,) = [finding for finding in owners.findings if finding.rule == "owners/unowned"]
    assert (unowned.state, unowned.unit) == ("introduced", "charts/web")
    assert "charts/web/values-dev.yaml" in unowned.message


@pytest.mark.usefixtures("programs")
def test_production_that_a_change_of_codeowners_leaves_to_nobody(repository: GitOpsRepository) -> None:
    lines = "/charts/web/values-prod.yaml @sre\n/charts/web/values-dev.yaml @dev\n/.github/ @platform\n"
    files: Files = {
        ".github/CODEOWNERS": lines,
        **chart("charts/web", map=manifest("ConfigMap", "web", data={"a": "{{ .Values.number }}"})),
        "charts/web/values-prod.yaml": "number: 1\n",
        "charts/web/values-dev.yaml": "number: 2\n",
    }
    report = repository.compare(
        files, {".github/CODEOWNERS": lines.replace(" @dev", "").replace(" @sre", "")}, judged=True
    )
    assert report.units == ()
    assert report.verdict is Verdict.FAILED
    (owners,) = (check for check in report.checks if check.name == "owners")
    (found,) = [finding for finding in owners.findings if finding.rule == "owners/unowned"]
    assert (found.state, found.file, found.line) == ("introduced", ".github/CODEOWNERS", 1)
    assert "charts/web/values-prod.yaml" in found.message


@pytest.mark.usefixtures("programs")
def test_the_file_of_a_generator_speaks_for_what_it_makes(repository: GitOpsRepository) -> None:
    """All environments share chart and set; the file that gives the parameters is the environment's own."""
    repo = "https://example.com/acme/gitops.git"
    template = {
        "metadata": {"name": "{{name}}-{{env}}"},
        "spec": {
            "project": "default", "destination": {"server": "https://kubernetes.default.svc"},
            "source": {"repoURL": repo, "path": "charts/web",
                       "helm": {"parameters": [{"name": "number", "value": "{{number}}"}]}},
        },
    }  # fmt: skip
    made = {
        "apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "metadata": {"name": "all", "namespace": "argocd"},
        "spec": {"generators": [{"git": {"repoURL": repo, "files": [{"path": "rows/*/*.json"}]}}], "template": template},
    }  # fmt: skip
    rows = {
        f"rows/web/{env}.json": json.dumps({"name": "web", "env": env, "number": "1"})
        for env in ("dev", "test", "prod")
    }
    files: Files = {
        ".github/CODEOWNERS": "* @platform\n/rows/*/prod.json @sre\n", "sets/all.yaml": json.dumps(made), **rows,
        **chart("charts/web", map=manifest("ConfigMap", "web", data={"a": "{{ .Values.number }}"})),
        "charts/web/values.yaml": "number: 1\n",
    }  # fmt: skip
    more = rows["rows/web/prod.json"].replace('"1"', '"2"')
    report = repository.compare(files, {"rows/web/prod.json": more}, judged=True)
    assert [unit.environment for unit in report.units] == ["prod"] and asked(report) == []
    other: Files = {"charts/web/templates/map.yaml": manifest("ConfigMap", "other")}
    assert asked(repository.compare({}, other, judged=True)) == [("@sre", "charts/web/templates/map.yaml")]


@pytest.mark.usefixtures("programs")
def test_a_manifest_far_below_a_root_speaks_for_itself(repository: GitOpsRepository) -> None:
    root = application("root", ".", directory={"recurse": True, "include": "teams/*/argocd/*.yaml"})
    files: Files = {
        ".github/CODEOWNERS": "* @platform\n/teams/a/ @a\n", "boot/root.yaml": root,
        "teams/a/argocd/web.yaml": application("web", "teams/a/web"), "teams/a/web/map.yaml": manifest("ConfigMap", "web"),
    }  # fmt: skip
    path = "teams/a/argocd/more.yaml"
    report = repository.compare(files, {path: application("more", "teams/a/web")}, judged=True)
    assert any(unit.path == "" for unit in report.units) and asked(report) == []
    assert asked(repository.compare({}, {path: application("more", "teams/a")}, judged=True)) == []
    assert asked(repository.compare({}, {path: None}, judged=True)) == []


@pytest.mark.usefixtures("programs")
def test_the_way_begins_at_the_values_of_the_same_environment(repository: GitOpsRepository) -> None:
    """All values lie in the chart's directory; what goes with those of one environment is shown there."""
    one = (
        "{{ range .Values.apps }}\n---\n"
        + application("{{ . }}-ENV", "web").replace("ENV", "{{ $.Values.env }}")
        + "{{ end }}"
    )
    files: Files = {
        ".github/CODEOWNERS": "* @all\n",
        "web/map.yaml": manifest("ConfigMap", "web"),
        **chart("boot", apps=one),
    }
    for env in ("dev", "prod"):
        files[f"boot/values-{env}.yaml"] = f"env: {env}\napps: [cart, shop]\n"
        files[f"clusters/{env}/boot.yaml"] = application(
            f"boot-{env}", "boot", helm={"valueFiles": [f"values-{env}.yaml"]}
        )
    less: Files = {f"boot/values-{env}.yaml": f"env: {env}\napps: [cart]\n" for env in ("dev", "prod")}
    report = repository.compare(files, less, judged=True)
    (risk,) = (check for check in report.checks if check.name == "risk")
    gone = {finding.file for finding in risk.findings if finding.rule == "risk/unit-removed"}
    assert gone == {"boot/values-dev.yaml", "boot/values-prod.yaml"}


@pytest.mark.usefixtures("programs")
def test_an_application_that_a_chart_declares_stands_where_its_values_differ(repository: GitOpsRepository) -> None:
    spec = {"sourceRepos": ["*"], "destinations": [{"server": "https://kubernetes.default.svc", "namespace": "cart"}]}
    project = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "AppProject",
        "metadata": {"name": "default"},
        "spec": spec,
    }
    text = application("{{ . }}-ENV", "web").replace("ENV", "{{ $.Values.env }}")
    text = text.replace('default.svc"', 'default.svc", "namespace": "{{ . }}"')
    files: Files = {
        "web/map.yaml": manifest("ConfigMap", "web"), "projects/p.yaml": json.dumps(project),
        **chart("boot", apps="{{ range .Values.apps }}\n---\n" + text + "{{ end }}"),
    }  # fmt: skip
    for env in ("dev", "prod"):
        files[f"boot/values-{env}.yaml"] = f"env: {env}\napps:\n- cart\n"
        files[f"clusters/{env}/boot.yaml"] = application(
            f"boot-{env}", "boot", helm={"valueFiles": [f"values-{env}.yaml"]}
        )
    more: Files = {f"boot/values-{env}.yaml": f"env: {env}\napps:\n- cart\n- shop\n" for env in ("dev", "prod")}
    report = repository.compare(files, more, judged=True)
    (boundaries,) = (check for check in report.checks if check.name == "boundaries")
    told = sorted((f.file, f.line) for f in boundaries.findings if f.object and f.object.name.startswith("shop-"))
    assert told == [("boot/values-dev.yaml", 4), ("boot/values-prod.yaml", 4)]
