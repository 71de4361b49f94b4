"""An Application that somebody applies by hand: its file lies where no render takes it, as that of a root often does.

Where nothing shows the object, it is part of what its own unit deploys, like one that an ApplicationSet generates: another
destination, project or sync policy is a change although the manifests stay the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.affected.pairs import Pair
from bot.affected.sources import identity_of
from bot.documents import load_all
from bot.errors import UserError
from bot.model.resource import Document, Failed, Rendered
from bot.model.unit import ObjectId, Unit

if TYPE_CHECKING:
    from bot.affected.view import View
    from bot.jobs.ports import Result

_LARGEST = 1024 * 1024  # of a file that is read again


def with_own_objects(results: list[Result], before: View, after: View) -> list[Result]:
    """The results in which Applications that differ between both sides, and that no render of either side shows, bring
    their object along (``Unit.generated``)."""
    return [_with_own(result, results, before, after) for result in results]


def _with_own(result: Result, results: list[Result], before: View, after: View) -> Result:
    (base, head), built_before, built_now = result
    if base is None or head is None or not (_is_of_a_file(base) and _is_of_a_file(head)):
        return result
    if base.declared_in == head.declared_in and before.entry(base.declared_in) == after.entry(head.declared_in):
        return result
    was, now = _written(base, before), _written(head, after)
    if was is None or now is None or was == now or _is_shown(head.source, results):
        return result
    pair = Pair(replace(base, generated=json.dumps(was)), replace(head, generated=json.dumps(now)))
    return pair, built_before, built_now


def _is_of_a_file(unit: Unit) -> bool:
    own = unit.source
    return own is not None and (own.group, own.kind) == ("argoproj.io", "Application") and not (
        unit.generated or unit.application_set or unit.template
    )  # fmt: skip


def _written(unit: Unit, view: View) -> dict[str, object] | None:
    """The object as its file says it; None where it cannot be read again."""
    from bot.render.trace_alike import flat

    entry = view.entry(unit.declared_in)
    if entry is None or entry.is_symlink:
        return None
    data = view.read(entry)
    if len(data) > _LARGEST:
        return None
    try:
        documents = load_all(data, name=unit.declared_in)
        found = [v for d in documents for v in flat(d.value) if isinstance(v, dict) and identity_of(v) == unit.source]
    except UserError:
        return None
    return found[0] if len(found) == 1 else None


def _is_shown(source: ObjectId | None, results: Iterable[Result]) -> bool:
    return source is not None and any(_is_it(document, source) for document in _documents(results))


def _documents(results: Iterable[Result]) -> Iterator[Document]:
    for _, *sides in results:
        for side in sides:
            for part in (side, *(side.parts if isinstance(side, Failed) else ())):
                yield from part.documents if isinstance(part, Rendered) else ()


def _is_it(document: Document, source: ObjectId) -> bool:
    if source.name not in document.text or "Application" not in document.text:
        return False
    try:
        values = [each.value for each in load_all(document.text.encode("utf-8", "surrogateescape"), name="a render")]
    except UserError:
        return False
    return any(isinstance(v, dict) and _named(v) == (source.kind, source.name) for v in values)


def _named(value: dict[str, object]) -> tuple[str, str]:
    """Kind and name: the namespace may be what an Application puts its objects into."""
    found = identity_of(value)
    return found.kind, found.name
