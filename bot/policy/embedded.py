"""The engine without any service: regorus in a child process that the kernel ends when a policy goes too far."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any

import bot
from bot.errors import ToolError
from bot.interview import Ended, Interview
from bot.policy.base import MEBIBYTE, Answer, Limits, Module, Outline, Problem, outline
from bot.process import Limits as ProcessLimits
from bot.process import minimal_environment

_BATCH = 64
_INTERPRETER = 192 * MEBIBYTE  # resident: Python, regorus, and modules with their trees
_START = "import sys; sys.path.insert(0, sys.argv.pop(1)); from bot.policy.child import main; "
_ARGUMENTS = "main(float(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))"


class Embedded:
    """regorus in a child process."""

    name = "the embedded engine"

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()

    @property
    def identity(self) -> str:
        """The library as it lies there, and the limits."""
        found = find_spec("regorus")
        folder = Path(found.origin).parent if found and found.origin else None
        files = sorted(folder.iterdir()) if folder else ()
        rows = [f"{file.name} {file.stat().st_size} {file.stat().st_mtime_ns}" for file in files if file.is_file()]
        return " ".join((*rows, str(self.limits)))

    @contextmanager
    def open(self, modules: Sequence[Module]) -> Iterator[EmbeddedSession]:
        """See Engine.open."""
        session = EmbeddedSession(modules, self.limits)
        try:
            session.load()
            yield session
        finally:
            session.close()


class EmbeddedSession:
    """Modules in a child; another child takes over where one had to be ended."""

    def __init__(self, modules: Sequence[Module], limits: Limits) -> None:
        self.limits = limits
        self.problems: list[Problem] = []
        self.outlines: list[Outline] = []
        self._modules = list(_sized(modules, limits, self.problems))
        self._child: Interview | None = None
        self._stopped: dict[str, str] = {}  # query: why it is asked no more
        self._spent = 0.0

    def close(self) -> None:
        if self._child is not None:
            with suppress(ToolError):
                self._child.close()
        self._child = None

    # -- load

    def load(self) -> None:
        """Start a child and load the modules. A module that ends the child is taken out. Raises ToolError."""
        while True:
            self.close()
            self._child = self._start()
            read = 0
            try:
                self._child.ask(_line({"load": [[module.path, module.text] for module in self._modules]}))
                parsed = []
                for _ in self._modules:
                    parsed.append(json.loads(self._child.answer()))
                    read += 1
                whole = json.loads(self._child.answer())
            except Ended as error:
                self._blame(read, error)
                continue
            self._take(parsed, whole)
            return

    def _start(self) -> Interview:
        root = str(Path(bot.__file__).parents[1])
        size = (str(self.limits.seconds), str(self.limits.memory), str(self.limits.output))
        output = _BATCH * self.limits.output + 64 * MEBIBYTE
        bounds = ProcessLimits(self.limits.seconds + 5, self.limits.memory + _INTERPRETER, output)
        argv = [sys.executable, "-I", "-c", _START + _ARGUMENTS, root, *size]
        return Interview(argv, env=minimal_environment(), limits=bounds)

    def _blame(self, read: int, error: Ended) -> None:
        if not self._modules:
            raise ToolError(f"The embedded policy engine could not be started: it {error}.") from error
        guilty = self._modules[read] if read < len(self._modules) else None
        if guilty is None:  # each can be read, all together cannot
            self.problems += [Problem(m.path, 0, f"reading these policies {error}") for m in self._modules]
            self._modules = []
            return
        self.problems.append(Problem(guilty.path, 0, f"reading this policy {error}; make it smaller or nest it less"))
        self._modules.remove(guilty)

    def _take(self, parsed: list[dict[str, Any]], whole: dict[str, Any]) -> None:
        paths = [module.path for module in self._modules]
        for path, answer in zip(paths, parsed, strict=True):
            if found := answer.get("problem"):
                self.problems.append(Problem(path, found[0], found[1]))
        self.problems += [Problem(path, line, message) for path, line, message in whole["problems"]]
        self.outlines = [outline(found) for found in whole["outlines"]]
        self._engine = int(whole["engine"])
        self._paths = paths

    # -- evaluate

    def evaluate(self, queries: Sequence[str], inputs: Iterable[object]) -> Iterator[tuple[Answer, ...]]:
        """See Session.evaluate."""
        for batch in _batches(inputs):
            yield from self._batch(queries, batch)

    def _batch(self, queries: Sequence[str], batch: list[bytes]) -> Iterator[tuple[Answer, ...]]:
        done = 0
        while done < len(batch):
            live = [query for query in queries if query not in self._stopped]
            if self._spent > self.limits.total or not live:
                yield from [tuple(self._unasked(query) for query in queries)] * (len(batch) - done)
                return
            try:
                for found in self._asked(live, batch[done:]):
                    answers = dict(zip(live, found, strict=True))
                    done += 1
                    yield tuple(answers.get(query) or self._unasked(query) for query in queries)
            except Ended:
                self._find_guilty(live, batch[done])
                # the others answer again, without the one that was found

    def _unasked(self, query: str) -> Answer:
        reason = self._stopped.get(query) or f"not asked: the policies took more than {self.limits.total:g} s together"
        return Answer(error=reason, stopped=True)

    def _asked(self, queries: list[str], batch: list[bytes]) -> Iterator[list[Answer]]:
        child = self._alive()
        question = _line({"engine": self._engine, "queries": queries, "count": len(batch)})
        child.ask(question + b"".join(text + b"\n" for text in batch))
        for _ in batch:
            started = time.monotonic()
            line = child.answer()
            self._spent += time.monotonic() - started
            yield [self._answer(found) for found in json.loads(line)]

    def _alive(self) -> Interview:
        if self._child is None:
            self.load()
        assert self._child is not None
        return self._child

    def _find_guilty(self, queries: list[str], text: bytes) -> None:
        """One of these ended the child: ask each alone, and never again the one that does it."""
        self._restart()
        for query in queries:
            try:
                list(self._asked([query], [text]))
            except Ended as error:
                self._stopped[query] = f"{self._why(error)}, and was stopped"
                self._spent += self.limits.seconds
                self._restart()
                return
        # none alone: together they are too slow or too large for one input
        for query in queries:
            why = f"all rules together take more than {self.limits.seconds:g} s or too much memory"
            self._stopped[query] = f"was stopped, as {why}"

    def _why(self, error: Ended) -> str:
        return f"took longer than {self.limits.seconds:g} s" if str(error) == "took too long" else str(error)

    def _restart(self) -> None:
        self.problems, before = [], self.problems
        self.load()
        self.problems = before

    def _answer(self, found: dict[str, Any]) -> Answer:
        if "v" in found:
            return Answer(found["v"], defined=True)
        if "e" not in found:
            return Answer()
        number, line = found.get("at", (-1, 0))
        where = f" ({self._paths[number]}:{line})" if 0 <= number < len(self._paths) else ""
        return Answer(error=f"{found['e']}{where}")


def _sized(modules: Sequence[Module], limits: Limits, problems: list[Problem]) -> Iterator[Module]:
    for number, module in enumerate(modules):
        size = len(module.text.encode("utf-8", "replace"))
        if number >= limits.modules:
            problems.append(Problem(module.path, 0, f"more than {limits.modules} policy files; this one is not used"))
        elif size > limits.module:
            reason = f"{size // 1024} KiB is more than the {limits.module // 1024} KiB that a policy may have; split it"
            problems.append(Problem(module.path, 0, reason))
        else:
            yield module


def _batches(inputs: Iterable[object]) -> Iterator[list[bytes]]:
    waiting = iter(inputs)
    while batch := [_text(value) for value in islice(waiting, _BATCH)]:
        yield batch


def _text(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str).encode("utf-8", "replace")


def _line(value: object) -> bytes:
    return json.dumps(value).encode() + b"\n"
