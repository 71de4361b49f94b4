"""Pairs of units, rendered on both sides."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

from bot.affected.pairs import Pair
from bot.affected.view import View
from bot.jobs.inline_values import with_field
from bot.model.resource import Failed
from bot.render.base import Material
from bot.render.engine import joined

if TYPE_CHECKING:
    from bot.jobs.ports import Ports, Progress, Result


def render(pairs: tuple[Pair, ...], before: View, after: View, ports: Ports) -> list[Result]:
    """Both sides of every pair; None where a side does not have the unit."""
    results = _render(pairs, before, after, ports)
    if not any(isinstance(side, Failed) for result in results for side in result[1:]):
        return results
    from bot.jobs.inflating import with_charts

    return with_charts(results, before, ports, lambda asking: _render(asking, before, after, ports))


def _render(pairs: tuple[Pair, ...], before: View, after: View, ports: Ports) -> list[Result]:
    from bot.jobs.material import materials

    counts: list[int | None] = []  # parts of each side of each pair, None for a side without the unit

    def parts() -> Iterator[Material]:
        for each in pairs:
            for unit, view in ((each.base, before), (each.head, after)):
                found = materials(view, unit) if unit else None
                counts.append(None if found is None else len(found))
                if ports.watched:
                    ports.taken |= {e.path for part in found or () for e in part.files if e.path in ports.watched}
                yield from found or ()

    outcomes = iter(ports.engine.render_all(parts(), _told(ports.progress)))
    sides = [None if count is None else joined(islice(outcomes, count)) for count in counts]
    found = zip(pairs, sides[::2], sides[1::2], strict=True)
    return [(each, with_field(each.base, old, before), with_field(each.head, new, after)) for each, old, new in found]


def _told(progress: Progress) -> Callable[[int, int], None]:
    return lambda done, total: progress("rendering", done, total)
