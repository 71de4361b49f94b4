"""The syntax of Go templates: text and ``{{ actions }}`` to a tree; ``define``, ``block``, ``template`` are refused."""

from __future__ import annotations

from dataclasses import dataclass

from bot.affected.gotemplate_pipeline import DEEPEST, Pipeline, parse_pipeline
from bot.affected.gotemplate_values import TemplateError, Unsupported

LONGEST = 20_000


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

_SPACE = " \t\r\n"
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
