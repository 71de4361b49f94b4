"""The Application that an ApplicationSet generates is part of what its unit deploys: no file and no output shows it.

It is compared like any object of the unit, masked like all. Where nothing can be rendered, a note says what of it changes.

Its set owns it. Where another set makes it from now on, Kubernetes deletes it with the set that goes, or the set that stays
deletes it, and its finalizer takes its objects along (https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Application-Deletion).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot.affected.pairs import Pair
from bot.diff.words import one_line
from bot.documents import dump, load_one
from bot.model.resource import Document, Failed, Outcome, Rendered
from bot.model.unit import Renderer, Unit

if TYPE_CHECKING:
    from bot.jobs.ports import Result
    from bot.render.engine import Engine

_WHERE = ("server", "name", "namespace")
_MOST_FIELDS = 5
_PRESERVES = "preserveResourcesOnDeletion"


def with_generated(result: Result, engine: Engine) -> Result:
    """The result with the generated object on each side that has the unit; as it is where the object is the same."""
    pair, base, head = result
    is_handed_on = _is_handed_on(pair)
    if not any(unit and unit.generated for unit in pair) or (_same(pair) and not is_handed_on):
        return result
    was, now = (_document(unit, engine, with_owner=is_handed_on) for unit in pair)
    if pair.base and pair.head:
        pair = _told(pair, was, now, whole=isinstance(base, Failed) or isinstance(head, Failed))
        pair = _handed_on(pair) if is_handed_on else pair
        if _digests(base) == _digests(head):  # the build is the same: the change is the declaration's own
            pair = Pair(*(replace(unit, renderer=Renderer.ARGOCD) for unit in pair if unit))
    return pair, _added(base, was), _added(head, now)


def _same(pair: Pair) -> bool:
    if pair.base is None or pair.head is None:
        return False
    was, now = pair.base.generated, pair.head.generated
    return was == now or (bool(was and now) and json.loads(was) == json.loads(now))


def _is_handed_on(pair: Pair) -> bool:
    """Whether one set makes the Application at base, and another one at head."""
    base, head = pair
    if base is None or head is None or not (base.generated and head.generated):
        return False
    return base.application_set != head.application_set


def _handed_on(pair: Pair) -> Pair:
    """The pair with a note that says what becomes of the Application."""
    assert pair.base is not None and pair.head is not None
    old, new = (f"ApplicationSet {unit.application_set}" for unit in (pair.base, pair.head))
    objects = "its objects stay in the cluster" if _PRESERVES in pair.base.stays else "its objects go with it"
    more = f" To keep them, set {_PRESERVES} in {old} before." if _PRESERVES not in pair.base.stays else ""
    told = (
        f"{new} makes this Application in the place of {old}: Argo CD deletes the one that {old} owns, and {objects}; "
        f"then {new} makes it again.{more}"
    )
    return pair._replace(head=replace(pair.head, notes=(*pair.head.notes, told)))


def _document(unit: Unit | None, engine: Engine, *, with_owner: bool) -> Document | None:
    """The Application as an object. ``with_owner``: with the set that owns it, as Argo CD writes it."""
    if unit is None or not unit.generated:
        return None
    value = json.loads(unit.generated)
    if with_owner:
        owner = {"apiVersion": value["apiVersion"], "kind": "ApplicationSet", "name": unit.application_set}
        value["metadata"] = {**value["metadata"], "ownerReferences": [owner]}
    first = {name: value[name] for name in ("apiVersion", "kind", "metadata") if name in value}
    return engine.document(dump({**first, **value}))


def _digests(side: Outcome | None) -> list[str] | None:
    return [document.digest for document in side.documents] if isinstance(side, Rendered) else None


def _added(side: Outcome | None, document: Document | None) -> Outcome | None:
    if not isinstance(side, Rendered) or document is None:
        return side
    return replace(side, documents=(document, *side.documents))


def _told(pair: Pair, was: Document | None, now: Document | None, *, whole: bool) -> Pair:
    """The pair with what a reader must not miss as a note: where it is deployed to, and, with ``whole``, any other field."""
    if was is None or now is None or pair.head is None:
        return pair
    old, new = load_one(was.text), load_one(now.text)
    notes = []
    if moves := list(_moves(_fields(old, "spec", "destination"), _fields(new, "spec", "destination"))):
        notes.append(f"Its destination changes: {', '.join(moves)}.")
    if whole and (versions := list(_versions(_revisions(old), _revisions(new)))):
        more = " and more" if len(versions) > _MOST_FIELDS else ""
        notes.append(f"Its source changes: {', '.join(versions[:_MOST_FIELDS])}{more}.")
    if whole and (others := list(_others(old, new))):
        more = " and more" if len(others) > _MOST_FIELDS else ""
        notes.append(f"{pair.head.source} itself changes: {', '.join(others[:_MOST_FIELDS])}{more}.")
    return pair._replace(head=replace(pair.head, notes=(*pair.head.notes, *notes)))


def _moves(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for field in _WHERE:
        before, after = old.get(field), new.get(field)
        if before != after:
            yield f"{field} from {before or 'none'} to {after or 'none'}"


def _revisions(value: object) -> dict[tuple[str, str], str]:
    """The revision of each source by its repository and what it renders of it."""
    spec = _fields(value, "spec")
    several = spec.get("sources")
    sources = [spec.get("source"), *(several if isinstance(several, list) else ())]
    found = {}
    for source in map(_fields, sources):
        chart, path = source.get("chart"), source.get("path")
        if chart or path:
            name = f"chart {chart}" if chart else str(path)
            found[str(source.get("repoURL")), one_line(name)] = one_line(str(source.get("targetRevision") or "HEAD"))
    return found


def _versions(old: Mapping[tuple[str, str], str], new: Mapping[tuple[str, str], str]) -> Iterator[str]:
    for key, revision in new.items():
        if old.get(key, revision) != revision:
            yield f"{key[1]} from {old[key]} to {revision}"


def _others(old: object, new: object) -> Iterator[str]:
    """The fields below spec, metadata ... that differ, but for the destination."""
    for above in dict.fromkeys((*_fields(old), *_fields(new))):
        before, after = _fields(old, above), _fields(new, above)
        for field in dict.fromkeys((*before, *after)):
            if field not in ("destination", "ownerReferences") and before.get(field) != after.get(field):
                yield f"{above}.{field}"


def _fields(value: object, *names: str) -> Mapping[str, Any]:
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value if isinstance(value, Mapping) else {}
