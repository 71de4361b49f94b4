"""What an ApplicationSet may read, although nobody here can say with which parameters."""

from __future__ import annotations

import time
from typing import Any

import pytest
from fake_lookup import HERE, FakeLookup

from bot.affected.applicationset_reads import file_patterns
from bot.affected.declarations import read_declared
from bot.affected.sources import Declared
from bot.model.unit import CannotRender

FILES = {
    "addons/web/values.yaml": "a: 1\n",
    "environments/prod/addons/web/values.yaml": "a: 1\n",
    "environments/prod/addons/web/other.txt": "",
    "clusters/hub/addons/web/values.yaml": "a: 1\n",
    "teams/one/config.yaml": "name: one\n",
    "charts/web/Chart.yaml": "name: web\n",
    "charts/web/values-prod.yaml": "a: 1\n",
}
LENDS = {"repoURL": HERE, "ref": "v"}
PICKY = {"clusters": {"selector": {"matchLabels": {"env": "prod"}}}}


def chart(*files: str, **source: Any) -> dict[str, Any]:
    return {"chart": "{{chart}}", "repoURL": "https://charts.example", "helm": {"valueFiles": list(files)}, **source}


def template(*sources: dict[str, Any]) -> dict[str, Any]:
    return {"metadata": {"name": "a"}, "spec": {"sources": list(sources)}}


PATTERNS: dict[str, tuple[dict[str, Any], str, list[str]]] = {
    "a prefix": (chart("$v/environments/{{env}}/addons/{{ chart }}/values.yaml"), "",
                 ["environments/**/addons/**/values.yaml"]),
    "a placeholder in a name": (chart("$v/values-{{env}}.yaml"), "", ["values-*.yaml"]),
    "a placeholder in front, which may be empty": (
        chart("$v/{{base}}addons/values.yaml"), "", ["{**/,*}addons/values.yaml"],
    ),
    "a placeholder behind": (chart("$v/teams-{{team}}/v.yaml"), "", ["teams-{/**,*}/v.yaml"]),
    "a choice": (chart('$v/x/{{ if eq .a "/" }}a{{ else }}b{{ end }}/v.yaml'), "", ["x/**/v.yaml"]),
    "no placeholder": (chart("$v/addons/web/values.yaml"), "", ["addons/web/values.yaml"]),
    "its own glob": (chart("$v/addons/*/values.yaml"), "", ["addons/*/values.yaml"]),
    "braces": (chart("$v/a{b}/values.yaml"), "", ["a\\{b\\}/values.yaml"]),
    "up": (chart("$v/a/b/../{{x}}/../c.yaml"), "", ["a/**/c.yaml", "a/c.yaml"]),
    "up from a placeholder": (
        {"repoURL": HERE, "path": "charts/{{x}}", "helm": {"valueFiles": ["../../values/{{x}}.yaml"]}},
        "", ["charts/**/values/{**/,*}.yaml", "values/{**/,*}.yaml"],
    ),
    "anything": (chart("$v/{{file}}", "$v/{{dir}}/{{file}}.yaml"), "", []),
    "of the registry's chart": (chart("values.yaml", "$other/values.yaml"), "", []),
    "beside a chart here": (
        {"repoURL": HERE, "path": "charts/{{x}}", "helm": {"valueFiles": ["values-{{y}}.yaml", "/all.yaml", "oci://x"]}},
        "", ["charts/**/values-*.yaml", "all.yaml"],
    ),
    "a repository that only the generator names": (
        {"repoURL": "{{url}}", "path": "c", "helm": {"fileParameters": [{"name": "a", "path": "f.txt"}]}}, "", ["c/f.txt"],
    ),
    "another repository": ({"repoURL": "https://other.example", "path": "c", "helm": {"valueFiles": ["v.yaml"]}}, "", []),
    "in a patch": (chart(), "a:\n- $v/envs/{{ .env }}/x.yaml\n- '$w/no.yaml'", ["envs/**/x.yaml"]),
}  # fmt: skip


@pytest.mark.parametrize("name", PATTERNS)
def test_patterns(name: str) -> None:
    source, patch, expected = PATTERNS[name]
    assert file_patterns(template(LENDS, source), patch, "set", FakeLookup(FILES)) == expected


@pytest.mark.parametrize("hostile", ["{{" * 20_000, "{{}" * 20_000, "$v/" + "{" * 40_000, "*{{x}}" * 10_000])
def test_hostile_texts_take_no_time(hostile: str) -> None:
    start = time.process_time()
    file_patterns(template(LENDS, chart("$v/" + hostile)), "$v/" + hostile, "set", FakeLookup(FILES))
    assert time.process_time() - start < 1


def read(generator: dict[str, Any], *sources: dict[str, Any]) -> list[Declared]:
    obj = {
        "apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "metadata": {"name": "set", "namespace": "argocd"},
        "spec": {"generators": [generator], "template": template(*sources)},
    }  # fmt: skip
    return read_declared(obj, FakeLookup(FILES))


def test_the_values_of_unknown_clusters_reach_the_set() -> None:
    files = ("$v/addons/{{chart}}/values.yaml", "$v/environments/{{metadata.labels.env}}/addons/{{chart}}/values.yaml")
    (declared,) = read(PICKY, LENDS, chart(*files))
    assert declared.depends_files == ("addons/web/values.yaml", "environments/prod/addons/web/values.yaml")
    assert "environments/**/addons/**/values.yaml" in declared.depends_globs


def test_the_values_of_clusters_that_are_not_described_reach_the_set() -> None:
    here = {"repoURL": HERE, "path": "charts/web", "helm": {"valueFiles": ["values-prod.yaml"]}}
    known, others = read({"clusters": {}}, LENDS, here, chart("$v/clusters/{{name}}/addons/web/values.yaml"))
    assert known.id.kind == "Application"
    assert "clusters/hub/addons/web/values.yaml" not in known.depends_files
    assert others.depends_files == ("clusters/hub/addons/web/values.yaml",)
    (part,) = others.parts
    assert isinstance(part, CannotRender)
    assert not part.wrong
    assert "clusters/hub/addons/web/values.yaml may be read for clusters" in part.reason
    assert len(read({"clusters": {}}, here)) == 1  # every file is a known cluster's
    list_ = {"list": {"elements": [{"name": "x"}]}}
    assert len(read(list_, LENDS, chart("$v/clusters/{{name}}/addons/web/values.yaml"))) == 1


@pytest.mark.parametrize("order", [1, -1])
def test_files_of_a_generator_beside_an_unknown_one_reach_the_set(order: int) -> None:
    git = {"git": {"repoURL": HERE, "files": [{"path": "teams/*/config.yaml"}]}}
    (declared,) = read({"matrix": {"generators": [git, PICKY][::order]}}, {"repoURL": HERE, "path": "charts/{{name}}"})
    assert declared.depends_files == ("teams/one/config.yaml",)
    assert declared.depends_trees == ("charts",)
    assert "teams/*/config.yaml" in declared.depends_globs
