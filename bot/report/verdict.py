"""The verdict as a title that is enough to act on, and the one sentence below it."""

from __future__ import annotations

from collections import Counter

from bot.model.result import ObjectState, Report, UnitChange, UnitState, Verdict
from bot.report.concerns import counts
from bot.report.group import moving_units
from bot.report.phrase import Phrase, Role, Span, counted, image_parts, listed, verb

ENVIRONMENTS_NAMED = 6
VERDICTS = {Verdict.PASSED: ("✅", "passed"), Verdict.FAILED: ("❌", "blocked"), Verdict.ERROR: ("⚠️", "no answer")}


def title(report: Report) -> tuple[str, str]:
    """The mark and the verdict with its facts: enough to act on without reading further. Numbers and our words only."""
    mark, verdict = VERDICTS[report.verdict]
    return mark, " · ".join([f"Gatehouse: {verdict}", *_finding_facts(report), *_unit_facts(report)])


def _finding_facts(report: Report) -> list[str]:
    errors, warnings = counts(report)
    facts = [counted(errors, "error")] if errors else []
    if warnings:
        facts.append(counted(warnings, "warning"))
    return [", ".join(facts)] if facts else []


def _unit_facts(report: Report) -> list[str]:
    states = Counter(unit.state for unit in report.units)
    facts = []
    if broken := states[UnitState.BROKEN]:
        facts.append(f"{counted(broken, 'unit')} {verb(broken, 'breaks', 'break')}")
    if blind := states[UnitState.UNRENDERABLE]:
        facts.append(f"{counted(blind, 'unit')} cannot be rendered")
    changing = states[UnitState.CHANGED] + states[UnitState.ADDED] + states[UnitState.FIXED]
    if changing:
        facts.append(_share(changing, report.counts.deployed))
    if removed := states[UnitState.REMOVED]:
        facts.append(f"{counted(removed, 'unit')} removed")
    return facts or ["nothing deployed changes"]


def _share(changing: int, known: int) -> str:
    if known >= changing:
        return f"{changing:,} of {counted(known, 'known unit')} {verb(changing, 'changes', 'change')}"
    return f"{counted(changing, 'unit')} {verb(changing, 'changes', 'change')}"


def nothing_changes(report: Report) -> bool:
    """Whether the whole report is that nothing deployed changes, with nothing to add."""
    return report.verdict is Verdict.PASSED and not (
        moving_units(report)
        or report.notes
        or report.stops
        or report.checks
        or report.owners
        or any(u.notes for u in report.units)
    )


def sentence(report: Report) -> Phrase:
    """One sentence: what the change does, and where."""
    units = moving_units(report)
    if not units:
        return _nothing(report)
    changes = [change for unit in units for change in unit.objects]
    where = _where([unit for unit in units if unit.objects] or list(units))
    moves = {(move.from_image, move.to_image) for change in changes for move in change.images}
    if len(moves) == 1 and all(change.images or change.only_noise for change in changes):
        at_once = Span(" at once" if len(where) > 2 else "")
        return (*_move(*moves.pop()), *where, at_once, Span("."))
    if not changes:
        return (Span(f"{counted(len(units), 'unit')} {verb(len(units), 'is', 'are')} reached"), *where, Span("."))
    if all(change.only_noise for change in changes):
        return (Span(f"Only known noise or formatting differs in {counted(len(changes), 'object')}"), *where, Span("."))
    return (Span(_object_sentence(Counter(change.state for change in changes))), *where, Span("."))


def _nothing(report: Report) -> Phrase:
    paths = f"{counted(report.counts.changed_paths, 'changed file')}"
    if not report.units:
        reach = verb(report.counts.changed_paths, "reaches", "reach")
        return (Span(f"{paths} {reach} none of {counted(report.counts.deployed, 'known unit')}."),)
    units = len(report.units)
    same = verb(units, "which renders exactly as before", "each of which renders exactly as before")
    return (Span(f"{paths} {verb(report.counts.changed_paths, 'reaches', 'reach')} {counted(units, 'unit')}, {same}."),)


def _where(units: list[UnitChange]) -> Phrase:
    names = list(dict.fromkeys(unit.environment for unit in units if unit.environment))
    if not names:
        return ()
    if any(not unit.environment for unit in units):
        names.append("elsewhere")
    return (Span(" in "), *listed(names, Role.NAME, ENVIRONMENTS_NAMED))


def _move(before: str, after: str) -> Phrase:
    name, old, new = image_parts(before, after)
    if not before:
        return (Span(after, Role.CODE), Span(" is new"))
    if not after:
        return (Span(before, Role.CODE), Span(" goes away"))
    what = (Span(" for "), Span(name, Role.CODE)) if name else ()
    return (Span(new, Role.CODE), Span(" replaces "), Span(old, Role.CODE), *what)


def _object_sentence(states: Counter[ObjectState]) -> str:
    words = {ObjectState.CHANGED: "changed", ObjectState.ADDED: "added", ObjectState.REMOVED: "removed"}
    present = [(states[state], text) for state, text in words.items() if states[state]]
    first, rest = present[0], present[1:]
    head = f"{counted(first[0], 'object')} {verb(first[0], 'is', 'are')} {first[1]}"
    return ", ".join([head, *(f"{number:,} {text}" for number, text in rest)])
