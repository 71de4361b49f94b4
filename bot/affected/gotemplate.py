"""Go templates as ApplicationSets use them: the language of text/template, evaluated on plain values.

In: a template and its data (dict, list, str, float, bool, None; numbers of JSON are floats as in Go).
Out: text, or TemplateError that quotes what Argo CD refuses or what is not known here. Steps are counted, so a
hostile template cannot run for long.
"""

from __future__ import annotations

from bot.affected.gotemplate_parse import Action, Break, If, Node, Range, Text, With, parse
from bot.affected.gotemplate_pipeline import Call, Literal, Operand, Pipeline, Variable
from bot.affected.gotemplate_pipeline import Field as FieldNode
from bot.affected.gotemplate_values import NoFunction, TemplateError, Unparsable, Unsupported, is_true, printed

MOST_STEPS = 20_000
MOST_TEXT = 200_000
# Functions of sprig that are not known here and take no argument, so that they may stand alone as a parameter does.
_ALONE = frozenset({"now", "uuidv4", "hello"})


def render(template: str, data: object, *, missing_key_is_error: bool = False) -> str:
    """The text that ``template`` gives for ``data``. Raises TemplateError, Unparsable where no data would help."""
    if "{{" not in template:
        return template
    run = _Run(data, missing_key_is_error)
    run.nodes(parsed(template), data)
    return "".join(run.out)


def parsed(template: str) -> tuple[Node, ...]:
    """The tree of a template. Raises Unparsable, or Unsupported for what is not known here."""
    try:
        return parse(template)
    except Unsupported:
        raise
    except TemplateError as e:
        raise Unparsable(str(e)) from e


class _Stop(Exception):
    def __init__(self, word: str) -> None:
        self.word = word


class _Run:
    """One execution: output, variables (innermost scope last) and the budget."""

    def __init__(self, data: object, strict: bool) -> None:
        self.out: list[str] = []
        self.size = 0
        self.steps = 0
        self.strict = strict
        self.data = data
        self.variables: list[tuple[str, object]] = [("$", data)]

    def nodes(self, nodes: tuple[Node, ...], dot: object) -> None:
        for node in nodes:
            self.step()
            if isinstance(node, Text):
                self.write(node.text)
            elif isinstance(node, Action):
                value = self.pipeline(node.pipeline, dot)
                if not node.pipeline.names:
                    self.write(printed(value))
            elif isinstance(node, Break):
                raise _Stop(node.word)
            elif isinstance(node, Range):
                self.loop(node, dot)
            elif isinstance(node, If):
                self.branch(node, dot)

    def branch(self, node: If, dot: object) -> None:
        mark = len(self.variables)
        value = self.pipeline(node.pipeline, dot)
        if is_true(value):
            self.nodes(node.body, value if isinstance(node, With) else dot)
        else:
            self.nodes(node.other, dot)
        del self.variables[mark:]

    def loop(self, node: Range, dot: object) -> None:
        mark = len(self.variables)
        value = self.pipeline(node.pipeline, dot, declare=False)
        items = _items(value)
        for key, element in items:
            self.step()
            values = [element] if len(node.pipeline.names) == 1 else [key, element]
            self.variables += zip(node.pipeline.names, values, strict=False)
            try:
                self.nodes(node.body, element)
            except _Stop as stop:
                if stop.word == "break":
                    break
            finally:
                del self.variables[mark:]
        if not items:
            self.nodes(node.other, dot)

    def pipeline(self, pipeline: Pipeline, dot: object, *, declare: bool = True) -> object:
        value: object = None
        for number, command in enumerate(pipeline.commands):
            value = self.command(command, dot, [] if number == 0 else [value])
        for name in pipeline.names if declare else ():
            if pipeline.assigns:
                self.assign(name, value)
            else:
                self.variables.append((name, value))
        return value

    def command(self, command: tuple[Operand, ...], dot: object, piped: list[object]) -> object:
        self.step()
        first = command[0]
        if isinstance(first, Call):
            return self.call(first.name, command[1:], dot, piped)
        if len(command) > 1 or piped:
            raise TemplateError("a value is used like a function")
        if first == Literal(None):
            raise TemplateError("nil is not a command")
        return self.operand(first, dot)

    def call(self, name: str, operands: tuple[Operand, ...], dot: object, piped: list[object]) -> object:
        from bot.affected.gotemplate_functions import FUNCTIONS, call

        if name in ("and", "or"):
            return self.short_circuit(name, operands, dot, piped)
        stands_alone = not operands and not piped and name not in FUNCTIONS and name not in _ALONE
        if stands_alone and isinstance(self.data, dict) and name in self.data:
            raise NoFunction(name)
        arguments = [self.operand(operand, dot) for operand in operands] + piped
        result = call(name, arguments)
        self.step(_weight(result))
        return result

    def short_circuit(self, name: str, operands: tuple[Operand, ...], dot: object, piped: list[object]) -> object:
        if not operands and not piped:
            raise TemplateError(f"{name} needs an argument")
        value: object = None
        for operand in operands:
            value = self.operand(operand, dot)
            if is_true(value) == (name == "or"):
                return value
        return piped[0] if piped else value

    def operand(self, operand: Operand, dot: object) -> object:
        if isinstance(operand, Literal):
            return operand.value
        if isinstance(operand, Call):
            return self.call(operand.name, (), dot, [])
        if isinstance(operand, Pipeline):
            return self.pipeline(operand, dot)
        if isinstance(operand, Variable):
            return self.fields(self.variable(operand.name), operand.fields)
        if isinstance(operand, FieldNode):
            return self.fields(dot, operand.fields)
        return self.fields(self.operand(operand.of, dot), operand.fields)

    def variable(self, name: str) -> object:
        for known, value in reversed(self.variables):
            if known == name:
                return value
        raise TemplateError(f"undefined variable {name!r}")

    def assign(self, name: str, value: object) -> None:
        for number in range(len(self.variables) - 1, -1, -1):
            if self.variables[number][0] == name:
                self.variables[number] = (name, value)
                return
        raise TemplateError(f"undefined variable {name!r}")

    def fields(self, value: object, names: tuple[str, ...]) -> object:
        for name in names:
            if value is None:
                if self.strict:
                    raise TemplateError(f"nil data; no entry for key {name!r}")
                return None
            if not isinstance(value, dict):
                raise TemplateError(f"cannot take field {name} of {printed(value)[:40]!r}")
            if self.strict and name not in value:
                raise TemplateError(f"no entry for key {name!r} (missingkey=error)")
            value = value.get(name)
        return value

    def write(self, text: str) -> None:
        self.size += len(text)
        if self.size > MOST_TEXT:
            raise Unsupported(f"it gives more than {MOST_TEXT} characters")
        self.out.append(text)

    def step(self, count: int = 1) -> None:
        self.steps += count
        if self.steps > MOST_STEPS:
            raise Unsupported("it takes too many steps")


def _items(value: object) -> list[tuple[object, object]]:
    if value is None:
        return []
    if isinstance(value, dict):
        return sorted(value.items())
    if isinstance(value, list):
        return list(enumerate(value))
    if isinstance(value, int) and not isinstance(value, bool) and value <= MOST_STEPS:
        return [(number, number) for number in range(value)]
    raise TemplateError(f"range cannot go over {printed(value)[:40]!r}")


def _weight(value: object) -> int:
    """Steps that a result costs, so that repeated growth ends early."""
    return len(value) // 100 if isinstance(value, str | list | dict) else 0
