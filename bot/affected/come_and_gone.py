"""Units that only one side has although no path of theirs changes, and what is said of them.

A directory that a generator matches makes an Application, also where that takes nothing from it. A kustomization or a chart
that comes above plain manifests makes them nobody's; one that goes leaves them to themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.affected.facts import Role, role_of
from bot.affected.links import is_at_or_below
from bot.affected.pairs import Pair
from bot.model.unit import HelmRender, PlainRender, Unit

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from bot.affected.takers import Takers
    from bot.affected.view import View

_UNITS = "fhp"  # the scopes of which this is asked: declarations, charts, and directories of plain manifests


def come_and_gone(before: View, after: View, *, templates: bool = False) -> dict[str, str]:
    """The units that only one side has, by their keys the scopes that make them; not what a declaration takes over, or
    lets go of: that declaration shows the objects. ``templates``: also declarations that something completes."""
    found: dict[str, str] = {}
    alone: list[tuple[str, Unit, int]] = []
    for scope in after.replaced:
        if scope[0] in _UNITS:
            sides = [
                {u.key: u for u in view.units_of(scope) if templates or not u.template} for view in (before, after)
            ]
            for side, units in enumerate(sides):
                alone += ((scope, units[key], side) for key in units.keys() - sides[1 - side].keys())
    takers: list[Takers] = []
    for scope, unit, side in alone:
        if scope[0] == "p":
            takers = takers or _takers(before, after)
            if _is_taken(unit, (before, after)[side], takers[1 - side], lets_go=side == 1):
                continue
        found[unit.key] = scope
    return found


def _takers(*views: View) -> list[Takers]:
    from bot.affected.takers import Takers

    return [Takers(view) for view in views]


def _is_taken(unit: Unit, view: View, others: Takers, *, lets_go: bool) -> bool:
    """Whether declarations of the other side take every manifest of a plain unit. ``lets_go``: what they leave out there
    (``include``, ``exclude``) was not deployed, and is not from this change on."""
    files = [path for part in unit.parts if isinstance(part, PlainRender) for path in _manifests(view, part)]
    taking = [{node for node in others.direct(path) if node[0] == "u"} for path in files]
    known = set().union(*taking) if lets_go else set()
    return any(taking) and all(own or known & others.possible(path) for path, own in zip(files, taking, strict=True))


def _manifests(view: View, part: PlainRender) -> list[str]:
    if view.entry(part.path) is not None:
        return [part.path]
    found = (entry for entry in view.files_in(part.path) if entry.path not in part.apart)
    return [entry.path for entry in found if role_of(entry.path) is Role.MANIFEST and view.facts(entry).manifest]


def comes_above(path: str, pairs: Iterable[Pair], keys: Container[str]) -> bool:
    """Whether a path is a kustomization or a chart in or above the directory of one of these units, which discovery found
    by their directories alone."""
    if role_of(path) not in (Role.KUSTOMIZATION, Role.CHART):
        return False
    folder = path.rpartition("/")[0]
    return any(
        pair.unit.key in keys
        and pair.unit.source is None
        and isinstance(pair.unit.parts[0], PlainRender | HelmRender)
        and is_at_or_below(pair.unit.path, folder)
        for pair in pairs
    )
