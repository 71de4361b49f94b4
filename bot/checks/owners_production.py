"""Production that nobody owns: units that a change reaches, and those that a change of CODEOWNERS leaves to nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bot.checks.approvals import environment, required_of
from bot.checks.own_places import Places
from bot.checks.owners_file import Book
from bot.codeowners import Found
from bot.model.evidence import Evidence, Side, Statement, UnitEvidence
from bot.model.result import Severity, UnitState

_RULE = "owners/unowned"
Waived = Callable[[str, str, str, str], bool]  # rule, path of a unit, changed file, environment


def unowned(book: Book, evidence: Evidence, places: Places, side: Side) -> Iterator[Statement]:
    """Production units of one side that nobody owns, by that side's own CODEOWNERS."""
    found = book.side(side)
    if not found.path:
        return
    absent = UnitState.ADDED if side is Side.BASE else UnitState.REMOVED
    for unit in evidence.units:
        bare = "" if not unit.production or unit.state is absent else _bare(found, evidence, places, side, unit)
        if bare:
            of = f"which makes {unit.path or '.'} ({environment(unit)}) what it is"
            yield _statement(found, bare, f"Nobody owns {bare}, {of}", unit=unit.key)


def left_alone(
    book: Book, evidence: Evidence, places: dict[Side, Places], waived: Waived | None
) -> Iterator[Statement]:
    """The production that a change of CODEOWNERS takes from its owners, although it leaves the units as they are."""
    if not book.base.path or not book.head.path or book.base is book.head:
        return
    lost: list[tuple[UnitEvidence, str]] = []
    for unit in evidence.production:
        was, will = (_bare(book.side(side), evidence, places[side], side, unit) for side in Side)
        if will and not was and not (waived and waived(_RULE, unit.path, will, unit.environment)):
            lost.append((unit, will))
    if lost:
        unit, bare = lost[0]
        others = f" (and {len(lost) - 1} more production {'unit' if len(lost) == 2 else 'units'})" if lost[1:] else ""
        of = f"which makes {unit.path or '.'} ({environment(unit)}) what it is{others}"
        yield _statement(book.head, bare, f"The change takes the last owner from {bare}, {of}")


def _bare(found: Found, evidence: Evidence, places: Places, side: Side, unit: UnitEvidence) -> str:
    """The first place of a unit that nobody owns; "" where somebody owns each."""
    files = evidence.files(side)
    there = (place for place in places[unit.key] if files.entry(place) or files.is_dir(place))
    return next((place for place in there if not required_of(found, place)), "")


def _statement(found: Found, place: str, begin: str, unit: str = "") -> Statement:
    said = found.owners.owners_of(place)
    line = said[-1].line if said else 0
    reason = "no line matches it"
    if said:
        nobody = [owners for owners in said if not owners.owners]
        line = nobody[0].line if nobody else line
        reason = f"line {line} ({(nobody or said)[0].pattern}) " + (
            "names nobody" if nobody else "is in an optional section"
        )
    return Statement(
        rule=_RULE,
        severity=Severity.ERROR,
        message=f"{begin}: {reason}. Whoever may merge can change it alone.",
        fix=f"Name an owner for {place} in {found.path}, below all other lines that match it.",
        unit=unit,
        file=found.path,
        line=line,
    )
