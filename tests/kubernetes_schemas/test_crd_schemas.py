"""CRDs as judges of their objects: structural schemas as the API server reads them, and hostile ones."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from bot.kubernetes_schemas import bundled, definitions, sentences, structural
from bot.kubernetes_schemas.definitions import Definition
from bot.kubernetes_schemas.problem import Problem
from bot.render.cache import Cache

_BUNDLE = bundled.bundle(bundled.versions()[-1])


def crd(spec: Any, *, version: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """A CRD whose objects have the field ``spec``."""
    schema = {"type": "object", "properties": {"spec": spec}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "things.example.org"},
        "spec": {
            "group": "example.org",
            "names": {"kind": "Thing", "plural": "things"},
            "scope": "Namespaced",
            "versions": [
                {
                    "name": "v1",
                    "served": True,
                    "storage": True,
                    "schema": {"openAPIV3Schema": schema},
                    **(version or {}),
                }
            ],
            **more,
        },
    }


def read(fields: dict[str, Any]) -> Definition:
    found = definitions.read(fields, "digest")
    assert found is not None
    return found


def judged(spec_schema: Any, spec: Any, *, size: int = 100, **more: Any) -> list[Problem]:
    definition = read(crd(spec_schema, **more))
    fields = {"apiVersion": "example.org/v1", "kind": "Thing", "metadata": {"name": "t"}, "spec": spec}
    found, judge = definition.found(fields, "v1", _BUNDLE, size)
    assert judge is not None
    return sentences.problems(fields, found, judge.schema)


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


_TEXT = {"type": "string"}
_NUMBER = {"type": "integer"}
_MORE_THAN_0 = {"type": "number", "minimum": 0, "exclusiveMinimum": True}
_ITEM = _object(name=_TEXT, port={"type": "integer", "default": 80})
_ONE = {**_object(a=_TEXT, b=_TEXT), "oneOf": [{"required": ["a"]}, {"required": ["b"]}]}

_CASES: list[tuple[str, Any, Any, list[tuple[str, str]]]] = [
    ("right", _object(a=_TEXT), {"a": "x"}, []),
    ("pruned", _object(name=_TEXT), {"nmae": "x"}, [("unknown-field", "spec.nmae is no field")]),
    ("object without fields", {"type": "object"}, {"a": 1}, [("unknown-field", "spec.a is no field")]),
    ("preserved", {"type": "object", "x-kubernetes-preserve-unknown-fields": True}, {"a": {"b": 1}}, []),
    (
        "preserved here, pruned below",
        {**_object(a=_object(b=_TEXT)), "x-kubernetes-preserve-unknown-fields": True},
        {"c": 1, "a": {"d": 1}},
        [("unknown-field", "spec.a.d is no field")],
    ),
    (
        "any keys",
        {"type": "object", "additionalProperties": _NUMBER},
        {"a": 1, "b": "2"},
        [("wrong-type", "spec.b is")],
    ),
    ("any values", {"type": "object", "additionalProperties": True}, {"a": 1, "b": "2"}, []),
    ("int or string", _object(p={"x-kubernetes-int-or-string": True}), {"p": "50%"}, []),
    (
        "int or string, said twice",
        _object(p={"x-kubernetes-int-or-string": True, "anyOf": [{"type": "integer"}, {"type": "string"}]}),
        {"p": True},
        [("wrong-type", "spec.p is true but must be a whole number or a text")],
    ),
    ("null is not set", _object(a=_TEXT), {"a": None}, []),
    (
        "null is not set, and required",
        {**_object(a=_TEXT), "required": ["a"]},
        {"a": None},
        [("missing-field", "spec.a is missing")],
    ),
    ("nullable and required", {**_object(a={**_TEXT, "nullable": True}), "required": ["a"]}, {"a": None}, []),
    ("nullable with values", _object(a={"type": "string", "nullable": True, "enum": ["x"]}), {"a": None}, []),
    (
        "null in a list",
        _object(a={"type": "array", "items": _TEXT}),
        {"a": [None]},
        [("wrong-type", "spec.a[0] is null")],
    ),
    ("default", {**_object(a={**_TEXT, "default": "x"}), "required": ["a"]}, {}, []),
    ("draft 4 limits", _object(a=_MORE_THAN_0), {"a": 0}, [("bad-value", "spec.a is 0, which is not more than 0")]),
    ("enum", _object(a={**_TEXT, "enum": ["On", "Off"]}), {"a": "on"}, [("bad-value", 'spec.a is the text "on"')]),
    ("pattern", _object(a={**_TEXT, "pattern": "^[a-z]+$"}), {"a": "A"}, [("bad-value", 'spec.a is the text "A"')]),
    ("Go's duration", _object(a={**_TEXT, "format": "duration"}), {"a": "1h30m"}, []),
    (
        "no duration",
        _object(a={**_TEXT, "format": "duration"}),
        {"a": "soon"},
        [("bad-value", 'spec.a is the text "soon"')],
    ),
    ("unknown format", _object(a={**_TEXT, "format": "moon-phase"}), {"a": "full"}, []),
    ("one of", _ONE, {"a": "x"}, []),
    ("none of one of", _ONE, {}, [("missing-field", "spec must have a or b")]),
    ("both of one of", _ONE, {"a": "x", "b": "y"}, [("bad-value", "spec fits more than one of several forms")]),
    (
        "set",
        _object(a={"type": "array", "items": _TEXT, "x-kubernetes-list-type": "set"}),
        {"a": ["x", "y", "x"]},
        [("duplicate-item", "spec.a[2] repeats")],
    ),
    (
        "map with default keys",
        _object(
            a={
                "type": "array",
                "items": _ITEM,
                "x-kubernetes-list-type": "map",
                "x-kubernetes-list-map-keys": ["name", "port"],
            }
        ),
        {"a": [{"name": "x"}, {"name": "x", "port": 81}, {"name": "x", "port": 80}]},
        [("duplicate-item", "spec.a[2] repeats")],
    ),
    (
        "embedded",
        _object(
            t={"type": "object", "x-kubernetes-embedded-resource": True, "x-kubernetes-preserve-unknown-fields": True}
        ),
        {"t": {"apiVersion": "v1", "metadata": {"lables": {}}, "data": {}}},
        [("missing-field", "spec.t.kind is missing"), ("unknown-field", "spec.t.metadata.lables is no field")],
    ),
    (
        "rules in CEL are not evaluated",
        {**_object(a=_NUMBER), "x-kubernetes-validations": [{"rule": "self.a > 5"}]},
        {"a": 1},
        [],
    ),
]


@pytest.mark.parametrize(("schema", "spec", "expected"), [c[1:] for c in _CASES], ids=[c[0] for c in _CASES])
def test_judges_as_the_api_server(schema: Any, spec: Any, expected: list[tuple[str, str]]) -> None:
    found = judged(schema, spec)
    assert [p.rule for p in found] == [rule for rule, _ in expected]
    for problem, (_, message) in zip(found, expected, strict=True):
        assert problem.message.startswith(message)
    assert read(crd(schema)).problems == []


def test_metadata_of_custom_resources_is_strict_too() -> None:
    definition = read(crd(_object()))
    fields = {"apiVersion": "example.org/v1", "kind": "Thing", "metadata": {"name": "t", "lables": {}}}
    found, judge = definition.found(fields, "v1", _BUNDLE, 10)
    assert judge is not None
    assert [p.message[:15] for p in sentences.problems(fields, found, judge.schema)] == ["metadata.lables"]


def test_the_removed_v1beta1_prunes_nothing_and_has_one_schema_for_all() -> None:
    fields = crd({})
    fields["apiVersion"] = "apiextensions.k8s.io/v1beta1"
    fields["spec"]["versions"] = [{"name": "v1"}, {"name": "v2", "served": False}]
    fields["spec"]["validation"] = {"openAPIV3Schema": {"properties": {"spec": {"properties": {"a": _NUMBER}}}}}
    definition = read(fields)
    thing = {"apiVersion": "example.org/v1", "kind": "Thing", "metadata": {"name": "t"}, "spec": {"a": "x", "b": 1}}
    found, judge = definition.found(thing, "v1", _BUNDLE, 10)
    assert judge is not None
    assert [p.rule for p in sentences.problems(thing, found, judge.schema)] == ["wrong-type"]
    assert [v.served for v in definition.versions.values()] == [True, False]
    assert definition.problems == []


@pytest.mark.parametrize(
    "fields",
    [
        {"apiVersion": "v1", "kind": "ConfigMap"},
        {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "x"}},
        {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "spec": {"conversion": {}}},
        {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "spec": []},
        {"apiVersion": ["x"], "kind": "CustomResourceDefinition", "spec": {"names": {}}},
    ],
)
def test_patches_of_crds_define_nothing(fields: dict[str, Any]) -> None:
    assert definitions.read(fields, "") is None


_BROKEN: list[tuple[str, Any, str]] = [
    ("no mapping", "x", "is no schema but must be a mapping"),
    ("a list", [], "is no schema but must be a mapping"),
    ("no type", {"properties": {}}, "type is missing"),
    ("unknown type", {"type": "text"}, '"text" is no type'),
    ("types", {"type": ["string"]}, '["string"] is no type'),
    ("reference", {"type": "object", "$ref": "#/definitions/x"}, "is refused in a CRD"),
    ("remote reference", {"type": "object", "$ref": "http://127.0.0.1:9/x"}, "is refused in a CRD"),
    ("definitions", {"type": "object", "definitions": {"x": {"$ref": "#"}}}, "definitions is refused"),
    ("array", {"type": "array"}, "items is missing"),
    ("keys", {"type": "array", "items": {"type": "object"}, "x-kubernetes-list-type": "map"}, "must name the fields"),
    ("both", {**_object(a=_TEXT), "additionalProperties": True}, "cannot stand beside properties"),
    ("look ahead", {"type": "string", "pattern": "(?!a)b"}, "looks around or refers back"),
    ("back reference", {"type": "string", "pattern": r"(a)\1"}, "looks around or refers back"),
    ("no expression", {"type": "string", "pattern": "(a"}, "is no regular expression"),
    ("limit", {"type": "string", "maxLength": "ten"}, '"ten" is no limit'),
    ("negative", {"type": "string", "maxLength": -1}, "-1 is no limit"),
    ("zero", {"type": "number", "multipleOf": 0}, "0 is no limit"),
    ("required", {"type": "object", "required": "a"}, "must be a list of names"),
    ("unique", {"type": "array", "items": _TEXT, "uniqueItems": True}, "is refused in a CRD; use"),
    ("branch", {"type": "object", "anyOf": ["x"]}, "anyOf[0] is no schema"),
]


@pytest.mark.parametrize(("schema", "sentence"), [c[1:] for c in _BROKEN], ids=[c[0] for c in _BROKEN])
def test_a_broken_schema_is_said_and_never_stops(schema: Any, sentence: str) -> None:
    definition = read(crd(schema))
    ((place, said),) = definition.problems
    assert sentence in said
    assert place[:6] == ("spec", "versions", 0, "schema", "openAPIV3Schema", "properties")
    fields = {"apiVersion": "example.org/v1", "kind": "Thing", "metadata": {"name": "t"}, "spec": {}}
    definition.found(fields, "v1", _BUNDLE, 10)


@pytest.mark.parametrize("schema", [None, [], "x", {"type": "array"}])
def test_a_broken_root_is_said(schema: Any) -> None:
    assert read(crd({}, version={"schema": {"openAPIV3Schema": schema}})).problems


def test_spellings_that_only_go_reads_are_no_mistake() -> None:
    definition = read(crd(_object(a={"type": "string", "pattern": r"[\w-.]"})))
    assert definition.problems == []
    assert definition.unjudged == [r"[\w-.]"]


def _took(action: Any) -> float:
    start = time.process_time()
    action()
    return time.process_time() - start


@pytest.mark.parametrize("pattern", ["^(a+)+$", "^(a|aa)*$", "(x+x+)+y", "([a-z]+)*!$", "(.*)*$b"])
def test_a_catastrophic_expression_costs_no_more_than_any(pattern: str) -> None:
    schema = _object(a={"type": "string", "pattern": pattern})
    assert _took(lambda: judged(schema, {"a": "a" * 100_000 + "?"}, size=100_000)) < 2


def test_an_expression_of_many_states_on_a_large_object_is_left_out_and_said() -> None:
    pattern = "[ab]*a[ab]{1000}[^ab]"
    schema = _object(a={"type": "string", "pattern": pattern}, b=_NUMBER)
    definition = read(crd(schema))
    spec = {"a": "ab" * 500_000, "b": "x"}
    assert definition.costly("v1", 1_000_000)
    assert not definition.costly("v1", 100_000)
    assert _took(lambda: judged(schema, spec, size=1_000_000)) < 2
    assert [p.rule for p in judged(schema, spec, size=1_000_000)] == ["wrong-type"]


def test_an_expression_that_grows_without_end_is_not_compiled() -> None:
    definition = read(crd(_object(a={"type": "string", "pattern": "(((a{100}){100}){100})"})))
    assert _took(lambda: definition.problems) < 1
    assert definition.unjudged


def test_alternatives_times_items_are_bounded() -> None:
    schema = _object(
        a={"type": "array", "items": {"type": "integer", "anyOf": [{"maximum": -i} for i in range(20_000)]}}
    )
    spec = {"a": list(range(1, 100_001))}
    assert _took(lambda: judged(schema, spec, size=700_000)) < 3


def test_a_huge_schema_is_refused_before_it_is_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(structural, "MOST_NODES", 1000)
    definition = read(crd(_object(**{f"f{i}": _TEXT for i in range(2000)})))
    ((_, said),) = definition.problems
    assert "is larger than 1,000 schemas" in said
    assert definition.found({}, "v1", _BUNDLE, 10) == ([], None)


def test_a_deep_schema_costs_no_recursion_error() -> None:
    schema: dict[str, Any] = _TEXT
    for _ in range(95):
        schema = _object(a=schema)
    assert judged(schema, {"a": {"b": 1}})


def test_problems_of_one_crd_are_few() -> None:
    assert len(read(crd(_object(**{f"f{i}": {} for i in range(500)}))).problems) == structural.MOST_PROBLEMS


def test_what_is_wrong_with_schemas_is_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = _object(a={"type": "wrong"}, b={"$ref": "#/x"}, c={**_TEXT, "pattern": r"[\w-.]"})

    def again() -> Definition:
        found = definitions.read(crd(wrong), "digest", Cache(tmp_path).remember)
        assert found is not None
        return found

    fresh = read(crd(wrong))
    assert fresh.problems
    assert fresh.unjudged
    assert (again().problems, again().unjudged) == (fresh.problems, fresh.unjudged)
    monkeypatch.setattr("bot.kubernetes_schemas.structural.translate", None)
    assert (again().problems, again().unjudged) == (fresh.problems, fresh.unjudged)
