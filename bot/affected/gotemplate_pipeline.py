"""The syntax of one pipeline of a Go template, what stands between ``{{`` and ``}}``: commands, operands, variables."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from bot.affected.gotemplate_values import NoFunction, TemplateError, Unsupported

DEEPEST = 40
# Parameters of git and cluster generators that are called like no function of Go, sprig or Argo CD.
_PARAMETERS = frozenset({"path", "name", "nameNormalized", "server", "metadata"})


@dataclass(frozen=True, slots=True)
class Literal:
    value: object


@dataclass(frozen=True, slots=True)
class Field:
    """``.a.b``; without names the dot itself."""

    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Variable:
    """``$name.a.b``."""

    name: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """The name of a function; its arguments are the rest of the command."""

    name: str


@dataclass(frozen=True, slots=True)
class Chain:
    """``(pipeline).a.b``."""

    of: Operand
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Commands from left to right; ``names`` are the variables it sets."""

    commands: tuple[tuple[Operand, ...], ...]
    names: tuple[str, ...] = ()
    assigns: bool = False  # "=" to a variable that exists


Operand = Literal | Field | Variable | Call | Chain | Pipeline

_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<text>"(?:\\.|[^"\\\n])*")
      | (?P<raw>`[^`]*`)
      | (?P<character>'(?:\\.|[^'\\\n])')
      | (?P<number>[+-]?(?:0[xX][0-9a-fA-F]+|[0-9][0-9_]*(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)(?![\w.]))
      | (?P<field>(?:\.[^\W\d]\w*)+)
      | (?P<variable>\$\w*)
      | (?P<name>[^\W\d]\w*)
      | (?P<sign>:=|[.|(),=])""",
    re.VERBOSE,
)
_CONSTANTS: dict[str, object] = {"true": True, "false": False, "nil": None}


def parse_pipeline(code: str) -> Pipeline:
    """One pipeline, with its variables. Raises TemplateError."""
    tokens = _tokens(code)
    names: list[str] = []
    assigns = False
    signs = [text for kind, text in tokens[:4] if kind == "sign"]
    if tokens and tokens[0][0] == "variable" and (":=" in signs[:2] or signs[:1] == ["="]):
        while tokens and tokens[0][1] not in (":=", "="):
            kind, text = tokens.pop(0)
            if kind == "variable":
                names.append(text)
            elif text != ",":
                raise TemplateError(f"unexpected {text!r} in a declaration")
        assigns = tokens.pop(0)[1] == "="
    parser = _Commands(tokens)
    pipeline = Pipeline(parser.commands(), tuple(names), assigns)
    if parser.tokens:
        raise TemplateError(f"unexpected {parser.tokens[0][1]!r}")
    return pipeline


def _tokens(code: str) -> list[tuple[str, str]]:
    """Kind and text; white space only where it separates a field from what stands before it."""
    found: list[tuple[str, str]] = []
    at = 0
    while at < len(code):
        match = _TOKEN.match(code, at)
        if not match or match.lastgroup is None:
            raise TemplateError(f"unexpected {code[at : at + 20]!r}")
        found.append((match.lastgroup, match.group()))
        at = match.end()
    return [
        token
        for number, token in enumerate(found)
        if token[0] != "space" or (number + 1 < len(found) and found[number + 1][0] == "field" and number > 0)
    ]


class _Commands:
    """Commands between ``|``, up to a closing parenthesis."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self.tokens = tokens
        self.depth = 0

    def commands(self) -> tuple[tuple[Operand, ...], ...]:
        commands = [self.command()]
        while self.tokens and self.tokens[0][1] == "|":
            self.tokens.pop(0)
            commands.append(self.command())
        return tuple(commands)

    def command(self) -> tuple[Operand, ...]:
        operands: list[Operand] = []
        while self.tokens and self.tokens[0] not in (("sign", "|"), ("sign", ")")):
            if self.tokens[0][0] == "space":
                self.tokens.pop(0)
                continue
            operands.append(self.operand())
        if not operands:
            raise TemplateError("missing value for a command")
        return tuple(operands)

    def operand(self) -> Operand:
        kind, text = self.tokens.pop(0)
        if kind == "sign" and text == "(":
            return self.chained(self.parenthesis())
        if kind == "sign" and text == ".":
            return Field(())
        if kind == "field":
            return Field(_names(text))
        if kind == "variable":
            return Variable(text, self.following_fields())
        if kind == "name":
            return Literal(_CONSTANTS[text]) if text in _CONSTANTS else self.chained(_called(text))
        if kind == "sign":
            raise TemplateError(f"unexpected {text!r}")
        return Literal(_literal(kind, text))

    def parenthesis(self) -> Operand:
        self.depth += 1
        if self.depth > DEEPEST:
            raise Unsupported(f"more than {DEEPEST} nested parentheses")
        inner = Pipeline(self.commands())
        if not self.tokens or self.tokens.pop(0)[1] != ")":
            raise TemplateError("a parenthesis is not closed")
        self.depth -= 1
        return inner

    def chained(self, operand: Operand) -> Operand:
        fields = self.following_fields()
        return Chain(operand, fields) if fields else operand

    def following_fields(self) -> tuple[str, ...]:
        return _names(self.tokens.pop(0)[1]) if self.tokens and self.tokens[0][0] == "field" else ()


def _names(text: str) -> tuple[str, ...]:
    return tuple(text[1:].split("."))


def _literal(kind: str, text: str) -> object:
    if kind == "raw":
        return text[1:-1]
    if kind == "number":
        plain = text.replace("_", "")
        if plain.lower().lstrip("+-").startswith("0x"):
            return int(plain, 16)
        return float(plain) if set(plain) & set(".eE") else int(plain)
    try:
        value = json.loads(text if kind == "text" else '"' + text[1:-1].replace("\\'", "'").replace('"', '\\"') + '"')
    except ValueError as e:
        raise Unsupported(f"the string {text[:40]} has an escape that is not known here") from e
    return value if kind == "text" else ord(value)


def _called(name: str) -> Call:
    if name in _PARAMETERS:
        raise NoFunction(name)
    return Call(name)
