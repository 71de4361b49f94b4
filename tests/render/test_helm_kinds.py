"""Objects of a chart without apiVersion, kind or name."""

from __future__ import annotations

import pytest

from bot.render.helm_kinds import KINDLESS, NAMELESS, TWICE, incomplete, with_key_twice

SOURCE = "# Source: web/templates/a.yaml\n"


@pytest.mark.parametrize("text", ["kind: A\n", "apiVersion: v1\nmetadata: {name: a}\n", "foo: bar\n", '{"kind": "A"}'])
def test_it_is_named_by_its_template(text: str) -> None:
    assert incomplete([SOURCE + text, SOURCE + text], "charts/web") == [f"{KINDLESS}charts/web/templates/a.yaml."]
    assert incomplete([SOURCE + text], "") == [f"{KINDLESS}templates/a.yaml."]


@pytest.mark.parametrize(
    "text",
    [
        "apiVersion: v1\nkind: A\nmetadata:\n  name: a\n", '{"apiVersion": "v1", "kind": "A", "metadata": {"name": "a"}}',
        '"kind": A\n"apiVersion": v1\nmetadata: {generateName: a-}\n', "# a\n", "null\n", "{}\n", "a: [\n",
        "kind: A # a\napiVersion: 'v1'\nmetadata:\n    labels:\n        a: b\n    name: a\n",
        "apiVersion: v1\nkind: ConfigMapList\nitems: []\n",
    ],
)  # fmt: skip
def test_others_are_not(text: str) -> None:
    assert incomplete([SOURCE + text], "charts/web") == []


def test_many_are_counted() -> None:
    (note,) = incomplete([f"# Source: web/templates/{n}.yaml\na: b\n" for n in range(9)], "web")
    assert note.endswith("web/templates/2.yaml and 6 more.")


@pytest.mark.parametrize(
    "metadata",
    [
        "",
        "metadata: {}\n",
        "metadata:\n  name: \n  labels:\n    name: a\n",
        "metadata:\n  labels: {a: b}\nspec:\n  name: a\n",
    ],
)
def test_one_without_a_name(metadata: str) -> None:
    text = f"{SOURCE}apiVersion: v1\nkind: A\n{metadata}"
    assert incomplete([text], "charts/web") == [f"{NAMELESS}charts/web/templates/a.yaml."]


def test_a_key_that_stands_twice() -> None:
    text = "apiVersion: v1\nkind: A\nmetadata:\n  name: a\n  labels:\n    app: a\n    b: c\n    app: b\n"
    assert with_key_twice([SOURCE + text], "charts/web") == [f"{TWICE}charts/web/templates/a.yaml (app)."]
    assert with_key_twice([SOURCE + text.replace("kind: A", "kind: Secret")], "") == [f"{TWICE}templates/a.yaml."]
    assert with_key_twice([SOURCE + text.replace("    app: b\n", ""), "a: [\n", "a: 1\n"], "charts/web") == []
