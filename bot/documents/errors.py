"""The one error of reading documents."""

from __future__ import annotations

from bot.errors import UserError


class DocumentError(UserError):
    """A document cannot be read. ``line`` is 1-based, None where no line can be blamed; ``problem`` is the sentence without
    the name."""

    def __init__(self, name: str, line: int | None, problem: str) -> None:
        super().__init__(f"{name}:{line} {problem}" if line else f"{name} {problem}")
        self.line = line
        self.problem = problem
