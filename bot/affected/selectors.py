"""Label selectors: ``matchLabels`` and ``matchExpressions``."""

from __future__ import annotations

from collections.abc import Mapping

from bot.affected.fields import Fields, Wrong


def matches_selector(selector: Fields, labels: Mapping[str, str]) -> bool:
    """Whether ``labels`` match. Raises Unrenderable for an operator that Kubernetes does not know, WrongShape."""
    if any(labels.get(key) != value for key, value in selector.strings("matchLabels").items()):
        return False
    return all(_holds(expression, labels) for expression in selector.children("matchExpressions"))


def _holds(expression: Fields, labels: Mapping[str, str]) -> bool:
    key, operator, values = expression.text("key"), expression.text("operator"), expression.texts("values")
    if operator == "In":
        return labels.get(key) in values
    if operator == "NotIn":
        return key not in labels or labels[key] not in values
    if operator in ("Exists", "DoesNotExist"):
        return (key in labels) == (operator == "Exists")
    raise Wrong(f"{expression.where}.operator must be In, NotIn, Exists or DoesNotExist, not {operator!r}")
