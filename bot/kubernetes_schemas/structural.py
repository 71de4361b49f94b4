"""The schema of a CRD to a JSON Schema that says what the API server does.

Source: the CRD documentation on structural schemas, pruning, nullable and defaulting, and apiextensions-apiserver's
``pkg/apiserver/schema``. Only known keywords are taken over, so nothing of a hostile schema reaches the engine by itself:
no references (refused in CRDs, never fetched), no expressions that it does not take.

- ``properties`` without ``x-kubernetes-preserve-unknown-fields``: other fields are pruned, so they are refused here;
- anyOf, oneOf, allOf, not: value validations only, they neither allow nor refuse fields;
- a field with a default is not missing; a null that is not ``nullable`` counts as not set (see ``without_nulls``);
- embedded resources have apiVersion, kind and an ObjectMeta;
- x-kubernetes-validations (CEL) are not evaluated.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bot.kubernetes_schemas import formats, repeated
from bot.kubernetes_schemas.bundled import OBJECT_META
from bot.kubernetes_schemas.places import written
from bot.kubernetes_schemas.problem import Place
from bot.kubernetes_schemas.validator import certainly_broken, pattern_weight

MOST_NODES = 200_000  # ten times the largest known CRD
MOST_PROBLEMS = 10
_TYPES = frozenset({"array", "boolean", "integer", "number", "object", "string"})
_LIMITS = ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties")
_NUMBERS = ("minimum", "maximum", "multipleOf")
_REFUSED = (
    "$ref",
    "definitions",
    "dependencies",
    "patternProperties",
    "additionalItems",
    "deprecated",
    "id",
    "$schema",
    "$id",
)
_INT_OR_STRING = ({"type": "integer"}, {"type": "string"})
_META = {"$ref": f"#/$defs/{OBJECT_META}"}


@dataclass(slots=True)
class Translation:
    """A JSON Schema without its ``$defs``; what is wrong with the CRD's (place, sentence); the expressions that could not be
    judged; how much each character of an object may cost at worst."""

    schema: dict[str, Any]
    problems: list[tuple[Place, str]] = field(default_factory=list)
    unjudged: list[str] = field(default_factory=list)
    weight: int = 0
    nodes: int = 0


class TooLarge(Exception):
    """The schema has more nodes than are looked at."""


def translate(schema: Any, *, place: Place = (), legacy: bool = False) -> Translation:
    """The JSON Schema of ``openAPIV3Schema``. ``legacy``: of apiextensions.k8s.io/v1beta1, or with
    ``preserveUnknownFields``, where nothing is pruned and types may be missing. Never raises."""
    work = _Work(Translation({}), legacy)
    try:
        work.out.schema = work.root(schema, place)
    except TooLarge:
        sentence = f"is larger than {MOST_NODES:,} schemas; objects of this kind cannot be judged by it"
        work.out.schema, work.out.problems = {}, [(place, sentence)]
    return work.out


def plain(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with fields and types alone: without expressions and alternatives, which may cost too much on a large
    object."""
    costly = ("pattern", "anyOf", "oneOf", "allOf", "not")
    return {key: _plain_below(key, value) for key, value in schema.items() if key not in costly}


def _plain_below(key: str, value: Any) -> Any:
    if key == "properties":
        return {name: plain(each) for name, each in value.items()}
    return plain(value) if key in ("items", "additionalProperties") and isinstance(value, dict) else value


def without_nulls(value: Any, schema: dict[str, Any]) -> Any:
    """The value without fields that are null where null means: not set. Items of lists stay."""
    if isinstance(value, list):
        items = schema.get("items")
        return [without_nulls(each, items) for each in value] if isinstance(items, dict) else value
    if not isinstance(value, dict):
        return value
    kept = {}
    for key, each in value.items():
        below = _field(schema, key)
        if below is None:
            kept[key] = each
        elif each is not None or "$ref" in below or "null" in below.get("type", ("null",)):
            kept[key] = without_nulls(each, below)
    return kept


def _field(schema: dict[str, Any], key: str) -> dict[str, Any] | None:
    found = schema.get("properties", {}).get(key, schema.get("additionalProperties"))
    return found if isinstance(found, dict) else None


