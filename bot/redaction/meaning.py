"""How much names mean where they stand: see ``named.Where``."""

from __future__ import annotations

from typing import Any

from bot.redaction.named import Where

VALUES = ("values", "valuesObject")  # of charts, in Flux and Argo CD objects


def inside(name: str, fields: dict[str, Any], where: Where | None) -> Where | None:
    """How much names mean in what a field holds: much in the data of a ConfigMap and the values of a chart."""
    if where is None:
        return None
    if name == "spec" and fields.get("kind") == "SealedSecret":
        return Where.SEALED
    if where is Where.SEALED:
        return Where.VALUES
    of_map = name == "data" and fields.get("kind") == "ConfigMap"
    return Where.VALUES if of_map or name in VALUES else where


def of_text(value: dict[str, Any] | list[Any], where: Where) -> Where:
    """How much names mean in a document within a text: an object has fields."""
    is_object = isinstance(value, dict) and isinstance(value.get("kind"), str) and "apiVersion" in value
    return Where.FIELDS if is_object else where


def called_by(fields: dict[str, Any]) -> str:
    """What a mapping calls the value in it: ``name: DB_PASSWORD``, or Keycloak's ``type: password``; "" if nothing."""
    name = fields.get("name")
    if isinstance(name, str):
        return name
    return "password" if fields.get("type") == "password" else ""


def patched(fields: dict[str, Any]) -> str | None:
    """The name of the place that an operation of a JSON patch writes to; None for another mapping."""
    path = fields.get("path")
    if not isinstance(path, str) or not path.startswith("/") or fields.get("op") not in ("add", "replace", "test"):
        return None
    return path.rpartition("/")[2].replace("~1", "/").replace("~0", "~")
