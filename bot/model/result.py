"""What Gatehouse says: changes per unit and object, checks, owners, verdict - everything a report shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.model.unit import ObjectId, Renderer


class UnitState(StrEnum):
    """What the change does to a unit (report.schema.json, ``units[].change``)."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    BROKEN = "broken"  # built at the merge base, not at head
    FIXED = "fixed"  # the reverse
    UNRENDERABLE = "unrenderable"  # on neither side, or on the only side it exists on


class ObjectState(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


class Verdict(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class ImageMove:
    """A container whose image differs: ``container`` is ``Kind/name: container``; "" on a side without it."""

    container: str
    from_image: str
    to_image: str


STAYS = "stays in the cluster"  # how the danger of an object begins that leaves Git, and that nobody deletes


@dataclass(frozen=True, slots=True)
class ObjectChange:
    """One object that differs. ``diff`` is unified, masked, without file headers; known noise is folded out of
    it and listed in ``noise`` (resource paths). ``danger`` says in a few words why a reader should look first."""

    id: ObjectId
    state: ObjectState
    diff: str
    was: ObjectId | None = None  # a generated object that got a new name (hash suffix), or any that got another version
    noise: tuple[str, ...] = ()
    danger: str = ""
    images: tuple[ImageMove, ...] = ()
    only_noise: bool = False  # nothing but folded noise or formatting differs

    @property
    def stays(self) -> bool:
        """Whether the cluster keeps it, although it leaves Git."""
        return self.state is ObjectState.REMOVED and self.danger.startswith(STAYS)

    @property
    def formerly(self) -> str:
        """What of its identity was another before: the name, else the API version or the namespace; "" for nothing."""
        if self.was is None or self.was == self.id:
            return ""
        if self.was.name != self.id.name:
            return self.was.name
        if self.was.api_version != self.id.api_version:
            return self.was.api_version
        return str(self.was)

    @property
    def lines(self) -> tuple[int, int]:
        """Added and removed lines of the diff."""
        rows = self.diff.split("\n")
        return sum(r.startswith("+") for r in rows), sum(r.startswith("-") for r in rows)


@dataclass(frozen=True, slots=True)
class UnitChange:
    """What happens to one affected unit. ``objects`` come dangerous first. ``new`` marks a unit without a base side, or
    whose failure is another one than at base (then it ``was_here``); ``machine`` one that this machine lacks a program for;
    ``elsewhere`` one whose content is not in this repository."""

    path: str
    renderer: Renderer
    source: ObjectId | None
    app: str
    environment: str
    state: UnitState
    objects: tuple[ObjectChange, ...] = ()
    error: str = ""
    notes: tuple[str, ...] = ()
    key: str = ""
    new: bool = False
    was_here: bool = False
    machine: bool = False
    elsewhere: bool = False
    root: bool = True  # deployed by itself, and not only a part of others
    title: str = ""  # how a reader tells it from another unit of the same path
    file: str = ""  # the file that stands for it: its declaration, kustomization, values or chart
    line: int = 0  # the one in it that names what fails, 0 where none is known

    @property
    def name(self) -> str:
        """What reports call it."""
        return self.title or self.path or "."

    @property
    def image_moves(self) -> tuple[ImageMove, ...]:
        """The images that move, in order. What its containers show is not told again of the values in the unit's own
        declaration that set it."""
        run = {(m.from_image, m.to_image) for each in self.objects if each.id != self.source for m in each.images}
        return tuple(
            move
            for each in self.objects
            for move in each.images
            if each.id != self.source or (move.from_image, move.to_image) not in run
        )

    @property
    def is_broken_newcomer(self) -> bool:
        """Whether the change adds it, or something wrong in it, so that it does not render; what it needs is here."""
        return self.state is UnitState.UNRENDERABLE and self.new and not self.elsewhere and not self.machine


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class FindingState(StrEnum):
    INTRODUCED = "introduced"
    FIXED = "fixed"
    EXISTING = "existing"
    WAIVED = "waived"


class CheckStatus(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a check says: what, where, what follows from it, and the way out. ``new``: it is waived, and came with the
    change."""

    rule: str
    severity: Severity
    state: FindingState
    unit: str
    object: ObjectId | None
    file: str
    line: int
    message: str
    fix: str
    new: bool = False


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What one check says. ``reason`` tells why it was skipped or could not judge, ``notes`` what it saw besides."""

    name: str
    status: CheckStatus
    findings: tuple[Finding, ...] = ()
    reason: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Owners:
    """Who must agree, and why. ``approvals`` of them are needed (0: nobody knows how many). For a unit that is reached
    ``environment`` is its own, and ``way`` the paths from it to the changed file; ``rule`` is the line that names the
    owners."""

    file_or_unit: str
    required: tuple[str, ...]
    why: str
    approvals: int = 0
    environment: str = ""
    way: tuple[str, ...] = ()
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Counts:
    """What was looked at, so that "nothing affected" can be believed."""

    deployed: int = 0  # units known at head: those that files tell, and the affected ones that only an output shows
    rendered: int = 0  # renders that ran now
    cached: int = 0  # renders answered from the cache
    untouched: int = 0  # those of them whose inputs hold none of the changed paths
    changed_paths: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """The whole answer; every format is a function of it and of nothing else.

    ``base``, ``head`` and ``merge_base`` are object ids (commits; for a work tree ``head`` is the id of its tree).
    ``timings`` is in seconds per stage. ``command`` reproduces the report.
    """

    base: str
    head: str
    merge_base: str
    verdict: Verdict
    units: tuple[UnitChange, ...] = ()
    unmapped: tuple[str, ...] = ()
    checks: tuple[CheckResult, ...] = ()
    owners: tuple[Owners, ...] = ()
    timings: dict[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    stops: tuple[str, ...] = ()  # what stops the merge beside units and findings: sentences, without marks
    counts: Counts = Counts()
    command: str = ""
    environments: tuple[str, ...] = ()  # known environments, the least risky first
