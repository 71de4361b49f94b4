"""The place that a finding about a change shows."""

from __future__ import annotations

import json
from typing import Any

import pytest
from made_evidence import resources

from bot.checks.differing import first_difference, leaf


@pytest.mark.parametrize(
    ("base", "head", "place"),
    [
        ({"a": 1}, {"a": 2}, ("a",)),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}}, ("a", "c")),
        ({"a": {"b": 1}}, {"a": {}}, ("a",)),  # what is gone stands nowhere
        ({"a": [1, 2]}, {"a": [1, 3]}, ("a", 1)),
        ({"a": [{"b": 1}]}, {"a": [{"b": 2}]}, ("a", 0, "b")),
        ({"a": [1, 2]}, {"a": [1, 2, 3]}, ("a", 2)),
        ({"a": [1, 2]}, {"a": [3, 1, 2]}, ("a", 0)),
        ({"a": [1, 2]}, {"a": [1]}, ("a",)),
        ({"a": []}, {"a": [1]}, ("a", 0)),
        ({"a": [1] * 600}, {"a": [1] * 600 + [2]}, ("a",)),
        ({}, {"a": 1}, ("a",)),
        ({"a": {"b": 1}}, {"a": {"b": 1, "c": {"d": {"e": 1}}}}, ("a", "c", "d", "e")),
        ({"a": [{"b": 1}]}, {"a": [{"b": 1}, {"b": 2}]}, ("a", 1, "b")),
    ],
)
def test_the_first_place_that_differs(base: Any, head: Any, place: tuple[str | int, ...]) -> None:
    assert leaf(base, head, ("a",)) == place


def test_a_value_has_a_line() -> None:
    """A mapping or list that is new, or has lost something, is shown at the first value in it."""

    def first(base: dict[str, Any], head: dict[str, Any]) -> tuple[str | int, ...]:
        named = {"apiVersion": "v1", "kind": "Thing", "metadata": {"name": "x"}}
        (old,), (new,) = (resources(json.dumps(named | side)) for side in (base, head))
        assert first_difference(None, new) == ()
        return first_difference(old, new)

    assert first({"rules": []}, {"rules": [{"verbs": ["get"]}]}) == ("rules", 0, "verbs", 0)
    assert first({"spec": {"types": ["a", "b"]}}, {"spec": {"types": ["a"]}}) == ("spec", "types", 0)
    assert first({"spec": {"a": 1}}, {"spec": {"a": {}}}) == ("spec", "a")
    assert first({"spec": {"a": 1}, "metadata": {"name": "x", "labels": {"a": "b"}}}, {"spec": {"a": 1}}) == ()
    assert first({"value": 1, "description": "a"}, {"value": 1, "description": "b"}) == ("description",)
