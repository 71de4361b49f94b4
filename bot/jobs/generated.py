"""The Application that an ApplicationSet generates is part of what its unit deploys: no file and no output shows it.

It is compared like any object of the unit, masked like all. Where nothing can be rendered, a note says what of it changes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot.affected.pairs import Pair
from bot.documents import dump, load_one
from bot.model.resource import Document, Failed, Outcome, Rendered
from bot.model.unit import Renderer, Unit

if TYPE_CHECKING:
    from bot.render.engine import Engine

_WHERE = ("server", "name", "namespace")
_MOST_FIELDS = 5

Result = tuple[Pair, Outcome | None, Outcome | None]


def with_generated(result: Result, engine: Engine) -> Result:
    """The result with the generated object on each side that has the unit; as it is where the object is the same."""
    pair, base, head = result
    if not any(unit and unit.generated for unit in pair) or _same(pair):
        return result
    was, now = (_document(unit, engine) for unit in pair)
    if pair.base and pair.head:
        pair = _told(pair, was, now, whole=isinstance(base, Failed) or isinstance(head, Failed))
        if _digests(base) == _digests(head):  # the build is the same: the change is the declaration's own
            pair = Pair(*(replace(unit, renderer=Renderer.ARGOCD) for unit in pair if unit))
    return pair, _added(base, was), _added(head, now)


def _same(pair: Pair) -> bool:
    if pair.base is None or pair.head is None:
        return False
    was, now = pair.base.generated, pair.head.generated
    return was == now or (bool(was and now) and json.loads(was) == json.loads(now))


def _document(unit: Unit | None, engine: Engine) -> Document | None:
    if unit is None or not unit.generated:
        return None
    value = json.loads(unit.generated)
    first = {name: value[name] for name in ("apiVersion", "kind", "metadata") if name in value}
    return engine.document(dump({**first, **value}))


def _digests(side: Outcome | None) -> list[str] | None:
    return [document.digest for document in side.documents] if isinstance(side, Rendered) else None


def _added(side: Outcome | None, document: Document | None) -> Outcome | None:
    if not isinstance(side, Rendered) or document is None:
        return side
    return Rendered((document, *side.documents), side.notes)


def _told(pair: Pair, was: Document | None, now: Document | None, *, whole: bool) -> Pair:
    """The pair with what a reader must not miss as a note: where it is deployed to, and, with ``whole``, any other field."""
    if was is None or now is None or pair.head is None:
        return pair
    old, new = load_one(was.text), load_one(now.text)
    notes = []
    if moves := list(_moves(_fields(old, "spec", "destination"), _fields(new, "spec", "destination"))):
        notes.append(f"Its destination changes: {', '.join(moves)}.")
    if whole and (others := list(_others(old, new))):
        more = " and more" if len(others) > _MOST_FIELDS else ""
        notes.append(f"{pair.head.source} itself changes: {', '.join(others[:_MOST_FIELDS])}{more}.")
    return pair._replace(head=replace(pair.head, notes=(*pair.head.notes, *notes)))


def _moves(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for field in _WHERE:
        before, after = old.get(field), new.get(field)
        if before != after:
            yield f"{field} from {before or 'none'} to {after or 'none'}"


def _others(old: object, new: object) -> Iterator[str]:
    """The fields below spec, metadata ... that differ, but for the destination."""
    for above in dict.fromkeys((*_fields(old), *_fields(new))):
        before, after = _fields(old, above), _fields(new, above)
        for field in dict.fromkeys((*before, *after)):
            if field != "destination" and before.get(field) != after.get(field):
                yield f"{above}.{field}"


def _fields(value: object, *names: str) -> Mapping[str, Any]:
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value if isinstance(value, Mapping) else {}
