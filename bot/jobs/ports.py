"""What a check works with, and what is handed from one of its stages to the next."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from bot.model.approvals import NO_ANSWER, Approvals
from bot.model.remember import Remember, ask_again

if TYPE_CHECKING:
    from bot.affected.index import Index
    from bot.affected.pairs import Pair
    from bot.affected.view import View
    from bot.checks.levels import Levels
    from bot.checks.waivers import Waivers
    from bot.config.schema import Noise
    from bot.diff.resources import Memory
    from bot.model.evidence import Check
    from bot.model.resource import Outcome
    from bot.model.result import UnitChange
    from bot.model.snapshot import Snapshot
    from bot.model.unit import Unit
    from bot.render.engine import Engine

    Result = tuple[Pair, Outcome | None, Outcome | None]  # a unit, as base and head render it

Progress = Callable[[str, int, int], None]  # told (stage, done, all), for people who wait


class Bench(NamedTuple):
    """Who judges: the checks in their order, what the repository says of severities, and what it waives."""

    checks: tuple[Check, ...]
    levels: Levels
    waivers: Waivers


class Ports:
    """What a check works with. The engine is made when something is to be rendered: most of a start is its parts."""

    def __init__(
        self,
        index: Index,
        make: Callable[[], Engine],
        progress: Progress,
        *,
        noise: Noise,
        bench: Callable[[Snapshot | None], Bench] | None = None,
        approvals: Approvals = NO_ANSWER,
    ) -> None:
        self.index = index
        self.progress = progress
        self.noise = noise
        self.notes: list[str] = []
        self.stops: list[str] = []  # what stops the merge, whatever the units and checks say
        self.used: Engine | None = None  # the engine, where there was something to render
        self.bench = bench
        self.approvals = approvals
        self.watched: frozenset[str] = frozenset()  # changed paths that no file says anything deploys
        # Those of them that some render takes, or that a declaration in an output is known from.
        self.taken: set[str] = set()
        self.hosts: dict[str, Unit] = {}  # head's unit whose output shows the declaration of a unit, by that one's key
        self.former_hosts: dict[str, Unit] = {}  # the same of base
        self.untaken: set[str] = set()  # changed paths of units that others stand for, and leave out
        self._make = make

    @property
    def remember(self) -> Remember:
        """What earlier runs found out about the same content, where there was something to render."""
        return self.used.remember if self.used else ask_again

    @property
    def engine(self) -> Engine:
        if self.used is None:
            self.used = self._make()
        return self.used


class Seen(NamedTuple):
    """What is known of a change when the checks begin: both sides, and each affected unit rendered and compared."""

    before: View
    after: View
    results: list[Result]
    units: tuple[UnitChange, ...]
    memory: Memory | None
