"""What the checks judge: the rendered objects of both sides, the files behind them, and why each unit is reached.

A check never sees a forge, git or a renderer. It takes Evidence and gives Statements; what is new, known or waived is
decided afterwards, in one place, for all checks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, runtime_checkable

from bot.model.approvals import NO_ANSWER, Approvals
from bot.model.remember import Remember, ask_again
from bot.model.resource import Resource
from bot.model.result import Severity, UnitState
from bot.model.snapshot import Change, Indexed
from bot.model.unit import ObjectId, Unit


class Side(StrEnum):
    BASE = "base"
    HEAD = "head"


@dataclass(frozen=True, slots=True)
class Step:
    """One hop of the way from a changed path to a unit: ``source`` is reached through ``target``, and how."""

    source: str
    target: str
    how: str


@dataclass(frozen=True, slots=True)
class UnitSide:
    """A unit on one side: how it is rendered, its objects in the renderer's order, secrets masked, and the unit whose output
    declares it, None where a file does. ``unset`` are variables of Flux in it that nothing sets."""

    unit: Unit
    objects: tuple[Resource, ...]
    host: Unit | None = None
    unset: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Move:
    """Where an object that leaves a unit comes with the same change: what the other unit is called, and whether an object of
    the repository deploys either of them, so that they are known to be deployed apart."""

    to: str
    declared: bool


@dataclass(frozen=True, slots=True)
class ChartValues:
    """What a chart gets that cannot be rendered from here: values files of the repository, of which later ones win, and what
    wins over these: ``texts`` (YAML or JSON), or what ``declaration`` says, the masked fields of the object that deploys it,
    for its chart of that ``number`` among those of registries."""

    files: tuple[str, ...]
    texts: tuple[str, ...] = ()
    declaration: Mapping[str, object] = field(default_factory=dict)
    number: int = 0


@dataclass(frozen=True, slots=True)
class UnitEvidence:
    """One affected unit. ``base`` and ``head`` are None where the unit does not exist or could not be rendered; of one that
    cannot be rendered as a whole (``unrenderable``) they hold the parts that can, on both sides the same ones. ``way`` leads
    from a changed path to it. ``values`` are the files with values for charts that its declarations name, on either side.
    ``last_values`` is the last one of each of its sources, in order, as its newest side has it.
    ``moves`` are the objects of base that come in another unit of the environment. ``shared_name`` is what the application
    is called in all environments, where ``app`` holds the name of one (``orders-prod``), or what stands for it where it has
    no name (its path without the environment); "" where nobody asked. ``gone`` is
    how one was deployed that the change removes and that could not be rendered. ``unseen_base`` and ``unseen_head`` are the
    values of its charts that could not be rendered. ``cluster`` are the directories that name its cluster, as far as the
    topmost declaration above it tells; equal for units that may be of one. ``foreign`` is the environment whose directory it
    takes from now on, where that is another one than its own. ``bare`` are the sides that could not be rendered: how the
    unit is deployed there, without objects."""

    key: str
    path: str
    app: str
    environment: str
    production: bool
    state: UnitState
    base: UnitSide | None
    head: UnitSide | None
    way: tuple[Step, ...] = ()
    values: frozenset[str] = frozenset()
    last_values: tuple[str, ...] = ()
    moves: Mapping[ObjectId, Move] = field(default_factory=dict)
    shared_name: str = ""
    gone: Unit | None = None
    unseen_base: tuple[ChartValues, ...] = ()
    unseen_head: tuple[ChartValues, ...] = ()
    cluster: tuple[str, ...] = ()
    foreign: str = ""
    bare: Mapping[Side, UnitSide] = field(default_factory=dict)

    @property
    def everywhere(self) -> str:
        """The name under which units of other environments are the same application; "" for unknown."""
        return self.shared_name or self.app

    def side(self, side: Side) -> UnitSide | None:
        return self.base if side is Side.BASE else self.head

    def unseen(self, side: Side) -> tuple[ChartValues, ...]:
        return self.unseen_base if side is Side.BASE else self.unseen_head

    def written(self, side: Side) -> UnitSide | None:
        """How the unit is deployed on a side, whether it could be rendered or not."""
        return self.side(side) or self.bare.get(side)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a check needs besides the affected units, about the affected unit of the key ``unit``: its application in the
    environment ``before`` it (with its other production, where it has one before), or other units that may make the same
    ``objects`` in the same place."""

    unit: str
    before: bool = False
    objects: tuple[ObjectId, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that the checks may look at. ``environments`` are known names, the least risky first. ``neighbours`` are
    units that the change does not affect, the same on both sides: only those that a check asked for (see ``Asking``).
    ``production`` are those of production that it does not affect, without objects, where it changes who owns what.
    ``approvals`` that nobody speaks of are unknown, and what needs them is stopped: a door has to say that it cannot ask.
    ``remember``: see there."""

    units: tuple[UnitEvidence, ...]
    changes: tuple[Change, ...]
    base: Indexed
    head: Indexed
    environments: tuple[str, ...] = ()
    neighbours: tuple[UnitEvidence, ...] = ()
    production: tuple[UnitEvidence, ...] = ()
    approvals: Approvals = NO_ANSWER
    remember: Remember = ask_again

    def files(self, side: Side) -> Indexed:
        return self.base if side is Side.BASE else self.head


@dataclass(frozen=True, slots=True)
class Statement:
    """What a check says about one side.

    ``rule`` is ``check/name``. ``unit`` is a unit's key, "" for the repository. ``at`` is the place in the object's fields,
    ``file`` and ``line`` (1-based) the source, where the check knows it without tracing. ``row`` is the line (1-based) in
    a text of several lines ``at`` the place. ``message`` tells the consequence, ``fix`` the way out, both as plain sentences
    (reports set fields and names apart by themselves). ``mark`` tells
    statements of one rule about one object apart; it stays the same as long as the problem does (no line numbers, no
    values that move), because base and head are compared by it.
    """

    rule: str
    severity: Severity
    message: str
    fix: str
    unit: str = ""
    object: ObjectId | None = None
    at: tuple[str | int, ...] = ()
    file: str = ""
    line: int = 0
    mark: str = ""
    row: int = 0


@dataclass(frozen=True, slots=True)
class Said:
    """A check's answer: what holds at base, what holds at head, and what only the change itself is (always new).
    ``skipped`` says why the check did not look; "" when it did."""

    base: tuple[Statement, ...] = ()
    head: tuple[Statement, ...] = ()
    change: tuple[Statement, ...] = ()
    skipped: str = ""
    notes: tuple[str, ...] = field(default=())


class Check(Protocol):
    """One check. ``name`` is its word in reports and configuration."""

    @property
    def name(self) -> str: ...

    def run(self, evidence: Evidence) -> Said:
        """Judge. Raises nothing on purpose: a crash is an error of this check alone, and blocks."""
        ...


@runtime_checkable
class Asking(Protocol):
    """A check that needs evidence of units that the change does not affect."""

    @property
    def name(self) -> str: ...

    def wants(self, evidence: Evidence) -> Iterable[Wanted]:
        """What it needs, most important first. Few: each may cost a render."""
        ...


def objects(evidence: Evidence, side: Side) -> Iterable[tuple[UnitEvidence, Resource]]:
    """Every rendered object of one side with its unit."""
    for unit in evidence.units:
        there = unit.side(side)
        for resource in there.objects if there else ():
            yield unit, resource
