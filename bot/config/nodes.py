"""The YAML of a configuration file as a small tree that knows its lines.

Stricter than YAML: one document, no anchors, aliases, tags or merge keys, bounded size and depth. A configuration has
no need of them, and without them reading costs what the file's length says.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.config.problems import ConfigError, Problem

MAX_BYTES = 256 * 1024
MAX_DEPTH = 12
_STAR = "; a text that starts with * stands in quotes"


@dataclass(slots=True)
class Scalar:
    """``type`` is what YAML makes of the text: str, bool, int, float, null, timestamp, …"""

    line: int
    column: int
    text: str
    type: str


@dataclass(slots=True)
class Sequence:
    line: int
    column: int
    items: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class Mapping:
    line: int
    column: int
    pairs: list[tuple[Node, Node]] = field(default_factory=list)


Node = Scalar | Sequence | Mapping


def parse(data: bytes, name: str) -> Node | None:
    """The document's root; None for a file without content. Raises ConfigError that says where reading ended."""
    if len(data) > MAX_BYTES:
        text = f"the file has {len(data)} bytes; a configuration may have {MAX_BYTES}"
        raise ConfigError(name, [Problem(0, 0, text)])
    return _Builder(name).build(_decode(data, name))


def _decode(data: bytes, name: str) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as e:
        line = data.count(b"\n", 0, e.start) + 1
        column = e.start - (data.rfind(b"\n", 0, e.start) + 1) + 1
        message = "not UTF-8: save the file in that encoding"
        raise ConfigError(name, [Problem(line, column, message)]) from e
    for number, row in enumerate(text.split("\n"), 1):
        for column, char in enumerate(row, 1):
            if (char < " " and char not in "\t\r") or "\x7f" <= char <= "\x9f" or char in "\ufeff\ufffe\uffff":
                message = f"the character U+{ord(char):04X} has no place in a text file: remove it"
                raise ConfigError(name, [Problem(number, column, message)])
    return text


class _Builder:
    """Puts parser events together; problems that do not stop the parser are collected."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.problems: list[Problem] = []
        self.open: list[tuple[Sequence | Mapping, list[Node]]] = []
        self.root: Node | None = None
        self.documents = 0

    def build(self, text: str) -> Node | None:
        import yaml

        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        try:
            for event in yaml.parse(text, Loader=loader):
                self._take(event)
        except yaml.MarkedYAMLError as e:
            self.problems.append(_syntax(e, text))
        if self.problems:
            raise ConfigError(self.name, self.problems)
        return self.root

    def _take(self, event: object) -> None:
        import yaml

        if isinstance(event, yaml.DocumentStartEvent):
            self._start_document(event)
        elif isinstance(event, yaml.AliasEvent):
            self._complain(event, f"aliases are not read here: write the value out{_STAR}")
            self._put(Scalar(*_place(event), "", "alias"))
        elif isinstance(event, yaml.ScalarEvent):
            self._look_at_properties(event)
            self._put(Scalar(*_place(event), event.value, _type(event)))
        elif isinstance(event, yaml.CollectionStartEvent):
            self._look_at_properties(event)
            is_map = isinstance(event, yaml.MappingStartEvent)
            self._open(Mapping(*_place(event)) if is_map else Sequence(*_place(event)))
        elif isinstance(event, yaml.CollectionEndEvent):
            self._close()

    def _start_document(self, event: object) -> None:
        self.documents += 1
        if self.documents > 1:
            self._complain(event, "a second document starts here: a configuration is one document")
            raise ConfigError(self.name, self.problems)

    def _look_at_properties(self, event: object) -> None:
        if getattr(event, "anchor", None) is not None:
            self._complain(event, "anchors are not read here: write the value where it is needed")
        if getattr(event, "tag", None) is not None:
            self._complain(event, "tags are not read here: remove it")

    def _open(self, node: Sequence | Mapping) -> None:
        if len(self.open) >= MAX_DEPTH:
            self.problems.append(Problem(node.line, node.column, f"nested more than {MAX_DEPTH} levels deep"))
            raise ConfigError(self.name, self.problems)
        self.open.append((node, []))

    def _close(self) -> None:
        node, children = self.open.pop()
        if isinstance(node, Mapping):
            node.pairs = list(zip(children[::2], children[1::2], strict=True))
        else:
            node.items = children
        self._put(node)

    def _put(self, node: Node) -> None:
        if self.open:
            self.open[-1][1].append(node)
        else:
            self.root = node

    def _complain(self, event: object, message: str) -> None:
        self.problems.append(Problem(*_place(event), message))


def _place(event: object) -> tuple[int, int]:
    mark = getattr(event, "start_mark", None)
    return (mark.line + 1, mark.column + 1) if mark is not None else (0, 0)


def _type(event: object) -> str:
    """What plain text means to YAML; quoted text is always str."""
    import yaml

    value = getattr(event, "value", "")
    if getattr(event, "style", None):  # quoted or a block
        return "str"
    resolve: Callable[..., str] = yaml.resolver.Resolver().resolve
    return resolve(yaml.ScalarNode, value, (True, False)).rpartition(":")[2]


def _syntax(error: object, text: str) -> Problem:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else (0, 0)
    what = getattr(error, "problem", None) or "cannot be read"
    row = text.split("\n")[line - 1] if 0 < line <= text.count("\n") + 1 else ""
    tabbed = "\t" in row[: len(row) - len(row.lstrip())]
    hint = "; indent with spaces, not tabs" if tabbed else ""
    if getattr(error, "context", None) == "while scanning an alias":
        hint = _STAR
    return Problem(line, column, f"not YAML: {what}{hint}")
