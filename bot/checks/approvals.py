"""Who must agree to a change, by CODEOWNERS of the base side: for the files that it touches, and for what it reaches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bot.checks.own_places import Places
from bot.codeowners import Dialect, File, Found, Ownership, find
from bot.codeowners.parse import LIMIT
from bot.errors import TooBig
from bot.model.evidence import Evidence, Side, UnitEvidence
from bot.model.result import Owners, UnitState
from bot.model.snapshot import Change, Snapshot
from bot.model.unit import PlainRender


@dataclass(frozen=True, slots=True)
class Demand:
    """``place`` (a changed file, or a unit's path) needs an approval; ``asked`` is the path that CODEOWNERS was asked
    about, ``unit`` the unit that is reached, ``rule`` the line that names the owners."""

    place: str
    asked: str
    owners: Ownership
    why: str
    unit: UnitEvidence | None = None
    rule: str = ""

    @property
    def people(self) -> frozenset[str]:
        return frozenset(self.owners.owners)

    def who(self) -> str:
        """The owners in words."""
        names = self.owners.owners
        if self.owners.approvals > 1:
            return f"{self.owners.approvals} of {', '.join(names)}"
        return names[0] if len(names) == 1 else f"one of {', '.join(names)}"

    def covered_by(self, others: Iterable[Demand]) -> bool:
        """Whether another demand, once it is met, meets this one too."""
        return any(o.people <= self.people and o.owners.approvals >= self.owners.approvals for o in others)

    def row(self) -> Owners:
        unit = self.unit
        return Owners(
            self.place, self.owners.owners, self.why, self.owners.approvals,
            environment=unit.environment if unit else "", way=tuple(hops(unit)) if unit else (), rule=self.rule,
        )  # fmt: skip


def codeowners(files: Snapshot, dialect: Dialect | None) -> Found:
    """The CODEOWNERS file that counts in a tree."""

    def read(path: str) -> File | None:
        entry = files.entry(path)
        if entry is None or entry.is_submodule:
            return None
        try:
            return File(files.read(entry), symlink=entry.is_symlink)
        except TooBig:
            return File(bytes(LIMIT))  # no forge reads so much

    return find(read, dialect)


def required_of(found: Found, path: str) -> list[Ownership]:
    """The sections whose owners must agree to a change of the path."""
    return [owners for owners in found.owners.owners_of(path) if owners.owners and not owners.optional]


def for_files(found: Found, changes: Iterable[Change]) -> Iterator[Demand]:
    """What the touched files need. A renamed file is one that goes and one that comes, and both count."""
    for change in changes:
        did = "added" if change.before is None else "deleted" if change.after is None else "changed"
        for owners in required_of(found, change.path):
            why = f"{did}; {_rule(found, owners)}{_enough(owners)}"
            yield Demand(change.path, change.path, owners, why, rule=_rule(found, owners))


def for_units(found: Found, evidence: Evidence, places: Mapping[Side, Places]) -> Iterator[Demand]:
    """What the reached units need, the riskiest environment first: the owners of their own places, as head has them and as
    base had them. A change that points production at other files needs the owners of those that it ran so far."""
    rank = {name: number for number, name in enumerate(evidence.environments)}
    touched = {change.path for change in evidence.changes}
    others = frozenset[str]().union(*(unit.values for unit in evidence.units))
    moved = [unit for unit in evidence.units if _may_move(unit, touched, others)]
    for unit in sorted(moved, key=lambda u: (not u.production, -rank.get(u.environment, -1), u.path, u.key)):
        seen = set()
        every = dict.fromkeys(place for side in (Side.HEAD, Side.BASE) for place in places[side][unit.key])
        for place in _touched_alone(unit, list(every), touched):
            for owners in required_of(found, place):
                if (owners.section, owners.owners) not in seen:
                    seen.add((owners.section, owners.owners))
                    rule = _rule(found, owners)
                    why = f"{environment(unit)} is reached: {way(unit)}; {rule}{_enough(owners)}"
                    yield Demand(unit.path or ".", place, owners, why, unit, rule)


def _may_move(unit: UnitEvidence, touched: set[str], others: frozenset[str]) -> bool:
    """Whether the change may give the unit something else. Of one that cannot be rendered nobody sees it: values that its
    chart has for other environments do not reach it."""
    if unit.state is UnitState.UNRENDERABLE and unit.values and touched <= others - unit.values:
        return False
    return unit.state is not UnitState.UNCHANGED


def _touched_alone(unit: UnitEvidence, every: list[str], touched: set[str]) -> list[str]:
    """Of manifests in a directory, which speak for themselves each, those that the change touches, unless what declares the
    unit is touched as well, or none of them is."""
    sides = [there.unit for there in map(unit.written, Side) if there]
    if not sides or not all(isinstance(part, PlainRender) for side in sides for part in side.parts):
        return every
    if any(side.declared_in in touched for side in sides):
        return every
    return [place for place in every if place in touched] or every


def environment(unit: UnitEvidence) -> str:
    """The environment of a unit in words."""
    return unit.environment or "a unit without environment"


def way(unit: UnitEvidence) -> str:
    """From the unit back to the changed path, hop by hop."""
    return " → ".join(hops(unit))


def hops(unit: UnitEvidence) -> list[str]:
    """The same as paths."""
    found = [unit.path or "."]
    for number, step in enumerate(reversed(unit.way)):
        for name in (step.target, step.source) if number else (step.source,):  # the last target is the unit itself
            shown = name.partition("#")[0] or "."
            if shown != found[-1]:
                found.append(shown)
    return found


def _rule(found: Found, owners: Ownership) -> str:
    section = f" in section {owners.section}" if owners.section is not None else ""
    return f"{found.path}:{owners.line} ({owners.pattern}){section}"


def _enough(owners: Ownership) -> str:
    if owners.approvals > 1:
        return f"; {owners.approvals} of them must agree"
    return "; one of them is enough" if len(owners.owners) > 1 else ""
