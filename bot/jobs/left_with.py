"""New declarations in files that nothing deploys but what is forgotten, or mistaken, itself: a HelmRelease in the directory
of a Kustomization that no kustomization lists, or whose path has a slip."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.affected.deployed import deploys, may_deploy
from bot.affected.left_out import is_left_out
from bot.affected.taken import Asked

if TYPE_CHECKING:
    from bot.affected.edges import Edge
    from bot.affected.pairs import Pair
    from bot.affected.view import View


def is_with_forgotten(pair: Pair, after: View) -> bool:
    """Whether a new declaration lies in a file that declarations take, and each of them is left out."""
    takers = _takers(pair, after)
    if not takers or any(edge.source[0] not in "ut" for edge in takers):
        return False
    units = (after.unit(edge.source[2:]) for edge in takers)
    return all(unit is not None and is_left_out(after, unit) for unit in units)


def is_with_mistaken(pair: Pair, after: View) -> bool:
    """Whether a new declaration lies in a file that nothing takes, but for the directory of it."""
    takers = _takers(pair, after)
    return takers is not None and all(edge.scope[0] == "p" for edge in takers)


def _takers(pair: Pair, after: View) -> list[Edge] | None:
    """What may deploy the file of a declaration that is new, and that no output completes; None for all others."""
    unit = pair.head
    if unit is None or pair.base is not None or unit.source is None or not unit.declared_in:
        return None
    written = after.unit(unit.key)
    if written is None or written.template:
        return None
    asked: Asked = {}
    edges = (edge for edge in may_deploy(after, unit.declared_in) if edge.scope != f"f:{unit.declared_in}")
    return [edge for edge in edges if deploys(after, edge, unit.declared_in, asked)]
