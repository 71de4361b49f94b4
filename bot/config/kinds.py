"""The kinds of value a key may hold: each knows its words for people and reads one YAML node strictly.

A kind never raises for wrong input: it notes a problem in the ``Reading`` and returns None, so that one run tells
everything that is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from bot.config.nodes import Mapping, Node, Scalar, Sequence
from bot.config.problems import Problem, did_you_mean, show

MAX_TEXT = 1000


@dataclass(slots=True)
class Reading:
    """What one pass over a file collects: problems, and where each value stands."""

    problems: list[Problem] = field(default_factory=list)
    places: dict[str, tuple[int, int]] = field(default_factory=dict)

    def wrong(self, node: Node, message: str) -> None:
        """Note a problem at the node."""
        self.problems.append(Problem(node.line, node.column, message))

    def place(self, at: str) -> tuple[int, int]:
        """Line and column of the value, or of the section that should hold it."""
        return self.places.get(at) or self.places.get(at.rpartition(".")[0], (0, 0))


class Kind(Protocol):
    """``words`` says to people what is allowed."""

    @property
    def words(self) -> str: ...

    def read(self, node: Node, at: str, reading: Reading) -> Any:
        """The value of the node; None, with a problem noted, when it is not of this kind."""
        ...


@dataclass(frozen=True, slots=True)
class Text:
    """A scalar that YAML reads as text. ``check`` says what is wrong with a text, or ""; ``clean`` normalises it."""

    words: str
    check: Callable[[str], str] = lambda _: ""
    clean: Callable[[str], str] = str
    secret: bool = False  # never repeat the value in a message

    def read(self, node: Node, at: str, reading: Reading) -> str | None:
        if not isinstance(node, Scalar) or node.type != "str":
            refuse(node, at, self.words, reading)
            return None
        if len(node.text) > MAX_TEXT:
            reading.wrong(node, f"{at} has {len(node.text)} characters; {MAX_TEXT} are allowed")
            return None
        if not node.text.isprintable():
            reading.wrong(node, f"{at} holds a line break or another control character: write {self.words}")
            return None
        if reason := self.check(node.text):
            shown = "" if self.secret else f" {show(node.text)}"
            reading.wrong(node, f"{at}{shown} {reason}")
            return None
        return self.clean(node.text)


@dataclass(frozen=True, slots=True)
class Flag:
    """``true`` or ``false``, in these letters."""

    words: str = "true or false"

    def read(self, node: Node, at: str, reading: Reading) -> bool | None:
        if isinstance(node, Scalar) and node.type == "bool" and node.text in ("true", "false"):
            return node.text == "true"
        refuse(node, at, self.words, reading)
        return None


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number in decimal digits."""

    low: int
    high: int

    @property
    def words(self) -> str:
        return f"a whole number from {self.low} to {self.high}" if self.low < self.high else str(self.low)

    def read(self, node: Node, at: str, reading: Reading) -> int | None:
        decimal = isinstance(node, Scalar) and node.type == "int" and re.fullmatch(r"0|[1-9][0-9]{0,8}", node.text)
        if decimal and isinstance(node, Scalar) and self.low <= int(node.text) <= self.high:
            return int(node.text)
        refuse(node, at, self.words, reading)
        return None


