"""Rendered documents to objects, and the objects of base and head to what changed between them.

The cost grows with what differs: documents with the same digest on both sides are never parsed.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from bot import documents, redaction
from bot.diff import align, danger, generated, images, lines, noise, remembered
from bot.diff.words import one_line
from bot.errors import UserError
from bot.model.remember import WORTH_KEEPING, Remember, ask_again
from bot.model.resource import Document, Rendered, Resource
from bot.model.result import ObjectChange, ObjectState
from bot.model.unit import ObjectId

NO_KIND = "(no kind)"
NO_NAME = "(no name)"
TEXT = "(text)"  # the one field of what is no object

T = TypeVar("T")
_Key = Callable[[ObjectId], object]
Alike = Callable[[str, int], str]  # what a name of base (0) or head (1) is without the name of its environment
Pair = tuple[Resource | None, Resource | None]
_REMEMBERED = 4 * 1024 * 1024  # characters of documents whose objects are kept; the objects take ten times as much


class Memory:
    """What was read and compared already: units share objects, above all those of the same base. ``whole``: nothing is
    forgotten, because whoever comes next (the checks) holds all objects anyway. ``remember``: what earlier runs read."""

    def __init__(self, *, whole: bool = False, remember: Remember = ask_again) -> None:
        self.remember = remember
        self._whole = whole
        self._most = float("inf") if whole else _REMEMBERED
        self._read: dict[str, list[Resource]] = {}  # the least recently read first
        self._size = 0
        self._changes: dict[tuple[object, ...], ObjectChange] = {}

    def objects(self, document: Document) -> list[Resource]:
        """The objects of a document."""
        if document.digest in self._read:
            found = self._read.pop(document.digest)
        else:
            found = flatten(read(document, self.remember if self._whole else ask_again))
            self._size += len(document.text)
        self._read[document.digest] = found
        while self._size > self._most and len(self._read) > 1:
            forgotten = next(iter(self._read))
            self._size -= sum(len(r.document.text) for r in self._read.pop(forgotten))
        return found

    def change(self, pair: Pair, make: Callable[[], ObjectChange]) -> ObjectChange:
        """The change of a pair, made once. Only for what depends on nothing else."""
        key = tuple(side and (side.id, side.document.digest) for side in pair)
        if key not in self._changes:
            self._changes[key] = make()
        return self._changes[key]


def read(document: Document, remember: Remember = ask_again) -> Resource:
    """The object of a document; of a large one ``remember`` may have the fields.

    ``generateName: x-`` gives the name ``x-*``; without kind or name the identity says so. A text that is no mapping,
    or that cannot be read, becomes an object with the single field ``(text)``: it is compared, never lost.
    """
    text = document.text
    if len(text) < WORTH_KEEPING:
        value = _loaded(text)
    else:
        digest = hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
        value = remember("fields", digest, lambda: _loaded(text))
    fields: dict[str, object] = value if isinstance(value, dict) else {TEXT: text}
    return Resource(identity(fields), fields, document)


def _loaded(text: str) -> object:
    try:
        return documents.load_one(text)
    except UserError:
        return None


def identity(fields: dict[str, Any]) -> ObjectId:
    """The identity that an object's own fields give it."""
    metadata = fields.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    generate = _word(metadata.get("generateName"))
    name = _word(metadata.get("name")) or (f"{generate}*" if generate else NO_NAME)
    kind = _word(fields.get("kind")) or NO_KIND
    return ObjectId(_word(fields.get("apiVersion")), kind, _word(metadata.get("namespace")), name)


def _word(value: object) -> str:
    """A field of an identity, fit for one line: no control characters, not endless."""
    if value is None or isinstance(value, dict | list):
        return ""
    text = value if isinstance(value, str) else documents.dump(value).strip()
    return one_line(text)


