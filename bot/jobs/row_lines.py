"""Lines in the files of git generators: the parameters that a set fills into an Application, and so into what it deploys.

Tracing ends at the template that writes the value, or at the object that declares the unit. Where the change touches the
file that gave the unit its parameters, and exactly one value there is what the field holds now, that is the line.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from bot.checks.judgement import Judged
from bot.documents import find_lines, load_all
from bot.errors import GatehouseError
from bot.jobs.places_kept import Place
from bot.model.evidence import Evidence, Statement, UnitEvidence
from bot.model.result import Finding, FindingState
from bot.model.snapshot import Snapshot

_Path = tuple[str | int, ...]
_Values = dict[_Path, str]
_SHORTEST = 3  # of a text within another one
_LARGEST = 1024 * 1024
_MOST = 500  # values of one file


def at_rows(answers: Sequence[Judged], traced: Sequence[Sequence[Place]], evidence: Evidence) -> list[list[Place]]:
    """The traced places; for new findings whose place the change leaves alone the line of a generator's file that tells."""
    rows = _Rows(evidence)
    return [
        [
            rows.of(finding, statement) or place if place[0] not in rows.changed else place
            for place, (finding, statement, _) in zip(at, answer.found, strict=True)
        ]
        for at, answer in zip(traced, answers, strict=True)
    ]


class _Rows:
    def __init__(self, evidence: Evidence) -> None:
        self.changed = {change.path for change in evidence.changes}
        self._evidence = evidence
        self._units = {unit.key: unit for unit in evidence.units if unit.head and self.changed & {*unit.head.unit.rows}}
        self._read: dict[str, tuple[bytes, _Values]] = {}

    def of(self, finding: Finding, statement: Statement) -> Place | None:
        unit = self._units.get(statement.unit)
        if unit is None or finding.file or finding.state is not FindingState.INTRODUCED or not statement.at:
            return None
        value = _held(unit, finding, statement)
        files = unit.head.unit.rows if unit.head else ()
        told = [(file, path) for file in files for path, text in self._new(file).items() if _gives(text, value)]
        if len(told) > 1:  # of the parts of an image it is the version that the value ends with
            told = [(file, path) for file, path in told if value.endswith(self._new(file)[path])]
        if not value or len(told) != 1:
            return None
        file, path = told[0]
        line = find_lines(self._read[file][0], name=file, number=0, places=[path])[0]
        return (file, line) if line else None

    def _new(self, file: str) -> _Values:
        """The values of a file of head that base has not."""
        if file not in self.changed:
            return {}
        if file not in self._read:
            data, now = _values(self._evidence.head, file)
            _, was = _values(self._evidence.base, file)
            self._read[file] = data, {path: text for path, text in now.items() if was.get(path) != text}
        return self._read[file][1]


def _held(unit: UnitEvidence, finding: Finding, statement: Statement) -> str:
    """The text that a finding is about; "" for none."""
    rendered = unit.head.objects if unit.head else ()
    value: Any = next((r.fields for r in rendered if r.id == finding.object), None)
    for step in statement.at:
        known = isinstance(value, dict) or (isinstance(value, list) and isinstance(step, int) and step < len(value))
        value = (value.get(step) if isinstance(value, dict) else value[step]) if known else None
    return str(value) if isinstance(value, str | int) else ""


def _gives(text: str, value: str) -> bool:
    return text == value or (len(text) >= _SHORTEST and text in value)


def _values(files: Snapshot, file: str) -> tuple[bytes, _Values]:
    """The file, and its scalars by their places; none for what is no file of one document."""
    entry = files.entry(file)
    if entry is None or entry.is_symlink or entry.is_submodule:
        return b"", {}
    try:
        data = files.read(entry)
        documents = load_all(data, name=file) if len(data) <= _LARGEST else []
    except GatehouseError:
        return b"", {}
    found = dict(_scalars(documents[0].value)) if len(documents) == 1 else {}
    return data, found if len(found) <= _MOST else {}


def _scalars(value: Any, path: _Path = ()) -> Iterator[tuple[_Path, str]]:
    stack: list[tuple[_Path, Any]] = [(path, value)]
    while stack:
        at, item = stack.pop()
        if isinstance(item, dict):
            stack += [((*at, key), each) for key, each in item.items() if isinstance(key, str)]
        elif isinstance(item, list):
            stack += [((*at, number), each) for number, each in enumerate(item)]
        elif isinstance(item, str | int):
            yield at, str(item)
