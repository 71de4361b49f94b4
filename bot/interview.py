"""A conversation by lines with a program that may go wrong: each answer has a deadline, memory and length are bounded."""

from __future__ import annotations

import os
import selectors
import signal
import time
from collections.abc import Mapping, Sequence
from typing import ClassVar

from bot.errors import ToolError
from bot.process import MEBIBYTE, Conversation, Limits, memory_of

_CHUNK = 65536
_POLL_SECONDS = 0.05


class Ended(ToolError):
    """A program that was asked a question ended, or had to be ended, before it answered; the text says why."""


class Interview(Conversation):
    """A conversation by lines that may go wrong: each answer has a deadline, memory and length are bounded."""

    _SIGNALS: ClassVar[Mapping[int, str]] = {
        -signal.SIGALRM: "took too long",
        -signal.SIGXCPU: "took too long",
        -signal.SIGABRT: "ran out of memory",
    }

    def __init__(self, argv: Sequence[str], *, env: Mapping[str, str], limits: Limits) -> None:
        super().__init__(argv, env=env)
        self._limits = limits
        self._held = bytearray()

    def ask(self, question: bytes) -> None:
        """Write a question. Raises Ended."""
        try:
            self.input.write(question)
            self.input.flush()
        except OSError as error:
            raise Ended(self._reason()) from error

    def answer(self) -> bytes:
        """The next line, without its end. Raises Ended, after which nothing can be asked any more."""
        deadline = time.monotonic() + self._limits.seconds
        with selectors.DefaultSelector() as selector:
            selector.register(self.output.fileno(), selectors.EVENT_READ)
            looked = 0
            while (end := self._held.find(b"\n", looked)) < 0:
                looked = len(self._held)
                self._bound(deadline)
                if not selector.select(timeout=_POLL_SECONDS):
                    continue
                chunk = os.read(self.output.fileno(), _CHUNK)
                if not chunk:
                    raise Ended(self._reason())
                self._held += chunk
        line = bytes(self._held[:end])
        del self._held[: end + 1]
        return line

    def _bound(self, deadline: float) -> None:
        over = ""
        if time.monotonic() > deadline:
            over = f"took longer than {self._limits.seconds:g} s"
        elif len(self._held) > self._limits.output:
            over = f"printed more than {self._limits.output // MEBIBYTE} MiB"
        elif memory_of(self.pid) > self._limits.memory:
            over = f"used more than {self._limits.memory // MEBIBYTE} MiB of memory"
        if over:
            self.kill()
            raise Ended(over)

    def _reason(self) -> str:
        code = self.code(2)
        return self._SIGNALS.get(code, "ended without an answer") if code is not None else "stopped answering"
