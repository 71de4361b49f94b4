"""Places in an object: how they are written for people, and how they are recognised after items moved."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from bot.kubernetes_schemas.problem import Place

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\Z")
_NAMES = ("name", "key", "mountPath", "containerPort", "port", "topologyKey", "type", "ip", "id")


def written(place: Place) -> str:
    """``spec.containers[0].image``; keys that are no plain words stand in brackets."""
    text = ""
    for step in place:
        if isinstance(step, int):
            text += f"[{step}]"
        elif _PLAIN.match(step) and len(step) <= 60:
            text += f".{step}" if text else step
        else:
            text += f"[{quoted(step)}]"
    return text


def quoted(text: str, longest: int = 60) -> str:
    """A text in quotes, short and on one line."""
    shown = json.dumps(text, ensure_ascii=False)
    return shown if len(shown) <= longest else f'{shown[: longest - 2]}…"'


def steady(fields: Any, place: Place) -> str:
    """The same for a ``Problem.mark``: items of lists by name where they have one."""
    text = ""
    for step, inside in zip(place, along(fields, place), strict=True):
        text += f"[{_name(inside, step)}]" if isinstance(step, int) else f".{step}"
    return text.removeprefix(".")


def along(fields: Any, place: Place) -> Iterator[Any]:
    """The value after each step of the place; None from where it leads nowhere."""
    for step in place:
        if isinstance(fields, dict):
            fields = fields.get(step)
        elif isinstance(fields, list) and isinstance(step, int) and step < len(fields):
            fields = fields[step]
        else:
            fields = None
        yield fields


def at(fields: Any, place: Place) -> Any:
    """The value at a place; None where there is none."""
    for value in along(fields, place):
        fields = value
    return fields


def _name(item: Any, index: int) -> str:
    if isinstance(item, dict):
        for key in _NAMES:
            value = item.get(key)
            if isinstance(value, str | int) and value != "":
                return f"{key}={value}"
    return str(index)
