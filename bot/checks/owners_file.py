"""What is to be said about CODEOWNERS itself: lines that do not count, no file at all."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from bot.codeowners import Found, Harm, Problem
from bot.model.evidence import Said, Side, Statement
from bot.model.result import Severity
from bot.model.snapshot import Snapshot

_MOST = 100  # statements about lines of one side
_SEVERITY = {
    Harm.LINE: Severity.ERROR,
    Harm.FILE: Severity.ERROR,
    Harm.SECTION: Severity.ERROR,
    Harm.OWNER: Severity.WARNING,
    Harm.NOTHING: Severity.WARNING,
}


@dataclass(frozen=True, slots=True)
class Book:
    """CODEOWNERS of the base side, by which a change is judged, and as it will be after it; ``was`` is what the change began
    with, where it touches the file and the base branch has moved on since. ``moved``: the change makes another file the one
    that counts."""

    base: Found
    head: Found
    moved: bool = False
    was: Found | None = None

    def side(self, side: Side) -> Found:
        """What a side says of itself: compared is what the change makes of the file, not what others did meanwhile."""
        return (self.was or self.base) if side is Side.BASE else self.head


def file_statements(book: Book, concerned: Iterable[str], files: Snapshot) -> Said:
    """About the file of each side: a line that is wrong on both is known, and stops nobody who only comes later. What a
    change of the file makes wrong matters wherever one of ``files``, those of head, may get other owners by it."""
    paths = list(dict.fromkeys(concerned))
    before = book.side(Side.BASE)
    known = {_mark(problem) for problem in before.owners.problems}
    new = {problem for problem in book.head.owners.problems if _mark(problem) not in known}
    every = (entry.path for entry in files.walk("")) if new else ()
    return Said(
        base=tuple(_side(before, _mattering(before, paths))),
        head=tuple(
            _side(
                book.head,
                _mattering(book.head, every, new) | _mattering(book.head, paths),
                gone=bool(book.base.path),
            )
        ),
    )


def _mattering(found: Found, paths: Iterable[str], wanted: Collection[Problem] | None = None) -> dict[Problem, str]:
    """Problems that may change who owns a path, with the first such path; no more of them than a report holds. ``wanted``:
    only these."""
    seen: dict[Problem, str] = {}
    most = min(_MOST, len(found.owners.problems if wanted is None else wanted))
    for path in paths if most else ():
        for problem in found.owners.problems_of(path):
            if problem not in seen and (wanted is None or problem in wanted):
                seen[problem] = path
                if len(seen) >= most:
                    return seen
    return seen


def _side(found: Found, matters: dict[Problem, str], *, gone: bool = False) -> Iterator[Statement]:
    if not found.path:
        yield _missing(gone=gone)
        return
    for problem in list(dict.fromkeys([*matters, *found.owners.problems]))[:_MOST]:
        yield _wrong(found, problem, matters.get(problem, ""))


def _missing(*, gone: bool) -> Statement:
    """A repository without owners is told how to begin, and not stopped: only a change that takes the file away is."""
    begin = "Begin with one line, * @org/team, in .github/CODEOWNERS (GitHub) or CODEOWNERS (GitLab)"
    return Statement(
        rule="owners/missing",
        severity=Severity.ERROR if gone else Severity.WARNING,
        message="There is no CODEOWNERS where the forge looks for it, so that no change needs anybody in particular.",
        fix="Keep CODEOWNERS." if gone else f"{begin}; then add lines for the paths that lead to production.",
    )


def _mark(problem: Problem) -> str:
    return f"{problem.pattern} {problem.reason}"


def _wrong(found: Found, problem: Problem, path: str) -> Statement:
    concerns = f" It may decide who owns {path}, so nobody can rely on the answer." if path else ""
    return Statement(
        rule="owners/invalid-line",
        severity=_severity(found, problem) if path else Severity.WARNING,
        message=f"{found.path}:{problem.line}:{problem.column}: {problem.reason}.{concerns}",
        fix=f"Mend line {problem.line} of {found.path}.",
        file=found.path,
        line=problem.line,
        mark=_mark(problem),
    )


def _severity(found: Found, problem: Problem) -> Severity:
    """What a problem weighs where it matters: an owner less is one, nobody left is another."""
    if problem.harm is Harm.OWNER and not any(e.owners for e in found.owners.entries if e.line == problem.line):
        return Severity.ERROR
    return _SEVERITY[problem.harm]
