"""What made an object or a unit go: the line of a file that is still there, where there is one, because that is what a
reader can be shown; else the document as it was."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import NamedTuple

from bot.checks.written_documents import Place, WrittenDocuments
from bot.errors import GatehouseError
from bot.model.evidence import Evidence, Side, UnitEvidence
from bot.model.snapshot import Change, Snapshot
from bot.model.unit import ObjectId

_KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_MOST_LINES = 300
NOWHERE = Place("", 0)


class _Cut(NamedTuple):
    """Lines that a changed file has lost, and the line of head (1-based) where they stood."""

    lines: str
    line: int


class Causes:
    """The causes within one change."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._before = WrittenDocuments(evidence, Side.BASE)
        self._changes = {change.path: change for change in evidence.changes}
        self._cuts: dict[str, list[_Cut]] = {}

    def of_object(self, unit: UnitEvidence, found: ObjectId) -> Place:
        """Of an object of base that head lacks: cut out of a file, or its file is listed no longer, or is gone."""
        homes = self._before.of(found)
        for home in homes:
            if self._stays(home.file):
                return Place(home.file, self._line(home.file, found.name))
        listing = [self._listing(unit, home.file) for home in homes] or [self._listing(unit, "")]
        found_listing = next((place for place in listing if place.file), None)
        if found_listing or homes:
            return found_listing or homes[0]
        return self._on_the_way(unit)

    def of_unit(self, unit: UnitEvidence) -> Place:
        """Of a unit that nothing deploys any more: its declaration, what listed that, where the change began, or why the
        unit that held the declaration has lost it, or goes itself."""
        seen: set[str] = set()
        while unit.key not in seen:
            seen.add(unit.key)
            there = unit.base
            declared, source = (there.unit.declared_in, there.unit.source) if there else ("", None)
            if declared in self._changes and source is not None:
                return self.of_object(unit, source)
            place = self._on_the_way(unit)
            host = self._host(unit, source) if source is not None and not place.file else None
            if host is None:
                return place
            listing = self._listing(host, declared) if declared else NOWHERE
            if listing.file:
                return listing
            unit = host
        return NOWHERE

    def _host(self, unit: UnitEvidence, source: ObjectId) -> UnitEvidence | None:
        """The unit whose objects held a declaration at base: a root of Applications, a cluster's own Kustomization."""
        others = (other for other in self._evidence.units if other.base and other.key != unit.key)
        return next((o for o in others if o.base and any(r.id == source for r in o.base.objects)), None)

    def first_difference(self, path: str) -> Place:
        """The line of a file of head, which the change touches, where it differs first."""
        return Place(path, self._line(path, "") if self._stays(path) else 1)

    def _stays(self, path: str) -> bool:
        change = self._changes.get(path)
        return change is not None and change.before is not None and change.after is not None

    def _listing(self, unit: UnitEvidence, file: str) -> Place:
        """The kustomization that names a file, its directory or its path no longer; without a file, one of the unit that has
        lost anything."""
        words = [word for word in (file.rpartition("/")[2], file.rpartition("/")[0].rpartition("/")[2]) if word]
        listings = [p for p in self._changes if p.rpartition("/")[2] in _KUSTOMIZATIONS and self._stays(p)]
        for path in sorted(listings, key=lambda path: not _is_of(path, unit)):  # another unit's may list the same file
            for cut in self._cuts_of(path):
                if any(word in cut.lines for word in words) or (not file and _is_of(path, unit)):
                    return Place(path, cut.line)
        return NOWHERE

    def _on_the_way(self, unit: UnitEvidence) -> Place:
        """The changed path from which the unit is reached, if it is a file of head; else as it was, or what is gone of the
        unit's own directory."""
        paths = [step.source for step in unit.way[:1] if step.source in self._changes]
        stays = next((path for path in paths if self._stays(path)), "")
        if stays:
            return Place(stays, self._line(stays, ""))
        own = [path for path in self._changes if unit.base and unit.path and path.startswith(f"{unit.path}/")]
        own.sort(key=lambda path: (path.rpartition("/")[2] not in _KUSTOMIZATIONS, path.count("/")))
        gone = [path for path in (*paths, *own) if self._changes[path].after is None]
        return Place(gone[0], 1) if gone and unit.head is None else NOWHERE

    def _line(self, path: str, word: str) -> int:
        """Where a file has lost lines with a word, or anything; where else it differs first."""
        cuts = self._cuts_of(path)
        named = next((cut.line for cut in cuts if word and word in cut.lines), 0)
        return named or (cuts[0].line if cuts else self._first(path))

    def _first(self, path: str) -> int:
        """The line of head at which a file that has lost no line differs first: the first that it has got."""
        sides = _lines(self._changes[path], self._evidence.base, self._evidence.head)
        return max(1, min(_common(*sides) + 1, len(sides[1]))) if sides else 1

    def _cuts_of(self, path: str) -> list[_Cut]:
        if path not in self._cuts:
            self._cuts[path] = list(_cuts(self._changes[path], self._evidence.base, self._evidence.head))
        return self._cuts[path]


def _is_of(path: str, unit: UnitEvidence) -> bool:
    folder = path.rpartition("/")[0]
    return folder == unit.path or any(step.source in (folder, path) for step in unit.way)


def _lines(change: Change, base: Snapshot, head: Snapshot) -> tuple[list[str], list[str]] | None:
    """The lines of both sides of a file that stays; None where one cannot be read."""
    if change.before is None or change.after is None:
        return None
    try:
        old, new = (
            files.read(entry).decode("utf-8", "replace").splitlines()
            for files, entry in ((base, change.before), (head, change.after))
        )
    except GatehouseError:
        return None
    return old, new


def _cuts(change: Change, base: Snapshot, head: Snapshot) -> Iterator[_Cut]:
    sides = _lines(change, base, head)
    if sides is None:
        return
    old, new = sides
    start = _common(old, new)
    end = _common(old[start:][::-1], new[start:][::-1])
    lost, came = old[start : len(old) - end], new[start : len(new) - end]
    if max(len(lost), len(came)) > _MOST_LINES:  # a comparison line by line may take the third power of their number
        yield _Cut("\n".join(lost), max(1, min(start + 1, len(new))))
        return
    for what, i, j, at, _ in SequenceMatcher(None, lost, came, autojunk=False).get_opcodes():
        if what in ("delete", "replace"):
            yield _Cut("\n".join(lost[i:j]), max(1, min(start + at + 1, len(new))))


def _common(one: list[str], other: list[str]) -> int:
    """How many lines both begin with."""
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
