"""Objects of a chart without apiVersion or kind."""

from __future__ import annotations

import pytest

from bot.render.helm_kinds import KINDLESS, kindless

SOURCE = "# Source: web/templates/a.yaml\n"


@pytest.mark.parametrize("text", ["kind: A\n", "apiVersion: v1\nmetadata: {name: a}\n", "foo: bar\n", '{"kind": "A"}'])
def test_it_is_named_by_its_template(text: str) -> None:
    assert kindless([SOURCE + text, SOURCE + text], "charts/web") == [f"{KINDLESS}charts/web/templates/a.yaml."]
    assert kindless([SOURCE + text], "") == [f"{KINDLESS}templates/a.yaml."]


@pytest.mark.parametrize(
    "text",
    [
        "apiVersion: v1\nkind: A\n", '{"apiVersion": "v1", "kind": "A"}', '"kind": A\n"apiVersion": v1\n', "# a\n", "null\n",
        "kind: A # a\napiVersion: 'v1'\n", "{}\n", "a: [\n",
    ],
)  # fmt: skip
def test_others_are_not(text: str) -> None:
    assert kindless([SOURCE + text], "charts/web") == []


def test_many_are_counted() -> None:
    (note,) = kindless([f"# Source: web/templates/{n}.yaml\na: b\n" for n in range(9)], "web")
    assert note.endswith("web/templates/2.yaml and 6 more.")
