"""Parameters that are the same for every Application of a generator: what it writes under ``values`` without a placeholder.
They tell which files the Applications of a cluster may read that nobody here knows: of an add-on those of this add-on."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot.affected.fields import Fields

_DEEPEST = 4
_NESTED = ("matrix", "merge")
_NO_OTHERS = (
    "clusters",
    "clusterDecisionResource",
    "git",
    "pullRequest",
    "scmProvider",
)  # give no values but their own
_GO = re.compile(r"\{\{\s*\.values\.([A-Za-z0-9_]+)\s*\}\}")
_FLAT = re.compile(r"\{\{\s*values\.([A-Za-z0-9_.-]+)\s*\}\}")


def filled_in(template: object, generator: Fields, *, go: bool) -> object:
    """The template with these parameters filled in; all else stays as written. Raises WrongShape."""
    told = {name: value for name, value in (_values(generator, 0) or {}).items() if value is not None}
    return _filled(template, told, _GO if go else _FLAT) if told else template


def _filled(value: object, told: Mapping[str, str], placeholder: re.Pattern[str]) -> object:
    if isinstance(value, str):
        return placeholder.sub(lambda found: told.get(found[1], found[0]), value)
    if isinstance(value, Mapping):
        return {key: _filled(item, told, placeholder) for key, item in value.items()}
    return [_filled(item, told, placeholder) for item in value] if isinstance(value, list) else value


def _values(generator: Fields, depth: int) -> dict[str, str | None] | None:
    """The values by name, None for one that differs; None for a generator that may give any."""
    kinds = [kind for kind in generator.mapping() if kind not in ("selector", "template")]
    if len(kinds) != 1 or depth > _DEEPEST:
        return None
    options = generator.child(kinds[0])
    if kinds[0] in _NESTED:
        return _nested(options, depth, merge=kinds[0] == "merge")
    if kinds[0] not in _NO_OTHERS or options.has("files"):  # a parameter file may say values
        return None
    return {name: None if "{{" in value else value for name, value in options.strings("values").items()}


def _nested(options: Fields, depth: int, *, merge: bool) -> dict[str, str | None] | None:
    found: dict[str, str | None] = {}
    for number, child in enumerate(options.children("generators")):
        values = _values(child, depth + 1)
        if values is None:
            return None
        for name, value in values.items():
            only_some = merge and number > 0 and name not in found  # laid over those that it matches
            found[name] = None if only_some or found.get(name, value) != value else value
    return found
