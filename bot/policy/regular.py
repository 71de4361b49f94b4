r"""Regular expressions of Go (RE2), written so that Rust's mean the same.

``\w``, ``\d``, ``\s`` and ``\b`` know ASCII only in Go and all of Unicode in Rust, where they are large besides: a name of
up to 63 of them is more than regorus compiles. (https://pkg.go.dev/regexp/syntax, https://docs.rs/regex/latest/regex/#syntax)
"""

from __future__ import annotations

import re

_ASCII = {
    r"\d": "[0-9]",
    r"\D": "[^0-9]",
    r"\w": "[0-9A-Za-z_]",
    r"\W": "[^0-9A-Za-z_]",
    r"\s": r"[\t\n\f\r ]",
    r"\S": r"[^\t\n\f\r ]",
    r"\b": r"(?-u:\b)",
}
_QUOTED_OR_ESCAPE = re.compile(r"\\Q.*?(?:\\E|\Z)|\\.", re.DOTALL)


def for_rust(pattern: object) -> object:
    """The pattern; what is no text stays, for the engine to refuse."""
    return _QUOTED_OR_ESCAPE.sub(_written, pattern) if isinstance(pattern, str) else pattern


def _written(match: re.Match[str]) -> str:
    text = match[0]
    if text.startswith(r"\Q"):  # a quoted text, which Rust has not
        return re.sub(r"[^0-9A-Za-z_ ]", lambda one: f"\\x{{{ord(one[0]):x}}}", text[2:].removesuffix(r"\E"))
    return _ASCII.get(text, text)
