"""The directories that a matrix combines with every cluster tell which value files an unknown cluster may be given."""

from __future__ import annotations

from typing import Any

import pytest
from fake_lookup import HERE, FakeLookup

from bot.affected.declarations import read_declared
from bot.model.unit import CannotRender

CLUSTERS: dict[str, Any] = {"clusters": {}}
FILES = {
    "platform/dns/Chart.yaml": "name: dns\n",
    "platform/quota/Chart.yaml": "name: quota\n",
    "platform/dns/config.yaml": "team: a\n",
    "clusters/in-cluster/quota.yaml": "a: 1\n",
    "clusters/east/web.yaml": "a: 1\n",
}
OWN = {"clusters/east/quota.yaml": "a: 1\n"}


def directories(**more: Any) -> dict[str, Any]:
    return {"git": {"repoURL": HERE, "directories": [{"path": "platform/*"}], **more}}


def may_be_read(generator: dict[str, Any], name: str, files: dict[str, str], *, go: bool) -> list[str]:
    """The files that may be read for clusters of which nothing is known."""
    file = "/clusters/{{.name}}/{{NAME}}.yaml" if go else "/clusters/{{name}}/{{NAME}}.yaml"
    source = {"repoURL": HERE, "path": "platform/dns", "helm": {"valueFiles": [file.replace("NAME", name)]}}
    obj = {
        "apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "metadata": {"name": "set", "namespace": "argocd"},
        "spec": {"goTemplate": go, "generators": [generator],
                 "template": {"metadata": {"name": f"a-{{{{{name}}}}}"}, "spec": {"source": source}}},
    }  # fmt: skip
    sets = [each for each in read_declared(obj, FakeLookup({**FILES, **files})) if each.id.kind == "ApplicationSet"]
    assert all(isinstance(part, CannotRender) and not part.wrong for each in sets for part in each.parts)
    return [file for each in sets for file in each.depends_files if file.startswith("clusters/")]


@pytest.mark.parametrize(
    ("name", "more", "go"),
    [
        (".path.basename", {}, True),
        ("- index .path.segments 1 -", {}, True),
        (".app.path.basename", {"pathParamPrefix": "app"}, True),
        ("path.basename", {}, False),
        ("path[1]", {}, False),
        ("app.path.basename", {"pathParamPrefix": "app"}, False),
    ],
)
def test_what_no_directory_is_called_is_read_for_no_cluster(name: str, more: dict[str, Any], go: bool) -> None:
    for generators in ([CLUSTERS, directories(**more)], [directories(**more), CLUSTERS]):
        matrix = {"matrix": {"generators": generators}}
        assert may_be_read(matrix, name, {}, go=go) == []
        assert may_be_read(matrix, name, OWN, go=go) == ["clusters/east/quota.yaml"]


@pytest.mark.parametrize(
    "generator",
    [
        directories(values={"path": "web"}),
        directories(directories=[{"path": "{{name}}/*"}]),
        {"git": {"repoURL": HERE, "files": [{"path": "platform/*/config.yaml"}]}},
        {**directories(), "selector": {"matchLabels": {"path.basename": "dns"}}},
        {"list": {"elements": [{"path": "a"}]}},
    ],
)
def test_with_other_rows_every_file_counts(generator: dict[str, Any]) -> None:
    found = may_be_read({"matrix": {"generators": [CLUSTERS, generator]}}, "path.basename", OWN, go=False)
    assert {"clusters/east/quota.yaml", "clusters/east/web.yaml"} <= set(found)
