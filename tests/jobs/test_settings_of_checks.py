"""What ``.gatehouse.yaml`` says about checks reaches them; what judges a change comes from the tip of its base branch."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from gitops_repository import GitOpsRepository
from made_repository import Made, Said, chart, check, config_map, gatehouse

FLOW = "apiVersion: flowcontrol.apiserver.k8s.io/v1beta3\nkind: FlowSchema\nmetadata: {name: NAME}\n"
WIDGET = "apiVersion: example.org/v1\nkind: Widget\nmetadata: {name: w}\nspec: {size: SIZE}\n"
CRD = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.org}
spec:
  group: example.org
  scope: Namespaced
  names: {kind: Widget, plural: widgets}
  versions:
    - name: v1
      served: true
      storage: true
      schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {size: {type: TYPE}}}}}}
"""
DENY = 'package team\n\ndeny_said contains msg if {\n\tinput.object.kind == "ConfigMap"\n\tmsg := "SAID"\n}\n'
OWNED = "environments/prod/a.yaml"


def config(checks: str, more: str = "") -> dict[str, object]:
    return {".gatehouse.yaml": f"version: 1\nchecks: {{{checks}}}\n{more}"}


def findings(said: Said, check_name: str) -> list[dict[str, Any]]:
    assert said.code in (0, 1), said.err
    return [f for c in said.report["checks"] if c["name"] == check_name for f in c["findings"]]


def messages(said: Said, check_name: str) -> list[str]:
    return sorted(f["message"] for f in findings(said, check_name))


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return Made(tmp_path / "repository")


def test_each_environment_is_judged_by_its_version(made: Made) -> None:
    versions = 'environments: [{name: dev}, {name: prod, kubernetes: "1.31", aliases: [live]}]\n'
    made.commit(config("run: [schema]", versions), "base")
    made.commit({f"environments/{e}/{e}.yaml": FLOW.replace("NAME", e) for e in ("dev", "prod")}, "head")
    found = {(f["rule"], f["unit"].split("/")[1]) for f in findings(check(made), "schema")}
    assert ("schema/removed-api", "dev") in found
    assert ("schema/deprecated-api", "prod") in found
    assert ("schema/removed-api", "prod") not in found


@pytest.mark.parametrize("version", ['"1.31"', '"v1.31.2"'])
def test_charts_are_told_the_version_of_their_environment(
    repository: GitOpsRepository, need: Callable[[str], str], version: str
) -> None:
    need("helm")
    told = config_map(value="{{ .Capabilities.KubeVersion.Version }}")
    values = {f"charts/c/values-{environment}.yaml": "{}\n" for environment in ("dev", "prod")}
    said = f'version: 1\nenvironments: [dev, {{name: prod, kubernetes: {version}}}]\nrender: {{kube_version: "1.29"}}\n'
    found = repository.compare(
        {".gatehouse.yaml": said, **chart("charts/c", a=config_map()), **values}, chart("charts/c", a=told)
    )
    diffs = {unit.environment: unit.objects[0].diff for unit in found.units}
    assert "v1.31" in diffs["prod"]
    assert "v1.29" in diffs["dev"]


def test_unknown_kinds_and_kinds_that_are_left_out(made: Made) -> None:
    made.commit(config("run: [schema], schema: {unknown_kinds: error}"), "base")
    made.commit({OWNED: WIDGET}, "head")
    said = check(made)
    assert [(f["rule"], f["severity"]) for f in findings(said, "schema")] == [("schema/unknown-kind", "error")]
    made.commit(config("run: [schema], schema: {unknown_kinds: error, left_out: ['*.example.org']}"), "left-out")
    made.commit({OWNED: WIDGET + "---\n" + WIDGET.replace("name: w", "name: v")}, "head-2")
    assert findings(check(made, base="left-out", head="head-2"), "schema") == []


def test_crds_are_looked_for_where_the_configuration_says(made: Made) -> None:
    crds = {"docs/old/crd.yaml": CRD.replace("TYPE", "integer"), "crds/crd.yaml": CRD.replace("TYPE", "string")}
    made.commit({**config("run: [schema], schema: {crds: [crds/]}"), **crds}, "base")
    made.commit({OWNED: WIDGET.replace("SIZE", "1")}, "head")
    assert [f["rule"] for f in findings(check(made), "schema")] == ["schema/wrong-type"]
    made.commit({**config("run: [schema]"), **crds}, "everywhere")
    made.commit({OWNED: WIDGET.replace("SIZE", "2")}, "head-2")
    assert findings(check(made, base="everywhere", head="head-2"), "schema") == []


def test_policies_of_the_directories_that_are_named(made: Made) -> None:
    files = {"rules/a.rego": DENY.replace("SAID", "mine"), "policies/b.rego": DENY.replace("SAID", "not asked")}
    made.commit({**config("run: [policy], policy: {directories: [rules], baseline: none}"), **files}, "base")
    made.commit({OWNED: config_map()}, "head")
    assert messages(check(made), "policy") == ["mine"]


def test_severities_of_policies_by_environment(made: Made) -> None:
    levels = "[{rule: policy/said, severity: 'off', environments: [dev]}, {rule: policy/*, severity: warning}]"
    made.commit(
        {
            **config(f"run: [policy], policy: {{baseline: none}}, levels: {levels}"),
            "policies/a.rego": DENY.replace("SAID", "no"),
        },
        "base",
    )
    made.commit({f"environments/{e}/a.yaml": config_map() for e in ("dev", "prod")}, "head")
    assert [(f["unit"], f["severity"]) for f in findings(check(made), "policy")] == [(OWNED, "warning")]


