"""The check ``owners``: who must agree to a change, by files and by effect, and whether CODEOWNERS can be relied upon.

CODEOWNERS of the base side says who must agree; what each side's own file says about production and about itself is
compared, so that a change which mends ownership is not blamed for what it found.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from bot.checks.approvals import Demand, codeowners, environment, for_files, for_units, required_of, way
from bot.checks.loosened import Loosened
from bot.checks.own_places import Places, own_places
from bot.checks.owners_file import Book, file_statements
from bot.checks.owners_moved import file_change
from bot.checks.owners_production import Waived, left_alone, unowned
from bot.codeowners import Dialect, Ownership
from bot.model.approvals import Approvals, Asked
from bot.model.evidence import Evidence, Said, Side, Statement, UnitEvidence
from bot.model.result import Owners, Severity, UnitState
from bot.model.snapshot import Snapshot

_FORGES = {Dialect.GITHUB: "GitHub", Dialect.GITLAB: "GitLab"}
_NAMED = 3  # owners named in one sentence
_EFFECT = "owners/effect"
Reached = tuple[UnitEvidence, Demand]


class _Looked(NamedTuple):
    book: Book
    places: dict[Side, Places]
    demands: list[Demand]


class OwnersCheck:
    """``dialect``: the forge, None to tell it by what lies in the repository. ``policy``: the tree whose CODEOWNERS
    counts (the tip of the base branch), None for the base of the comparison. ``known``: whether the forge knows an owner
    who may approve, None where nobody can tell. ``loosened`` looks at what else judges changes. ``waived`` says whether
    the repository accepts what a rule says of a unit (its path) and a file in an environment. Who has agreed is evidence."""

    def __init__(
        self,
        dialect: Dialect | None = None,
        *,
        policy: Snapshot | None = None,
        known: Callable[[str], bool] | None = None,
        loosened: Loosened | None = None,
        waived: Waived | None = None,
    ) -> None:
        self._last: tuple[Evidence, _Looked] | None = None
        self._waived = waived
        self._loosened = loosened
        self._dialect = dialect
        self._policy = policy
        self._known = known

    @property
    def name(self) -> str:
        return "owners"

    def run(self, evidence: Evidence) -> Said:
        """Judge. Everything that the check says is about owners; who has to agree is also told by ``required``."""
        book, places, demands = self._looked(evidence)
        own = (path for unit in _moved(evidence) for side in Side for path in places[side][unit.key])
        concerned = [*(change.path for change in evidence.changes), *own]
        about_file = file_statements(book, concerned, evidence.head)
        return Said(
            base=(*about_file.base, *unowned(book, evidence, places[Side.BASE], Side.BASE)),
            head=(*about_file.head, *unowned(book, evidence, places[Side.HEAD], Side.HEAD)),
            change=(
                *_effects(demands, [change.path for change in evidence.changes], evidence.approvals, self._waived),
                *_files(book, demands, evidence.approvals),
                *file_change(book, evidence, _vital(evidence, places[Side.HEAD])),
                *left_alone(book, evidence, places, self._waived),
                *(self._loosened.statements(evidence) if self._loosened else ()),
                *self._unknown(book, demands),
            ),
            notes=(*_notes(book), *_asked(evidence.approvals, demands)),
            skipped="" if book.base.path or book.head.path else "there is no CODEOWNERS that could name anybody",
        )

    def required(self, evidence: Evidence) -> tuple[Owners, ...]:
        """Who must agree, and why: first for the units that are reached, the riskiest environment first, then for each
        changed file."""
        demands = self._looked(evidence).demands
        rows = [d.row() for d in demands if d.unit] + [d.row() for d in demands if not d.unit]
        return tuple(dict.fromkeys(rows))

    def _looked(self, evidence: Evidence) -> _Looked:
        """The files, the places that speak for units, and who is needed: what both answers begin with."""
        if self._last is None or self._last[0] is not evidence:
            book, places = self._book(evidence), {side: own_places(evidence, side) for side in Side}
            self._last = evidence, _Looked(book, places, _demands(book, evidence, places))
        return self._last[1]

    def _book(self, evidence: Evidence) -> Book:
        """The files of all sides, read for one forge: a change cannot choose how it is read."""
        base = codeowners(self._policy or evidence.base, self._dialect)
        told = self._dialect or (base.dialect if base.path else None)
        was, will = codeowners(evidence.base, told), codeowners(evidence.head, told)
        moved = bool(base.path) and was.path != will.path
        touched = any(change.path in (was.path, will.path) for change in evidence.changes)
        return Book(base, will, moved, was) if moved or touched else Book(base, base)

    def _unknown(self, book: Book, demands: list[Demand]) -> Iterator[Statement]:
        if self._known is None:
            return
        known = lru_cache(maxsize=None)(self._known)
        seen: dict[str, Severity] = {}
        for demand in demands:
            strangers = [owner for owner in demand.owners.owners if not known(owner)]
            enough = len(demand.owners.owners) - len(strangers) >= demand.owners.approvals
            for owner in strangers:
                if owner not in seen or not enough:
                    seen[owner] = Severity.WARNING if enough else Severity.ERROR
        lines = {owner: d.owners.line for d in demands for owner in d.owners.owners}
        for owner, severity in seen.items():
            yield Statement(
                rule="owners/unknown", severity=severity, file=book.base.path, line=lines[owner], mark=owner,
                message=f"{owner} must agree to this change, but {_FORGES[book.base.dialect]} knows no such owner who may "
                "approve" + ("; too few are left to give the approval." if severity is Severity.ERROR else "."),
                fix=f"Correct {owner} in {book.base.path}, or give it access to the repository.",
            )  # fmt: skip


def _demands(book: Book, evidence: Evidence, places: Mapping[Side, Places]) -> list[Demand]:
    files = list(for_files(book.base, evidence.changes))
    if book.moved and book.head.path:  # another file takes the place of CODEOWNERS, which itself may not be touched
        for owners in required_of(book.base, book.base.path):
            why = f"takes the place of {book.base.path}, whose line {owners.line} ({owners.pattern}) gives it to them"
            rule = f"{book.base.path}:{owners.line} ({owners.pattern})"
            files.append(Demand(book.head.path or book.base.path, book.base.path, owners, why, rule=rule))
    return [*files, *for_units(book.base, evidence, places)]


def _vital(evidence: Evidence, places: Places) -> set[str]:
    """The files that make production what it is, of the units that were there before."""
    every = (unit for unit in (*evidence.units, *evidence.production) if unit.production)
    return {place for unit in every if unit.state is not UnitState.ADDED for place in places[unit.key]}


def _moved(evidence: Evidence) -> list[UnitEvidence]:
    return [unit for unit in evidence.units if unit.state is not UnitState.UNCHANGED]


def _is_in(path: str, directory: str) -> bool:
    return not directory or path == directory or path.startswith(f"{directory}/")


def _is_in_sight(unit: UnitEvidence, demand: Demand, touched: Collection[str]) -> bool:
    """Whether the touched files tell by themselves that the unit is reached: one is the unit's own, or declares it."""
    sides = [side for side in map(unit.written, Side) if side]
    directories = {unit.path, *(side.host.path for side in sides if side.host)}
    files = {demand.asked, *(side.unit.declared_in for side in sides)}
    return any(path in files or any(_is_in(path, directory) for directory in directories) for path in touched)


