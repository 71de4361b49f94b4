"""The functions of ApplicationSet templates: Go's own, the common ones of sprig, and Argo CD's.

What is not in the table is refused by name: an unknown function is said, never guessed. Functions that read a
clock, the network, the environment or chance are left out on purpose.
"""

from __future__ import annotations

import hashlib
import json
import math
import posixpath
from collections.abc import Callable

from bot.affected.gotemplate_convert import (
    MOST_TEXT,
    as_json_values,
    dict_of,
    kind_of,
    list_of,
    real,
    string,
    strings,
    text_of,
    whole,
)
from bot.affected.gotemplate_structures import (
    coalesced,
    dig,
    first,
    from_yaml,
    index,
    json_of,
    merge,
    pairs,
    set_key,
    slice_of,
    to_yaml,
    unique,
    until,
)
from bot.affected.gotemplate_text import (
    compiled,
    cut,
    decoded,
    indented,
    normalize,
    part,
    parts,
    printf,
    quoted,
    regex_replace,
    repeated,
    slugify,
    split_map,
    sprint,
    title,
)
from bot.affected.gotemplate_values import TemplateError, Unsupported, formatted, is_true

_Function = Callable[..., object]


def call(name: str, arguments: list[object]) -> object:
    """The result of one function. Raises TemplateError for unknown functions and wrong arguments."""
    function = FUNCTIONS.get(name)
    if function is None:
        raise Unsupported(f"the function {name} is not known here")
    try:
        result = function(*arguments)
    except TemplateError as e:
        raise type(e)(f"{name}: {e}") from e
    except (TypeError, ValueError, IndexError, KeyError, OverflowError, ZeroDivisionError, RecursionError) as e:
        raise TemplateError(f"{name}: wrong arguments ({type(e).__name__})") from e
    if isinstance(result, str) and len(result) > MOST_TEXT:
        raise Unsupported(f"{name}: gives more than {MOST_TEXT} characters")
    return result


def _size(value: object) -> int:
    if isinstance(value, str):
        return len(value.encode("utf-8", "surrogatepass"))
    if not isinstance(value, list | dict):
        raise TemplateError("len of a value without length")
    return len(value)


def _equal(first: object, *others: object) -> bool:
    if not others:
        raise TemplateError("missing argument for comparison")
    return any(_same(first, other) for other in others)


def _same(a: object, b: object) -> bool:
    if a is None or b is None:
        return a is b
    if kind_of(a) != kind_of(b):
        raise TemplateError("incompatible types for comparison")
    return a == b


def _ordered(compare: Callable[[int | float | str, int | float | str], bool]) -> _Function:
    def function(a: object, b: object) -> bool:
        if kind_of(a) != kind_of(b) or not isinstance(a, str | int | float) or not isinstance(b, str | int | float):
            raise TemplateError("incompatible types for comparison")
        return compare(a, b)

    return function


def _sum(*values: object) -> int:
    return sum(whole(value) for value in values)


def _product(*values: object) -> int:
    return math.prod(whole(value) for value in values[:20])


def _divided(a: object, b: object) -> int:
    x, y = whole(a), whole(b)
    return abs(x) // abs(y) * (1 if (x < 0) == (y < 0) else -1)


def _ternary(yes: object, no: object, condition: object) -> object:
    if not isinstance(condition, bool):
        raise TemplateError("the condition must be true or false")
    return yes if condition else no


def _default(default: object, *given: object) -> object:
    return given[0] if given and is_true(given[0]) else default


def _fail(message: object) -> object:
    raise TemplateError(f"the template says: {text_of(message)[:200]}")


def _encoded(value: object) -> str:
    import base64

    return base64.b64encode(text_of(value).encode()).decode()


def _rounded(value: object, places: object) -> float:
    scale: float = 10.0 ** min(whole(places), 12)
    return math.floor(real(value) * scale + 0.5) / scale