def flatten(resource: Resource) -> list[Resource]:
    """The objects of a ``kind: List`` (or ``ConfigMapList`` …), which may hold lists again; others as they are."""
    items = resource.fields.get("items")
    kind = resource.id.kind
    if not isinstance(items, list) or not kind.endswith("List") or "spec" in resource.fields:
        return [resource]
    found: list[Resource] = []
    for item in items:
        if isinstance(item, dict):
            found += flatten(_item(item, resource.fields, kind.removesuffix("List")))
    return found


def _item(item: dict[str, object], parent: dict[str, object], kind: str) -> Resource:
    inherited = {"apiVersion": parent.get("apiVersion"), "kind": kind} if kind and "kind" not in item else {}
    fields = {**inherited, **item}
    text = documents.dump(fields)
    digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
    return Resource(identity(fields), fields, Document(text, digest))


def pair(
    base: Rendered,
    head: Rendered,
    *,
    fold: noise.Folding = noise.DEFAULT,
    memory: Memory | None = None,
    lands_in: tuple[str, str] = ("", ""),
    alike: Alike | None = None,
) -> tuple[ObjectChange, ...]:
    """What changes from base to head, dangerous first. A side without the unit is ``Rendered(())``.

    Objects are paired by identity; then the same kind, namespace and name with another apiVersion; then generated
    ConfigMaps and Secrets that differ by their hash suffix (``was`` names the old identity in both); then again, with
    the namespaces of ``lands_in`` (base's and head's) for objects that name none. The order of documents means nothing.
    ``alike``: the sides are two environments; what is left is paired by kind and name alone, then by that part of its name.
    ``fold`` says what is noise (``noise.folding``), the same in all calls that share a ``memory``.
    """
    old_documents, new_documents = _unequal(base.documents, head.documents, _digest)
    if not old_documents and not new_documents:
        return ()
    memory = memory or Memory()
    return remembered.changes(
        old_documents,
        new_documents,
        (fold, lands_in, alike is not None),
        memory.remember if alike is None else ask_again,
        lambda: _compared(old_documents, new_documents, fold, memory, lands_in, alike),
    )


def _compared(  # noqa: PLR0917
    old_documents: list[Document],
    new_documents: list[Document],
    fold: noise.Folding,
    memory: Memory,
    lands_in: tuple[str, str],
    alike: Alike | None,
) -> tuple[ObjectChange, ...]:
    old, new = _objects(old_documents, memory), _objects(new_documents, memory)
    old, new = _unequal(old, new, lambda resource: resource.document.digest)  # items of lists have digests only now
    pairs = list(_paired(old, new, lands_in, alike))
    renames = generated.renames((b.id, h.id) for b, h in pairs if b and h)
    changes = [_remembered(b, h, fold, renames, memory) for b, h in pairs]
    if not changes:  # only the outside of lists differs: say so all the same
        outer = read((new_documents or old_documents)[0])
        changes = [_formatting(outer.id)]
    return danger.order(changes)


def _digest(document: Document) -> str:
    return document.digest


def _unequal(base: Sequence[T], head: Sequence[T], digest: Callable[[T], str]) -> tuple[list[T], list[T]]:
    """Both sides without what both have (as often as both have it)."""
    return _without(base, head, digest), _without(head, base, digest)


def _without(items: Sequence[T], others: Sequence[T], digest: Callable[[T], str]) -> list[T]:
    left = Counter(map(digest, others))
    kept = []
    for item in items:
        if left[digest(item)]:
            left[digest(item)] -= 1
        else:
            kept.append(item)
    return kept


def _objects(found: Iterable[Document], memory: Memory) -> list[Resource]:
    return [resource for document in found for resource in memory.objects(document)]


def _paired(
    base: list[Resource], head: list[Resource], lands_in: tuple[str, str], alike: Alike | None
) -> Iterator[Pair]:
    """Pairs by ever looser identity; what finds no partner stands alone."""
    for key in (_exact, _any_version, _stem):
        matches, base, head = _match(base, head, key, key)
        yield from matches
    for key in (_any_version, _stem) if any(lands_in) else ():
        matches, base, head = _match(base, head, *(partial(_landed, key, namespace) for namespace in lands_in))
        yield from matches
    if alike is not None:
        for loosely in (_by_name, _by_part):
            matches, base, head = _match(base, head, *(partial(loosely, alike, side) for side in (0, 1)))
            yield from matches
    yield from ((b, None) for b in base)
    yield from ((None, h) for h in head)


