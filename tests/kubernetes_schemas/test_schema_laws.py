"""Laws of the judges: what is right stays right however it is written, and one mistake is one problem where it is."""

from __future__ import annotations

import copy
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.kubernetes_schemas import bundled, definitions, sentences
from bot.kubernetes_schemas.places import at, steady, written
from bot.kubernetes_schemas.problem import Problem
from bot.kubernetes_schemas.repeated import duplicates
from bot.kubernetes_schemas.structural import translate
from bot.kubernetes_schemas.validator import Validator

_NAME = st.from_regex(r"[a-z]{1,8}", fullmatch=True)
_NAMES = st.lists(_NAME, max_size=3, unique=True)
_QUANTITY = st.sampled_from(["100m", "1", "1.5", "64Mi", "2Gi", "1e3", ".5"])


@st.composite
def _containers(draw: st.DrawFn) -> list[dict[str, Any]]:
    names = draw(st.lists(_NAME, min_size=1, max_size=3, unique=True))
    return [
        {
            "name": name,
            "image": draw(_NAME),
            "env": [{"name": each, "value": draw(st.text(max_size=5))} for each in draw(_NAMES)],
            "resources": {"limits": {"cpu": draw(_QUANTITY), "memory": draw(_QUANTITY)}},
            "ports": [
                {"containerPort": port} for port in draw(st.lists(st.integers(1, 65535), max_size=2, unique=True))
            ],
            "imagePullPolicy": draw(st.sampled_from(["Always", "IfNotPresent", "Never", "", None])),
        }
        for name in names
    ]


@st.composite
def deployments(draw: st.DrawFn) -> dict[str, Any]:
    labels = draw(st.dictionaries(_NAME, _NAME, min_size=1, max_size=3))
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": draw(_NAME), "labels": labels, "annotations": {"note": draw(st.text(max_size=8))}},
        "spec": {
            "replicas": draw(st.integers(0, 100) | st.none()),
            "selector": {"matchLabels": labels},
            "strategy": {"rollingUpdate": {"maxSurge": draw(st.sampled_from([1, "25%", None]))}},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": draw(_containers())}},
        },
    }


def _mappings(value: Any, place: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The places of the mappings that have named fields (those whose keys are free have none)."""
    free = {"matchLabels", "labels", "annotations", "limits", "requests"}
    found = []
    if isinstance(value, dict):
        found = [] if place and place[-1] in free else [place]
        for key, below in value.items():
            found += _mappings(below, (*place, key))
    elif isinstance(value, list):
        for index, below in enumerate(value):
            found += _mappings(below, (*place, index))
    return found


def _shuffled(value: Any, random_: random.Random) -> Any:
    if isinstance(value, dict):
        keys = list(value)
        random_.shuffle(keys)
        return {key: _shuffled(value[key], random_) for key in keys}
    return [_shuffled(each, random_) for each in value] if isinstance(value, list) else value


@pytest.fixture(scope="module")
def judge() -> Validator:
    found = bundled.bundle(bundled.versions()[-1]).validator("apps", "v1", "Deployment")
    assert found is not None
    return found


def _problems(judge: Validator, fields: Any) -> list[Problem]:
    return sentences.problems(fields, judge.found(fields), judge.schema)


@settings(max_examples=60, deadline=None)
@given(fields=deployments(), seed=st.integers())
def test_valid_objects_stay_valid_under_the_order_of_keys(judge: Validator, fields: dict[str, Any], seed: int) -> None:
    assert _problems(judge, fields) == []
    assert _problems(judge, _shuffled(fields, random.Random(seed))) == []


@settings(max_examples=60, deadline=None)
@given(fields=deployments(), data=st.data())
def test_one_unknown_field_is_one_problem(judge: Validator, fields: dict[str, Any], data: st.DataObject) -> None:
    wrong = copy.deepcopy(fields)
    place = data.draw(st.sampled_from(_mappings(fields)))
    at(wrong, place)["zzUnknown"] = data.draw(st.none() | st.integers() | st.text() | st.just({}))
    (problem,) = _problems(judge, wrong)
    assert (problem.rule, problem.place) == ("unknown-field", (*place, "zzUnknown"))
    assert problem.message.startswith(written(problem.place))
    assert problem.mark == steady(wrong, problem.place)


@settings(max_examples=60, deadline=None)
@given(first=deployments(), second=deployments())
def test_marks_are_those_of_the_problem_alone(judge: Validator, first: dict[str, Any], second: dict[str, Any]) -> None:
    """The same mistake in different objects has the same mark: no value that may move is in it."""
    for fields in (first, second):
        fields["spec"]["replcas"] = 1
    assert [p.mark for p in _problems(judge, first)] == [p.mark for p in _problems(judge, second)]


@settings(max_examples=100, deadline=None)
@given(
    items=st.lists(st.integers(0, 5) | st.dictionaries(st.sampled_from("ab"), st.integers(0, 2))), by_keys=st.booleans()
)
def test_duplicates_are_what_is_too_much(items: list[Any], by_keys: bool) -> None:
    keys = ["a"] if by_keys else []
    found = duplicates(items, keys, {})
    left = [item for i, item in enumerate(items) if i not in {again for again, _ in found}]
    assert duplicates(left, keys, {}) == []
    assert all(first < again for again, first in found)


_WORDS = [
    "type",
    "properties",
    "items",
    "additionalProperties",
    "required",
    "enum",
    "pattern",
    "anyOf",
    "oneOf",
    "allOf",
    "not",
    "nullable",
    "default",
    "format",
    "$ref",
    "minimum",
    "exclusiveMinimum",
    "maxLength",
    "multipleOf",
    "uniqueItems",
    "a",
    "name",
    "metadata",
    "x-kubernetes-list-type",
    "x-kubernetes-list-map-keys",
    "x-kubernetes-int-or-string",
    "x-kubernetes-preserve-unknown-fields",
    "x-kubernetes-embedded-resource",
]
_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.sampled_from(["object", "string", "array", "(", "^a", "x", "#"]),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.sampled_from(_WORDS), below, max_size=5),
    max_leaves=25,
)


@settings(max_examples=300, deadline=None)
@given(schema=_JSON, value=_JSON, legacy=st.booleans())
def test_no_schema_stops_the_check(schema: Any, value: Any, legacy: bool) -> None:
    """Whatever a CRD holds becomes a schema that the engine takes, and objects are judged by it."""
    judge = Validator(bundled.bundle(bundled.versions()[-1]).closed(translate(schema, legacy=legacy).schema))
    sentences.problems(value, judge.found(value), judge.schema)


@settings(max_examples=150, deadline=None)
@given(spec=_JSON)
def test_no_crd_stops_the_check(spec: Any) -> None:
    fields = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "spec": spec}
    found = definitions.read(fields, "")
    assert found is None or found.problems is not None
