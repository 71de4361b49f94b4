"""Evidence of units that the change does not affect: only of those that a check asked for, and few.

They come out of the render cache like all; what was rendered once is not rendered again. What is not known, because there
would be too many or one does not render, is said.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from bot import stopping
from bot.affected import neighbours
from bot.affected.cluster import cluster_of
from bot.affected.facts import OBJECT, Role, role_of
from bot.affected.neighbours import Maker, Neighbours
from bot.affected.shared_name import shared_name
from bot.diff.resources import Memory
from bot.errors import defect
from bot.jobs.material import materials
from bot.jobs.unseen_values import unseen_values
from bot.model.evidence import Asking, ChartValues, Check, Evidence, UnitEvidence, UnitSide, Wanted
from bot.model.resource import Rendered
from bot.model.result import UnitState
from bot.model.unit import Unit
from bot.render.engine import joined

if TYPE_CHECKING:
    from bot.affected.view import View
    from bot.jobs.ports import Ports, Seen

_MOST = 20  # of one question, and for one unit's environment before
_MOST_OF_ALL = 60
_FEW = 8  # production units of one application
_MOST_READ = 20  # units of which the names that their files write are looked up
_FEW_TOLD = 3


def with_neighbours(
    shown: Evidence, seen: Seen, ports: Ports, checks: Iterable[Check]
) -> tuple[Evidence, dict[str, str]]:
    """The evidence with the units that checks asked for, and why a check could not ask, by its name: what it says then is
    not all."""
    failed: dict[str, str] = {}
    wanted = [each for check in checks if isinstance(check, Asking) for each in _asked(check, shown, failed)]
    if not wanted:
        return shown, failed
    found = _found(wanted, shown, seen, ports)
    units = tuple(_rendered(found, seen, ports))
    names = {unit.environment for unit in units if unit.environment}
    known = tuple(sorted({*shown.environments, *names}, key=ports.index.rules.namer.rank))
    return replace(shown, neighbours=units, environments=known), failed


def _asked(check: Asking, shown: Evidence, failed: dict[str, str]) -> list[Wanted]:
    try:
        return list(check.wants(shown))
    except Exception as error:  # hostile input or a defect of ours: it must block, and not take the others down
        if stopping.is_interrupt(error) or os.environ.get("GATEHOUSE_DEBUG"):
            raise
        failed[check.name] = f"It could not ask for unchanged units, please report this: {defect(error)}."
        return []


def _found(wanted: Sequence[Wanted], shown: Evidence, seen: Seen, ports: Ports) -> list[Unit]:
    affected = {unit.key: unit for unit in shown.units}
    hosted = {unit.path for unit in shown.units if _is_declared(unit)}
    units: dict[str, Unit] = {}
    first = _before(wanted, affected, seen, ports)
    second = _makers(wanted, affected, seen, ports)
    for found, question in ((first, "run the images in the environment before"), (second, "make the same objects")):
        others = (unit for unit in found.units if unit.key not in affected and unit.key not in units)
        # What an affected unit builds that only an output declares counts as deployed by itself to the index.
        fresh = [unit for unit in others if not (unit.source is None and unit.path in hosted)]
        room = _MOST_OF_ALL - len(units)
        units |= {unit.key: unit for unit in fresh[:room]}
        if found.cut or len(fresh) > room:
            ports.notes.append(
                f"More unchanged units than are looked at may {question}: {min(len(fresh), room)} were looked at, what the "
                "others do is not known."
            )
    return list(units.values())


def _is_declared(unit: UnitEvidence) -> bool:
    there = unit.head or unit.base
    return there is None or there.unit.source is not None


def _before(wanted: Iterable[Wanted], affected: dict[str, UnitEvidence], seen: Seen, ports: Ports) -> Neighbours:
    """The environments before, each application and environment asked once, and a few production units beside them."""
    places = {(affected[each.unit].everywhere, affected[each.unit].environment) for each in wanted if each.before}
    units: dict[str, Unit] = {}
    cut = False
    for shared, environment in sorted(places):
        found = neighbours.before(seen.after, ports.index.rules, shared, environment, most=_MOST)
        units |= {unit.key: unit for unit in found.units}
        if found.units:  # else there is nothing to be ahead of
            units |= {unit.key: unit for unit in neighbours.beside(seen.after, ports.index.rules, shared, most=_FEW)}
        cut = cut or found.cut
        if len(units) >= _MOST_OF_ALL:
            return Neighbours(tuple(units.values()), True)
    return Neighbours(tuple(units.values()), cut)


def _makers(wanted: Iterable[Wanted], affected: dict[str, UnitEvidence], seen: Seen, ports: Ports) -> Neighbours:
    asked: list[Maker] = []
    for each in wanted:
        evidence = affected[each.unit]
        there = evidence.head or evidence.base
        if each.objects and there is not None:
            view = seen.after if evidence.head else seen.before
            written = _written(there.unit, view) if len(asked) < _MOST_READ else frozenset()
            asked.append(Maker(there.unit, frozenset(found.name for found in each.objects), written))
    return neighbours.makers(seen.after, ports.index.rules, asked, most=_MOST) if asked else Neighbours()


def _written(unit: Unit, view: View) -> frozenset[str]:
    """The names that a unit's own files give to objects."""
    entries = (entry for material in materials(view, unit) for entry in material.files)
    manifests = (entry for entry in entries if role_of(entry.path) is Role.MANIFEST)
    return frozenset(name for entry in manifests for kind, name in view.facts(entry).names if kind == OBJECT)


def _rendered(units: Sequence[Unit], seen: Seen, ports: Ports) -> Iterator[UnitEvidence]:
    parts = [materials(seen.after, unit) for unit in units]
    outcomes = iter(ports.engine.render_all((one for each in parts for one in each), lambda *_: None))
    memory = seen.memory or Memory()
    failed = []
    for unit, each in zip(units, parts, strict=True):
        outcome = joined([next(outcomes) for _ in each])
        side: UnitSide | None = None
        unseen: tuple[ChartValues, ...] = ()
        if isinstance(outcome, Rendered):
            objects = tuple(resource for document in outcome.documents for resource in memory.objects(document))
            side = UnitSide(unit, objects)
        elif not (unseen := unseen_values(unit, (), seen.after, ports)):
            failed.append(unit.path or ".")
            continue
        namer = ports.index.rules.namer
        yield UnitEvidence(
            unit.key, unit.path, unit.app, unit.environment, namer.is_production(unit.environment), UnitState.UNCHANGED,
            base=side, head=side, shared_name=shared_name(unit.app, unit.environment, namer, unit.path),
            unseen_base=unseen, unseen_head=unseen,
            cluster=cluster_of(unit.key),
        )  # fmt: skip
    if failed:
        more = f" and {len(failed) - _FEW_TOLD} more" if len(failed) > _FEW_TOLD else ""
        ports.notes.append(
            f"{', '.join(failed[:_FEW_TOLD])}{more} cannot be rendered, so what the change means beside it is not known."
        )
