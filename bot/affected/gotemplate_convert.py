"""Arguments of template functions: the conversions of Go's templates and of sprig."""

from __future__ import annotations

import math
import re

from bot.affected.gotemplate_values import TemplateError, formatted

MOST_TEXT = 100_000


def text_of(value: object) -> str:
    if not isinstance(value, str):
        raise TemplateError(f"expected text, not {formatted(value)[:40]}")
    return value


def list_of(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TemplateError(f"expected a list, not {formatted(value)[:40]}")
    return value


def dict_of(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise TemplateError(f"expected a dict, not {formatted(value)[:40]}")
    return value


def whole(value: object) -> int:
    """sprig's toInt64: numbers, booleans and texts; 0 for what is none."""
    if isinstance(value, str):
        return int(value) if re.fullmatch(r"[+-]?[0-9]{1,18}", value) else 0
    return int(value) if isinstance(value, bool | int | float) and math.isfinite(value) else 0


def real(value: object) -> float:
    if isinstance(value, str):
        return float(value) if re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?", value) else 0.0
    return float(value) if isinstance(value, bool | int | float) else 0.0


def string(value: object) -> str:
    """sprig's strval, as in toString."""
    return formatted(value)


def strings(value: object) -> list[str]:
    if isinstance(value, list):
        return [string(element) for element in value if element is not None]
    return [] if value is None else [string(value)]


def kind_of(value: object) -> str:
    names = {
        type(None): "invalid",
        bool: "bool",
        int: "int",
        float: "float64",
        str: "string",
        list: "slice",
        dict: "map",
    }
    return names[type(value)]


def as_json_values(value: object) -> object:
    """YAML values as Go's templates see them: every number a float64, every key a text."""
    if isinstance(value, dict):
        return {str(key): as_json_values(element) for key, element in value.items()}
    if isinstance(value, list):
        return [as_json_values(element) for element in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value if value is None or isinstance(value, str | bool | float) else str(value)
