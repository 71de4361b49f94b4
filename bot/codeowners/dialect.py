"""The words of the package: a file as one forge reads it, its entries, its problems, and the answer about a path."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from bot.codeowners.match import EXEMPT, Matcher
from bot.codeowners.shape import Shape


class Dialect(StrEnum):
    GITHUB = "github"
    GITLAB = "gitlab"


class Entry(NamedTuple):
    """A line that counts. ``section`` is None outside of sections; ``exclusion`` takes paths out of its section."""

    pattern: str
    owners: tuple[str, ...]
    line: int
    section: str | None = None
    optional: bool = False
    approvals: int = 1
    exclusion: bool = False


class Ownership(NamedTuple):
    """What one section says about a path. No ``owners``: a line says on purpose, or by mistake, that nobody owns it.
    ``approvals`` of the owners are needed, none where the section is ``optional``."""

    owners: tuple[str, ...]
    optional: bool
    approvals: int
    section: str | None
    line: int
    pattern: str


class Harm(StrEnum):
    """What is lost by a problem."""

    LINE = "line"  # the line does not count
    OWNER = "owner"  # the line counts, some or all of its owners do not
    SECTION = "section"  # the lines up to the next header count otherwise than written
    FILE = "file"  # the whole file does not count
    NOTHING = "nothing"  # the line counts as the forge reads it, which is hardly what it was meant to say


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that the forge does not take, or takes otherwise than it looks. ``line`` and ``column`` count from 1;
    ``pattern`` is the line's own, "" where there is none; ``shape`` holds the paths that the line is about; ``until`` is
    the last line that is touched."""

    line: int
    column: int
    reason: str
    harm: Harm
    pattern: str = ""
    shape: Shape | None = None
    until: int = 0


class Section(NamedTuple):
    """One section: its entries in the order in which they are asked, the last first."""

    name: str | None
    optional: bool
    entries: Sequence[Entry]


class Codeowners:
    """One file, read. ``entries`` and ``problems`` are in the order of lines."""

    def __init__(
        self,
        dialect: Dialect,
        sections: Sequence[Section] = (),
        shapes: Sequence[Sequence[Shape]] = (),
        problems: Sequence[Problem] = (),
    ) -> None:
        """``shapes`` holds for each section the shapes of its entries."""
        self.dialect = dialect
        self.sections = tuple(sections)
        self.problems = tuple(sorted(problems, key=lambda p: (p.line, p.column)))
        self._matcher = Matcher()
        self._doubts: _Doubts | None = None
        for number, (section, own) in enumerate(zip(sections, shapes, strict=True)):
            for rank, (entry, shape) in enumerate(zip(section.entries, own, strict=True)):
                self._matcher.add(shape, number, rank + EXEMPT if entry.exclusion else rank)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Every line that counts."""
        return tuple(sorted((e for s in self.sections for e in s.entries), key=lambda e: e.line))

    def owners_of(self, path: str) -> tuple[Ownership, ...]:
        """One answer for each section that has a line for the path, in the order of sections; () when none has.

        ``path`` is a path from the root of the repository, as git names it.
        """
        found = self._matcher.ranks(path)
        answers = []
        for number in sorted(found) if len(found) > 1 else found:
            rank = found[number]
            if rank < EXEMPT:
                section = self.sections[number]
                entry = section.entries[rank]
                answers.append(
                    Ownership(entry.owners, section.optional, entry.approvals, section.name, entry.line, entry.pattern)
                )
        return tuple(answers)

    def problems_of(self, path: str) -> tuple[Problem, ...]:
        """The problems that may change who owns the path: lines that would have decided about it, or do otherwise than
        they look."""
        if not self.problems:
            return ()
        lines = [answer.line for answer in self.owners_of(path)]
        last = max(lines, default=0)
        doubts = self._doubted()
        found = {n for n in doubts.matcher.ranks(path) if self.problems[n].line >= last}  # a later line decides anyway
        found.update(doubts.whole)
        for line in lines:
            found.update(doubts.of_line.get(line, ()))
            found.update(n for n in doubts.of_sections if self.problems[n].line < line <= self.problems[n].until)
        return tuple(self.problems[number] for number in sorted(found))

    def _doubted(self) -> _Doubts:
        if self._doubts is None:
            self._doubts = _Doubts(self.problems)
        return self._doubts


class _Doubts:
    """Problems, by number, in the way they are looked for."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.matcher = Matcher()
        self.whole = [n for n, problem in enumerate(problems) if problem.harm is Harm.FILE]
        self.of_sections = [n for n, problem in enumerate(problems) if problem.harm is Harm.SECTION]
        self.of_line: dict[int, list[int]] = {}
        for number, problem in enumerate(problems):
            if problem.harm is Harm.OWNER:
                self.of_line.setdefault(problem.line, []).append(number)
            elif problem.shape is not None:
                self.matcher.add(problem.shape, number, 0)
