"""Rendered objects compared: what a trial gives against what the material gives as it is.

In the output of a trial the marks are read as what they were written over. Where that gives the output as it was, each
change went its own way, and none had to do with another.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from bot.model.resource import at
from bot.model.unit import ObjectId
from bot.redaction import MARKER
from bot.render.trace_spots import as_text

if TYPE_CHECKING:
    from bot.render.trace_edit import Trial

Object = dict[str, Any]
_HASH = re.compile(r"-[bcdfghkmt2456789]{10}\Z")  # kustomize's suffix of generated names (api/hasher)
_CHECKSUM = re.compile(r"[0-9a-f]{32,128}\Z")  # of a file, in an annotation


def flat(value: object) -> Iterator[Object]:
    """The objects of a document: a list's items one by one."""
    if not isinstance(value, dict):
        return
    items = value.get("items")
    if str(value.get("kind", "")).endswith("List") and isinstance(items, list):
        for item in items:
            yield from flat(item)
    else:
        yield value


def identity(fields: Object) -> ObjectId:
    """The identity that an object's own fields give it."""
    metadata = fields.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    words = (fields.get("apiVersion"), fields.get("kind"), metadata.get("namespace"), metadata.get("name"))
    return ObjectId(*("" if word is None else str(word) for word in words))


def anywhere(value: object, path: Sequence[str | int]) -> Iterator[object]:
    """The values at a path, at any position of the lists on the way."""
    if not path:
        yield value
    elif isinstance(path[0], int):
        for item in value if isinstance(value, list) else []:
            yield from anywhere(item, path[1:])
    elif isinstance(value, dict) and path[0] in value:
        yield from anywhere(value[path[0]], path[1:])


def same_lengths(before: object, after: object, path: Sequence[str | int]) -> bool:
    """Whether the lists on the way to a path hold as many items as before."""
    for length, step in enumerate(path):
        if isinstance(step, int):
            one, other = at(before, path[:length]), at(after, path[:length])
            if not isinstance(one, list) or not isinstance(other, list) or len(one) != len(other):
                return False
    return True


def leaves(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], object]]:
    """Every scalar of a value with its path."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, (*path, key))
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from leaves(item, (*path, place))
    else:
        yield path, value


def without_hash(name: str) -> str:
    """A name without the suffix that kustomize gives what it generates."""
    return _HASH.sub("", name)


def is_masked(value: object) -> bool:
    """Whether a secret stood here, or in the text."""
    return isinstance(value, str) and MARKER.search(value) is not None


class Restorer:
    """Reads the marks of one trial as what they were written over."""

    def __init__(self, trial: Trial) -> None:
        self._before = {str(mark): c.spot.text[slice(*c.cut)] for c, mark in trial}
        words = sorted(self._before, key=len, reverse=True)
        self._marks = re.compile("|".join(map(re.escape, words)))

    def paired(self, before: list[Object], after: list[Object]) -> list[Object] | None:
        """The objects of a trial in the order of those before, by identity; None when they are others. Renderers may
        sort by name."""
        if len(before) != len(after):
            return None
        waiting: dict[tuple[str, ...], list[Object]] = {}
        for fields in reversed(after):
            waiting.setdefault(self._key(fields, restored=True), []).append(fields)
        found = []
        for fields in before:
            same = waiting.get(self._key(fields, restored=False))
            if not same:
                return None
            found.append(same.pop())
        return found

    def _key(self, fields: Object, *, restored: bool) -> tuple[str, ...]:
        own = identity(fields)
        words = (own.api_version, own.kind, own.namespace, own.name)
        return tuple(without_hash(self._text(word) if restored else word) for word in words)

    def alike(self, before: object, after: object) -> bool:
        """Whether nothing differs but marks, and hashes and checksums of what holds them."""
        if before == after:
            return True
        if isinstance(before, dict):
            return (
                isinstance(after, dict)
                and before.keys() == after.keys()
                and all(self.alike(value, after[key]) for key, value in before.items())
            )
        if isinstance(before, list):
            same = isinstance(after, list) and len(before) == len(after)
            return same and all(map(self.alike, before, after if isinstance(after, list) else []))
        return self._same(before, after)

    def _same(self, before: object, after: object) -> bool:
        if before is None or after is None or isinstance(after, dict | list) or is_masked(before):
            return is_masked(before) and not isinstance(after, dict | list)
        old, new = as_text(before), self._text(as_text(after))
        if without_hash(old) == without_hash(new):
            return True
        if _CHECKSUM.match(old) and _CHECKSUM.match(new):
            return len(old) == len(new)
        return self._decoded(new) == old

    def _text(self, text: str) -> str:
        return self._marks.sub(lambda found: self._before[found[0]], text)

    def _decoded(self, text: str) -> str:
        """What base64 holds, with its marks restored; "" where it is none."""
        try:
            plain = self._text(base64.b64decode(text, validate=True).decode())
        except ValueError:
            return ""
        return base64.b64encode(plain.encode()).decode()
