"""What a plain YAML scalar means to Kubernetes: the rules of go-yaml v2, which sigs.k8s.io/yaml reads with.

Source: ``resolve.go`` of go.yaml.in/yaml/v2 (words, number forms, no sexagesimal, dates stay strings) and
``convertToJSONableObject`` of sigs.k8s.io/yaml (keys become strings).
"""

from __future__ import annotations

import math
import re
import struct
from functools import lru_cache

Scalar = str | int | float | bool | None

_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}
_HINTS = frozenset("+-.0123456789yYnNtTfFoO~")
_INT = re.compile(r"[-+]?(?:0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+|0[0-7]*|[1-9][0-9]*)\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
# Other readers' numbers and times: YAML 1.1 base 60 and timestamps, as PyYAML and Ruby read them.
_SEXAGESIMAL = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?\Z")
_TIMESTAMP = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt \t].*)?\Z")
_DOT_FLOAT = re.compile(r"\.[0-9](?:_?[0-9])*(?:[eE][-+]?[0-9](?:_?[0-9])*)?\Z")
_LONGEST_INT = 70  # 64 binary digits, prefix and sign: longer cannot fit 64 bits
_MAX_UINT64 = 2**64 - 1


def resolve(text: str) -> Scalar:
    """The value of a plain (unquoted, untagged) scalar."""
    if text and text[0] not in _HINTS:
        return text
    return _resolve_cached(text) if len(text) <= 40 else _resolve(text)


def _resolve(text: str) -> Scalar:
    if text in _WORDS:
        return _WORDS[text]
    if text[0] in "yYnNtTfFoO~":
        return text
    plain = text.replace("_", "")
    number: int | float | None = None if text[0] == "." else _integer(plain)
    if number is None and (_DOT_FLOAT.match(text) if text[0] == "." else _FLOAT.match(plain)):
        number = float(plain)
        if math.isinf(number):  # out of range: go keeps the string
            return text
    return text if number is None else number


_resolve_cached = lru_cache(maxsize=4096)(_resolve)


def _integer(plain: str) -> int | None:
    """As Go's ParseInt and ParseUint with base 0; None when it is none or does not fit 64 bits."""
    if len(plain) > _LONGEST_INT or not _INT.match(plain):
        return None
    digits = plain.lstrip("+-")
    base = {"x": 16, "o": 8, "b": 2}.get(digits[1:2].lower(), 8 if digits[0] == "0" else 10)
    value = int(plain, base)
    largest = 2**63 - 1 if plain[0] == "+" else _MAX_UINT64
    return value if -(2**63) <= value <= largest else None


def is_ambiguous(text: str) -> bool:
    """Whether any reader (go-yaml, YAML 1.1, YAML 1.2) takes this plain scalar for something other than a string."""
    if text in ("=", "<<") or text in _WORDS:
        return True
    if text[0] not in "+-.0123456789":
        return False
    plain = text.replace("_", "")
    return any(p.match(t) for p, t in ((_INT, plain), (_FLOAT, plain), (_SEXAGESIMAL, text), (_TIMESTAMP, text)))


def key_text(key: Scalar) -> str:
    """A mapping key as Kubernetes sees it: always a string. ``key`` is not None (null keys are refused)."""
    if isinstance(key, str):
        return key
    if isinstance(key, bool):
        return "true" if key else "false"
    return _float32_text(key) if isinstance(key, float) else str(key)


def _float32_text(value: float) -> str:
    """Go's ``FormatFloat(value, 'g', -1, 32)``: shortest digits that name the same 32-bit number."""
    try:
        single = struct.unpack("f", struct.pack("f", value))[0]
    except OverflowError:
        single = math.copysign(math.inf, value)
    if math.isnan(single):
        return ".nan"
    if math.isinf(single):
        return ".inf" if single > 0 else "-.inf"
    shortest = next(t for p in range(17) if _as_single(t := f"{single:.{p}e}") == single)
    if -4 <= int(shortest.partition("e")[2]) < 6:
        from decimal import Decimal

        return f"{Decimal(shortest):f}"
    return shortest


def _as_single(text: str) -> float:
    single: float = struct.unpack("f", struct.pack("f", float(text)))[0]
    return single
