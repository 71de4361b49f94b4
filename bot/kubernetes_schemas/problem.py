"""One mistake in one object."""

from __future__ import annotations

from dataclasses import dataclass

Place = tuple[str | int, ...]

UNKNOWN_FIELD = "unknown-field"
MISSING_FIELD = "missing-field"
WRONG_TYPE = "wrong-type"
BAD_VALUE = "bad-value"
DUPLICATE_ITEM = "duplicate-item"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong at which place, what follows, and the way out.

    ``rule`` is one of the words above. ``mark`` stays the same while the problem does: items of lists are named by what
    Kubernetes tells them apart by, and no value that may move is in it. ``certain`` is False where the API server warns
    or only some ways of applying refuse.
    """

    rule: str
    place: Place
    message: str
    fix: str
    mark: str
    certain: bool = True