def _effects(
    demands: list[Demand], touched: Collection[str], approvals: Approvals, waived: Waived | None
) -> Iterator[Statement]:
    """One statement for each environment and people that the touched files do not tell of. Where an approval for the
    files brings those people in as well, it is only to be known, and only for production. A unit that a waiver is for
    does not take the others along."""
    direct = [demand for demand in demands if not demand.unit]
    groups: dict[tuple[str, bool, bool, Ownership], list[Reached]] = {}
    for demand in demands:
        unit = demand.unit
        if unit is None or _has_agreed(demand, approvals):
            continue
        covered = demand.covered_by(direct)
        if covered and (not unit.production or _is_in_sight(unit, demand, touched)):
            continue
        people = demand.owners._replace(line=0, pattern="", section=None)
        accepted = waived is not None and waived(_EFFECT, unit.path, _source(unit), unit.environment)
        groups.setdefault((unit.environment, covered, accepted, people), []).append((unit, demand))
    pressing = {name for name, covered, _, _ in groups if not covered}
    for (name, covered, _, _), found in groups.items():
        if not covered or name not in pressing:
            yield _effect(name, found, covered=covered, asked=approvals.asked)


def _source(unit: UnitEvidence) -> str:
    """The changed file from which a unit is reached; "" where nobody knows."""
    return unit.way[0].source if unit.way else ""