class _Work:
    def __init__(self, out: Translation, legacy: bool) -> None:
        self.out = out
        self.legacy = legacy

    def root(self, schema: Any, place: Place) -> dict[str, Any]:
        if not isinstance(schema, dict):
            self._problem(place, "is no schema but must be a mapping")
            return {}
        if not self.legacy and schema.get("type") != "object":
            self._problem((*place, "type"), 'must be "object"')
        translated = self.node({**schema, "type": "object"}, place)
        self._identity(translated)
        return translated

    def node(self, schema: Any, place: Place) -> dict[str, Any]:
        """A schema of the structure: it says which fields there are."""
        if not isinstance(schema, dict):
            self._problem(place, "is no schema but must be a mapping")
            return {}
        self._count()
        translated = self._values(schema, place)
        preserve = schema.get("x-kubernetes-preserve-unknown-fields") is True or self.legacy
        self._type(schema, translated, place, preserve)
        self._structure(schema, translated, place)
        if schema.get("x-kubernetes-embedded-resource") is True:
            self._identity(translated)
            translated["required"] = sorted({*translated.get("required", ()), "apiVersion", "kind"})
        is_object = schema.get("type") == "object" or "properties" in translated
        if is_object and not preserve and "additionalProperties" not in translated:
            translated["additionalProperties"] = False
        return translated

    def _type(self, schema: dict[str, Any], translated: dict[str, Any], place: Place, preserve: bool) -> None:
        wanted = schema.get("type")
        if schema.get("x-kubernetes-int-or-string") is True:
            types = ["integer", "string"]
            self._without_int_or_string(translated)
        elif isinstance(wanted, str) and wanted in _TYPES:
            types = [wanted]
        elif wanted is None and preserve:
            return
        else:
            self._problem(
                (*place, "type"), "is missing" if wanted is None else f"{_quoted(wanted)} is no type of a schema"
            )
            return
        if schema.get("nullable") is True:
            types.append("null")
            if "enum" in translated:
                translated["enum"] = [*translated["enum"], None]
        translated["type"] = types

    def _structure(self, schema: dict[str, Any], translated: dict[str, Any], place: Place) -> None:
        properties = schema.get("properties")
        if isinstance(properties, dict):
            below = {str(n): self.node(each, (*place, "properties", n)) for n, each in properties.items()}
            translated["properties"] = below
            defaulted = {n for n, each in properties.items() if isinstance(each, dict) and "default" in each}
            required = [n for n in translated.get("required", ()) if n not in defaulted]
            translated["required"] = required
        additional = schema.get("additionalProperties")
        if additional is not None and additional is not False:
            if isinstance(properties, dict) and properties and not self.legacy:
                self._problem((*place, "additionalProperties"), "cannot stand beside properties")
            open_ = additional is True
            translated["additionalProperties"] = open_ or self.node(additional, (*place, "additionalProperties"))
        if "items" in schema:
            translated["items"] = self.node(schema["items"], (*place, "items"))
        elif schema.get("type") == "array" and not self.legacy:
            self._problem((*place, "items"), "is missing")
        self._repeated(schema, translated, place)

    def _repeated(self, schema: dict[str, Any], translated: dict[str, Any], place: Place) -> None:
        kind = schema.get("x-kubernetes-list-type")
        if kind == "set":
            translated[repeated.KEYWORD] = {"keys": []}
        if kind != "map":
            return
        keys = schema.get("x-kubernetes-list-map-keys")
        if not isinstance(keys, list) or not keys or not all(isinstance(key, str) for key in keys):
            self._problem(
                (*place, "x-kubernetes-list-map-keys"), "must name the fields that tell the items of the list apart"
            )
            return
        items = schema.get("items")
        properties = items.get("properties") if isinstance(items, dict) else None
        fields = properties if isinstance(properties, dict) else {}
        defaults = {k: fields[k]["default"] for k in keys if isinstance(fields.get(k), dict) and "default" in fields[k]}
        translated[repeated.KEYWORD] = {"keys": keys, "defaults": defaults}

    def _values(self, schema: dict[str, Any], place: Place) -> dict[str, Any]:
        """What a schema says about values, without the structure below it."""
        out: dict[str, Any] = {}
        for word in _REFUSED:
            if word in schema and not self.legacy:
                self._problem((*place, word), "is refused in a CRD")
        if schema.get("uniqueItems") is True and not self.legacy:
            self._problem((*place, "uniqueItems"), "is refused in a CRD; use x-kubernetes-list-type: set")
        if isinstance(schema.get("enum"), list):
            out["enum"] = schema["enum"]
        required = schema.get("required")
        if isinstance(required, list) and all(isinstance(name, str) for name in required):
            out["required"] = required
        elif required is not None:
            self._problem((*place, "required"), "must be a list of names")
        if schema.get("format") in formats.JUDGED:
            out["format"] = schema["format"]
        self._limits(schema, out, place)
        self._pattern(schema, out, place)
        for word in ("anyOf", "oneOf", "allOf"):
            branches = schema.get(word)
            if isinstance(branches, list) and branches:
                out[word] = [self._alternative(each, (*place, word, i)) for i, each in enumerate(branches)]
        if "not" in schema:
            out["not"] = self._alternative(schema["not"], (*place, "not"))
        return out

    def _alternative(self, schema: Any, place: Place) -> dict[str, Any]:
        """A schema inside of anyOf, oneOf, allOf or not: it judges values, and says nothing of which fields there are."""
        if not isinstance(schema, dict):
            self._problem(place, "is no schema but must be a mapping")
            return {}
        self._count()
        self.out.weight += 1
        out = self._values(schema, place)
        if isinstance(schema.get("type"), str) and schema["type"] in _TYPES:
            out["type"] = schema["type"]
        properties = schema.get("properties")
        if isinstance(properties, dict):
            out["properties"] = {str(n): self._alternative(e, (*place, "properties", n)) for n, e in properties.items()}
        for word in ("items", "additionalProperties"):
            if isinstance(schema.get(word), dict):
                out[word] = self._alternative(schema[word], (*place, word))
        return out

    def _limits(self, schema: dict[str, Any], out: dict[str, Any], place: Place) -> None:
        for word in (*_LIMITS, *_NUMBERS):
            value = schema.get(word)
            if value is None:
                continue
            whole = isinstance(value, int) and not isinstance(value, bool) and value >= 0
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if whole or (number and word in ("minimum", "maximum")) or (number and word == "multipleOf" and value > 0):
                out[word] = value
            else:
                self._problem((*place, word), f"{_quoted(value)} is no limit")
        if out.get("multipleOf") == 0:
            del out["multipleOf"]
        for word in ("minimum", "maximum"):
            exclusive = "exclusive" + word.capitalize()
            if schema.get(exclusive) is True and word in out:
                out[exclusive] = out.pop(word)

    def _pattern(self, schema: dict[str, Any], out: dict[str, Any], place: Place) -> None:
        pattern = schema.get("pattern")
        if not isinstance(pattern, str):
            return
        weight = pattern_weight(pattern)
        if weight is not None:
            out["pattern"] = pattern
            self.out.weight += weight
        elif reason := certainly_broken(pattern):
            self._problem((*place, "pattern"), f"{_quoted(pattern)} {reason}")
        else:
            self.out.unjudged.append(pattern)

    def _identity(self, translated: dict[str, Any]) -> None:
        """What every object has, beside what the schema says about it."""
        properties = translated.setdefault("properties", {})
        for word in ("apiVersion", "kind"):
            properties[word] = {**properties.get(word, {}), "type": ["string"]}
        said = properties.get("metadata", {}).get("properties", {})
        properties["metadata"] = {**_META, "properties": {n: said[n] for n in ("name", "generateName") if n in said}}

    @staticmethod
    def _without_int_or_string(translated: dict[str, Any]) -> None:
        """Leave out the alternative that says again what x-kubernetes-int-or-string says."""
        if _is_int_or_string(translated.get("anyOf")):
            del translated["anyOf"]
        all_of = translated.get("allOf")
        if all_of and _is_int_or_string(all_of[0].get("anyOf")):
            translated["allOf"] = all_of[1:]
            if not translated["allOf"]:
                del translated["allOf"]

    def _count(self) -> None:
        self.out.nodes += 1
        if self.out.nodes > MOST_NODES:
            raise TooLarge

    def _problem(self, place: Place, sentence: str) -> None:
        if len(self.out.problems) < MOST_PROBLEMS:
            self.out.problems.append((place, f"{written(place)} {sentence}"))


def _is_int_or_string(branches: Any) -> bool:
    return isinstance(branches, list) and len(branches) == 2 and all(each in branches for each in _INT_OR_STRING)


def _quoted(value: Any) -> str:
    import json

    return json.dumps(value, ensure_ascii=False, default=str)[:80]
