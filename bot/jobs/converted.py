"""Directories of plain manifests that become a kustomization, or the reverse: one unit, whose objects are compared.

Whoever applies the directory goes on applying it: nothing is deleted but what the kustomization leaves out. The same holds
for directories below it, each with manifests of its own, of which the kustomization takes files (also where none of their
own paths changes: ``come_and_gone``).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.affected.pairs import Pair
from bot.jobs.lent import files_of
from bot.model.result import ObjectChange
from bot.model.unit import KustomizeRender, PlainRender, Unit
from bot.render.engine import joined

if TYPE_CHECKING:
    from bot.affected.view import View
    from bot.jobs.ports import Result

_KINDS = {PlainRender, KustomizeRender}
_MOST_NAMED = 5


def with_converted(results: list[Result], before: View, after: View) -> list[Result]:
    """The results, where such directories are one unit. Declared units are one already: by their declaration."""
    for side, views in ((1, (after, before)), (0, (before, after))):
        builds = [each for each in results if _is_alone(each[0], side, KustomizeRender)]
        plain = [each for each in results if _is_alone(each[0], 1 - side, PlainRender)] if builds else []
        for build in builds if plain else ():
            parts = _parts(build[0].unit, plain, views)
            if parts:
                plain = [each for each in plain if each not in parts]
                results = [each for each in results if each is not build and each not in parts]
                results.append(_one(build, parts, side))
    return results


def _is_alone(pair: Pair, side: int, kind: type) -> bool:
    """Whether only this side has the unit, which nothing declares, and it is rendered in this way."""
    unit = pair[side]
    if unit is None or pair[1 - side] is not None or unit.source is not None or not unit.root:
        return False
    return [type(part) for part in unit.parts] == [kind]


def _parts(build: Unit, plain: list[Result], views: tuple[View, View]) -> list[Result]:
    """The plain units of the build's directory, and of those below it whose files it takes. ``views``: the side of the
    build, and that of the others."""
    below = [each for each in plain if build.path in ("", each[0].unit.path) or _is_below(each[0].unit, build)]
    taken = files_of(views[0], build) if below else set()
    return [p for p in below if p[0].unit.path == build.path or files_of(views[1], p[0].unit) & taken]


def _is_below(unit: Unit, build: Unit) -> bool:
    return unit.path.startswith(f"{build.path}/")


def _one(build: Result, parts: list[Result], side: int) -> Result:
    """One result of both: the many plain units are rendered one after another, as if they were parts of one."""
    units = [each[0].unit for each in parts]
    environments = {unit.environment for unit in units}
    plain = replace(
        units[0],
        path=build[0].unit.path,
        parts=tuple(part for unit in units for part in unit.parts),
        environment=units[0].environment if len(environments) == 1 else build[0].unit.environment,
    )
    outcome = joined(found for each in parts if (found := each[1:][1 - side]) is not None)
    note = _note(build[0].unit, units, side)
    if side:
        head = replace(build[0].unit, notes=(*build[0].unit.notes, note))
        return Pair(plain, head), outcome, build[2]
    plain = replace(plain, notes=(*(n for unit in units for n in unit.notes), note))
    return Pair(build[0].unit, plain), build[1], outcome


def _note(build: Unit, units: list[Unit], side: int) -> str:
    paths = [unit.path for unit in units if unit.path != build.path]
    more = f" and {len(paths) - _MOST_NAMED} more" if len(paths) > _MOST_NAMED else ""
    own = ("its manifests",) if len(paths) < len(units) else ()
    where = " and ".join((*own, *(f"those of {', '.join(paths[:_MOST_NAMED])}{more}" for _ in paths[:1])))
    if side:
        return f"Before, {where} were taken as they are; now its kustomization says what is deployed."
    return f"It was a kustomization before; now {where} are taken as they are."


def is_converted(pair: Pair) -> bool:
    """Whether other programs write down the objects on each side, so that the same object has two texts."""
    sides = [[type(part) for part in unit.parts] for unit in pair if unit is not None]
    if len(sides) < 2:
        return False
    if len(sides[0]) != len(sides[1]):  # many directories became one kustomization, or the reverse
        kinds = [set(side) for side in sides]
        return all(len(each) == 1 for each in kinds) and set().union(*kinds) == _KINDS
    turned = [set(kinds) for kinds in zip(*sides, strict=True) if kinds[0] is not kinds[1]]
    return bool(turned) and all(kinds == _KINDS for kinds in turned)


def that_differ(objects: tuple[ObjectChange, ...]) -> tuple[ObjectChange, ...]:
    """The objects without those of which only how they are written down differs."""
    return tuple(each for each in objects if not each.only_noise or each.noise)
