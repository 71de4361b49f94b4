"""Where findings stand that tracing could not follow: it follows names, so of objects without one the documents of the
change are looked at; what a change of one single file does stands in that file, and an object that another unit's output
declares where the change of that begins."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from bot.checks.causes import Causes
from bot.checks.judgement import Judged
from bot.checks.written_documents import WrittenDocuments
from bot.model.evidence import Evidence, Side, Statement
from bot.model.result import Finding, FindingState
from bot.model.unit import ObjectId

Place = tuple[str, int]


def placed(answers: Sequence[Judged], traced: Sequence[Sequence[Place]], evidence: Evidence) -> list[list[Place]]:
    """The traced places, and those of documents that the change writes for what tracing could not follow."""
    documents = _Documents(WrittenDocuments(evidence, Side.HEAD))
    cause, declared = _single(evidence), _Declared(evidence)
    return [
        [
            place
            if place[0]
            else documents.of(finding, statement)
            if _is_nameless(finding.object)
            else cause
            if cause[0] and _is_of_change(finding, statement)
            else declared.of(finding, statement)
            if _is_of_change(finding, statement)
            else place
            for place, (finding, statement, _) in zip(at, answer.found, strict=True)
        ]
        for at, answer in zip(traced, answers, strict=True)
    ]


def _single(evidence: Evidence) -> Place:
    """The one file that the change touches, and where it differs first; ("", 0) where it touches more, or leaves none."""
    if len(evidence.changes) != 1 or evidence.changes[0].after is None:
        return ("", 0)
    return Causes(evidence).first_difference(evidence.changes[0].path)


def _is_of_change(finding: Finding, statement: Statement) -> bool:
    """Whether a finding is about an object of a unit, came with the change, and nobody knows its line."""
    new = finding.state is FindingState.INTRODUCED
    return new and finding.object is not None and bool(statement.unit) and not finding.file


class _Declared:
    """What the output of another unit declares: its file is a template, and the values that make it are where the change
    comes from."""

    def __init__(self, evidence: Evidence) -> None:
        self._units = {unit.key: unit for unit in evidence.units}
        self._causes = Causes(evidence)
        self._changed = {change.path for change in evidence.changes if change.after is not None}

    def of(self, finding: Finding, statement: Statement) -> Place:
        unit = self._units.get(statement.unit)
        head = unit.head if unit else None
        start = unit.way[0].source if unit and unit.way else ""
        is_its_own = head is not None and head.host is not None and head.unit.source == finding.object
        return self._causes.first_difference(start) if is_its_own and start in self._changed else ("", 0)


class _Documents:
    """Documents that look alike are taken in turn, as a rule speaks of one object after the other."""

    def __init__(self, written: WrittenDocuments) -> None:
        self._written = written
        self._taken: Counter[tuple[object, ...]] = Counter()

    def of(self, finding: Finding, statement: Statement) -> Place:
        found = finding.object
        if found is None or finding.file or finding.state is FindingState.FIXED or not _is_nameless(found):
            return ("", 0)
        start = found.name[:-1] if found.name.endswith("*") else None
        places = self._written.of(found, generate_name=start)
        key = (statement.rule, statement.unit, statement.at, found)
        self._taken[key] += 1
        return places[min(self._taken[key], len(places)) - 1] if places else ("", 0)


def _is_nameless(found: ObjectId | None) -> bool:
    return found is not None and (found.name in ("", "(no name)") or found.name.endswith("*"))
