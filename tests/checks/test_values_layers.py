"""Values in layers: which one wins, and where it stands."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.checks import values_layers
from bot.checks.values_layers import Spot, nested, of_fields, of_file, of_one, of_text
from bot.model.unit import ObjectId

_LEAF = st.none() | st.booleans() | st.integers() | st.sampled_from(["latest", "a/b", "a/b:1", "", "\x00", "1.0"])
_KEY = st.sampled_from(["image", "sidecarImage", "repository", "tag", "digest", "enabled", "containers", "1", "name"])
_VALUES = st.recursive(_LEAF, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEY, inner, max_size=4))


def told(*layers: values_layers.Layer) -> list[tuple[str, Spot]]:
    return [(found.image, spot) for found, spot in values_layers.images(layers)]


def test_a_later_layer_wins_and_says_where() -> None:
    below = of_file(b"image:\n  repository: a/b\n  tag: '1'\nother: {image: 'c/d:1'}\n", "values.yaml")
    above = of_fields({"image": {"tag": "2"}}, ("spec", "values"))
    assert told(below, above) == [
        ("a/b:2", Spot(("spec", "values", "image", "tag"))), ("c/d:1", Spot(file="values.yaml", line=4)),
    ]  # fmt: skip


def test_a_text_has_lines_and_a_parameter_its_own_place() -> None:
    owner = ObjectId("v1", "ConfigMap", "", "a")
    text = of_text("# one\nimage:\n  repository: a/b\n  tag: x\n", ("data", "a"), owner)
    assert told(text) == [("a/b:x", Spot(("data", "a"), 4, owner))]
    assert told(text, of_one("image.tag", "y", ("parameters", 0, "value"))) == [
        ("a/b:y", Spot(("parameters", 0, "value")))
    ]


def test_the_first_document_counts_and_none_is_too_long() -> None:
    long = (
        b"image: {repository: a/b, tag: latest}\n"
        + b"# "
        + b"x" * 1_100_000
        + b"\n---\nimage: {repository: c/d, tag: '1'}\n"
    )
    assert told(of_file(long, "values.yaml")) == [("a/b:latest", Spot(file="values.yaml", line=1))]


def test_lists_are_taken_whole() -> None:
    below = of_fields({"parts": [{"image": "a/b:1"}, {"image": "a/c:1"}]}, ("below",))
    above = of_fields({"parts": [{"image": "a/d:1"}]}, ("above",))
    assert told(below, above) == [("a/d:1", Spot(("above", "parts", 0, "image")))]


def test_what_is_switched_off_by_another_layer() -> None:
    below = of_fields({"part": {"image": "a/b:1"}}, ())
    assert told(below, of_fields({"part": {"enabled": False}}, ())) == []


def test_names_of_parameters() -> None:
    assert nested("a.b", "c") == {"a": {"b": "c"}}
    assert [nested(name, "c") for name in ("", "a[0]", "a\\.b", "a..b", "{a}", "a.b.")] == [{}] * 6


@given(st.lists(_VALUES, max_size=3))
def test_any_values_can_be_asked(values: list[Any]) -> None:
    layers = [of_fields(each, (i,)) for i, each in enumerate(values)]
    layers += [of_file(json.dumps(each).encode(), f"{i}.yaml") for i, each in enumerate(values)]
    for image, spot in told(*layers):
        assert image
        assert spot.file, "the later layers are files with the same values"
        assert spot.line == 1


@given(st.binary(max_size=60))
def test_any_file_can_be_asked(data: bytes) -> None:
    assert told(of_file(data, "values.yaml")) == [] or b"mage" in data
