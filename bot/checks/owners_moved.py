"""A change of CODEOWNERS itself: whose files it moves to whom, production first, and who has to agree to that."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from bot.checks.approvals import required_of
from bot.checks.owners_file import Book
from bot.codeowners import Ownership
from bot.model.evidence import Evidence, Side, Statement
from bot.model.result import Severity

_NAMED = 3  # owners named in one sentence


class _Move(NamedTuple):
    """A file of which head says something else than base."""

    path: str
    before: Sequence[Ownership]
    after: Sequence[Ownership]

    @property
    def is_lost(self) -> bool:
        return bool(self.before) and not self.after

    @property
    def is_number(self) -> bool:
        """Whether only the number of approvals is another one."""
        return [w[:2] for w in map(_who, self.before)] == [w[:2] for w in map(_who, self.after)]


def file_change(book: Book, evidence: Evidence, vital: Collection[str]) -> Iterator[Statement]:
    """That the change moves ownership, what it moves, and who has to agree to that. ``vital`` are the files that make
    production what it is: whoever gets them is named first, and worth a look."""
    base, head = book.base, book.head
    if not base.path or not (book.moved or any(change.path == base.path for change in evidence.changes)):
        return
    moves = sorted(_moves(book, evidence), key=lambda move: move.path not in vital)
    guards = [name for owners in required_of(base, base.path) for name in owners.owners]
    begins = not guards and [move.path for move in moves if not move.is_lost] == [base.path] and len(moves) == 1
    is_heavy = any(move.is_lost or move.path in vital or move.path == base.path for move in moves)
    what = f"{head.path} takes the place of {base.path}" if head.path and book.moved else f"{base.path} changes"
    what = what if head.path else f"{base.path} goes, and nothing takes its place"
    who = f"{', '.join(guards)} must agree" if guards else "Nobody owns it, so anybody may make themselves an owner"
    fix = "Ask them for an approval." if guards else f"Give {base.path} an owner in a change of its own first."
    stops = not (guards or begins)  # giving it an owner, and doing nothing else, is the way out of having none
    yield Statement(
        rule="owners/codeowners",
        severity=Severity.ERROR if stops else Severity.WARNING if is_heavy else Severity.INFO,
        message=f"{what}: {'; '.join(_effect(moves, vital)) or 'no file gets other owners'}. {who}.",
        fix="Make sure that it is who should own it." if begins else fix,
        file=head.path or base.path,
        line=_line(book, moves),
        mark=base.path,
    )


def _moves(book: Book, evidence: Evidence) -> Iterator[_Move]:
    for entry in evidence.head.walk(""):
        before, after = (required_of(book.side(side), entry.path) for side in Side)
        if list(map(_who, before)) != list(map(_who, after)):
            yield _Move(entry.path, before, after)


def _who(owners: Ownership) -> tuple[object, ...]:
    return owners.section, frozenset(owners.owners), owners.approvals


def _effect(moves: list[_Move], vital: Collection[str]) -> Iterator[str]:
    lost = [move for move in moves if move.is_lost]
    number = [move for move in moves if move.is_number]
    other = [move for move in moves if not (move.is_lost or move.is_number)]
    yield from _counted(lost, "loses its owners", "lose their owners", vital)
    yield from _counted(number, "needs another number of approvals", "need another number of approvals", vital)
    yield from _counted(other, "gets other owners", "get other owners", vital)


def _counted(moves: list[_Move], one: str, many: str, vital: Collection[str]) -> Iterator[str]:
    if not moves:
        return
    move = moves[0]
    shown = f"{move.path}{' of production' if move.path in vital else ''}"
    if len(moves) == 1:
        yield f"{shown} {one} ({_difference(move)})"
    else:
        yield f"{len(moves):,} files {many}, such as {shown} ({_difference(move)})"


def _difference(move: _Move) -> str:
    """From whom to whom, or from how many approvals to how many."""
    before, after = ([name for each in side for name in each.owners] for side in (move.before, move.after))
    if move.is_lost:
        return _people(before)
    if move.is_number:
        return " → ".join(str(sum(owners.approvals for owners in side)) for side in (move.before, move.after))
    gone, come = [n for n in before if n not in after], [n for n in after if n not in before]
    if gone and come:
        return f"{_people(gone)} → {_people(come)}"
    if not before:
        return f"nobody → {_people(after)}"
    return f"also {_people(come)}" if come else f"no longer {_people(gone)}" if gone else "the same people otherwise"


def _people(names: list[str]) -> str:
    every = list(dict.fromkeys(names))
    return f"{', '.join(every[:_NAMED])}{' and others' if len(every) > _NAMED else ''}"


def _line(book: Book, moves: list[_Move]) -> int:
    """The line of head that decides about the first file that moves; 0 where there is none."""
    said = book.head.owners.owners_of(moves[0].path) if moves and book.head.path else ()
    return said[-1].line if said else 0
