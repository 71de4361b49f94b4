"""Rendered documents to objects, and the objects of base and head to what changed between them.

The cost grows with what differs: documents with the same digest on both sides are never parsed.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from bot import documents, redaction
from bot.diff import align, danger, generated, images, lines, noise
from bot.diff.words import one_line
from bot.errors import UserError
from bot.model.resource import Document, Rendered, Resource
from bot.model.result import ObjectChange, ObjectState
from bot.model.unit import ObjectId

NO_KIND = "(no kind)"
NO_NAME = "(no name)"

Pair = tuple[Resource | None, Resource | None]


def read(document: Document) -> Resource:
    """The object of a document.

    ``generateName: x-`` gives the name ``x-*``; without kind or name the identity says so. A text that is no mapping,
    or that cannot be read, becomes an object with the single field ``(text)``: it is compared, never lost.
    """
    try:
        value = documents.load_one(document.text)
    except UserError:
        value = None
    fields: dict[str, object] = value if isinstance(value, dict) else {"(text)": document.text}
    return Resource(identity(fields), fields, document)


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


def pair(base: Rendered, head: Rendered, *, fold: Sequence[str] = noise.DEFAULT_FOLD) -> tuple[ObjectChange, ...]:
    """What changes from base to head, dangerous first. A side without the unit is ``Rendered(())``.

    Objects are paired by identity; then the same kind, namespace and name with another apiVersion; then generated
    ConfigMaps and Secrets that differ by their hash suffix (``was`` names the old identity in both). The order of
    documents means nothing. ``fold`` names the noise rules that are folded (``noise.RULES``).
    """
    old_documents, new_documents = _unequal(base.documents, head.documents)
    if not old_documents and not new_documents:
        return ()
    old, new = _objects(old_documents), _objects(new_documents)
    old, new = _unequal_objects(old, new)
    pairs = list(_paired(old, new))
    renames = generated.renames((b.id, h.id) for b, h in pairs if b and h)
    changes = [_change(b, h, fold, renames) for b, h in pairs]
    if not changes:  # only the outside of lists differs: say so all the same
        outer = read((new_documents or old_documents)[0])
        changes = [_formatting(outer.id)]
    return danger.order(changes)


def _unequal(base: Sequence[Document], head: Sequence[Document]) -> tuple[list[Document], list[Document]]:
    """Both sides without the documents that both have (as often as both have them)."""
    return _without(base, head), _without(head, base)


def _without(documents_: Sequence[Document], others: Sequence[Document]) -> list[Document]:
    left = Counter(d.digest for d in others)
    kept = []
    for document in documents_:
        if left[document.digest]:
            left[document.digest] -= 1
        else:
            kept.append(document)
    return kept


def _unequal_objects(base: list[Resource], head: list[Resource]) -> tuple[list[Resource], list[Resource]]:
    """The same for the items of lists, which only now have digests."""
    old, new = _unequal([r.document for r in base], [r.document for r in head])
    olds, news = {id(d) for d in old}, {id(d) for d in new}
    return [r for r in base if id(r.document) in olds], [r for r in head if id(r.document) in news]


def _objects(found: Iterable[Document]) -> list[Resource]:
    return [resource for document in found for resource in flatten(read(document))]


def _paired(base: list[Resource], head: list[Resource]) -> Iterator[Pair]:
    """Pairs by ever looser identity; what finds no partner stands alone."""
    for key in (_exact, _any_version, _stem):
        matches, base, head = _match(base, head, key)
        yield from matches
    yield from ((b, None) for b in base)
    yield from ((None, h) for h in head)


def _match(base: list[Resource], head: list[Resource], key: Any) -> tuple[list[Pair], list[Resource], list[Resource]]:
    waiting: dict[object, list[Resource]] = {}
    for resource in reversed(base):
        if (k := key(resource)) is not None:
            waiting.setdefault(k, []).append(resource)
    pairs: list[Pair] = []
    unpaired = []
    for resource in head:
        k = key(resource)
        if k is not None and waiting.get(k):
            pairs.append((waiting[k].pop(), resource))
        else:
            unpaired.append(resource)
    taken = {id(b) for b, _ in pairs}
    return pairs, [b for b in base if id(b) not in taken], unpaired


def _exact(resource: Resource) -> object:
    return resource.id


def _any_version(resource: Resource) -> object:
    object_id = resource.id
    return None if object_id.name == NO_NAME else (object_id.kind, object_id.namespace, object_id.name)


def _stem(resource: Resource) -> object:
    return generated.stem(resource.id)


def _change(base: Resource | None, head: Resource | None, fold: Sequence[str], renames: dict[str, str]) -> ObjectChange:
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


def _changed(base: Resource, head: Resource, fold: Sequence[str], renames: dict[str, str]) -> ObjectChange:
    before: Any = align.reorder(base.fields, head.fields)
    folded, noisy = noise.fold(before, head.fields, rules=fold, renames=renames)
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
