"""One unit of those that the output of others may declare."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.model.resource import Failed
from bot.model.unit import CannotRender

if TYPE_CHECKING:
    from bot.affected.pairs import Pair
    from bot.jobs.ports import Result


@dataclass(slots=True)
class Node:
    """One unit that was asked for. ``top`` keeps clusters apart; ``near`` is from where names are looked up, "" for its own
    place; ``above`` are the pairs of itself and what declares it; ``completed``: a host has shown it; ``only_asked``: it is
    not touched itself."""

    result: Result
    top: str
    parent: str = ""
    near: str = ""
    above: tuple[Pair, ...] = ()
    completed: bool = False
    only_asked: bool = False

    @property
    def failed(self) -> bool:
        return any(isinstance(outcome, Failed) for outcome in self.result[1:])

    @property
    def lies_elsewhere(self) -> bool:
        """Whether nothing of it is here, on both sides alike: then nothing here can change what it shows."""
        base, head = self.pair
        return base == head and base is not None and all(isinstance(part, CannotRender) for part in base.parts)

    @property
    def pair(self) -> Pair:
        return self.result[0]

    @property
    def key(self) -> str:
        return self.pair.unit.key
