"""Where in a schema a place of an object is described. Only the structure is walked: alternatives describe no fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.kubernetes_schemas.problem import Place

_NOTHING: dict[str, Any] = {}


def schema_at(root: dict[str, Any], place: Place) -> dict[str, Any]:
    """The schema of a place; an empty one where none is known."""
    here = _resolved(root, root)
    for step in place:
        properties = here.get("properties", _NOTHING)
        if isinstance(step, int):
            below = here.get("items")
        elif step in properties:
            below = properties[step]
        else:
            below = here.get("additionalProperties")
        if not isinstance(below, dict):
            return {}
        here = _resolved(root, below)
    return here


def fields_of(root: dict[str, Any], schema: dict[str, Any]) -> Mapping[str, dict[str, Any]]:
    """The named fields of a schema."""
    properties = _resolved(root, schema).get("properties")
    return properties if isinstance(properties, dict) else {}


def types_of(root: dict[str, Any], schema: dict[str, Any]) -> list[str]:
    """The types that a schema allows, without null."""
    types = _resolved(root, schema).get("type", [])
    return [each for each in ([types] if isinstance(types, str) else types) if each != "null"]


def _resolved(root: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """References lead to definitions, which are no references themselves in these schemas (but may say so: stop then)."""
    reference = schema.get("$ref")
    if not isinstance(reference, str):
        return schema
    target = root.get("$defs", _NOTHING).get(reference.removeprefix("#/$defs/"))
    return target if isinstance(target, dict) else {}
