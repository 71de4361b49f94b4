"""Who has agreed to a change, and whether anybody could be asked."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Asked(StrEnum):
    """Whether somebody was asked who has agreed to the change: "nobody was asked" is not "nobody has agreed"."""

    NOBODY = "not asked"  # there is no forge here: a terminal, a job of CI
    FORGE = "asked"
    NO_ANSWER = "no answer"  # a forge would know, and did not tell


@dataclass(frozen=True, slots=True)
class Approvals:
    """Owners who have agreed to the change as it is at head: users, teams and groups as CODEOWNERS writes them. ``by`` is
    empty unless the forge was asked."""

    asked: Asked
    by: frozenset[str] = frozenset()


NOT_ASKED = Approvals(Asked.NOBODY)
NO_ANSWER = Approvals(Asked.NO_ANSWER)
