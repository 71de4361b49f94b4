"""Amounts of storage, memory and CPU as Kubernetes writes them (apimachinery, resource.Quantity)."""

from __future__ import annotations

import re
from fractions import Fraction

_FORM = re.compile(
    r"([+-]?(?:[0-9]{1,30}\.?[0-9]{0,30}|\.[0-9]{1,30}))(?:[eE]([+-]?[0-9]{1,2})|([numkMGTPE]|[KMGTPE]i)?)\Z"
)
_SMALL = {"n": Fraction(1, 10**9), "u": Fraction(1, 10**6), "m": Fraction(1, 1000), "k": Fraction(1000)}
_SUFFIXES = (
    _SMALL
    | {letter: Fraction(1000**power) for power, letter in enumerate("MGTPE", 2)}
    | {f"{letter}i": Fraction(1024**power) for power, letter in enumerate("KMGTPE", 1)}
)


def quantity(value: object) -> Fraction | None:
    """The amount; None for a text that is none, or one beyond all reason."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    found = _FORM.match(str(value)) if len(str(value)) < 80 else None
    if found is None:
        return None
    number, exponent, suffix = found.groups()
    return Fraction(number) * (Fraction(10) ** int(exponent) if exponent else _SUFFIXES.get(suffix or "", Fraction(1)))
