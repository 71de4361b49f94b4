"""A keyword of our own for lists whose items must differ (``x-kubernetes-list-type: map`` and ``set``).

``{"keys": ["name"], "defaults": {}}`` compares items by these fields, ``{"keys": []}`` by their whole value. An item without
a key takes its default; items that lack one still are left to the rest of the schema.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

KEYWORD = "gatehouseRepeated"
MOST = 20  # findings for one list: it may hold a million equal items


class Repeated:
    """The engine makes one for each place in a schema and calls ``iter_errors`` for each list that stands there."""

    def __init__(self, _parent: dict[str, Any], value: Any, _path: list[str | int]) -> None:
        self._keys: list[str] = value["keys"]
        self._defaults: dict[str, Any] = value.get("defaults", {})

    def validate(self, value: Any) -> None:
        for error in self.iter_errors(value):
            raise error

    def iter_errors(self, value: Any) -> Iterator[ValueError]:
        """One error for each item that stands in the list already; its text is JSON: ``[index, first index, keys]``."""
        if isinstance(value, list):
            for index, first in duplicates(value, self._keys, self._defaults)[:MOST]:
                yield ValueError(json.dumps([index, first, self._keys]))


def duplicates(items: list[Any], keys: list[str], defaults: dict[str, Any]) -> list[tuple[int, int]]:
    """Each item that repeats an earlier one, as (its index, the first one's)."""
    first: dict[str, int] = {}
    found = []
    for index, item in enumerate(items):
        identity = _identity(item, keys, defaults)
        if identity is None:
            continue
        if identity in first:
            found.append((index, first[identity]))
        else:
            first[identity] = index
    return found


def _identity(item: Any, keys: list[str], defaults: dict[str, Any]) -> str | None:
    if not keys:
        return json.dumps(item, sort_keys=True, default=str)
    if not isinstance(item, dict):
        return None
    values = [item.get(key, defaults.get(key)) for key in keys]
    return None if any(value is None for value in values) else json.dumps(values, sort_keys=True, default=str)
