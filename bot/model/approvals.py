"""Who has agreed to a change, and whether anybody could be asked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Asked(StrEnum):
    """Whether somebody was asked who has agreed to the change: "nobody was asked" is not "nobody has agreed"."""

    NOBODY = "not asked"  # there is no forge here: a terminal, a job of CI
    FORGE = "asked"
    NO_ANSWER = "no answer"  # a forge would know, and did not tell


@dataclass(frozen=True, slots=True)
class Approvals:
    """The people who have agreed to the change as it is at head: for each of them the owners that they are or belong to, as
    CODEOWNERS writes these. Empty unless the forge was asked."""

    asked: Asked
    by: tuple[frozenset[str], ...] = ()

    def of(self, owners: Iterable[str]) -> int:
        """How many people have agreed who are, or speak for, one of these owners; nobody counts twice."""
        wanted = frozenset(owners)
        return sum(bool(person & wanted) for person in self.by)


NOT_ASKED = Approvals(Asked.NOBODY)
NO_ANSWER = Approvals(Asked.NO_ANSWER)


def agreed(*people: Iterable[str]) -> Approvals:
    """What a forge tells: one element for each person, with the owners that they speak for."""
    return Approvals(Asked.FORGE, tuple(frozenset(person) for person in people))
