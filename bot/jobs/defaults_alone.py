"""Charts with values files of environments, which may be installed with values.yaml alone all the same: nothing says so, so
that is no unit. Where a change shows in that installation alone, or makes it none any more, it is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from bot.affected.links import is_at_or_below
from bot.affected.pairs import Pair
from bot.model.resource import Outcome, Rendered
from bot.model.result import UnitState
from bot.model.unit import HelmRender, Unit

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.affected.view import View
    from bot.jobs.ports import Result

_MOST = 5  # charts that are rendered for this


def defaults_alone(
    results: list[Result],
    states: Mapping[str, UnitState],
    after: View,
    render: Callable[[tuple[Pair, ...]], list[Result]],
) -> list[str]:
    """A sentence for each chart of which only what values.yaml alone makes differs, and for each that gets its first values
    of an environment. ``states``: what becomes of each unit, by its key."""
    found = dict(islice(_candidates(results, states, after), _MOST))
    rendered = render(tuple(found.values())) if found else []
    differing = [chart for chart, (_, base, head) in zip(found, rendered, strict=True) if _differ(base, head)]
    return [*map(_unseen, differing), *_first(results, after)]


def _candidates(results: list[Result], states: Mapping[str, UnitState], after: View) -> Iterator[tuple[str, Pair]]:
    """The charts that a change touches while none of their units changes, as they are with values.yaml alone."""
    by_chart: dict[str, list[Pair]] = {}
    for pair, _, _ in results:
        if pair.head is not None and _variant(pair.head):
            by_chart.setdefault(pair.head.path, []).append(pair)
    for chart, pairs in by_chart.items():
        values = {file for pair in pairs for unit in pair if unit for part in unit.parts for file in _files(part)}
        changed = (change.path for change in after.changes)
        touched = any(is_at_or_below(path, chart) and path not in values for path in changed)
        if touched and all(states.get(pair.unit.key) is UnitState.UNCHANGED for pair in pairs):
            yield chart, Pair(*(unit and _alone(unit) for unit in pairs[0]))


def _variant(unit: Unit) -> str:
    """The variant of values of a chart that discovery found by its directory; "" for everything else."""
    own = f"{unit.path or '.'}@"
    return unit.key.removeprefix(own) if unit.key.startswith(own) and unit.source is None else ""


def _files(part: object) -> tuple[str, ...]:
    return part.value_files if isinstance(part, HelmRender) else ()


def _alone(unit: Unit) -> Unit:
    parts = tuple(replace(part, value_files=()) if isinstance(part, HelmRender) else part for part in unit.parts)
    return replace(unit, key=f"{unit.path or '.'}@", environment="", parts=parts)


def _differ(base: Outcome | None, head: Outcome | None) -> bool:
    """Whether what could be rendered is not the same any more."""
    if not isinstance(base, Rendered):
        return False
    return not isinstance(head, Rendered) or [d.digest for d in base.documents] != [d.digest for d in head.documents]


def _first(results: list[Result], after: View) -> Iterator[str]:
    for pair, _, _ in results:
        unit = pair.base
        if unit is None or pair.head is not None or unit.source is not None or unit.key != f"{unit.path or '.'}@":
            continue
        variants = [each for each in after.units_of(f"h:{unit.path}") if _variant(each)]
        if files := list(dict.fromkeys(file for each in variants for part in each.parts for file in _files(part))):
            yield (
                f"{_chart(unit.path)} has values of environments from now on ({', '.join(files[:_MOST])}), and is no "
                f"longer looked at with values.yaml alone: nothing is deleted by that; {_way_out(unit.path)}"
            )


def _unseen(chart: str) -> str:
    return (
        f"What {_chart(chart)} makes of values.yaml alone changes, and no unit shows it, because its units are those of "
        f"values files beside it; {_way_out(chart)}"
    )


def _way_out(chart: str) -> str:
    path = chart or '""'
    return (
        f"where it is installed like that, `{{path: {path}}}` and an entry for each environment under `units` in "
        ".gatehouse.yaml say so."
    )


def _chart(path: str) -> str:
    return path or "the chart of the root"
