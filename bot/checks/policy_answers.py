"""What policies say about inputs; an engine is started only for what no earlier run knows.

The objects of a change are mostly those of its last push. What is kept are answers alone, a name for each unit: it holds
the engine, the policies, the questions and every input that the unit brings. Objects are masked before policies see them,
so answers hold no secret.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from types import TracebackType
from typing import Any, NamedTuple, Self

from bot.model.remember import Remember
from bot.policy.base import Answer, Engine, Module, Outline, Problem, Session, outline

_OUTLINES, _ANSWERS = "outlines of policies", "answers of policies"


class Input(NamedTuple):
    """What is asked about. ``name`` says everything that ``value`` holds; those of one ``group`` are kept together."""

    value: object
    name: str
    group: str


class _UnknownError(Exception):
    """Nothing is kept under that name."""


class Answers:
    """Modules, ready to be asked (a context manager). Raises ToolError when an engine is needed and cannot be had."""

    def __init__(self, engine: Engine, modules: Sequence[Module], remember: Remember) -> None:
        self._engine = engine
        self._modules = modules
        self._remember = remember
        self._names = _digest((engine.identity, *(part for each in modules for part in (each.path, each.text))))
        self._session: Session | None = None
        self._at_end = ExitStack()

    def __enter__(self) -> Self:
        self.outlines, self.problems = self._read()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._at_end.__exit__(kind, error, trace)

    outlines: Sequence[Outline]
    problems: Sequence[Problem]

    def ask(self, queries: Sequence[str], inputs: Sequence[Input]) -> Iterator[tuple[Answer, ...]]:
        """For each input, one answer for each query, in order. See ``Session.evaluate``."""
        groups = _grouped(inputs)
        names = {
            group: _digest((self._names, *queries, *(each.name for each in rows))) for group, rows in groups.items()
        }
        known = {group: self._known(names[group]) for group in groups}
        missing = [group for group, found in known.items() if found is None]
        fresh = self._evaluated(queries, [each.value for group in missing for each in groups[group]])
        for group in missing:
            known[group] = found = [next(fresh) for _ in groups[group]]
            if self._engine.identity and not any(answer.error for row in found for answer in row):
                self._remember(_ANSWERS, names[group], partial(_raw, found))
        in_order = {group: iter(found or ()) for group, found in known.items()}
        return (next(in_order[each.group]) for each in inputs)

    # -- kept

    def _read(self) -> tuple[Sequence[Outline], Sequence[Problem]]:
        """What the modules are made of. Where one cannot be used nothing is kept: a slow machine may be the reason."""
        try:
            if self._engine.identity:
                raw: Any = self._remember(_OUTLINES, self._names, self._usable)
                return [outline(each) for each in raw], ()
        except _UnknownError:
            pass
        session = self._opened()
        return session.outlines, session.problems

    def _usable(self) -> object:
        session = self._opened()
        if session.problems:
            raise _UnknownError
        return [dataclasses.asdict(each) for each in session.outlines]

    def _known(self, name: str) -> list[tuple[Answer, ...]] | None:
        def unknown() -> object:
            raise _UnknownError

        if not self._engine.identity:
            return None
        try:
            raw: Any = self._remember(_ANSWERS, name, unknown)
        except _UnknownError:
            return None
        return [tuple(Answer(each[0], defined=True) if each else Answer() for each in row) for row in raw]

    # -- asked

    def _opened(self) -> Session:
        if self._session is None:
            self._session = self._at_end.enter_context(self._engine.open(self._modules))
        return self._session

    def _evaluated(self, queries: Sequence[str], values: Sequence[object]) -> Iterator[tuple[Answer, ...]]:
        return iter(self._opened().evaluate(queries, values)) if values else iter(())


def _grouped(inputs: Iterable[Input]) -> dict[str, list[Input]]:
    groups: dict[str, list[Input]] = {}
    for each in inputs:
        groups.setdefault(each.group, []).append(each)
    return groups


def _raw(rows: Iterable[tuple[Answer, ...]]) -> object:
    return [[[answer.value] if answer.defined else [] for answer in row] for row in rows]


def _digest(parts: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        raw = part.encode("utf-8", "surrogateescape")
        digest.update(b"%d " % len(raw) + raw)
    return digest.hexdigest()


def name_of(*parts: object) -> str:
    """A name for an input from everything that it is made of (JSON, or texts)."""
    return _digest(each if isinstance(each, str) else json.dumps(each, sort_keys=True) for each in parts)
