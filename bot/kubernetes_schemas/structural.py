"""The schema of a CRD to a JSON Schema that says what the API server does.

Source: the CRD documentation on structural schemas, pruning, nullable and defaulting, and apiextensions-apiserver's
``pkg/apiserver/schema``. Only known keywords are taken over, so nothing of a hostile schema reaches the engine by itself:
no references (refused in CRDs, never fetched), no expressions that it does not take.

- ``properties`` without ``x-kubernetes-preserve-unknown-fields``: other fields are pruned, so they are refused here;
- anyOf, oneOf, allOf, not: value validations only, they neither allow nor refuse fields;
- a field with a default is not missing; a null that is not ``nullable`` counts as not set, see ``translated``;
- embedded resources have apiVersion, kind and an ObjectMeta;
- x-kubernetes-validations (CEL) are not evaluated.
"""

from __future__ import annotations

import json
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
_SCALARS = frozenset({"boolean", "integer", "number", "string"})
_PLAIN = frozenset({"type", "description", "title", "default", "example", "externalDocs", "x-kubernetes-validations"})
_LIMITS = frozenset(
    {
        "minLength",
        "maxLength",
        "minItems",
        "maxItems",
        "minProperties",
        "maxProperties",
        "minimum",
        "maximum",
        "multipleOf",
    }
)
_REFUSED = frozenset(
    {
        "$ref",
        "definitions",
        "dependencies",
        "patternProperties",
        "additionalItems",
        "deprecated",
        "id",
        "$schema",
        "$id",
    }
)
_STRUCTURE = _PLAIN | {
    "properties", "items", "additionalProperties", "nullable", "x-kubernetes-list-type", "x-kubernetes-list-map-keys",
    "x-kubernetes-map-type", "x-kubernetes-int-or-string", "x-kubernetes-preserve-unknown-fields",
    "x-kubernetes-embedded-resource",
}  # fmt: skip
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
    work = _Work(Translation({}), place, legacy)
    try:
        work.out.schema = work.root(schema)
    except TooLarge:
        sentence = f"is larger than {MOST_NODES:,} schemas; objects of this kind cannot be judged by it"
        work.out.schema, work.out.problems = {}, [(place, sentence)]
    return work.out


