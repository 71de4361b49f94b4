"""What the doctor says: one line for each thing that was looked at."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import NamedTuple

from bot.errors import GatehouseError
from bot.redaction import scrub


class Level(StrEnum):
    """``unknown`` is what could not be read: nobody says that it is fine, nor that it is not."""

    OK = "ok"
    WARNING = "warning"
    MISSING = "missing"
    UNKNOWN = "unknown"


class Finding(NamedTuple):
    """``about`` is ``machine``, ``github``, ``gitlab`` or the name of a repository; ``todo`` is "" where nothing is to
    do."""

    level: Level
    about: str
    what: str
    todo: str = ""


class Notes:
    """Collects findings about one thing."""

    def __init__(self, about: str) -> None:
        self.about = about
        self.findings: list[Finding] = []

    def ok(self, what: str) -> None:
        self.findings.append(Finding(Level.OK, self.about, what))

    def warning(self, what: str, todo: str) -> None:
        self.findings.append(Finding(Level.WARNING, self.about, what, todo))

    def missing(self, what: str, todo: str) -> None:
        self.findings.append(Finding(Level.MISSING, self.about, what, todo))

    def unknown(self, what: str, todo: str) -> None:
        self.findings.append(Finding(Level.UNKNOWN, self.about, what, todo))

    @contextmanager
    def asking(self, what: str, todo: str) -> Iterator[None]:
        """What is asked within; where no answer comes, ``what`` (a clause: "whether …") is not known."""
        try:
            yield
        except GatehouseError as error:
            self.unknown(f"Not known is {what}: {scrub(str(error))}", todo)
