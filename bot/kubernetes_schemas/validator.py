"""The one module that knows the JSON Schema engine (jsonschema-rs): schemas in, plain findings out.

Nothing is ever fetched, and every regular expression runs in time linear in the text: the engine without backtracking.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Any

from bot.kubernetes_schemas import formats, repeated
from bot.kubernetes_schemas.problem import Place

_LARGEST_PATTERN = 256 * 1024  # bytes of a compiled expression; a larger one may cost seconds for each 100 KB of text
_MOST_FOUND = 2000  # in one object, of which fewer are said: some are about values that nobody knows here
# Compiled size to the states that each character of a text may have to go through.
_WEIGHTS = ((8 * 1024, 60), (32 * 1024, 350), (_LARGEST_PATTERN, 3000))


@dataclass(frozen=True, slots=True)
class Found:
    """A failed keyword. ``params`` are the keyword's own words: ``unexpected``, ``property``, ``types``, ``options``,
    ``limit``, ``pattern``, ``format``, ``message``. ``branches`` are the findings of each alternative of anyOf/oneOf."""

    keyword: str
    place: Place
    params: dict[str, Any]
    branches: tuple[tuple[Found, ...], ...] = ()


class SchemaError(Exception):
    """The engine does not take the schema."""


class Validator:
    """A compiled schema (draft 2020-12)."""

    def __init__(self, schema: dict[str, Any]) -> None:
        """Raises SchemaError."""
        self.schema = schema
        self._compiled = _compile(schema)

    def found(self, value: Any) -> list[Found]:
        """What is wrong with a value, in the engine's order; an empty list for nearly all, at once."""
        try:
            if self._compiled.is_valid(value):
                return []
            return [_found(error, value) for error in islice(self._compiled.iter_errors(value), _MOST_FOUND)]
        except (ValueError, OverflowError, RecursionError) as error:  # what no JSON can say
            return [Found("unreadable", (), {"message": str(error)[:200]})]


def _compile(schema: dict[str, Any]) -> Any:
    import jsonschema_rs

    try:
        return jsonschema_rs.Draft202012Validator(
            schema,
            validate_formats=True,
            formats=formats.FUNCTIONS,
            keywords={repeated.KEYWORD: repeated.Repeated},
            pattern_options=jsonschema_rs.RegexOptions(size_limit=_LARGEST_PATTERN),
            offline=True,
        )
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError, RecursionError) as error:
        raise SchemaError(str(error)[:300]) from None


def _found(error: Any, value: Any) -> Found:
    kind = error.kind
    context = getattr(kind, "context", None)
    branches = tuple(tuple(_found(each, value) for each in branch) for branch in context or ())
    params = {} if context is not None else {**kind.as_dict()}
    return Found(kind.name, _place(error.instance_path, value), params, branches)


def _place(path: list[str | int], value: Any) -> Place:
    """The engine tells keys that look like numbers as numbers, and 01 as 1."""
    place: list[str | int] = []
    for step in path:
        if isinstance(step, int) and isinstance(value, dict):
            key = (
                str(step)
                if str(step) in value
                else next((k for k in value if len(k) < 20 and k.isdecimal() and int(k) == step), str(step))
            )
            place.append(key)
        else:
            place.append(step)
        try:
            value = value[place[-1]]
        except (KeyError, IndexError, TypeError):
            value = None
    return tuple(place)


@cache
def pattern_weight(pattern: str) -> int | None:
    """How costly a regular expression is for each character at worst; None when the engine does not take it."""
    import jsonschema_rs

    for size, weight in _WEIGHTS:
        try:
            jsonschema_rs.Draft202012Validator(
                {"pattern": pattern}, pattern_options=jsonschema_rs.RegexOptions(size_limit=size), offline=True
            )
            return weight
        except (jsonschema_rs.ValidationError, ValueError):
            continue
    return None


_NOT_IN_GO = re.compile(r"(?<!\\)(?:\\\\)*(?:\(\?(?:[=!]|<[=!]|>|\()|\\[1-9])")


def certainly_broken(pattern: str) -> str:
    """Why the API server refuses an expression that the engine does not take; "" when it may accept it (Go reads a few
    spellings that this engine does not, and large ones)."""
    if _NOT_IN_GO.search(pattern):
        return "looks around or refers back, which the API server's regular expressions cannot"
    try:
        re.compile(pattern)
    except re.error as error:
        wrong = ("unterminated", "missing )", "unbalanced", "nothing to repeat", "bad escape (end of pattern)")
        return f"is no regular expression ({error.msg})" if error.msg.startswith(wrong) else ""
    except (OverflowError, RecursionError):
        return ""
    return ""
