"""Bases that kustomizations still build on, and that a change takes away: they lose their kustomization, or get another
path. What builds on them fails, and what is left of them is nothing that anybody deploys by itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from bot.affected.edges import Kind
from bot.affected.meant import moved_to
from bot.model.resource import Failed, Rendered
from bot.model.unit import KustomizeRender

if TYPE_CHECKING:
    from bot.affected.pairs import Pair
    from bot.affected.view import View
    from bot.jobs.ports import Result


def left_of_bases(results: Iterable[Result], before: View, after: View) -> dict[str, str]:
    """By their keys the directories of units that discovery finds from now on by nothing but what is left of such a base,
    or by where its files went."""
    known = list(results)
    broken = [pair for pair, base, head in known if isinstance(base, Rendered) and isinstance(head, Failed)]
    lost = {path for pair in broken for path in _lost(pair, before, after)}
    left = lost | {moved_to(after, path) for path in lost} - {""}
    return {pair.unit.key: pair.unit.path for pair, _, _ in known if pair.unit.path in left and _is_found_now(pair)}


def _is_found_now(pair: Pair) -> bool:
    unit = pair.head
    return pair.base is None and unit is not None and unit.source is None and not unit.key.startswith("config:")


def _lost(pair: Pair, before: View, after: View) -> Iterator[str]:
    """The directories on which the head of a pair builds, and which have a kustomization at base alone."""
    parts = pair.head.parts if pair.head is not None else ()
    waiting = [part.path for part in parts if isinstance(part, KustomizeRender)]
    seen = set(waiting)
    while waiting:
        for edge in after.out_of(f"k:{waiting.pop()}"):
            path = edge.target
            if edge.kind is not Kind.EXACT or path in seen:
                continue
            seen.add(path)
            if after.kustomization(path) is not None:
                waiting.append(path)
            elif before.kustomization(path) is not None:
                yield path
