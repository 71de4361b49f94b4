"""How two environments of one side differ: the units of each application in both, rendered and compared by object."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.affected.shared_name import shared_name
from bot.config.schema import PathRule
from bot.jobs.deployed import Placed, environment_named, of_app, placed, rendered
from bot.model.environments import Beside
from bot.model.resource import Failed, Outcome, Rendered

if TYPE_CHECKING:
    from bot.affected.naming import Namer
    from bot.affected.view import View
    from bot.diff.resources import Memory
    from bot.jobs.ports import Ports
    from bot.model.result import ObjectChange

_NAMESPACE = PathRule(
    "metadata.namespace"
)  # another one in each environment: said, and not shown again for each object
_Done = tuple[Placed, Outcome]


def across(view: View, ports: Ports, left: str, right: str, app: str = "") -> tuple[tuple[str, str], list[Beside]]:
    """The names of both environments, and each application that is in one of them, by name. ``app``: only that one. Raises
    UserError for names that mean nothing."""
    namer = ports.index.rules.namer
    known = placed(view, ports)
    names = environment_named(left, known, namer), environment_named(right, known, namer)
    wanted = [each for each in (of_app(app, known) if app else known) if each.unit.environment in names]
    done = list(zip(wanted, rendered(wanted, view, ports), strict=True))
    from bot.diff.resources import Memory

    memory = Memory(remember=ports.remember)
    sides = [[each for each in done if each[0].unit.environment == name] for name in names]
    pairs = _paired(sides[0], sides[1] if names[0] != names[1] else [], namer)
    return names, [_beside(one, other, ports, memory) for one, other in pairs]


def _paired(left: list[_Done], right: list[_Done], namer: Namer) -> Iterator[tuple[_Done | None, _Done | None]]:
    """Units of one application: those whose paths differ by the environment alone, then as they come."""
    apps = sorted({each[0].app for each in (*left, *right)})
    for app in apps:
        one, other = ([each for each in side if each[0].app == app] for side in (left, right))
        for mine in list(one):
            same = [each for each in other if _place(each[0], namer) == _place(mine[0], namer)]
            if same:
                yield mine, same[0]
                one.remove(mine)
                other.remove(same[0])
        yield from zip(one, other, strict=False)
        yield from ((mine, None) for mine in one[len(other) :])
        yield from ((None, theirs) for theirs in other[len(one) :])


def _place(each: Placed, namer: Namer) -> tuple[str, str]:
    """Where a unit is, without the name of its environment."""
    unit = each.unit
    path = shared_name("", unit.environment, namer, unit.path) or unit.path
    return path, shared_name(unit.source.name, unit.environment, namer) if unit.source else ""


def _beside(left: _Done | None, right: _Done | None, ports: Ports, memory: Memory) -> Beside:
    some = left or right
    assert some is not None
    return Beside(
        some[0].app,
        _name(left),
        _name(right),
        _differing(left, right, ports, memory) if left and right else (),
        _error(left),
        _error(right),
    )


def _differing(left: _Done, right: _Done, ports: Ports, memory: Memory) -> tuple[ObjectChange, ...]:
    """What differs, by kind and name. That something is dangerous is said of changes: here nothing changes."""
    from bot.diff.noise import folding
    from bot.diff.resources import pair

    one, other = left[1], right[1]
    if not (isinstance(one, Rendered) and isinstance(other, Rendered)):
        return ()
    namer = ports.index.rules.namer
    environments = left[0].unit.environment, right[0].unit.environment

    def alike(name: str, side: int) -> str:
        return shared_name(name, environments[side], namer)

    noise = ports.noise._replace(paths=(*ports.noise.paths, _NAMESPACE))
    found = pair(one, other, fold=folding(noise), memory=memory, alike=alike)
    named = sorted(found, key=lambda change: (change.only_noise, change.id.kind, change.id.name, change.id))
    return tuple(replace(change, danger="") for change in named)


def _name(done: _Done | None) -> str:
    return done[0].unit.path or "." if done else ""


def _error(done: _Done | None) -> str:
    return done[1].reason if done and isinstance(done[1], Failed) else ""
