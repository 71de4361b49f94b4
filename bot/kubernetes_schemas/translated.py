"""What is done with a translated schema of a CRD, and with objects before it judges them."""

from __future__ import annotations

from typing import Any


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
