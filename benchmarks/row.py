"""A row of a table: a figure, what it is compared with, and the goal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """``ratio`` is what the goal is about; ``at_least`` or ``at_most`` is the goal, both None where there is none."""

    what: str
    figure: str
    compared: str = ""
    ratio: float | None = None
    at_least: float | None = None
    at_most: float | None = None
    unit: str = "×"

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None without a goal."""
        if self.ratio is None or (self.at_least is None and self.at_most is None):
            return None
        return self.ratio >= (self.at_least or 0) and self.ratio <= (
            float("inf") if self.at_most is None else self.at_most
        )


Rows = Iterator[Row]