def _match(
    base: list[Resource], head: list[Resource], old_key: _Key, new_key: _Key
) -> tuple[list[Pair], list[Resource], list[Resource]]:
    waiting: dict[object, list[int]] = {}  # positions: an object may stand there twice
    for position in reversed(range(len(base))):
        if (k := old_key(base[position].id)) is not None:
            waiting.setdefault(k, []).append(position)
    pairs: list[Pair] = []
    unpaired = []
    taken = set()
    for resource in head:
        k = new_key(resource.id)
        if k is not None and waiting.get(k):
            position = waiting[k].pop()
            taken.add(position)
            pairs.append((base[position], resource))
        else:
            unpaired.append(resource)
    return pairs, [b for position, b in enumerate(base) if position not in taken], unpaired


def _exact(object_id: ObjectId) -> object:
    return object_id


def _any_version(object_id: ObjectId) -> object:
    return None if object_id.name == NO_NAME else (object_id.kind, object_id.namespace, object_id.name)


def _stem(object_id: ObjectId) -> object:
    return generated.stem(object_id)


def _landed(key: _Key, namespace: str, object_id: ObjectId) -> object:
    """The key of an object where it ends up."""
    return key(object_id if object_id.namespace else replace(object_id, namespace=namespace))


def _by_name(_alike: Alike, _side: int, object_id: ObjectId) -> object:
    """In whatever namespace."""
    return None if object_id.name == NO_NAME else (object_id.kind, object_id.group, object_id.name)


def _by_part(alike: Alike, side: int, object_id: ObjectId) -> object:
    """The same without the environment's name and a hash suffix."""
    if object_id.name == NO_NAME:
        return None
    plain = generated.stem(object_id) or object_id
    return (object_id.kind, object_id.group, alike(plain.name, side))


def _remembered(
    base: Resource | None, head: Resource | None, fold: noise.Folding, renames: dict[str, str], memory: Memory
) -> ObjectChange:
    if renames:  # other names in other units
        return _change(base, head, fold, renames)
    return memory.change((base, head), lambda: _change(base, head, fold, renames))


def _change(base: Resource | None, head: Resource | None, fold: noise.Folding, renames: dict[str, str]) -> ObjectChange:
    if base and head:
        return _changed(base, head, fold, renames)
    only = head or base
    assert only is not None
    state, sign = (ObjectState.ADDED, "+") if head else (ObjectState.REMOVED, "-")
    before, after = base.fields if base else None, head.fields if head else None
    return ObjectChange(
        only.id,
        state,
        _shown(lines.whole(only.fields, sign)),
        danger=danger.reason(only.id, before, after, renames),
        images=images.moves(before, after),
    )


def _changed(base: Resource, head: Resource, fold: noise.Folding, renames: dict[str, str]) -> ObjectChange:
    before: Any = align.reorder(base.fields, head.fields)
    folded, noisy = noise.fold(before, head.fields, by=fold, renames=renames)
    rows = lines.unified(folded, head.fields)
    if not rows and not noisy:
        return _formatting(head.id)
    return ObjectChange(
        head.id,
        ObjectState.CHANGED,
        _shown(rows) if rows else f"  (only known noise differs: {len(noisy)} folded)",
        was=base.id if base.id != head.id else None,
        noise=noisy,
        danger=danger.reason(head.id, base.fields, head.fields, renames),
        images=images.moves(base.fields, head.fields),
        only_noise=not rows,
    )


def _formatting(object_id: ObjectId) -> ObjectChange:
    words = "  (only formatting, comments or order differ)"
    return ObjectChange(object_id, ObjectState.CHANGED, words, only_noise=True)


def _shown(rows: Iterable[str]) -> str:
    return "\n".join(redaction.hide_row(row) for row in rows)