@dataclass(frozen=True, slots=True)
class Word:
    """One of a few words."""

    of: type[StrEnum]

    @property
    def words(self) -> str:
        return "one of " + ", ".join(self.of)

    def read(self, node: Node, at: str, reading: Reading) -> StrEnum | None:
        if isinstance(node, Scalar) and node.type == "str":
            if node.text in list(self.of):
                return self.of(node.text)
            reading.wrong(node, f"{at} is {show(node.text)}; allowed: {', '.join(self.of)}" + self._near(node.text))
            return None
        refuse(node, at, self.words, reading)
        return None

    def _near(self, text: str) -> str:
        return did_you_mean(text, list(self.of))


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list whose items are all of one kind."""

    item: Kind

    @property
    def words(self) -> str:
        return f"a list; each item {self.item.words}"

    def read(self, node: Node, at: str, reading: Reading) -> tuple[Any, ...] | None:
        if not isinstance(node, Sequence):
            refuse(node, at, "a list (each item on a line of its own that starts with -)", reading)
            return None
        found = []
        for i, item in enumerate(node.items):
            where = f"{at}[{i}]"
            reading.places[where] = (item.line, item.column)
            found.append(self.item.read(item, where, reading))
        return tuple(found)


@dataclass(frozen=True, slots=True)
class SomeOf:
    """``all``, ``none``, or a list of words; the value is in the order of the words' own definition."""

    of: type[StrEnum]

    @property
    def words(self) -> str:
        return f"all, none, or a list of {', '.join(self.of)}"

    def read(self, node: Node, at: str, reading: Reading) -> tuple[StrEnum, ...] | None:
        if isinstance(node, Scalar) and node.type == "str" and node.text in ("all", "none"):
            return tuple(self.of) if node.text == "all" else ()
        if isinstance(node, Sequence):
            chosen = ListOf(Word(self.of)).read(node, at, reading) or ()
            return tuple(word for word in self.of if word in chosen)
        refuse(node, at, self.words, reading)
        return None


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a section: its name (also the field's), its kind, and what it means to an author."""

    name: str
    kind: Kind
    about: str
    left_out: str = ""  # what happens without it, where the default does not say so itself


@dataclass(frozen=True, slots=True)
class Section:
    """A mapping that becomes ``makes``. A bare text stands for the key ``short``, where there is one. ``check`` gives
    pairs of a key and what is wrong with it, given the others."""

    makes: type[Any]
    keys: tuple[Key, ...]
    short: str = ""
    check: Callable[[Any], Iterable[tuple[str, str]]] = lambda _: ()

    @property
    def words(self) -> str:
        names = ", ".join(k.name for k in self.keys)
        return f"a {self.short}, or keys out of {names}" if self.short else f"keys out of {names}"

    def read(self, node: Node, at: str, reading: Reading) -> Any:
        if self.short and isinstance(node, Scalar):
            kind = next(k.kind for k in self.keys if k.name == self.short)
            value = kind.read(node, at, reading)
            return None if value is None else self.makes(**{self.short: value})
        if not isinstance(node, Mapping):
            refuse(node, at or "the file", self.words, reading)
            return None
        before = len(reading.problems)
        values = self._values(node, at, reading)
        for name in self._required() - values.keys():
            reading.wrong(node, f"{at} has no {name}: add it")
        if len(reading.problems) > before:
            return None
        made = self.makes(**values)
        for name, text in self.check(made):
            where = _join(at, name)
            reading.problems.append(Problem(*reading.place(where), f"{where} {text}"))
        return made

    def _values(self, node: Mapping, at: str, reading: Reading) -> dict[str, Any]:
        kinds = {k.name: k.kind for k in self.keys}
        first: dict[str, int] = {}
        values: dict[str, Any] = {}
        for key, value in node.pairs:
            if not isinstance(key, Scalar):
                reading.wrong(key, f"a key of {at or 'the file'} is {_describe(key)}; allowed: {', '.join(kinds)}")
                continue
            name = key.text
            if name in first:
                reading.wrong(
                    key,
                    f"{show(_join(at, name), quoted=False)} is written twice (first on line {first[name]}): keep one",
                )
                continue
            first[name] = key.line
            if name not in kinds:
                near = did_you_mean(name, kinds)
                reading.wrong(key, f"unknown key {show(_join(at, name))}; allowed: {', '.join(kinds)}{near}")
                continue
            reading.places[_join(at, name)] = (value.line, value.column)
            values[name] = kinds[name].read(value, _join(at, name), reading)
        return values

    def _required(self) -> set[str]:
        return {name for name in self.makes._fields if name not in self.makes._field_defaults}


def _join(at: str, name: str) -> str:
    return f"{at}.{name}" if at else name


def refuse(node: Node, at: str, words: str, reading: Reading) -> None:
    """Note that the node is of another kind."""
    reading.wrong(node, f"{at} is {_describe(node)}; allowed: {words}{_quotes(node, words)}")


def _describe(node: Node) -> str:
    if isinstance(node, Mapping):
        return "a mapping"
    if isinstance(node, Sequence):
        return "a list"
    if node.type == "null":
        return "empty"
    names = {"bool": "the yes/no value", "int": "the number", "float": "the number", "timestamp": "the date"}
    return f"{names.get(node.type, 'the text')} {show(node.text, quoted=node.type == 'str')}"


def _quotes(node: Node, words: str) -> str:
    """YAML read a number, date or yes/no where text is wanted: quotes are the way out."""
    wants_text = not words.startswith(("true or false", "a whole number", "a list", "keys", "all,", "1"))
    if isinstance(node, Scalar) and node.type in ("bool", "int", "float", "timestamp") and wants_text:
        return f' (as text, in quotes: "{show(node.text, quoted=False)}")'
    return ""
