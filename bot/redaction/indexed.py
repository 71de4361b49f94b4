"""Parameters that set an entry of a list part by part, as ``helm --set`` writes it and Argo CD lists it: ``env[1].name`` is
``DB_PASSWORD``, and ``env[1].value`` is the password."""

from __future__ import annotations

from typing import Any

_NAME, _VALUE = ".name", ".value"


def called(items: list[Any]) -> dict[str, str]:
    """What the value of a parameter is called by another one of the list, by its name (``env[1].value``)."""
    pairs = [(item.get("name"), item.get("value")) for item in items if isinstance(item, dict)]
    return {
        f"{name.removesuffix(_NAME)}{_VALUE}": value
        for name, value in pairs
        if isinstance(name, str) and name.endswith(_NAME) and isinstance(value, str)
    }
