"""Every scalar that the files of a render hold, with the place where it is written: what a rendered value can come from.

A spot is a scalar of a YAML file, a line of an env file, a whole file of a generator, or a literal of a chart's template.
Scalars inside inline patches count as well: their line is the line of the file. A value that aliases name stands where
its anchor is, once.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from bot.documents.compose import Refused, compose_all
from bot.documents.construct import Constructor

if TYPE_CHECKING:
    from yaml.nodes import MappingNode, ScalarNode

Kind = Literal["text", "number", "truth", "raw"]
MOST_SPOTS = 400_000  # of one file; a file that holds more is not looked into any further
_DEEPEST = 3  # texts inside texts: a patch in a kustomization, a document in that patch
_PROPERTIES = re.compile(r"(?:[&!]\S*\s+)*")  # anchor and tag in front of a scalar


@dataclass(frozen=True, slots=True)
class Range:
    """A piece of a text, and the value that it stands for when that value is a text to look into."""

    start: int
    end: int
    content: str = ""


@dataclass(frozen=True, slots=True)
class Spot:
    """A scalar and its place. ``path`` are the keys that lead to it without list positions, for a JSON patch those of
    the operation's pointer; ``owner`` kind and name of the object around it; ``within`` its ranges, the file's first."""

    file: str
    line: int
    column: int
    path: tuple[str, ...]
    text: str
    kind: Kind
    within: tuple[Range, ...]
    owner: tuple[str, str] = ("", "")
    role: str = ""
    field: str = ""  # the top-level key
    root: int = -1  # the position of the object around it, the same for all spots of one object


def yaml_spots(
    text: str, file: str, role: str, *, look_into: Iterable[str] = (), at: tuple[int, int] = (0, 0)
) -> list[Spot]:
    """The scalars of a YAML file; [] when it cannot be read. ``look_into`` are the top-level fields whose texts are YAML
    themselves. Of a document alone (without texts to look into) ``at`` is where in the file it begins: characters and lines
    before it."""
    reader = _Reader(text, file, role, frozenset(look_into), at)
    spots: list[Spot] = []
    for spot in reader.documents(text, (), 1):
        spots.append(spot)
        if len(spots) >= MOST_SPOTS:
            break
    return spots


def env_spots(text: str, file: str, role: str) -> list[Spot]:
    """The values of an env file's ``KEY=value`` lines."""
    spots = []
    at = 0
    for number, row in enumerate(text.split("\n"), start=1):
        key, sign, value = row.rstrip("\r").partition("=")
        if sign and not key.lstrip().startswith("#"):
            start = at + len(key) + 1
            within = (Range(start, start + len(value)),)
            spots.append(Spot(file, number, len(key) + 2, ("data", key.strip()), value, "raw", within, role=role))
        at += len(row) + 1
    return spots


def file_spot(text: str, file: str, role: str, key: str) -> Spot:
    """A whole file that a generator takes as one value; an edit is put in front of it."""
    return Spot(file, 1, 1, ("data", key), text, "raw", (Range(0, len(text)),), role=role)


def line_spots(text: str, file: str, role: str, key: str, value: str) -> list[Spot]:
    """The lines ``key: value`` of a file that is not YAML yet (a template)."""
    row = re.compile(
        rf"^[ \t]*(?:- +)*[\"']?{re.escape(key)}[\"']?:[ \t]+([\"']?)({re.escape(value)})\1[ \t]*(?:#.*)?\r?$", re.M
    )
    return [
        Spot(
            file, text.count("\n", 0, m.start(2)) + 1, m.start(2) - text.rfind("\n", 0, m.start(2)),
            (key,), value, "raw", (Range(*m.span(2)),), role=role,
        )
        for m in row.finditer(text)
    ]  # fmt: skip


