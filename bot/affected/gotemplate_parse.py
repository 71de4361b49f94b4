"""The syntax of Go templates: text and ``{{ actions }}`` to a tree; ``define``, ``block``, ``template`` are refused."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from bot.affected.gotemplate_values import TemplateError, Unsupported

LONGEST = 20_000
DEEPEST = 40


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


@dataclass(frozen=True, slots=True)
class Text:
    text: str


@dataclass(frozen=True, slots=True)
class Action:
    pipeline: Pipeline


@dataclass(frozen=True, slots=True)
class Break:
    word: str  # break or continue


@dataclass(frozen=True, slots=True)
class If:
    pipeline: Pipeline
    body: tuple[Node, ...]
    other: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class With(If):
    pass


@dataclass(frozen=True, slots=True)
class Range(If):
    pass


Node = Text | Action | Break | If

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
_SPACE = " \t\r\n"
_CONSTANTS: dict[str, object] = {"true": True, "false": False, "nil": None}
_BLOCKS: dict[str, type[If]] = {"if": If, "with": With, "range": Range}


def parse(template: str) -> tuple[Node, ...]:
    """The tree of a template. Raises TemplateError."""
    if len(template) > LONGEST:
        raise Unsupported(f"the template has more than {LONGEST} characters")
    parser = _Blocks(_split(template))
    nodes, end = parser.until()
    if end:
        raise TemplateError(f"unexpected {{{{{end}}}}}")
    return nodes


def _split(template: str) -> list[tuple[bool, str]]:
    """Pairs of "is code" and text, comments gone and white space trimmed where ``-`` says so."""
    pieces: list[tuple[bool, str]] = []
    at, trim = 0, False
    while (start := template.find("{{", at)) >= 0:
        text = template[at:start].lstrip(_SPACE) if trim else template[at:start]
        end = _end_of_action(template, start + 2)
        code = template[start + 2 : end]
        if code[:1] == "-" and code[1:2] in tuple(_SPACE):
            text, code = text.rstrip(_SPACE), code[1:]
        trim = code[-1:] == "-" and code[-2:-1] in tuple(_SPACE)
        code = (code[:-1] if trim else code).strip(_SPACE)
        pieces.append((False, text))
        if not code.startswith("/*"):
            pieces.append((True, code))
        at = end + 2
    rest = template[at:]
    pieces.append((False, rest.lstrip(_SPACE) if trim else rest))
    return pieces


def _end_of_action(template: str, at: int) -> int:
    """Where the ``}}`` of an action is that does not lie in a string or comment."""
    while at < len(template):
        character = template[at]
        if template.startswith("}}", at):
            return at
        if template.startswith("/*", at):
            at = template.find("*/", at + 2) + 1
        elif character == "`":
            at = template.find("`", at + 1)
        elif character in "\"'":
            at = _end_of_string(template, at)
        if at <= 0:
            break
        at += 1
    raise TemplateError("an action {{ is not closed, or has an unclosed string")


def _end_of_string(template: str, at: int) -> int:
    quote = template[at]
    at += 1
    while at < len(template) and template[at] not in (quote, "\n"):
        at += 2 if template[at] == "\\" else 1
    return at if template[at : at + 1] == quote else -1


class _Blocks:
    """Nests if, with and range."""

    def __init__(self, pieces: list[tuple[bool, str]]) -> None:
        self.pieces = pieces
        self.at = 0
        self.depth = 0

    def until(self) -> tuple[tuple[Node, ...], str]:
        """Nodes up to ``end``, ``else`` or the end, and the action that ended them."""
        nodes: list[Node] = []
        while self.at < len(self.pieces):
            is_code, text = self.pieces[self.at]
            self.at += 1
            if not is_code:
                nodes += [Text(text)] if text else []
                continue
            word, _, rest = text.partition(" ") if " " in text else (text, "", "")
            if word in ("end", "else"):
                return tuple(nodes), text
            nodes.append(self.action(word, rest, text))
        return tuple(nodes), ""

    def action(self, word: str, rest: str, text: str) -> Node:
        if word in _BLOCKS:
            return self.block(_BLOCKS[word], rest)
        if word in ("define", "block", "template"):
            raise Unsupported(f"{{{{{word}}}}} is not supported here")
        if text in ("break", "continue"):
            return Break(text)
        return Action(parse_pipeline(text))

    def block(self, kind: type[If], condition: str) -> If:
        self.depth += 1
        if self.depth > DEEPEST:
            raise Unsupported(f"more than {DEEPEST} nested blocks")
        pipeline = parse_pipeline(condition)
        body, end = self.until()
        other: tuple[Node, ...] = ()
        if end.startswith("else"):
            again = end[4:].strip()
            word, _, rest = again.partition(" ")
            if word in ("if", "with"):
                other = (self.block(_BLOCKS[word], rest),)
                self.depth -= 1
                return kind(pipeline, body, other)
            if again:
                raise TemplateError(f"unexpected {{{{{end}}}}}")
            other, end = self.until()
        if end != "end":
            raise TemplateError("a block has no {{end}}")
        self.depth -= 1
        return kind(pipeline, body, other)


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
            return Literal(_CONSTANTS[text]) if text in _CONSTANTS else self.chained(Call(text))
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