class _Work:
    """One translation. ``_at`` is the place of the schema in hand, kept as a stack: a CRD has thousands of places, and
    nearly none is ever named."""

    def __init__(self, out: Translation, place: Place, legacy: bool) -> None:
        self.out = out
        self.legacy = legacy
        self._at: list[str | int] = list(place)

    def root(self, schema: Any) -> dict[str, Any]:
        if not isinstance(schema, dict):
            self._problem("is no schema but must be a mapping")
            return {}
        if not self.legacy and schema.get("type") != "object":
            self._problem('must be "object"', "type")
        translated = self.node({**schema, "type": "object"})
        self._identity(translated)
        return translated

    def node(self, schema: Any) -> dict[str, Any]:
        """A schema of the structure: it says which fields there are."""
        if not isinstance(schema, dict):
            self._problem("is no schema but must be a mapping")
            return {}
        self._count()
        wanted = schema.get("type")
        if (
            isinstance(wanted, str) and wanted in _SCALARS and schema.keys() <= _PLAIN
        ):  # most nodes are a type and a description
            return {"type": [wanted]}
        translated: dict[str, Any] = {} if schema.keys() <= _STRUCTURE else self._values(schema)  # nine of ten
        preserve = self.legacy or schema.get("x-kubernetes-preserve-unknown-fields") is True
        self._type(schema, translated, preserve)
        self._structure(schema, translated)
        if schema.get("x-kubernetes-embedded-resource") is True:
            self._identity(translated)
            translated["required"] = sorted({*translated.get("required", ()), "apiVersion", "kind"})
        is_object = wanted == "object" or "properties" in translated
        if is_object and not preserve and "additionalProperties" not in translated:
            translated["additionalProperties"] = False
            translated.setdefault("properties", {})  # the engine names refused fields only beside this
        return translated

    def _below(self, schema: Any, *steps: str | int) -> dict[str, Any]:
        """The node at a place below."""
        self._at += steps
        translated = self.node(schema)
        del self._at[-len(steps) :]
        return translated

    def _type(self, schema: dict[str, Any], translated: dict[str, Any], preserve: bool) -> None:
        wanted = schema.get("type")
        if schema.get("x-kubernetes-int-or-string") is True:
            types = ["integer", "string"]
            _drop_int_or_string(translated)
        elif isinstance(wanted, str) and wanted in _TYPES:
            types = [wanted]
        elif wanted is None and preserve:
            return
        else:
            self._problem("is missing" if wanted is None else f"{_quoted(wanted)} is no type of a schema", "type")
            return
        if schema.get("nullable") is True:
            types.append("null")
            if "enum" in translated:
                translated["enum"] = [*translated["enum"], None]
        translated["type"] = types

    def _structure(self, schema: dict[str, Any], translated: dict[str, Any]) -> None:
        properties = schema.get("properties")
        if isinstance(properties, dict):
            translated["properties"] = {str(n): self._below(each, "properties", n) for n, each in properties.items()}
            if "required" in translated:
                defaulted = {n for n, each in properties.items() if isinstance(each, dict) and "default" in each}
                translated["required"] = [n for n in translated["required"] if n not in defaulted]
        additional = schema.get("additionalProperties")
        if additional is not None and additional is not False:
            if isinstance(properties, dict) and properties and not self.legacy:
                self._problem("cannot stand beside properties", "additionalProperties")
            open_ = additional is True
            translated["additionalProperties"] = open_ or self._below(additional, "additionalProperties")
        if "items" in schema:
            translated["items"] = self._below(schema["items"], "items")
        elif schema.get("type") == "array" and not self.legacy:
            self._problem("is missing", "items")
        if "x-kubernetes-list-type" in schema:
            self._repeated(schema, translated)

    def _repeated(self, schema: dict[str, Any], translated: dict[str, Any]) -> None:
        kind = schema["x-kubernetes-list-type"]
        if kind == "set":
            translated[repeated.KEYWORD] = {"keys": []}
        if kind != "map":
            return
        keys = schema.get("x-kubernetes-list-map-keys")
        if not isinstance(keys, list) or not keys or not all(isinstance(key, str) for key in keys):
            said = "must name the fields that tell the items of the list apart"
            self._problem(said, "x-kubernetes-list-map-keys")
            return
        items = schema.get("items")
        properties = items.get("properties") if isinstance(items, dict) else None
        fields = properties if isinstance(properties, dict) else {}
        defaults = {k: fields[k]["default"] for k in keys if isinstance(fields.get(k), dict) and "default" in fields[k]}
        translated[repeated.KEYWORD] = {"keys": keys, "defaults": defaults}

    def _values(self, schema: dict[str, Any]) -> dict[str, Any]:
        """What a schema says about values, without the structure below it."""
        out: dict[str, Any] = {}
        self._refuse(schema)
        if isinstance(schema.get("enum"), list):
            out["enum"] = schema["enum"]
        required = schema.get("required")
        if isinstance(required, list) and all(isinstance(name, str) for name in required):
            out["required"] = required
        elif required is not None:
            self._problem("must be a list of names", "required")
        if isinstance(schema.get("format"), str) and schema["format"] in formats.JUDGED:
            out["format"] = schema["format"]
        self._limits(schema, out)
        self._pattern(schema, out)
        for word in ("anyOf", "oneOf", "allOf"):
            branches = schema.get(word)
            if isinstance(branches, list) and branches:
                out[word] = [self._alternative(each, word, i) for i, each in enumerate(branches)]
        if "not" in schema:
            out["not"] = self._alternative(schema["not"], "not")
        return out

    def _refuse(self, schema: dict[str, Any]) -> None:
        if self.legacy:
            return
        for word in sorted(_REFUSED & schema.keys()):
            self._problem("is refused in a CRD", word)
        if schema.get("uniqueItems") is True:
            self._problem("is refused in a CRD; use x-kubernetes-list-type: set", "uniqueItems")

    def _alternative(self, schema: Any, *steps: str | int) -> dict[str, Any]:
        """A schema inside of anyOf, oneOf, allOf or not: it judges values, and says nothing of which fields there are."""
        if not isinstance(schema, dict):
            self._problem("is no schema but must be a mapping", *steps)
            return {}
        self._count()
        self.out.weight += 1
        self._at += steps
        out = self._values(schema)
        if isinstance(schema.get("type"), str) and schema["type"] in _TYPES:
            out["type"] = schema["type"]
        properties = schema.get("properties")
        if isinstance(properties, dict):
            out["properties"] = {str(n): self._alternative(e, "properties", n) for n, e in properties.items()}
        for word in ("items", "additionalProperties"):
            if isinstance(schema.get(word), dict):
                out[word] = self._alternative(schema[word], word)
        del self._at[-len(steps) :]
        return out

    def _limits(self, schema: dict[str, Any], out: dict[str, Any]) -> None:
        for word in _LIMITS & schema.keys():
            if _is_limit(word, schema[word]):
                out[word] = schema[word]
            elif schema[word] is not None:
                self._problem(f"{_quoted(schema[word])} is no limit", word)
        for word in ("minimum", "maximum"):
            exclusive = "exclusive" + word.capitalize()
            if schema.get(exclusive) is True and word in out:
                out[exclusive] = out.pop(word)

    def _pattern(self, schema: dict[str, Any], out: dict[str, Any]) -> None:
        pattern = schema.get("pattern")
        if not isinstance(pattern, str):
            return
        weight = pattern_weight(pattern)
        if weight is not None:
            out["pattern"] = pattern
            self.out.weight += weight
        elif reason := certainly_broken(pattern):
            self._problem(f"{_quoted(pattern)} {reason}", "pattern")
        else:
            self.out.unjudged.append(pattern)

    @staticmethod
    def _identity(translated: dict[str, Any]) -> None:
        """What every object has, beside what the schema says about it."""
        properties = translated.setdefault("properties", {})
        for word in ("apiVersion", "kind"):
            properties[word] = {**properties.get(word, {}), "type": ["string"]}
        said = properties.get("metadata", {}).get("properties", {})
        properties["metadata"] = {**_META, "properties": {n: said[n] for n in ("name", "generateName") if n in said}}

    def _count(self) -> None:
        self.out.nodes += 1
        if self.out.nodes > MOST_NODES:
            raise TooLarge

    def _problem(self, sentence: str, *steps: str | int) -> None:
        """Something is wrong at the place in hand, or at one below it."""
        if len(self.out.problems) < MOST_PROBLEMS:
            place = (*self._at, *steps)
            self.out.problems.append((place, f"{written(place)} {sentence}"))


def _is_limit(word: str, value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    if word in ("minimum", "maximum"):
        return True
    return value > 0 if word == "multipleOf" else isinstance(value, int) and value >= 0


def _drop_int_or_string(translated: dict[str, Any]) -> None:
    """Leave out the alternative that says again what x-kubernetes-int-or-string says."""
    if _is_int_or_string(translated.get("anyOf")):
        del translated["anyOf"]
    all_of = translated.get("allOf")
    if all_of and _is_int_or_string(all_of[0].get("anyOf")):
        translated["allOf"] = all_of[1:]
        if not translated["allOf"]:
            del translated["allOf"]


def _is_int_or_string(branches: Any) -> bool:
    return isinstance(branches, list) and len(branches) == 2 and all(each in branches for each in _INT_OR_STRING)


def _quoted(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)[:80]
