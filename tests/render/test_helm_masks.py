"""A chart may refuse a mask, which says nothing about the value under it; whatever else it refuses counts."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from made_repository import chart

from bot.model.snapshot import FILE, Entry
from bot.model.unit import HelmRender
from bot.process import Limits
from bot.render.base import Material, Raw, RenderError
from bot.render.helm import render
from bot.render.helm_masks import masked_paths, refused_masks
from bot.render.sandbox import Sandbox
from bot.render.tools import Tools

MASK = "<named 0123456789abcdef>"
SHOW = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata:\n  values: {{ .Values | toJson | quote }}\n"
SCHEMA = {
    "properties": {
        "auth": {
            "properties": {
                "password": {"type": "string", "pattern": "^[A-Za-z0-9]+$", "maxLength": 12},
                "a/b~c'd": {"maxLength": 3},
                "users": {"type": "array", "items": {"properties": {"token": {"minLength": 40}}}},
                "port": {"type": "integer"},
            }
        }
    },
    "not": {"required": ["forbidden"]},
}
SUB = {"properties": {"db.password": {"pattern": "^[a-z]+$"}}}
FILES = chart("charts/c", show=SHOW) | {
    "charts/c/values.schema.json": json.dumps(SCHEMA),
    "charts/c/charts/sub/Chart.yaml": "apiVersion: v2\nname: sub\nversion: 1.0.0\n",
    "charts/c/charts/sub/values.schema.json": json.dumps(SUB),
}


@pytest.fixture
def tools(need: Callable[[str], str]) -> Tools:
    need("helm")
    return Tools(Sandbox("none"), Limits(seconds=30))


def rendered(tools: Tools, values: object, *parameters: tuple[str, str, bool], files: dict[str, str] = FILES) -> Raw:
    part = HelmRender("charts/c", "x", values=(json.dumps(values),), parameters=parameters)
    entries = tuple(Entry(path, FILE, path) for path in sorted(files))
    return render(Material(part, entries, lambda entry: files[entry.oid].encode()), tools)


@pytest.mark.parametrize(
    ("values", "parameters", "named"),
    [
        ({"auth": {"password": MASK}}, (), "auth.password"),
        ({"auth": {"password": f"x-{MASK}"}}, (), "auth.password"),
        ({"auth": {"a/b~c'd": MASK}}, (), "auth.a/b~c'd"),
        ({"auth": {"users": [{}, {"token": MASK}]}}, (), "auth.users.1.token"),
        ({"sub": {"db.password": MASK}}, (), "sub.db.password"),
        ({"auth": {"password": MASK}, "sub": {"db.password": MASK}}, (), "auth.password, sub.db.password"),
        ({}, (("auth.password", MASK, True),), "auth.password"),
        ({}, ((r"sub.db\.password", MASK, False),), "sub.db.password"),
        ({}, (("auth.users[0].token", MASK, False),), "auth.users.0.token"),
    ],
)
def test_a_refused_mask_is_rendered_with_a_note(
    tools: Tools, values: object, parameters: tuple[tuple[str, str, bool], ...], named: str
) -> None:
    raw = rendered(tools, values, *parameters)
    assert len(raw.documents) == 1
    (note,) = raw.notes
    assert note.startswith(f"The chart's values.schema.json was not asked about {named}: only the mask is known of it")


def test_a_mask_that_fits_is_no_note(tools: Tools) -> None:
    assert rendered(tools, {"sub": {"other": MASK}}).notes == []


@pytest.mark.parametrize(
    "values",
    [
        {"auth": {"password": MASK, "port": "x"}},
        {"auth": {"password": MASK}, "forbidden": 1},
        {"auth": {"password": "too long for it"}, "other": {"password": MASK}},
        {"auth": {"users": "none", "password": MASK}},
    ],
    ids=["another value", "the whole", "another password", "a list that is none"],
)
def test_what_a_schema_says_of_other_values_counts(tools: Tools, values: object) -> None:
    with pytest.raises(RenderError) as caught:
        rendered(tools, values)
    assert "values don't meet the specifications of the schema" in str(caught.value)
    assert "rendered with masks in place of" in str(caught.value)


def test_a_template_that_refuses_a_mask_has_its_likely_cause_named(tools: Tools) -> None:
    refuses = '{{ if contains "<" .Values.auth.password }}{{ fail "no < in passwords" }}{{ end }}' + SHOW
    files = {**FILES, **chart("charts/c", show=refuses), "charts/c/values.schema.json": "{}"}
    with pytest.raises(RenderError) as caught:
        rendered(tools, {"auth": {"password": MASK}}, files=files)
    assert "no < in passwords. (It was rendered with masks in place of auth.password, which come out of" in str(
        caught.value
    )
    with pytest.raises(RenderError) as caught:
        rendered(tools, {"auth": {"password": "<"}}, files=files)
    assert "masks" not in str(caught.value)


def test_values_that_are_no_yaml_hold_no_masks() -> None:
    assert masked_paths(HelmRender("c", "x", values=(f"a: [{MASK}",))) == set()


@pytest.mark.parametrize("said", ["", "- at '/a': x", "the specifications of the schema(s): - at '/b': x"])
def test_words_that_are_no_refusal_of_a_mask(said: str) -> None:
    assert refused_masks(said, {("a",)}) == []
