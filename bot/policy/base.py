"""What a policy engine is: modules go in, and for each input each rule gives a value, nothing, or a sentence why not.

Two engines answer alike: one embedded (a child process with regorus), one a real OPA server. Both refuse the same modules
before anything runs (bot/policy/refuse.py), and on both a built-in function that fails is an error, not silence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from bot.errors import ToolError, UserError

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Module:
    """One file of Rego. ``path`` names it in every sentence."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Limits:
    """What policies may use: seconds for one file or for all rules on one input, seconds for one session, bytes of memory
    beyond what the engine needs itself, bytes of values for one input, and the sizes of what is read."""

    seconds: float = 2.0
    total: float = 60.0
    memory: int = 256 * MEBIBYTE
    output: int = MEBIBYTE
    module: int = MEBIBYTE // 4
    modules: int = 500


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a module cannot be used; ``line`` is 1-based, 0 for the file as a whole."""

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}" if self.line else f"{self.path}: {self.message}"


@dataclass(frozen=True, slots=True)
class RuleHead:
    """One definition of a rule. ``kind`` is ``set``, ``value``, ``object``, ``function`` or ``default``."""

    name: str
    kind: str
    line: int
    arity: int = 0


@dataclass(frozen=True, slots=True)
class Outline:
    """What a module is made of: its package (dots between the parts), its rules, and the first fields of ``input`` that it
    reads, each with a line ("" for the input as a whole, two fields for ``unit``). ``data`` holds the byte offsets of each
    ``data``, ``name`` that of the package's name: renaming needs them. ``cases``: see bot/policy/cases.py."""

    path: str
    package: str
    rules: tuple[RuleHead, ...] = ()
    reads: tuple[tuple[str, int], ...] = ()
    data: tuple[int, ...] = ()
    name: int = 0
    cases: tuple[tuple[str, str], ...] = ()


def outline(raw: Mapping[str, Any]) -> Outline:
    """An outline of its parts as JSON (``dataclasses.asdict``)."""
    return Outline(
        raw["path"],
        raw["package"],
        tuple(RuleHead(**head) for head in raw["rules"]),
        tuple((name, line) for name, line in raw["reads"]),
        tuple(raw["data"]),
        raw["name"],
        tuple((name, text) for name, text in raw["cases"]),
    )


@dataclass(frozen=True, slots=True)
class Answer:
    """What one rule says about one input. ``error`` is a sentence; a rule without value is not ``defined``. ``stopped``: the
    rule went over a limit, here or on an earlier input, and is asked no more."""

    value: object = None
    defined: bool = False
    error: str = ""
    stopped: bool = False


class PolicyError(UserError):
    """A policy cannot be used; the text says which, where and why."""


class EngineError(ToolError):
    """An engine cannot be had. Its text is for people: it names the engine and what to do, and nothing of the repository."""


class Session(Protocol):
    """Loaded modules, ready to be asked."""

    @property
    def outlines(self) -> Sequence[Outline]:
        """The modules that can be used."""
        ...

    @property
    def problems(self) -> Sequence[Problem]:
        """Why the others cannot."""
        ...

    def evaluate(self, queries: Sequence[str], inputs: Iterable[object]) -> Iterator[tuple[Answer, ...]]:
        """For each input, one answer for each query (``data.PACKAGE.RULE``), in order.

        Raises ToolError when the engine itself fails; what a policy does wrong is an answer.
        """
        ...


class Engine(Protocol):
    """One way to evaluate Rego. ``name`` is its word in sentences. What has the same ``identity`` answers alike as long as
    the code of Gatehouse is the same; it is "" where that cannot be known."""

    @property
    def name(self) -> str: ...

    @property
    def identity(self) -> str: ...

    def open(self, modules: Sequence[Module]) -> AbstractContextManager[Session]:
        """Load modules. Raises ToolError when the engine cannot be had; what is wrong with a module is a problem of the
        session, and the other modules are used."""
        ...
