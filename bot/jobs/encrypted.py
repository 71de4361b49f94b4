"""That encrypted values stay so is told where some differ: most units of a cluster that can decrypt hold none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bot.affected.encrypted import ENCRYPTED
from bot.model.result import ObjectChange


def where_it_matters(notes: Iterable[str], objects: Sequence[ObjectChange]) -> Iterator[str]:
    """The notes of a unit, without the one about encrypted values where none of the objects that differ may hold any."""
    for note in notes:
        if note != ENCRYPTED or any(_may_be_encrypted(change) for change in objects):
            yield note


def _may_be_encrypted(change: ObjectChange) -> bool:
    """A Secret from encrypted files is masked as a whole."""
    return change.id.kind == "Secret" or "ENC[" in change.diff
