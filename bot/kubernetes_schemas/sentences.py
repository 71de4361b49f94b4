"""What the engine found, as problems that a person can act on: one for each mistake, none for what nobody can know here.

Values that the repository does not hold in the open are not judged: masked secrets, values that SOPS encrypted, and, where
the caller says so, variables that only the cluster knows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from itertools import islice
from typing import Any

from bot.kubernetes_schemas import formats, problem, repeated
from bot.kubernetes_schemas.places import at, quoted, steady, written
from bot.kubernetes_schemas.problem import Place, Problem
from bot.kubernetes_schemas.schema_walk import fields_of, schema_at, types_of
from bot.kubernetes_schemas.validator import Found

MOST = 50  # problems of one object: a generated file may be wrong a million times
_HIDDEN = re.compile(r"<(?:secret(?: credential)?|named(?: number)?) [0-9a-f]{16}>|ENC\[AES256_GCM,data:")
_HIDDEN_NUMBER = re.compile(r"<named number [0-9a-f]{16}>\Z")
_VARIABLE = re.compile(r"\$\{[^}]{0,200}\}")
_KINDS = {
    "integer": "a whole number",
    "number": "a number",
    "string": "a text",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
}
# Repeated items that the API server takes with a warning (the last one wins); server-side apply refuses them all the same.
_TOLERATED = frozenset({"env", "imagePullSecrets", "hostAliases"})


def problems(fields: Any, found: Iterable[Found], schema: dict[str, Any], *, variables: bool = False) -> list[Problem]:
    """The problems of an object, at most ``MOST``. ``variables``: some ``${NAME}`` are filled in by the cluster."""
    return _Words(fields, schema, variables).problems(found)


def hidden(text: str, variables: bool) -> bool:
    """Whether the real text is not known here, see the module."""
    return bool(_HIDDEN.search(text)) or (variables and bool(_VARIABLE.search(text)))


def with_numbers(fields: Any) -> Any:
    """The fields with a number wherever masking took one out: what is judged, not what is shown."""
    if isinstance(fields, dict):
        return {key: with_numbers(value) for key, value in fields.items()}
    if isinstance(fields, list):
        return [with_numbers(value) for value in fields]
    return 0 if _is_hidden_number(fields) else fields


def _is_hidden_number(value: Any) -> bool:
    return isinstance(value, str) and _HIDDEN_NUMBER.match(value) is not None


class _Words:
    def __init__(self, fields: Any, schema: dict[str, Any], variables: bool) -> None:
        self.fields = fields
        self.schema = schema
        self.variables = variables

    def problems(self, found: Iterable[Found]) -> list[Problem]:
        kept: dict[tuple[str, str, Place], Problem] = {}
        for each in found:
            if self._judged(each):
                for said in islice(self._say(each), MOST):
                    kept.setdefault((said.rule, said.mark, said.place), said)
            if len(kept) >= MOST:
                break
        return sorted(kept.values(), key=lambda p: [(isinstance(s, str), str(s).zfill(8)) for s in p.place])[:MOST]

    def _judged(self, found: Found) -> bool:
        value = at(self.fields, found.place)
        if isinstance(value, str) and hidden(value, self.variables):
            return found.keyword == "type" and _is_hidden_number(value)
        # What an object's status lacks is the cluster's business: it is written there, and dropped on the way in.
        in_status = found.place[:1] == ("status",) and found.keyword in ("required", "type", "enum", "minItems")
        return not in_status

    def _say(self, found: Found) -> Iterator[Problem]:
        match found.keyword:
            case "additionalProperties":
                yield from (self._unknown(found.place, str(name)) for name in found.params["unexpected"])
            case "required":
                yield self._missing(found.place, str(found.params["property"]))
            case "type":
                yield self._wrong_type(found.place, found.params["types"])
            case "anyOf" | "oneOf":
                yield from self._choice(found)
            case repeated.KEYWORD:
                yield self._repeated(found)
            case "unreadable":
                yield self._problem(
                    problem.BAD_VALUE, (), "holds a value that JSON cannot say", "Remove it.", "unreadable"
                )
            case _:
                yield self._bad_value(found)

    def _problem(
        self, rule: str, place: Place, said: str, fix: str, mark: str = "", *, certain: bool = True
    ) -> Problem:
        subject = written(place) or "The object"
        mark = f"{steady(self.fields, place)} {mark}".strip()
        return Problem(rule, place, f"{subject} {said}.", fix, mark, certain)

    def _unknown(self, place: Place, name: str) -> Problem:
        here = (*place, name)
        known = sorted(fields_of(self.schema, schema_at(self.schema, place)))
        close = nearest(name, known, cutoff=0.75)
        elsewhere = self._elsewhere(place, name)
        if close:
            fix = f"Did you mean {written((*place, close))}?"
        elif elsewhere is not None:
            fix = f"Move it to {written(elsewhere)}, where Kubernetes reads it."
        elif known and len(known) <= 12:
            fix = f"Remove it, or use one of: {', '.join(known)}."
        else:
            fix = "Remove it, or move it to where it belongs."
        return self._problem(
            problem.UNKNOWN_FIELD, here, "is no field of this kind: it is refused, or dropped without effect", fix
        )

    def _elsewhere(self, place: Place, name: str) -> Place | None:
        """The place one level up or down where a field of that name is known."""
        if place and name in fields_of(self.schema, schema_at(self.schema, place[:-1])):
            return (*place[:-1], name)
        here = schema_at(self.schema, place)
        for each, below in fields_of(self.schema, here).items():
            if name in fields_of(self.schema, below):
                return (*place, each, name)
        items = [i for i, step in enumerate(place) if isinstance(step, int)]
        if items and name in fields_of(self.schema, schema_at(self.schema, place[: items[-1] - 1])):
            return (*place[: items[-1] - 1], name)
        return None

    def _missing(self, place: Place, name: str) -> Problem:
        here = (*place, name)
        wanted = schema_at(self.schema, here)
        kind = _listed(types_of(self.schema, wanted)) if wanted else ""
        said = "is missing, and the API server refuses the object without it"
        return self._problem(problem.MISSING_FIELD, here, said, f"Set {written(here)}{f' ({kind})' if kind else ''}.")

    def _wrong_type(self, place: Place, types: list[str]) -> Problem:
        value = at(self.fields, place)
        types = [each for each in types if each != "null"]
        said = f"is {_shown(value)} but must be {_listed(types)}"
        return self._problem(problem.WRONG_TYPE, place, said, _type_fix(value, types, place))

    def _repeated(self, found: Found) -> Problem:
        index, first, keys = json.loads(found.params["message"])
        place = (*found.place, index)
        item = at(self.fields, place)
        what = (
            ", ".join(f"{key} {_shown(item.get(key))}" for key in keys)
            if keys and isinstance(item, dict)
            else _shown(item)
        )
        said = f"repeats {what} of item {first}: items must differ" + (f" by {' and '.join(keys)}" if keys else "")
        certain = not (found.place[-1:] and found.place[-1] in _TOLERATED) and keys != ["containerPort", "protocol"]
        if not certain:
            said += "; the last one wins, and server-side apply refuses both"
        return self._problem(problem.DUPLICATE_ITEM, place, said, "Remove one of them.", certain=certain)

    def _choice(self, found: Found) -> Iterator[Problem]:
        """One problem for alternatives of which none, or more than one, fits."""
        if not found.branches or any(not branch for branch in found.branches):
            yield self._too_many(found)
            return
        judged = [branch for branch in found.branches if all(self._judged(each) for each in branch)]
        if len(judged) < len(found.branches):
            return  # it may fit, for all that can be seen from here
        single = [branch[0] for branch in judged if len(branch) == 1 and branch[0].place == found.place]
        names = [str(each.params["property"]) for each in single if each.keyword == "required"]
        if len(names) == len(judged):
            said = f"must have {_either(names)}"
            yield self._problem(
                problem.MISSING_FIELD, found.place, said, f"Set {_either(names)}.", " or ".join(sorted(names))
            )
            return
        types = [word for each in single if each.keyword == "type" for word in each.params["types"]]
        if len(single) == len(judged) and all(each.keyword == "type" for each in single):
            yield self._wrong_type(found.place, types)
            return
        best = min(judged, key=lambda branch: (len(branch), -max(len(each.place) for each in branch)))
        nearest = self.problems(best)
        said = f"fits none of the {len(judged)} forms that its kind allows"
        fix = f"The nearest one fails because {nearest[0].message}" if nearest else "See the documentation of the kind."
        yield self._problem(problem.BAD_VALUE, found.place, said, fix, found.keyword)

    def _too_many(self, found: Found) -> Problem:
        said = "fits more than one of several forms that its kind allows, and must fit exactly one"
        return self._problem(problem.BAD_VALUE, found.place, said, "Leave only one of them.", found.keyword)

    def _bad_value(self, found: Found) -> Problem:
        value = at(self.fields, found.place)
        shown, params = _shown(value), found.params
        match found.keyword:
            case "enum":
                options = [each for each in params["options"] if each not in (None, "")]
                said, fix = f"is {shown}, which is not allowed", _one_of(value, options)
            case "const":
                said, fix = f"is {shown}, which is not allowed", f"Use {_shown(params.get('expected_value'))}."
            case "pattern" if params["pattern"] == formats.QUANTITY:
                said = f"is {shown}, which is no quantity"
                fix = f'Write a number with one of the suffixes m, k, M, G, T, Ki, Mi, Gi, Ti, such as "{_quantity(value)}".'
            case "pattern":
                said, fix = (
                    f"is {shown}, which has not the form that is asked for",
                    f"It must match {params['pattern'][:120]}",
                )
            case "format":
                wanted = formats.EXPLAINED.get(params["format"], params["format"])
                said, fix = f"is {shown}, which is not {wanted}", _form_fix(value, params["format"], wanted)
            case "not":
                said, fix = "has a form that its kind forbids", "See the documentation of the kind."
            case word if word in _LIMITS:
                said, fix = (
                    f"is {shown}, {_LIMITS[word][0]} {params['limit']}",
                    _LIMITS[word][1].format(params["limit"]),
                )
            case word:
                said, fix = f"is {shown}, which {word} refuses", "See the documentation of the kind."
        return self._problem(problem.BAD_VALUE, found.place, said, fix, found.keyword)


_LIMITS = {
    "minimum": ("which is less than", "Use {} or more."),
    "maximum": ("which is more than", "Use {} or less."),
    "exclusiveMinimum": ("which is not more than", "Use more than {}."),
    "exclusiveMaximum": ("which is not less than", "Use less than {}."),
    "minLength": ("which is shorter than", "Use at least {} characters."),
    "maxLength": ("which is longer than", "Use at most {} characters."),
    "minItems": ("which has fewer items than", "Give at least {}."),
    "maxItems": ("which has more items than", "Give at most {}."),
    "minProperties": ("which has fewer keys than", "Give at least {}."),
    "maxProperties": ("which has more keys than", "Give at most {}."),
}


def _type_fix(value: Any, types: list[str], place: Place) -> str:
    if _is_hidden_number(value) and "string" in types:
        return "Write it in quotes."
    if isinstance(value, str) and value.strip().lower() in ("true", "false") and "boolean" in types:
        return f"Write {value.strip().lower()} without quotes."
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,18}", value) and {"integer", "number"} & set(types):
        return f"Write {value} without quotes."
    if "string" in types and isinstance(value, bool | int | float):
        return f'Write it in quotes: "{json.dumps(value)}".'
    if "array" in types and isinstance(value, dict | str):
        return f"Make {written(place)} a list: begin each of its items with a dash."
    return f"Write {_listed(types)} there." if types else "Remove it."


def _form_fix(value: Any, name: str, wanted: str) -> str:
    number = name in (formats.PORT_NAME, formats.PERCENTAGE) and re.fullmatch(r"\d{1,9}", str(value))
    return f"Write {value} without quotes." if number else f"Write {wanted}."


def _one_of(value: Any, options: list[Any]) -> str:
    texts = [each for each in options if isinstance(each, str)]
    close = nearest(value, texts, cutoff=0.6) if isinstance(value, str) else ""
    shown = ", ".join(quoted(each) if isinstance(each, str) else _shown(each) for each in options[:20])
    shown += ", …" if len(options) > 20 else ""
    return f"Did you mean {quoted(close)}? Allowed: {shown}." if close else f"Use one of: {shown}."


def nearest(word: str, known: Sequence[str], *, cutoff: float) -> str:
    """The known word that was probably meant, whatever its case; "" when there is none, or too much to look through."""
    if len(word) > 60 or len(known) > 500:
        return ""
    folded = {each.lower(): each for each in known}
    found = get_close_matches(word.lower(), folded, n=1, cutoff=cutoff)
    return folded[found[0]] if found else ""


def _quantity(value: Any) -> str:
    """A spelling that is right, near to one that is usually meant."""
    found = re.match(r"\s*(\d{1,12}(?:\.\d{1,3})?)\s*([KkMmGgTt])", str(value))
    return f"{found[1]}{found[2].upper()}i" if found else "512Mi"


def _listed(types: Iterable[str]) -> str:
    return _either([_KINDS[each] for each in types if each in _KINDS]) or "something else"


def _either(words: list[str]) -> str:
    words = list(dict.fromkeys(words))
    return f"{', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else "".join(words)


def _shown(value: Any) -> str:
    """A value in a sentence: short, on one line."""
    if isinstance(value, dict):
        return "a mapping" if value else "an empty mapping"
    if isinstance(value, list):
        return f"a list of {len(value)}" if value else "an empty list"
    if value is None:
        return "null"
    if _is_hidden_number(value):
        return "a number (masked)"
    return f"the text {quoted(value)}" if isinstance(value, str) else json.dumps(value)[:60]