_GO: dict[str, _Function] = {
    "not": lambda a: not is_true(a),
    "eq": _equal,
    "ne": lambda a, b: not _same(a, b),
    "lt": _ordered(lambda a, b: a < b),  # type: ignore[operator]
    "le": _ordered(lambda a, b: a <= b),  # type: ignore[operator]
    "gt": _ordered(lambda a, b: a > b),  # type: ignore[operator]
    "ge": _ordered(lambda a, b: a >= b),  # type: ignore[operator]
    "index": index,
    "len": _size,
    "slice": slice_of,
    "print": sprint,
    "printf": printf,
    "println": lambda *values: " ".join(formatted(v) for v in values) + "\n",
}
_TEXT: dict[str, _Function] = {
    "trim": lambda s: text_of(s).strip(),
    "trimAll": lambda a, s: text_of(s).strip(text_of(a)),
    "trimall": lambda a, s: text_of(s).strip(text_of(a)),
    "trimPrefix": lambda a, s: text_of(s).removeprefix(text_of(a)),
    "trimSuffix": lambda a, s: text_of(s).removesuffix(text_of(a)),
    "upper": lambda s: text_of(s).upper(),
    "lower": lambda s: text_of(s).lower(),
    "title": title,
    "untitle": lambda s: text_of(s)[:1].lower() + text_of(s)[1:],
    "trunc": cut,
    "substr": part,
    "repeat": repeated,
    "replace": lambda old, new, s: text_of(s).replace(text_of(old), text_of(new)),
    "contains": lambda a, s: text_of(a) in text_of(s),
    "hasPrefix": lambda a, s: text_of(s).startswith(text_of(a)),
    "hasSuffix": lambda a, s: text_of(s).endswith(text_of(a)),
    "nospace": lambda s: "".join(text_of(s).split()),
    "quote": quoted,
    "squote": lambda *values: " ".join(f"'{string(v)}'" for v in values if v is not None),
    "cat": lambda *values: " ".join(string(v) for v in values if v is not None),
    "indent": indented,
    "nindent": lambda width, s: "\n" + indented(width, s),
    "toString": string,
    "toStrings": strings,
    "split": split_map,
    "splitList": parts,
    "join": lambda separator, values: text_of(separator).join(strings(values)),
    "sortAlpha": lambda values: sorted(strings(values)),
    "b64enc": _encoded,
    "b64dec": decoded,
    "sha1sum": lambda s: hashlib.sha1(text_of(s).encode(), usedforsecurity=False).hexdigest(),
    "sha256sum": lambda s: hashlib.sha256(text_of(s).encode()).hexdigest(),
    "base": lambda s: text_of(s).rstrip("/").rpartition("/")[2] or ("/" if text_of(s) else "."),
    "dir": lambda s: posixpath.normpath(posixpath.dirname(text_of(s)) or "."),
    "clean": lambda s: posixpath.normpath(text_of(s) or "."),
    "ext": lambda s: "." + text_of(s).rpartition("/")[2].rpartition(".")[2] if "." in text_of(s) else "",
    "regexMatch": lambda p, s: compiled(p, s).search(text_of(s)) is not None,
    "regexFind": lambda p, s: m.group() if (m := compiled(p, s).search(text_of(s))) else "",
    "regexFindAll": lambda p, s, n: [m.group() for m in compiled(p, s).finditer(text_of(s))][: _limit(n)],
    "regexReplaceAll": regex_replace,
    "regexReplaceAllLiteral": lambda p, s, new: compiled(p, s).sub(lambda _: text_of(new), text_of(s)),
    "normalize": lambda s: normalize(text_of(s)),
    "slugify": slugify,
    "fail": _fail,
}
_NUMBERS: dict[str, _Function] = {
    "add": _sum,
    "add1": lambda a: whole(a) + 1,
    "sub": lambda a, b: whole(a) - whole(b),
    "mul": _product,
    "div": _divided,
    "mod": lambda a, b: whole(a) - _divided(a, b) * whole(b),
    "max": lambda *values: max(whole(v) for v in values),
    "min": lambda *values: min(whole(v) for v in values),
    "floor": lambda a: float(math.floor(real(a))),
    "ceil": lambda a: float(math.ceil(real(a))),
    "round": _rounded,
    "int": whole,
    "int64": whole,
    "float64": real,
    "atoi": lambda a: whole(text_of(a)),
    "until": until,
}
_STRUCTURES: dict[str, _Function] = {
    "default": _default,
    "empty": lambda a: not is_true(a),
    "coalesce": coalesced,
    "ternary": _ternary,
    "all": lambda *values: all(is_true(v) for v in values),
    "any": lambda *values: any(is_true(v) for v in values),
    "list": lambda *values: list(values),
    "tuple": lambda *values: list(values),
    "first": first,
    "last": lambda values: first(values, last=True),
    "rest": lambda values: list_of(values)[1:],
    "initial": lambda values: list_of(values)[:-1],
    "append": lambda values, v: [*list_of(values), v],
    "prepend": lambda values, v: [v, *list_of(values)],
    "concat": lambda *lists: [v for values in lists for v in list_of(values)],
    "has": lambda v, values: v in list_of(values or []),
    "without": lambda values, *omit: [v for v in list_of(values) if v not in omit],
    "uniq": unique,
    "compact": lambda values: [v for v in list_of(values) if is_true(v)],
    "reverse": lambda values: list_of(values)[::-1],
    "dict": pairs,
    "get": lambda d, key: dict_of(d).get(text_of(key), ""),
    "set": set_key,
    "hasKey": lambda d, key: text_of(key) in dict_of(d),
    "keys": lambda *dicts: sorted(key for d in dicts for key in dict_of(d)),
    "values": lambda *dicts: [v for d in dicts for _, v in sorted(dict_of(d).items())],
    "pick": lambda d, *names: {key: v for key, v in dict_of(d).items() if key in names},
    "omit": lambda d, *names: {key: v for key, v in dict_of(d).items() if key not in names},
    "merge": merge,
    "mergeOverwrite": lambda *dicts: merge(*reversed(dicts)),
    "dig": dig,
    "kindOf": kind_of,
    "kindIs": lambda kind, v: kind_of(v) == kind,
    "toJson": json_of,
    "toPrettyJson": lambda v: json.dumps(v, indent=2, sort_keys=True, ensure_ascii=False),
    "fromJson": lambda s: as_json_values(json.loads(text_of(s))),
    "toYaml": to_yaml,
    "fromYaml": lambda s: dict_of(from_yaml(s) or {}),
    "fromYamlArray": lambda s: list_of(from_yaml(s) or []),
}
FUNCTIONS: dict[str, _Function] = {**_TEXT, **_NUMBERS, **_STRUCTURES, **_GO}


def _limit(count: object) -> int | None:
    return None if whole(count) < 0 else whole(count)
