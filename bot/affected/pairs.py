"""Base and head of one unit."""

from __future__ import annotations

from typing import NamedTuple

from bot.model.unit import Unit


class Pair(NamedTuple):
    """One affected unit as it is on each side; None where it does not exist."""

    base: Unit | None
    head: Unit | None

    @property
    def unit(self) -> Unit:
        """The unit as it is, or was."""
        found = self.head or self.base
        assert found is not None
        return found