class _Reader:
    """Walks the node trees of one file. A node that aliases share is visited once, so a walk costs the file's size."""

    def __init__(
        self, text: str, file: str, role: str, look_into: frozenset[str], before: tuple[int, int] = (0, 0)
    ) -> None:
        self._text = text
        self._before, self._lines_before = before
        self._breaks = [m.start() for m in re.finditer("\n", text)]
        self._file = file
        self._role = role
        self._look_into = look_into
        self._seen: dict[int, object] = {}
        self._constructor = Constructor()

    def documents(self, text: str, around: tuple[Range, ...], first: int) -> Iterator[Spot]:
        """The spots of a text; for one inside of the file, ``around`` is where it stands and ``first`` its first line."""
        import yaml

        try:
            for root in compose_all(text):
                yield from self._node(root, (), ("", "", -1), _Frame(text, around, first))
        except (yaml.YAMLError, Refused):
            return

    def _node(self, node: Any, path: tuple[str, ...], owner: tuple[str, str, int], frame: _Frame) -> Iterator[Spot]:
        if id(node) in self._seen:
            return
        self._seen[id(node)] = node  # kept alive: ids must stay unique
        if node.id == "scalar":
            yield from self._scalar(node, path, owner, frame)
        elif node.id == "sequence":
            for item in node.value:
                yield from self._node(item, path, owner, frame)
        else:
            owner = _owner(node, self._before) or owner
            pointer = _pointer(node)
            for key, value in node.value:
                if key.id == "scalar":
                    inner = pointer if pointer is not None and key.value == "value" else (*path, key.value)
                    named = _below(frame, key.value, top=not path)
                    yield from self._node(value, inner, owner, named)

    def _scalar(
        self, node: ScalarNode, path: tuple[str, ...], owner: tuple[str, str, int], frame: _Frame
    ) -> Iterator[Spot]:
        start, end = node.start_mark.index, node.end_mark.index
        if properties := _PROPERTIES.match(frame.text, start, end):
            start = properties.end()
        value = self._value(node)
        if value is None or start >= end:
            return
        line = frame.line(node, start, self)
        if line is None:
            return
        number, column = line
        before = self._before
        spot = Spot(
            self._file, number + self._lines_before, column, path, as_text(value), _kind(value),
            (*frame.around, Range(start + before, end + before)), owner[:2], self._role, frame.field, owner[2],
        )  # fmt: skip
        yield spot
        if isinstance(value, str) and frame.field in self._look_into and len(frame.around) < _DEEPEST:
            yield from self._inside(node, value, spot)

    def _inside(self, node: ScalarNode, value: str, spot: Spot) -> Iterator[Spot]:
        if "\n" not in value and not value.startswith(("{", "[")):
            return
        outer = spot.within[-1]
        around = (*spot.within[:-1], Range(outer.start, outer.end, value))
        first = spot.line + 1 if node.style == "|" else spot.line
        if node.style != "|" and node.start_mark.line != node.end_mark.line:
            first = -1  # folded: its lines are not the file's
        field = spot.field
        for inner in self.documents(value, around, first):
            yield replace(inner, field=field)

    def _value(self, node: ScalarNode) -> object:
        try:
            value: object = self._constructor.value(node)
        except Refused:
            return None
        return value

    def line_at(self, index: int) -> tuple[int, int]:
        """Line and column (1-based) of a position of the file."""
        row = bisect_right(self._breaks, index - 1)
        return row + 1, index - (self._breaks[row - 1] if row else -1)

    def only_line(self, within: Range, written: str) -> tuple[int, int] | None:
        """Where a piece stands in a range of the file; None when it stands there twice, or is written otherwise."""
        first = self._text.find(written, within.start, within.end) if written.strip() else -1
        if first < 0 or self._text.find(written, first + 1, within.end) >= 0:
            return None
        return self.line_at(first)

    def row(self, number: int) -> str:
        """A line of the file."""
        if not 1 <= number <= len(self._breaks) + 1:
            return ""
        start = self._breaks[number - 2] + 1 if number > 1 else 0
        end = self._breaks[number - 1] if number <= len(self._breaks) else len(self._text)
        return self._text[start:end]


@dataclass(frozen=True, slots=True)
class _Frame:
    """The text that is walked: the file's, or one inside of it. ``first`` is the file's line of its first line, -1 for
    unknown."""

    text: str
    around: tuple[Range, ...]
    first: int
    field: str = ""

    def line(self, node: ScalarNode, start: int, reader: _Reader) -> tuple[int, int] | None:
        """Line and column in the file; None where the file's line cannot be told."""
        if not self.around:
            return reader.line_at(start)
        if self.first < 0:
            return reader.only_line(self.around[0], self.text[start : node.end_mark.index])
        number = self.first + self.text.count("\n", 0, start)
        row = reader.row(number)
        written = self.text[start : node.end_mark.index].split("\n")[0].strip()
        if "\n" not in self.text.strip():  # on one line, perhaps with escapes
            return number, 1
        return (number, row.find(written) + 1) if written and written in row else None


def _below(frame: _Frame, key: str, *, top: bool) -> _Frame:
    """The frame below a top-level key of the file."""
    return replace(frame, field=key) if top and not frame.around else frame


def _owner(node: MappingNode, before: int) -> tuple[str, str, int] | None:
    """Kind, name and position (behind what is ``before``) of an object; None for a mapping that is none."""
    fields = {key.value: value for key, value in node.value if key.id == "scalar"}
    kind, metadata = fields.get("kind"), fields.get("metadata")
    if kind is None or metadata is None or kind.id != "scalar" or metadata.id != "mapping":
        return None
    name = next((v.value for k, v in metadata.value if k.value == "name" and v.id == "scalar"), "")
    return str(kind.value), str(name), before + node.start_mark.index


def _pointer(node: MappingNode) -> tuple[str, ...] | None:
    """The keys of a JSON patch operation's ``path`` (RFC 6901), without list positions; None for other mappings."""
    fields = {key.value: value.value for key, value in node.value if key.id == "scalar" and value.id == "scalar"}
    path = fields.get("path")
    if "op" not in fields or not isinstance(path, str) or not path.startswith("/"):
        return None
    steps = (step.replace("~1", "/").replace("~0", "~") for step in path[1:].split("/"))
    return tuple(step for step in steps if step != "-" and not step.isdigit())


def _kind(value: object) -> Kind:
    return "truth" if isinstance(value, bool) else "text" if isinstance(value, str) else "number"


def as_text(value: object) -> str:
    """A scalar as the text that a label, an environment variable or a file would hold."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)
