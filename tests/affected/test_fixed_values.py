"""Values that a generator gives to every Application tell which files are its own."""

from __future__ import annotations

from typing import Any

import pytest
from fake_lookup import HERE, FakeLookup

from bot.affected.declarations import read_declared
from bot.affected.fields import Fields
from bot.affected.fixed_values import filled_in

PROD = {"selector": {"matchLabels": {"env": "prod"}}}
ANY: dict[str, Any] = {"clusters": {}}


def clusters(**values: str) -> dict[str, Any]:
    return {"clusters": {**PROD, "values": values}}


def merge(*children: dict[str, Any]) -> dict[str, Any]:
    return {"merge": {"mergeKeys": ["server"], "generators": list(children)}}


def matrix(*children: dict[str, Any]) -> dict[str, Any]:
    return {"matrix": {"generators": list(children)}}


GIT = {"git": {"repoURL": HERE, "directories": [{"path": "apps/*"}]}}
FILES = {"git": {"repoURL": HERE, "files": [{"path": "apps/*.json"}]}}
CASES: dict[str, tuple[dict[str, Any], str]] = {
    "of clusters": (clusters(a="x"), "x"),
    "with a selector beside it": ({**clusters(a="x"), "selector": {}}, "x"),
    "with a placeholder": (clusters(a="{{.name}}"), "?"),
    "another one": (clusters(b="x"), "?"),
    "of what is merged into": (merge(clusters(a="x"), clusters(b="y")), "x"),
    "laid over with the same": (merge(clusters(a="x"), clusters(a="x")), "x"),
    "laid over with another": (merge(clusters(a="x"), clusters(a="y")), "?"),
    "laid over twice": (merge(clusters(a="x"), clusters(a="y"), clusters(a="x")), "?"),
    "laid over some only": (merge(ANY, clusters(a="x")), "?"),
    "of a matrix": (matrix(GIT, clusters(a="x")), "x"),
    "beside files, which may say it": (matrix(FILES, clusters(a="x")), "?"),
    "beside a list": (matrix({"list": {"elements": [{"values": {"a": "y"}}]}}, clusters(a="x")), "?"),
    "beside a plugin": (matrix({"plugin": {}}, clusters(a="x")), "?"),
    "two in one": ({**clusters(a="x"), **GIT}, "?"),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_sure_is_filled_in(name: str) -> None:
    generator, expected = CASES[name]
    for text, go in (("p/{{ .values.a }}/v", True), ("p/{{values.a}}/v", False)):
        found = filled_in({"files": [text, 1]}, Fields(generator, "set"), go=go)
        assert found == {"files": [text if expected == "?" else f"p/{expected}/v", 1]}
        assert filled_in(text, Fields(generator, "set"), go=not go) == text


def test_a_set_for_unknown_clusters_reads_the_values_of_its_own_addon() -> None:
    generator = merge(clusters(chart="dns"), clusters(version="1"))
    source = {
        "repoURL": HERE, "path": "charts/{{values.chart}}",
        "helm": {"valueFiles": ["/addons/{{metadata.labels.env}}/{{values.chart}}/values.yaml"]},
    }  # fmt: skip
    template = {"metadata": {"name": "a-{{name}}"}, "spec": {"source": source}}
    obj = {
        "apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "metadata": {"name": "set", "namespace": "argocd"},
        "spec": {"generators": [generator], "template": template},
    }  # fmt: skip
    files = {f"addons/prod/{name}/values.yaml": "a: 1\n" for name in ("dns", "web")}
    (declared,) = read_declared(obj, FakeLookup({**files, "charts/dns/Chart.yaml": "", "charts/web/Chart.yaml": ""}))
    assert [file for file in declared.depends_files if ".argocd-source" not in file] == ["addons/prod/dns/values.yaml"]
    assert (declared.depends_shared, declared.depends_trees) == (("charts/dns",), ())
