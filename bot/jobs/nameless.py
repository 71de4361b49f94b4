"""Where findings about objects without a name stand: tracing follows names, so the documents of the change are looked at."""

from __future__ import annotations

from collections.abc import Sequence

from bot.checks.judgement import Judged
from bot.checks.written_documents import WrittenDocuments
from bot.model.evidence import Evidence, Side
from bot.model.result import Finding, FindingState
from bot.model.unit import ObjectId

Place = tuple[str, int]


def placed(answers: Sequence[Judged], traced: Sequence[Sequence[Place]], evidence: Evidence) -> list[list[Place]]:
    """The traced places, and those of documents that the change writes for what tracing could not follow."""
    written = WrittenDocuments(evidence, Side.HEAD)
    return [
        [
            place if place[0] else _written(finding, written)
            for place, (finding, _, _) in zip(at, answer.found, strict=True)
        ]
        for at, answer in zip(traced, answers, strict=True)
    ]


def _written(finding: Finding, written: WrittenDocuments) -> Place:
    found = finding.object
    if found is None or finding.file or finding.state is FindingState.FIXED or not _is_nameless(found):
        return ("", 0)
    start = found.name[:-1] if found.name.endswith("*") else None
    return next(iter(written.of(found, generate_name=start)), ("", 0))


def _is_nameless(found: ObjectId) -> bool:
    return found.name in ("", "(no name)") or found.name.endswith("*")