def _has_agreed(demand: Demand, approvals: Approvals) -> bool:
    return approvals.of(demand.people) >= demand.owners.approvals


def _effect(name: str, found: list[Reached], *, covered: bool, asked: Asked) -> Statement:
    unit, demand = found[0]
    where = environment(unit)
    more = len({u.key for u, _ in found}) - 1
    others = f" (and {more} more {'unit' if more == 1 else 'units'})" if more else ""
    names = demand.owners.owners
    whose = f"no file of {', '.join(names[:_NAMED])}{' and others' if len(names) > _NAMED else ''}"
    needs = demand.who()
    people = f"{needs[0].upper()}{needs[1:]}"
    # Where nobody could be asked, nobody can have agreed: to stop there would be to stop for ever.
    severity = Severity.ERROR if unit.production and asked is not Asked.NOBODY else Severity.WARNING
    end, fix = "must agree.", f"Ask {needs} for an approval, or make the change where it does not reach {where}."
    if covered:
        severity, whose = Severity.INFO, f"no file below {unit.path}"
        end, fix = "must agree, and the approval for the changed files does.", f"Ask {needs} to look at {where} too."
    return Statement(
        rule=_EFFECT,
        severity=severity,
        message=f"The change touches {whose}, yet it reaches {where}: {way(unit)}{others}. {people} {end}",
        fix=fix,
        unit=unit.key,
        file=_source(unit),
        mark=f"{name} {' '.join(sorted(demand.people))}",
    )


def _files(book: Book, demands: list[Demand], approvals: Approvals) -> Iterator[Statement]:
    """One statement for each set of owners of touched files who have not agreed. Where nobody could be asked, nothing: the
    report lists them. GitHub enforces owners of files itself where a branch is protected so; GitLab does not in every
    edition (CODEOWNERS is of Premium), and then nobody else does."""
    if approvals.asked is Asked.NOBODY or book.base.dialect is not Dialect.GITLAB:
        return
    groups: dict[Ownership, list[Demand]] = {}
    for demand in demands:
        if demand.unit is None and not _has_agreed(demand, approvals):
            groups.setdefault(demand.owners, []).append(demand)
    for found in groups.values():
        first, more = found[0], len(found) - 1
        others = f" and {more} more {'file' if more == 1 else 'files'}" if more else ""
        who = first.who()
        yield Statement(
            rule="owners/file", severity=Severity.ERROR, file=first.place,
            mark=f"{first.rule} {' '.join(sorted(first.people))}",
            message=f"The change touches {first.place}{others}, and {who} must agree ({first.rule}).",
            fix=f"Ask {who} for an approval.",
        )  # fmt: skip


def _asked(approvals: Approvals, demands: list[Demand]) -> Iterator[str]:
    """What is known of approvals, where it matters."""
    if approvals.asked is Asked.NO_ANSWER and demands:
        yield "Approvals: the forge was asked and gave no answer, so that nobody counts as having agreed."
    if approvals.asked is Asked.NOBODY and demands:
        yield (
            "Approvals: not asked, as there is no forge here. Who must agree is listed, and stops nothing here; on the pull "
            "request production waits for its owners."
        )


def _notes(book: Book) -> Iterator[str]:
    found = book.base if book.base.path else book.head
    forge = _FORGES[found.dialect]
    if found.path:
        yield f"Owners come from {found.path}, by the rules of {forge}: {found.why}."
    for path in found.unread:
        yield f"{path} does not count: {forge} reads {found.path or 'other places'}."
