"""Builds that declare the object by which they are deployed (a cluster's own Kustomization, ``flux-system``, lies in the
directory that it deploys), and that fail on one side: the object that the other side shows is who they are."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.affected.delivered import Host, children
from bot.affected.pairs import Pair
from bot.jobs.lent import same_build
from bot.model.resource import Failed, Outcome, Rendered

if TYPE_CHECKING:
    from bot.affected.index import Index
    from bot.affected.provided import Providers
    from bot.jobs.ports import Result
    from bot.model.unit import Unit

Sides = tuple["Providers", "Providers"]


def with_own_names(results: list[Result], sides: Sides, index: Index) -> list[Result]:
    """The results, where such a build has the name and the environment of the object that deploys it."""
    return [(_named(pair, (base, head), sides, index), base, head) for pair, base, head in results]


def _named(pair: Pair, outcomes: tuple[Outcome | None, Outcome | None], sides: Sides, index: Index) -> Pair:
    if pair.base is None or pair.head is None or pair.unit.source is not None:
        return pair
    whole = [side for side, outcome in enumerate(outcomes) if isinstance(outcome, Rendered)]
    if len(whole) != 1 or not any(isinstance(outcome, Failed) for outcome in outcomes):
        return pair
    (side,) = whole
    own = _own(pair.base if side == 0 else pair.head, outcomes[side], sides[side], index)
    return Pair(_as(pair.base, own), _as(pair.head, own)) if own is not None else pair


def _own(unit: Unit, outcome: Outcome | None, side: Providers, index: Index) -> Unit | None:
    """The unit that a build declares and that is the same build, under the file that holds it; None where there is none, or
    several."""
    host = Host(unit, unit.key, f"{unit.path}/kustomization.yaml", (unit,))
    shown = children(side, host, outcome, index.rules, index.home)
    keys = same_build(unit.path, shown)
    if len(keys) != 1:
        return None
    child = shown[keys.pop()]
    return child.unit if child.written is None else replace(child.unit, declared_in=child.written.declared_in)


def _as(unit: Unit, own: Unit) -> Unit:
    return replace(
        unit,
        source=own.source,
        app=own.app,
        environment=own.environment or unit.environment,
        declared_in=own.declared_in,
    )
