"""What differs between large documents, remembered from earlier runs: to compare and write them is most of a second run."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Any

from bot.model.remember import WORTH_KEEPING, Remember
from bot.model.resource import Document
from bot.model.result import ImageMove, ObjectChange, ObjectState
from bot.model.unit import ObjectId

Changes = tuple[ObjectChange, ...]


def changes(
    base: Sequence[Document], head: Sequence[Document], fold: object, remember: Remember, compare: Callable[[], Changes]
) -> Changes:
    """What ``compare`` says of the documents of both sides, by their digests. ``fold``: how it folds noise. The texts of
    differences are masked (``hide_row``) before they come here."""
    if sum(len(document.text) for document in (*base, *head)) < WORTH_KEEPING:
        return compare()
    digest = hashlib.sha256(repr(fold).encode("utf-8", "surrogateescape"))
    for side in (base, head):
        digest.update(b"\0")
        for document in side:
            digest.update(f"{document.digest} ".encode())
    found: Any = remember("what differs", digest.hexdigest(), lambda: [_raw(change) for change in compare()])
    return tuple(_change(raw) for raw in found)


def _raw(change: ObjectChange) -> dict[str, object]:
    raw = {field.name: getattr(change, field.name) for field in fields(change)}
    raw["id"], raw["was"] = _words(change.id), change.was and _words(change.was)
    raw["images"] = [_words(move) for move in change.images]
    return {**raw, "state": str(change.state), "noise": list(change.noise)}


def _words(made: ObjectId | ImageMove) -> list[str]:
    return [getattr(made, field.name) for field in fields(made)]


def _change(raw: dict[str, Any]) -> ObjectChange:
    read = {
        "id": ObjectId(*raw["id"]),
        "was": ObjectId(*raw["was"]) if raw["was"] else None,
        "state": ObjectState(raw["state"]),
        "noise": tuple(raw["noise"]),
        "images": tuple(ImageMove(*words) for words in raw["images"]),
    }
    return ObjectChange(**{**raw, **read})
