"""Objects that make pods: their pods' labels and specification, and whether a selector means them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

Path = tuple[str | int, ...]
_TEMPLATES: tuple[Path, ...] = (("spec", "template"), ("spec", "jobTemplate", "spec", "template"))


class Template(NamedTuple):
    """What a workload makes its pods of. ``at`` is where it stands; of a Pod it is the object itself."""

    at: Path
    labels: dict[str, Any]
    spec: dict[str, Any]


def template(fields: Mapping[str, Any]) -> Template | None:
    """The template of a workload, of Kubernetes' own kinds or of one that is written like them; None for anything else."""
    for at in ((), *_TEMPLATES) if fields.get("kind") == "Pod" else _TEMPLATES:
        value: Any = fields
        for key in at:
            value = value.get(key) if isinstance(value, dict) else None
        spec = value.get("spec") if isinstance(value, dict) else None
        if isinstance(spec, dict) and isinstance(spec.get("containers"), list):
            metadata = value.get("metadata")
            labels = metadata.get("labels") if isinstance(metadata, dict) else None
            return Template(at, labels if isinstance(labels, dict) else {}, spec)
    return None


def selects(labels: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Whether all of ``wanted`` are among the labels."""
    return all(labels.get(key) == value for key, value in wanted.items())


def holds(labels: Mapping[str, Any], expression: Any) -> bool | None:
    """Whether one of ``matchExpressions`` holds; None for one that is malformed."""
    if not isinstance(expression, dict) or not isinstance(expression.get("key"), str):
        return None
    value, operator, values = labels.get(expression["key"]), expression.get("operator"), expression.get("values")
    if operator in ("Exists", "DoesNotExist"):
        return (value is not None) is (operator == "Exists")
    if operator in ("In", "NotIn") and isinstance(values, list):
        return (value in values) is (operator == "In")
    return None
