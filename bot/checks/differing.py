"""Where two sides of an object differ: what a reader wants to see of it first."""

from __future__ import annotations

from typing import Any

from bot.checks.about import Place
from bot.model.resource import Resource

_MOST_ITEMS = 500  # each of one side is looked for among those of the other
_ABOUT_ITSELF = ("apiVersion", "kind", "metadata", "status")


def first_difference(base: Resource | None, head: Resource) -> Place:
    """The first value in an object that differs in what it does, or by which something is gone; where it is new, the
    object."""
    if base is None:
        return ()
    parts = [key for key in head.fields if key not in _ABOUT_ITSELF and base.fields.get(key) != head.fields[key]]
    return _value(head.fields, leaf(base.fields, head.fields, (parts[0],))) if parts else ()


def value_at(base: Resource, head: Resource, field: Place) -> Place:
    """The first value below a field of head, which differs or by which something is gone."""
    return _value(head.fields, leaf(base.fields, head.fields, field))


def _value(fields: Any, place: Place) -> Place:
    """The first value at or below a place: only values have lines."""
    at = list(place)
    for key in place:
        fields = fields[key]
    while isinstance(fields, dict | list) and fields:
        key = next(iter(fields)) if isinstance(fields, dict) else 0
        fields = fields[key]
        at.append(key)
    return tuple(at)


def leaf(base: Any, head: Any, field: Place) -> Place:
    """The first place below a field where both sides differ; in a list of another length, the first new item. Of what is new
    the first value."""
    at: list[str | int] = []
    for key in field:
        base, head = (side.get(key) if isinstance(side, dict) else None for side in (base, head))
        at.append(key)
    while True:
        step: str | int | None = None
        if isinstance(base, dict) and isinstance(head, dict):
            step = next((k for k in head if k not in base or base[k] != head[k]), None)
        elif isinstance(base, list) and isinstance(head, list) and len(base) == len(head):
            step = next((i for i, value in enumerate(head) if value != base[i]), None)
        elif isinstance(base, list) and isinstance(head, list) and max(len(base), len(head)) <= _MOST_ITEMS:
            came = next((i for i, value in enumerate(head) if value not in base), None)
            return tuple(at) if came is None else (*at, *_value(head, (came,)))
        if step is None:
            return tuple(at)
        if isinstance(base, dict) and step not in base:
            return (*at, *_value(head, (step,)))
        base = base.get(step) if isinstance(base, dict) else base[step]
        head = head[step]
        at.append(step)
