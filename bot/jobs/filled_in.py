"""Declarations in files whose name holds a variable that a Kustomization of Flux fills in: only what its output shows of
them is deployed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from bot.model.unit import KustomizeRender

if TYPE_CHECKING:
    from bot.affected.pairs import Pair
    from bot.affected.takers import Takers
    from bot.affected.view import View


def filled_in(views: tuple[View, View], alone: Iterable[Pair]) -> set[str]:
    """The keys of those among ``alone``, units that no output shows."""
    named = [pair for pair in alone if pair.unit.source is not None and "${" in pair.unit.source.name]
    if not named:
        return set()
    from bot.affected.takers import Takers

    takers = Takers(views[0]), Takers(views[1])
    return {pair.unit.key for pair in named if _is_filled_in(views, takers, pair)}


def _is_filled_in(views: tuple[View, View], takers: tuple[Takers, Takers], pair: Pair) -> bool:
    """Whether that is so wherever the declaration is there."""
    return all(
        any(node[0] == "u" and _substitutes(view, node[2:]) for node in side.direct(unit.declared_in))
        for view, side, unit in zip(views, takers, pair, strict=True)
        if unit is not None
    )


def _substitutes(view: View, key: str) -> bool:
    unit = view.unit(key)
    parts = unit.parts if unit is not None else ()
    return any(isinstance(part, KustomizeRender) and part.substitution is not None for part in parts)
