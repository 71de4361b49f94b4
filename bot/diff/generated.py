"""Names with a hash suffix, as kustomize's generators make them, and which old name became which new one."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.model.unit import ObjectId

# "-" and ten characters of a hexadecimal SHA-256 in which 0, 1, 3, a and e are g, h, k, m and t
# (kustomize, api/hasher/hasher.go; kubectl's --append-hash does the same).
_SUFFIX = re.compile(r"-[2456789bcdfghkmt]{10}\Z")
_KINDS = ("ConfigMap", "Secret")


def stem(object_id: ObjectId) -> ObjectId | None:
    """The identity without the hash suffix; None for an object that no generator makes or that has no suffix."""
    if object_id.kind not in _KINDS or not _SUFFIX.search(object_id.name):
        return None
    return ObjectId(object_id.api_version, object_id.kind, object_id.namespace, _SUFFIX.sub("", object_id.name))


def renames(pairs: Iterable[tuple[ObjectId, ObjectId]]) -> dict[str, str]:
    """Old name to new name of the pairs whose hash suffix differs; names that would be ambiguous are left out."""
    found: dict[str, str] = {}
    ambiguous: set[str] = set()
    for was, now in pairs:
        if was.name != now.name and found.setdefault(was.name, now.name) != now.name:
            ambiguous.add(was.name)
    return {old: new for old, new in found.items() if old not in ambiguous}
