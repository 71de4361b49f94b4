"""What a kustomization refers to, as a table; the real program agrees in test_law_fields.py."""

from __future__ import annotations

from typing import Any

import pytest

from bot.affected.references import (
    Reference,
    is_component,
    is_remote,
    join,
    names_repository,
    plugin_references,
    references,
)


def targets(value: object, directory: str = "d") -> set[str | None]:
    return {ref.target for ref in references(value, directory) if not ref.inline}


FIELDS: dict[str, tuple[Any, set[str | None]]] = {
    "resources": ({"resources": ["a.yaml", "../b", "."]}, {"d/a.yaml", "b", "d"}),
    "a text where a list belongs": ({"resources": "a.yaml"}, {"d/a.yaml"}),
    "nothing": ({"resources": None, "bases": []}, set()),
    "numbers and mappings": ({"resources": [1, None, {"a": "b"}, ["c"]]}, set()),
    "another case": ({"RESOURCES": ["a"], "Patches": [{"PATH": "p"}]}, {"d/a", "d/p"}),
    "both cases": ({"resources": ["a"], "Resources": ["b"]}, {"d/a", "d/b"}),
    "every list": ({f: [f] for f in ("bases", "components", "crds", "configurations")},
                   {"d/bases", "d/components", "d/crds", "d/configurations"}),
    "patches": ({"patches": [{"path": "p"}, {"patch": "q"}], "patchesJson6902": [{"path": "j"}]}, {"d/p", "d/j"}),
    "patches as a list of files, as they were once": ({"patches": ["p.yaml"]}, {"d/p.yaml"}),
    "replacements": ({"replacements": [{"path": "r"}, {"source": {"kind": "A"}}]}, {"d/r"}),
    "openapi": ({"openapi": {"path": "s.json"}}, {"d/s.json"}),
    "files with and without key": ({"configMapGenerator": [{"files": ["a", "k=b", "k=c=d"], "envs": ["e"], "env": "f"}]},
                                   {"d/a", "d/k=b", "d/b", "d/k=c=d", "d/c=d", "d/e", "d/f"}),
    "charts": ({"helmCharts": [{"name": "c", "version": "1", "valuesFile": "v", "additionalValuesFiles": ["w"]}]},
               {"d/charts/c", "d/charts/c-1", "d/v", "d/w"}),
    "charts at home": ({"helmGlobals": {"chartHome": "../h"}, "helmCharts": [{"name": "c"}]}, {"h/c"}),
    "charts of old": ({"helmChartInflationGenerator": [{"chartName": "c", "chartHome": "h", "values": "v"}]},
                      {"d/h/c", "d/v"}),
    "outside": ({"resources": ["../../x", "/etc/passwd", "a\0b"]}, {None}),
    "a path of several lines": ({"resources": ["a\nb"]}, {"d/a\nb"}),
    "a plugin inline": ({"generators": ['{"kind": "X", "files": ["a b.txt"]}']}, {"d/kind", "d/X", "d/files", "d/a b.txt"}),
    "no mapping": (["resources"], set()),
}  # fmt: skip


@pytest.mark.parametrize("name", FIELDS)
def test_fields(name: str) -> None:
    value, expected = FIELDS[name]
    assert targets(value) == expected


def test_an_inline_document_is_no_path_that_leads_out() -> None:
    patch = '{"kind": "ConfigMap", "data": {"a": "../../../../etc"}}'
    assert all(ref.target is not None for ref in references({"patchesStrategicMerge": [patch]}, "d"))


def test_what_looks_like_an_address_may_be_a_path() -> None:
    (ref,) = references({"resources": ["me@v1/a.yaml"]}, "d")
    assert ref == Reference("resources", "me@v1/a.yaml", "d/me@v1/a.yaml", remote=True)
    (file,) = references({"crds": ["me@v1/a.yaml"]}, "d")
    assert not file.remote, "a field of files is never cloned"
    (fetched,) = references({"crds": ["https://example.com/a.yaml"]}, "d")
    assert (fetched.remote, fetched.target) == (True, None)


REMOTE = {
    "https://github.com/org/repo//path?ref=v1": (True, True),
    "https://example.com/a.yaml": (True, False),
    "git@github.com:org/repo.git": (True, True),
    "github.com/org/repo/path": (True, True),
    "ssh://git@example.com/org/repo": (True, True),
    "me@v1/overlay": (True, False),
    "me@v1/a/overlay": (True, True),
    "git::https://example.com/org/repo": (True, True),
    "example.com/org/repo": (False, False),
    "../base": (False, False),
    "v1@me/a": (True, False),
    "a.git/b": (False, False),
    "/abs/repo.git": (False, False),
}


@pytest.mark.parametrize("text", REMOTE)
def test_addresses(text: str) -> None:
    assert (is_remote(text), names_repository(text)) == REMOTE[text]


def test_plugin_configurations() -> None:
    value = {"kind": "HelmChartInflationGenerator", "name": "c", "chartHome": "h"}
    assert Reference("helmCharts", "c", "d/h/c", tree=True) in plugin_references([value], "d", "generators")
    patch = {"patch": "- op: add\n  path: /files/-\n  value: my file.txt\n"}
    assert "d/my file.txt" in {ref.target for ref in plugin_references([patch], "d", "generators")}


def test_components() -> None:
    assert is_component({"kind": "Component"})
    assert is_component({"KIND": "Component"})
    assert not is_component({"kind": "Kustomization"})
    assert not is_component("Component")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", "d/a"),
        (".", "d"),
        ("..", ""),
        ("../..", None),
        ("../../d", None),
        ("x/../../e", "e"),
        ("/d", None),
        ("", None),
    ],
)
def test_join(text: str, expected: str | None) -> None:
    assert join("d", text) == expected
