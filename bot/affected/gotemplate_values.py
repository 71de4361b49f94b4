"""Values of Go templates: truth, printing, and the error that all of the template room raises."""

from __future__ import annotations

import math
from decimal import Decimal

from bot.errors import UserError


class TemplateError(UserError):
    """A template cannot be evaluated; the text says why, without the template itself."""


class Unsupported(TemplateError):
    """It cannot be evaluated here: Argo CD may well do it."""


class Unparsable(TemplateError):
    """It is not written as a template must be, whatever it is evaluated on."""


class NoFunction(Unparsable):
    """A parameter that stands where only a function may: Go refuses the template when it reads it."""

    def __init__(self, name: str) -> None:
        more = " (of a git generator .path.path, .path.basename ...)" if name == "path" else ""
        super().__init__(f"there is no function {name}; with goTemplate the parameter is written .{name}{more}")


class Texts(dict[str, str]):
    """Go's map[string]string, of which ``index`` gives "" for a key that is not there."""


def is_true(value: object) -> bool:
    """Go's truth: false, 0, nil and everything empty are not."""
    return bool(value)


def printed(value: object) -> str:
    """A value as ``{{ }}`` prints it (fmt's %v)."""
    return "<no value>" if value is None else formatted(value)


def formatted(value: object) -> str:
    """fmt's %v: maps and lists as Go shows them, large numbers with an exponent."""
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return go_float(value)
    if isinstance(value, list):
        return "[" + " ".join(formatted(element) for element in value) + "]"
    if isinstance(value, dict):
        return "map[" + " ".join(f"{key}:{formatted(value[key])}" for key in sorted(value)) + "]"
    return str(value)


def go_float(value: float) -> str:
    """%v of a float64: the shortest digits, with an exponent below 1e-4 and from 1e6 on (1000000 is 1e+06)."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "+Inf" if value > 0 else "-Inf"
    if value == 0 or 1e-4 <= abs(value) < 1e6:
        return repr(value).removesuffix(".0")
    _, digits, shift = Decimal(repr(value)).as_tuple()
    text = "".join(str(digit) for digit in digits)
    exponent = len(text) - 1 + int(shift)
    text = text.rstrip("0")
    mantissa = text[0] + ("." + text[1:] if text[1:] else "")
    return f"{'-' if value < 0 else ''}{mantissa}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"
