"""Flux's postBuild substitution: ``${var}`` and its operators in the text of a rendered document.

The dialect is the one of Flux's own engine (the fluxcd/pkg/envsubst module, once drone/envsubst), not bash:
lengths and positions count bytes, ``${var-default}`` without a colon is an error, and ``:=``, ``:-``, ``:?``,
``:+`` and ``=`` all mean "this when the value is empty".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bot.envsubst_patterns import matching_prefixes, pieces_of
from bot.errors import UserError
from bot.model.unit import Substitution

NAME = re.compile(r"[_a-zA-Z][_a-zA-Z0-9]*\Z")  # kustomize.toolkit.fluxcd.io: the rule for names of variables
DISABLED_KEY = "kustomize.toolkit.fluxcd.io/substitute"
DEEPEST = 32  # nested ${a:-${b:-...}}; people use two
MOST_TRIM_STEPS = 1_000_000  # ${var#pattern} costs length of the value times length of the pattern
_WORD = re.compile(r"\w+")  # Go's letters, digits and "_"


class BadSubstitution(UserError):
    """A ``${...}`` that Flux refuses: the sentence quotes it."""


def substitute_document(
    text: str, fields: Mapping[str, object], s: Substitution, unset: list[str] | None = None
) -> str:
    """``substitute`` for one rendered object: ``text`` is its YAML, ``fields`` the same, parsed.

    Objects that carry the label or annotation ``kustomize.toolkit.fluxcd.io/substitute: disabled`` stay as they
    are. Raises BadSubstitution.
    """
    metadata = fields.get("metadata")
    if isinstance(metadata, Mapping):
        for field in ("labels", "annotations"):
            marks = metadata.get(field)
            if isinstance(marks, Mapping) and marks.get(DISABLED_KEY) == "disabled":
                return text
    return substitute(text, s, unset)


def substitute(text: str, s: Substitution, unset: list[str] | None = None) -> str:
    """``text`` with its ``${...}`` replaced; ``$$`` stands for ``$``.

    A variable without a value becomes empty, unless ``s.unknown`` is set: then its expression stays as written. So does
    that of a variable in ``s.hidden``. ``unset`` gets the names of those that became empty: neither value nor default.
    Raises BadSubstitution for an expression or a variable name that Flux refuses too.
    """
    for name, _ in s.variables:
        if not NAME.match(name):
            raise BadSubstitution(f"postBuild variable {name!r} is not a valid name: letters, digits and _ only")
    if "${" not in text and "$$" not in text:
        return text
    values = {**dict.fromkeys(s.hidden), **dict(s.variables)}
    reader = _Reader(text, values, keep_unknown=bool(s.unknown))
    written = reader.document()
    if unset is not None:
        unset += reader.unset
    return written


@dataclass(slots=True)
class _Reader:
    """One pass over the text. A value of None means: only the cluster knows."""

    text: str
    values: Mapping[str, str | None]
    keep_unknown: bool
    at: int = 0
    depth: int = 0
    unset: list[str] = field(default_factory=list)

    def document(self) -> str:
        out: list[str] = []
        while self.at < len(self.text):
            dollar = self.text.find("$", self.at)
            if dollar < 0:
                out.append(self.text[self.at :])
                break
            out.append(self.text[self.at : dollar])
            self.at = dollar
            following = self.text[dollar + 1 : dollar + 2]
            if following == "{":
                value = self.expression()
                out.append(self.text[dollar : self.at] if value is None else value)
            else:
                out.append("$")
                self.at += 2 if following == "$" else 1
        return "".join(out)

    def expression(self) -> str | None:
        """The value of the ``${...}`` that starts here; moves behind its closing brace."""
        start = self.at
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.refused(start, f"more than {DEEPEST} nested expressions")
        self.at += 2
        if self.peek() == "#":
            self.at += 1
            value = self.value_of(self.name(start))
            result = None if value is None else str(len(_bytes(value)))
        else:
            name = self.name(start)
            value = self.value_of(name)
            if not self.has_default() and name not in self.values and not self.keep_unknown:
                self.unset.append(name)
            result = self.operator(value, start)
        self.close(start)
        self.depth -= 1
        return result

    def operator(self, value: str | None, start: int) -> str | None:
        here = self.peek()
        if here == "}":
            return value
        if self.has_default():
            return self.default(value, start)
        if here == ":":
            return self.slice(value, start)
        if here in (",", "^"):
            change = _CASES.get(self.run(",^", 2), str)
            return None if value is None else change(value)
        if here in ("#", "%"):
            return self.trim(value, self.run(here, 2), start)
        if here == "/":
            return self.replace(value, start)
        if here and here in "-?+":
            name = self.text[start + 2 : self.at]
            raise self.refused(start, f"the colon in front of {here} is missing: write ${{{name}:{here}...}}")
        raise self.refused(start, "its closing brace is missing")

    def has_default(self) -> bool:
        """Whether what follows the name gives a value where it has none."""
        return self.peek() == "=" or self.text[self.at : self.at + 2] in (":=", ":-", ":?", ":+")

    def default(self, value: str | None, start: int) -> str | None:
        self.at += 1 if self.peek() == "=" else 2
        parts: list[str | None] = []
        known = len(self.unset)
        while self.peek() != "}":
            parts.append(self.argument("}", start))
        if value:
            del self.unset[known:]  # the default is not asked
            return value
        if value is None or None in parts:
            return None
        return "".join(part for part in parts if part is not None)

    def slice(self, value: str | None, start: int) -> str | None:
        self.at += 1
        arguments = [self.argument(":}", start)]
        if self.run(":", len(self.text)):
            arguments.append(self.argument("}", start))
        return _with_arguments(_slice, value, arguments)

    def trim(self, value: str | None, operator: str, start: int) -> str | None:
        pattern = self.argument("}", start)
        if len(value or "") * len(pattern or "") > MOST_TRIM_STEPS:
            raise self.refused(start, "value and pattern are too long to compare")
        return _with_arguments(lambda v, a: _trim(v, a[0], operator), value, [pattern])

    def replace(self, value: str | None, start: int) -> str | None:
        self.at += 1
        operator = "/"
        if self.peek() in ("/", "#", "%"):
            operator += self.peek()
            self.at += 1
        arguments = [self.argument("/", start, escapes=True)]
        if not self.run("/", len(self.text)):
            raise self.refused(start, "the / before the replacement is missing")
        if self.peek() != "}":
            arguments.append(self.argument("}", start, escapes=True))
        return _with_arguments(lambda v, a: _replace(v, a, operator), value, arguments)

    def argument(self, ends: str, start: int, *, escapes: bool = False) -> str | None:
        """A nested expression, or text up to one of ``ends`` or the next expression."""
        if self.text.startswith("${", self.at):
            return self.expression()
        out: list[str] = []
        first = self.at
        while self.at < len(self.text) and not self.text.startswith("${", self.at):
            pair = self.text[self.at : self.at + 2]
            if escapes and pair in ("$$", "\\/", "\\\\"):
                out.append(pair[1])
                self.at += 2
            elif self.text[self.at] in ends:
                break
            else:
                out.append(self.text[self.at])
                self.at += 1
        if self.at == first:
            raise self.refused(start, "something is missing in it")
        return "".join(out)

    def name(self, start: int) -> str:
        found = _WORD.match(self.text, self.at)
        if not found:
            raise self.refused(start, "no variable name follows; write $${ for a literal ${")
        self.at = found.end()
        return found.group()

    def value_of(self, name: str) -> str | None:
        return self.values.get(name, None if self.keep_unknown else "")

    def run(self, characters: str, most: int) -> str:
        first = self.at
        while self.at - first < most and self.peek() and self.peek() in characters:
            self.at += 1
        return self.text[first : self.at]

    def close(self, start: int) -> None:
        if self.peek() != "}":
            raise self.refused(start, "its closing brace is missing")
        self.at += 1

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def refused(self, start: int, why: str) -> BadSubstitution:
        quoted = self.text[start : start + 60].partition("\n")[0]
        line = self.text.count("\n", 0, start) + 1
        return BadSubstitution(f"Flux cannot substitute {quoted!r} in line {line} of the object: {why}")


def _bytes(value: str) -> bytes:
    return value.encode("utf-8", "surrogatepass")


_CASES: dict[str, Callable[[str], str]] = {
    ",": lambda v: v[:1].lower() + v[1:],
    ",,": str.lower,
    "^": lambda v: v[:1].upper() + v[1:],
    "^^": str.upper,
}


def _with_arguments(
    function: Callable[[str, list[str]], str], value: str | None, arguments: list[str | None]
) -> str | None:
    known = [a for a in arguments if a is not None]
    return None if value is None or len(known) < len(arguments) else function(value, known)


def _number(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[+-]?[0-9]{1,18}", text) else None


def _slice(value: str, arguments: list[str]) -> str:
    raw = _bytes(value)
    numbers = [_number(a) for a in arguments]
    if None in numbers:
        return value
    start = numbers[0] or 0
    if start < 0:
        start = max(0, len(raw) + start)
    end = len(raw)
    if len(numbers) == 2:
        length = numbers[1] or 0
        end = len(raw) + length if length < 0 else start + length
    return raw[start : max(start, end)].decode("utf-8", "replace")


def _replace(value: str, arguments: list[str], operator: str) -> str:
    old, new = arguments[0], "".join(arguments[1:])
    if operator == "//":
        return value.replace(old, new)
    if operator == "/":
        return value.replace(old, new, 1)
    if len(arguments) != 2:  # Flux ignores /# and /% without a replacement
        return value
    if operator == "/#":
        return new + value[len(old) :] if value.startswith(old) else value
    return value.removesuffix(old) + new if value.endswith(old) else value


def _trim(value: str, pattern: str, operator: str) -> str:
    if operator[0] == "%":  # the suffix is found by turning value and pattern round, classes and all, as Flux does
        return _trim(value[::-1], pattern[::-1], "#" * len(operator))[::-1]
    pieces = pieces_of(pattern)
    lengths = [] if pieces is None else matching_prefixes(pieces, value)
    if not lengths:
        return value
    return value[lengths[0 if operator == "#" else -1] :]
