"""What is to be said about CODEOWNERS itself: lines that do not count, a change of the file, no file at all."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from bot.checks.approvals import required_of
from bot.codeowners import Found, Harm, Ownership, Problem
from bot.model.evidence import Evidence, Said, Side, Statement
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
    """CODEOWNERS of the base side, by which a change is judged, and as it will be after it. ``moved``: the change makes
    another file the one that counts."""

    base: Found
    head: Found
    moved: bool = False

    def side(self, side: Side) -> Found:
        return self.base if side is Side.BASE else self.head


def file_statements(book: Book, concerned: Iterable[str], files: Snapshot) -> Said:
    """About the file of each side: a line that is wrong on both is known, and stops nobody who only comes later. What a
    change of the file makes wrong matters wherever one of ``files``, those of head, may get other owners by it."""
    paths = list(dict.fromkeys(concerned))
    known = {_mark(problem) for problem in book.base.owners.problems}
    new = {problem for problem in book.head.owners.problems if _mark(problem) not in known}
    every = (entry.path for entry in files.walk("")) if new else ()
    return Said(
        base=tuple(_side(book.base, _mattering(book.base, paths))),
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


# -- a change of the file


def file_change(book: Book, evidence: Evidence) -> Iterator[Statement]:
    """That the change moves ownership, what it moves, and who has to agree to that."""
    base, head = book.base, book.head
    if not base.path or not (book.moved or any(change.path == base.path for change in evidence.changes)):
        return
    lost, other = _moves(book, evidence)
    guards = [name for owners in required_of(base, base.path) for name in owners.owners]
    begins = not guards and not lost and other == [base.path]  # the way out of having none
    stops = not guards and not begins
    severity = Severity.ERROR if stops else Severity.WARNING if lost or begins else Severity.INFO
    what = f"{head.path} takes the place of {base.path}" if head.path and book.moved else f"{base.path} changes"
    what = what if head.path else f"{base.path} goes, and nothing takes its place"
    effect = _counted(lost, "loses its owners", "lose their owners") + _counted(
        other, "gets other owners", "get other owners"
    )
    who = f"{', '.join(guards)} must agree" if guards else "Nobody owns it, so anybody may make themselves an owner"
    fix = "Ask them for an approval." if guards else f"Give {base.path} an owner in a change of its own first."
    yield Statement(
        rule="owners/codeowners",
        severity=severity,
        message=f"{what}: {'; '.join(effect) or 'no file gets other owners'}. {who}.",
        fix="Make sure that it is who should own it." if begins else fix,
        file=head.path or base.path,
        mark=base.path,
    )


def _moves(book: Book, evidence: Evidence) -> tuple[list[str], list[str]]:
    """The files at head that lose all owners, and those that get other ones."""
    lost: list[str] = []
    other: list[str] = []
    for entry in evidence.head.walk(""):
        before = [_who(owners) for owners in required_of(book.base, entry.path)]
        after = [_who(owners) for owners in required_of(book.head, entry.path)]
        if before != after:
            (lost if before and not after else other).append(entry.path)
    return lost, other


def _who(owners: Ownership) -> tuple[object, ...]:
    return owners.section, frozenset(owners.owners), owners.approvals


def _counted(paths: list[str], one: str, many: str) -> list[str]:
    if not paths:
        return []
    return [f"{paths[0]} {one}" if len(paths) == 1 else f"{len(paths):,} files {many}, such as {paths[0]}"]
