"""Where findings about objects without a name stand: tracing follows names, so the documents of the change are looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from bot.checks.judgement import Judged
from bot.checks.written_documents import WrittenDocuments
from bot.model.evidence import Evidence, Side, Statement
from bot.model.result import Finding, FindingState
from bot.model.unit import ObjectId

Place = tuple[str, int]


def placed(answers: Sequence[Judged], traced: Sequence[Sequence[Place]], evidence: Evidence) -> list[list[Place]]:
    """The traced places, and those of documents that the change writes for what tracing could not follow."""
    documents = _Documents(WrittenDocuments(evidence, Side.HEAD))
    return [
        [
            place if place[0] else documents.of(finding, statement)
            for place, (finding, statement, _) in zip(at, answer.found, strict=True)
        ]
        for at, answer in zip(traced, answers, strict=True)
    ]


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


def _is_nameless(found: ObjectId) -> bool:
    return found.name in ("", "(no name)") or found.name.endswith("*")