def test_a_policy_that_loops_is_stopped_after_the_time_that_is_set(made: Made) -> None:
    numbers = "numbers.range(1, 100000)"
    slow = f'package slow\ndeny contains "x" if {{\n some i in {numbers}\n some j in {numbers}\n i * j == -1\n}}\n'
    made.commit({**config("run: [policy], policy: {baseline: none, seconds: 1}"), "policies/a.rego": slow}, "base")
    made.commit({OWNED: config_map()}, "head")
    assert [f["rule"] for f in findings(check(made), "policy")] == ["policy/stopped"]


def branched(made: Made, start: dict[str, object], tip: dict[str, object], head: dict[str, object]) -> Said:
    """A head that left the base branch at ``start``, and a tip that went on."""
    made.commit(start, "start")
    made.commit(head, "head")
    made.git("checkout", "-q", "-b", "tip", "start")
    made.commit(tip)
    return check(made, base="tip")


def test_policies_are_those_of_the_tip_of_the_base_branch(made: Made) -> None:
    start = {**config("run: [policy], policy: {baseline: none}"), "policies/a.rego": DENY.replace("SAID", "old")}
    said = branched(
        made, start,
        {"policies/a.rego": DENY.replace("SAID", "tip")},
        {"policies/a.rego": DENY.replace("SAID", "head"), OWNED: config_map()},
    )  # fmt: skip
    assert messages(said, "policy") == ["tip"]


def test_owners_are_those_of_the_tip_of_the_base_branch(made: Made) -> None:
    said = branched(
        made, {**config("run: [owners]"), ".github/CODEOWNERS": "* @org/old\n"},
        {".github/CODEOWNERS": "* @org/tip\n"}, {".github/CODEOWNERS": "* @org/head\n", OWNED: config_map()},
    )  # fmt: skip
    assert {owner for row in said.report["owners"] for owner in row["required"]} == {"@org/tip"}


@pytest.mark.parametrize(
    ("remote", "words", "expected"),
    [
        ("https://github.com/acme/gitops.git", [], "@org/github"),
        ("git@gitlab.example.org:acme/gitops.git", [], "@org/gitlab"),
        ("https://github.com/acme/gitops.git", ["--forge", "gitlab"], "@org/gitlab"),
        ("https://git.example.org/acme/gitops.git", [], "@org/github"),
        ("https://mygithub.example.org/acme/gitops.git", ["--forge", "gitlab"], "@org/gitlab"),
    ],
)
def test_whose_codeowners_it_is(made: Made, remote: str, words: list[str], expected: str) -> None:
    made.commit(
        {**config("run: [owners]"), ".github/CODEOWNERS": "* @org/github\n", "CODEOWNERS": "* @org/gitlab\n"}, "base"
    )
    made.commit({OWNED: config_map()}, "head")
    made.git("remote", "add", "origin", remote)
    said = check(made, *words)
    assert {owner for row in said.report["owners"] for owner in row["required"]} == {expected}
    asked = gatehouse("owners", OWNED, "--repo", str(made.path), "--at", "head", *words)
    assert expected in asked.out
    if words:
        which = ["--repo", str(made.path), "--base", "base", "--head", "head"]
        assert "--forge gitlab" in gatehouse("check", *which, *words, "--format", "markdown").out


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("environments: [{name: a, kubernetes: 1.31}]", 'environments[0].kubernetes is the number 1.31; allowed: a version'),
        ('environments: [{name: a, kubernetes: "newest"}]', 'is no version such as 1.36'),
        ("checks: {schema: {unknown_kinds: ignore}}", "allowed: warning, error, ignored"),
        ("checks: {schema: {left_out: [a b]}}", "is no kind: write Kind, Kind.group, or *.group"),
        ("checks: {schema: {crds: [../x]}}", "checks.schema.crds[0]"),
        ("checks: {policy: {directories: [/etc]}}", "starts with /"),
        ("checks: {policy: {baseline: [privilege]}}", "privileged"),
        ("checks: {policy: {seconds: 0}}", "a whole number from 1 to 60"),
        ("checks: {policy: {directory: x}}", "directories"),
    ],
)  # fmt: skip
def test_wrong_settings_are_told_with_their_place(made: Made, text: str, expected: str) -> None:
    made.commit({".gatehouse.yaml": text}, "base")
    said = check(made, head="base")
    assert said.code == 2
    assert expected in said.err


def test_gatehouse_config_shows_the_settings(made: Made) -> None:
    said = config(
        "run: all, schema: {left_out: [Widget]}, policy: {baseline: [probes]}",
        'environments: [{name: prod, kubernetes: "1.31"}]\n',
    )
    made.commit(said, "base")
    shown = gatehouse("config", "--repo", str(made.path), "--at", "base").out
    for row in ('kubernetes: "1.31"', "left_out: [Widget]", "baseline: [probes]", "# crds: (every YAML and JSON file)"):
        assert row in shown
    (made.path / "again.yaml").write_text(shown)
    again = gatehouse("config", "--repo", str(made.path), "--config", str(made.path / "again.yaml")).out
    assert again.split("\n", 1)[1] == shown.split("\n", 1)[1]
