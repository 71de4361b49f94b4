"""``sprintf`` as OPA does it (Go's fmt): regorus formats width, flags, bases and wrong types in its own way.

Numbers arrive as int and float, strings as text; everything else is formatted as Rego writes it.
"""

from __future__ import annotations

import json
import re

_VERB = re.compile(r"%(?P<flags>[-+# 0]*)(?P<width>\d{1,3})?(?:\.(?P<precision>\d{0,3}))?(?P<verb>.)", re.DOTALL)
_TEXT_VERBS, _INTEGER_VERBS, _FLOAT_VERBS = "vsqxX", "vdxXobcqU", "vfFeEgG"


def sprintf(words: object, values: object) -> str:
    """Raises ValueError for what is no format with a list."""
    if not isinstance(words, str) or not isinstance(values, list):
        raise ValueError("sprintf takes a text and an array")
    waiting = [value if _is_plain(value) else rego(value) for value in values]
    taken = 0

    def put(match: re.Match[str]) -> str:
        nonlocal taken
        if match["verb"] == "%":
            return "%"
        if taken >= len(waiting):
            return f"%!{match['verb']}(MISSING)"
        taken += 1
        value = waiting[taken - 1]
        return _type(value) if match["verb"] == "T" else _format(match, value)

    text = _VERB.sub(put, words)
    extra = ", ".join(f"{_type(value)}={_plain(value)}" for value in waiting[taken:])
    return f"{text}%!(EXTRA {extra})" if extra else text


def _is_plain(value: object) -> bool:
    return isinstance(value, (int, float, str)) and not isinstance(value, bool)


def _type(value: object) -> str:
    return {int: "int64", float: "float64"}.get(type(value), "string")


def _plain(value: object) -> str:
    return _shortest(value) if isinstance(value, float) else str(value)


def _format(match: re.Match[str], value: object) -> str:
    verb, flags = match["verb"], match["flags"]
    allowed = {int: _INTEGER_VERBS, float: _FLOAT_VERBS}.get(type(value), _TEXT_VERBS)
    if verb not in allowed:
        return f"%!{verb}({_type(value)}={_plain(value)})"
    text = _text(verb, flags, match["precision"], value)
    if "+" in flags and not isinstance(value, str) and not text.startswith("-"):
        text = "+" + text
    width = int(match["width"] or 0)
    if "-" in flags:
        return text.ljust(width)
    if "0" in flags and not isinstance(value, str):
        return text.zfill(width)
    return text.rjust(width)


def _text(verb: str, flags: str, precision: str | None, value: object) -> str:
    if isinstance(value, str):
        shown = value if precision is None else value[: int(precision or 0)]
        return _text_as(verb, shown)
    if isinstance(value, float):
        if verb == "v" or (verb in "gG" and precision is None):
            return _shortest(value)
        return _exponent(f"{value:{'.' + (precision or '6')}{verb}}")
    assert isinstance(value, int)
    if verb == "c":
        return chr(value)
    if verb == "q":
        return f"'{chr(value)}'"
    if verb == "U":
        return f"U+{value:04X}"
    form = {"v": "d", "o": "o", "b": "b"}.get(verb, verb)
    return f"{value:{'#' if '#' in flags and verb in 'xX' else ''}{form}}"


def _text_as(verb: str, text: str) -> str:
    if verb == "q":
        return quoted(text)
    if verb in "xX":
        digits = text.encode().hex()
        return digits if verb == "x" else digits.upper()
    return text


def _shortest(value: float) -> str:
    """%v of a float64: the shortest form, an exponent below 1e-4 and from 1e21 on."""
    if value != 0 and not 1e-4 <= abs(value) < 1e21:
        return _exponent(repr(value) if "e" in repr(value) else f"{value:e}")
    text = repr(value)
    if "e" in text:
        text = f"{value:.0f}"
    return text.removesuffix(".0")


def _exponent(text: str) -> str:
    head, mark, power = text.partition("e")
    if not mark:
        return text
    sign = power[0] if power[0] in "+-" else "+"
    return f"{head.removesuffix('.0')}e{sign}{power.lstrip('+-').zfill(2)}"


def quoted(text: str) -> str:
    """A string as Rego writes it."""
    return json.dumps(text, ensure_ascii=False)


def rego(value: object) -> str:
    """A value as Rego writes it: sets in braces, keys and members in Rego's order."""
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(rego, value))}]"
    if isinstance(value, dict):
        pairs = sorted(value.items(), key=lambda pair: order(pair[0]))
        return "{" + ", ".join(f"{rego(key)}: {rego(member)}" for key, member in pairs) + "}"
    if isinstance(value, (set, frozenset)):
        return "{" + ", ".join(map(rego, sorted(value, key=order))) + "}" if value else "set()"
    return _plain(value)


def order(value: object) -> tuple[int, object]:
    """Rego's order of types, then of values."""
    if value is None or isinstance(value, bool):
        return (1, int(value)) if value is not None else (0, 0)
    if isinstance(value, (int, float)):
        return 2, value
    if isinstance(value, str):
        return 3, value.encode()
    return 4, rego(value)
