"""Built-in functions that regorus has, but with other answers than OPA: these take their place, after Go's standard library.

Each takes what regorus gives (texts as str, sets as set, objects as dict) and raises ValueError for what it does not take:
an error of the rule, as on a server.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote_plus

_DOTTED_I = "\u0130"  # the one letter whose small form is two in Unicode's full mapping and one in Go


def upper(text: object) -> str:
    """strings.ToUpper: letter by letter, so ß stays."""
    return "".join(up if len(up := one.upper()) == 1 else one for one in _text(text))


def lower(text: object) -> str:
    """strings.ToLower: letter by letter."""
    return "".join("i" if one == _DOTTED_I else one.lower() for one in _text(text))


def replace_n(patterns: object, text: object) -> str:
    """strings.NewReplacer: in one go over the text, the first pattern of the sorted ones that fits."""
    if not isinstance(patterns, dict) or not all(isinstance(part, str) for pair in patterns.items() for part in pair):
        raise ValueError("strings.replace_n takes an object of texts and a text")
    if not patterns:
        return _text(text)
    either = "|".join(re.escape(pattern) for pattern in sorted(patterns, key=str.encode))
    return re.sub(either, lambda match: str(patterns[match[0]]), _text(text))


def encode(text: object) -> str:
    """url.QueryEscape: letters, digits and -_.~ stay, a blank is +."""
    return quote_plus(_text(text), safe="")


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("a text is expected")
    return value


REPLACED: dict[str, tuple[int, Callable[..., str]]] = {
    "upper": (1, upper),
    "lower": (1, lower),
    "strings.replace_n": (2, replace_n),
    "urlquery.encode": (1, encode),
}
