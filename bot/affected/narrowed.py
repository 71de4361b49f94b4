"""Declarations that a change makes an Argo CD directory leave out, or take: Argo CD deletes and creates them, although their
files stay as they are. (``spec.source.directory``: recurse, include, exclude, and the path.)

A declaration counts wherever its file lies, as somebody may apply it by hand; so this is asked of a change, not of a side.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from bot.affected.taken import Asked, takes
from bot.model.unit import CannotRender, PlainRender, Unit

if TYPE_CHECKING:
    from bot.affected.view import View

Sides = tuple[Unit | None, Unit | None]


def narrowed(before: View, after: View, sides: Iterable[Sides]) -> dict[str, Sides]:
    """The declared units of files that one of these units takes on one side only, by key, without the side on which nothing
    takes them. One that fails from now on is not synchronized, and nothing of it is pruned."""
    found: dict[str, Sides] = {}
    for base, head in sides:
        if base is None or head is None or _directories(base) == _directories(head):
            continue
        old, new = set(_taken(before, base)), set(_taken(after, head))
        is_failing = _fails(base, head)
        for file in sorted(old ^ new):
            if before.entry(file) is None or after.entry(file) is None:  # it comes or goes by itself
                continue
            if file in old and not is_failing and not is_taken(after, file):
                found |= {unit.key: (unit, None) for unit in _declared(before, file)}
            if file in new and not is_taken(before, file):
                found |= {unit.key: (None, unit) for unit in _declared(after, file)}
    return found


def _fails(base: Unit, head: Unit) -> bool:
    """Whether something in the declaration is wrong, or cannot be rendered from now on."""
    return any(isinstance(part, CannotRender) and (part.wrong or part not in base.parts) for part in head.parts)


def _directories(unit: Unit) -> list[PlainRender]:
    return [part for part in unit.parts if isinstance(part, PlainRender)]


def _taken(view: View, unit: Unit) -> Iterator[str]:
    """The files with declarations that a unit takes, but for its own."""
    for part in _directories(unit):
        real = view.resolve(part.path)[0]
        for entry in view.walk(real) if real is not None else ():
            if entry.path != unit.declared_in and takes(part, entry.path, real or "") and view.facts(entry).declares:
                yield entry.path


def _declared(view: View, file: str) -> Iterator[Unit]:
    for written in view.units_of(f"f:{file}"):
        unit = view.unit(written.key)
        if unit is not None and not unit.template:
            yield unit


def is_taken(view: View, file: str) -> bool:
    """Whether something deploys a file with declarations on a side, other than what is found by its directory alone."""
    from bot.affected.deployed import deploys, may_deploy

    asked: Asked = {}
    own = f"f:{file}"
    edges = (edge for edge in may_deploy(view, file) if edge.scope != own and edge.scope[0] != "p")
    return any(deploys(view, edge, file, asked) for edge in edges)
