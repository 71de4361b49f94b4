"""Units that nobody can render, and that a change reaches only by the file of their declaration: another object in it is
what changed. They are what they were, and listed they would look as if they moved. What can be rendered says that by
itself: it is ``unchanged``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from bot.affected.declarations import is_declaration
from bot.affected.sources import identity_of
from bot.documents import load_all
from bot.errors import UserError
from bot.jobs.nearer import Nearer
from bot.model.resource import Document, Failed, Rendered

if TYPE_CHECKING:
    from bot.affected.effect import Affected
    from bot.affected.index import Index
    from bot.affected.reach import Reach
    from bot.affected.view import View
    from bot.jobs.ports import Result
    from bot.model.unit import ObjectId, Unit

_LARGEST = 1024 * 1024  # of a file that is read again
_NAME = re.compile(r"""name: ["']?([^\s"']+)""")
_Objects = list[dict[str, Any]]


def without_unmoved(results: list[Result], found: Affected, before: View, after: View, index: Index) -> list[Result]:
    """The results without units whose content lies elsewhere on both sides, whose declaration is the same, and that read
    nothing which changed."""
    failing = {result[0].unit.key for result in results if _lies_elsewhere(result)}
    if not failing:
        return results
    sides = _Side(before, found.before, results, 0, index), _Side(after, found.after, results, 1, index)
    differs = cache(lambda path: _differs_in_more(path, sides))
    return [r for r in results if r[0].unit.key not in failing or not _is_unmoved(r[0].unit, sides, differs)]


def _lies_elsewhere(result: Result) -> bool:
    (base, head), built_before, built_now = result
    if not isinstance(built_now, Failed) or built_before != built_now or not built_now.elsewhere:
        return False  # what is wrong here is worth being told of
    if base is None or base.source is None or base != head or head is None:
        return False
    return (base.takes, base.lacks) == (head.takes, head.lacks)


class _Side:
    """What is asked of a side for many units, and read once."""

    def __init__(self, view: View, reach: Reach, results: list[Result], number: int, index: Index) -> None:
        self.view = view
        self._reach = reach
        self._nearer = Nearer(view, reach, index.home, index.rules.namer)
        self._files: dict[str, _Objects | None] = {}
        self._paths = _two_paths(reach)
        self._shown: dict[str, list[Document]] = {}
        for document in _documents(results, number):
            for name in set(_NAME.findall(document.text)):
                self._shown.setdefault(name, []).append(document)

    def reaches(self, unit: Unit) -> bool:
        """Whether a changed path reaches the unit that is neither the file of its declaration nor that of another cluster's
        source; or nobody can tell."""
        known, node = self.view.unit(unit.key), f"u:{unit.key}"
        if known is None or known.template:
            return True
        if self._concern(unit, self._paths.get(node, set())):
            return True
        return len(self._paths.get(node, ())) > 1 and self._concern(unit, self._reach.paths_reaching({node}))

    def _concern(self, unit: Unit, paths: set[str]) -> bool:
        return any(not self._nearer.has_own(unit, path) for path in paths - {unit.declared_in})

    def objects(self, path: str) -> _Objects | None:
        """Those of a file; None where it cannot be read again."""
        if path not in self._files:
            self._files[path] = _objects(self.view, path)
        return self._files[path]

    def shown(self, source: ObjectId) -> list[tuple[str, object]]:
        """The object as outputs show it, after its digest."""
        found = ((document.digest, _read(document)) for document in self._shown.get(source.name, ()))
        return sorted(((digest, value) for digest, value in found if _is_it(value, source)), key=lambda each: each[0])


def _two_paths(reach: Reach) -> dict[str, set[str]]:
    """By what is reached up to two changed paths that do: more than one is enough to know."""
    found: dict[str, set[str]] = {}
    queue = [(node, path) for path, nodes in reach.starts.items() for node in nodes]
    while queue:
        node, path = queue.pop()
        known = found.setdefault(node, set())
        if path not in known and len(known) < 2:
            known.add(path)
            queue += ((later, path) for later in reach.after.get(node, ()))
    return found


def _is_unmoved(unit: Unit, sides: tuple[_Side, _Side], differs: Callable[[str], bool]) -> bool:
    if any(side.reaches(unit) for side in sides) or differs(unit.declared_in):
        return False
    return bool(unit.generated) or _is_the_same(unit, sides)


def _differs_in_more(path: str, sides: tuple[_Side, _Side]) -> bool:
    """Whether more than declarations differs in a file, or it cannot be read again: one may read the rest of its own."""
    was, now = (side.objects(path) for side in sides)
    if was is None or now is None:
        return True
    old, new = _by_identity(was), _by_identity(now)
    differing = (own for own in {**old, **new} if old.get(own) != new.get(own))
    return not all(is_declaration(own.api_version, own.kind) for own in differing)


def _by_identity(values: _Objects) -> dict[ObjectId, _Objects]:
    found: dict[ObjectId, _Objects] = {}
    for value in values:
        found.setdefault(identity_of(value), []).append(value)
    return found


def _objects(view: View, path: str) -> _Objects | None:
    from bot.render.trace_alike import flat

    entry = view.entry(path)
    if entry is None or entry.is_symlink or entry.is_submodule:
        return None
    data = view.read(entry)
    if len(data) > _LARGEST:
        return None
    try:
        return [v for d in load_all(data, name=path) for v in flat(d.value) if isinstance(v, dict)]
    except UserError:
        return None


def _is_the_same(unit: Unit, sides: tuple[_Side, _Side]) -> bool:
    """Whether the declaration is: as outputs show it, and as its file says it where none does."""
    if unit.source is None:
        return False
    old, new = (side.shown(unit.source) for side in sides)
    if old and new:
        return [digest for digest, _ in old] == [digest for digest, _ in new]
    was, now = (
        [value for _, value in shown]
        or [v for v in side.objects(unit.declared_in) or () if identity_of(v) == unit.source]
        for shown, side in zip((old, new), sides, strict=True)
    )
    return bool(was) and was == now


def _documents(results: list[Result], side: int) -> Iterator[Document]:
    for result in results:
        built = result[1 + side]
        for part in (built, *(built.parts if isinstance(built, Failed) else ())):
            yield from part.documents if isinstance(part, Rendered) else ()


def _is_it(value: object, source: ObjectId) -> bool:
    found = identity_of(value) if isinstance(value, Mapping) else None
    return found is not None and (found.group, found.kind, found.name) == (source.group, source.kind, source.name)


def _read(document: Document) -> object:
    if "argoproj.io" not in document.text and "fluxcd" not in document.text:
        return None
    try:
        values = [each.value for each in load_all(document.text.encode("utf-8", "surrogateescape"), name="a render")]
    except UserError:
        return None
    return values[0] if values else None
