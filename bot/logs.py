"""The service's logs: one JSON object a line on standard error, with the delivery that a line belongs to, without secrets.

Whoever logs writes ``logger.info("a sentence", extra={"name": value})``; ``bound(delivery=…)`` adds fields to every line
within. Each text loses the process's own secrets, and what looks like a credential, before it is written; an exception is
told by its type and place, and by its text only where that is one of our own sentences.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TextIO

from bot.errors import GatehouseError, defect
from bot.redaction import scrub

MASK = "•••"
_LONGEST = 4000  # characters of one text
_LONGEST_READ = 20_000  # so that a credential that is cut here was cut off below anyway
_LEAST_SECRET = 8
_MOST_CAUSES = 5
_MOST_VALUES = 50  # of one field
_PLAIN = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName", "color_message"}
# Libraries that tell too much at INFO: jobs with their arguments, addresses, headers.
_TAMED = (
    "rq",
    "rq.worker",
    "rq.scheduler",
    "github",
    "gitlab",
    "urllib3",
    "redis",
    "requests",
    "werkzeug",
    "gunicorn.access",
)
_bound: ContextVar[dict[str, object]] = ContextVar("bound", default={})  # noqa: B039 never changed in place


@contextmanager
def bound(**fields: object) -> Iterator[None]:
    """Within the block every line of this thread has these fields; empty ones are left out."""
    token = _bound.set({**_bound.get(), **{name: value for name, value in fields.items() if value not in ("", None)}})
    try:
        yield
    finally:
        _bound.reset(token)


def bound_fields() -> dict[str, object]:
    """What is bound now, for a thread that is to go on with it."""
    return dict(_bound.get())


def set_up(secrets: Sequence[str] = (), *, level: int = logging.INFO, stream: TextIO | None = None) -> None:
    """Let everything that is logged in this process be written so; ``secrets`` are masked wherever they stand."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines(secrets))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in list(logging.root.manager.loggerDict):  # who came earlier with handlers of their own
        logger = logging.getLogger(name)
        logger.handlers[:] = []
        logger.propagate = True
    for name in _TAMED:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.raiseExceptions = False  # a line that cannot be written is lost; its text goes nowhere else
    logging.captureWarnings(True)


class Masking:
    """Takes secrets out of texts."""

    def __init__(self, secrets: Sequence[str]) -> None:
        told = {text.strip() for text in secrets}
        told |= {line for text in told for line in text.splitlines() if "PRIVATE KEY" not in line}
        self._secrets = sorted((text for text in told if len(text) >= _LEAST_SECRET), key=len, reverse=True)

    def __call__(self, text: str) -> str:
        """The text without secrets, control characters as escapes, and not endless."""
        cut = text[:_LONGEST_READ]
        for secret in self._secrets:
            if secret in cut:
                cut = cut.replace(secret, MASK)
        cut = scrub(cut)
        return visible(cut if len(cut) <= _LONGEST else cut[:_LONGEST] + "…")


def visible(text: str) -> str:
    """Characters that nobody can see, or that move a cursor, as escapes."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "backslashreplace").decode() for c in text)


class JsonLines(logging.Formatter):
    """A record as one JSON object: time, level, logger, message, bound fields, extra fields, error."""

    def __init__(self, secrets: Sequence[str]) -> None:
        super().__init__()
        self._masked = Masking(secrets)

    def format(self, record: logging.LogRecord) -> str:
        when = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        fields: dict[str, object] = {"time": when, "level": record.levelname.lower(), "logger": record.name}
        fields["message"] = self._message(record)
        own = {name: value for name, value in record.__dict__.items() if name not in _PLAIN}
        for name, value in {**_bound.get(), **own}.items():
            fields.setdefault(self._masked(str(name)), self._value(value))
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            fields["error"] = self._masked(told(error))
        return json.dumps(fields, ensure_ascii=True, separators=(",", ":"))

    def _message(self, record: logging.LogRecord) -> str:
        try:
            return self._masked(record.getMessage())
        except Exception:
            return self._masked(str(record.msg))

    def _value(self, value: object) -> object:
        if value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, list | tuple | set | frozenset):
            return [self._value(each) for each in list(value)[:_MOST_VALUES]]
        if isinstance(value, Mapping):
            return {self._masked(str(name)): self._value(value[name]) for name in list(value)[:_MOST_VALUES]}
        return self._masked(told(value) if isinstance(value, BaseException) else str(value))


def told(error: BaseException) -> str:
    """An exception and what caused it: types and places; texts only of errors of our own."""
    parts: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(parts) < _MOST_CAUSES:
        place = defect(cause) if isinstance(cause, Exception) else type(cause).__name__
        parts.append(f"{place}: {cause}" if isinstance(cause, GatehouseError) else place)
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return " ← ".join(parts)
