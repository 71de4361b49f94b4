"""What is wrong here with units that nobody can render, because the rest of them lies elsewhere (a remote base, a chart of a
registry): what lies here is rendered by itself on both sides. Only affected units pay for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from bot.affected.closure import closure
from bot.affected.local_chart import local_chart
from bot.affected.local_part import local_part
from bot.affected.local_values import fault_of_values
from bot.affected.pairs import Pair
from bot.errors import TooBig
from bot.jobs.material import is_elsewhere, materials, refusal
from bot.model.resource import Failed, Outcome, Rendered
from bot.model.unit import CannotRender, HelmRender, KustomizeRender, PlainRender, Unit
from bot.render.base import Material
from bot.render.engine import joined

if TYPE_CHECKING:
    from bot.affected.view import View
    from bot.jobs.check import Ports

Result = tuple[Pair, Outcome | None, Outcome | None]
_NO_CHARTS = "missing in charts/ directory"  # Helm's words, which follow those about values and about Chart.yaml
_SYNTAX = "parse error at ("  # those about templates: it parses all of them before it runs the first


class _Look(NamedTuple):
    """A part of a unit as far as it is here. ``only_syntax``: what it lacks may be what it fails for."""

    material: Material
    only_syntax: bool = False


def with_local_faults(results: Sequence[Result], before: View, after: View, ports: Ports) -> list[Result]:
    """The results; of units that cannot be rendered on either side, and in which the change breaks something here, with that
    as the reason."""
    asked = {at: _looks(result[0], before, after) for at, result in enumerate(results) if _is_unknown(result)}
    if not asked:
        return list(results)
    looks = [look for sides in asked.values() for side in sides for look in side]
    outcomes = iter(ports.engine.render_all((look.material for look in looks), lambda *_: None))
    told = iter([_judged(look, outcome) for look, outcome in zip(looks, outcomes, strict=True)])
    found = list(results)
    for at, (was, now) in asked.items():
        sides = joined(islice(told, len(was))), joined(islice(told, len(now)))
        pair, base, head = results[at]
        if fault := _late(base, head) or _new(*sides):
            found[at] = (pair, base, Failed(fault, breaks=base is not None))
    return found


def _is_unknown(result: Result) -> bool:
    """Whether a unit could be rendered on no side, and not for want of a program; a new one, or one that at base could not
    for what lies elsewhere: still for that, or no longer for a chart that Helm misses."""
    _, base, head = result
    if not isinstance(head, Failed) or head.machine or (base is not None and not isinstance(base, Failed)):
        return False
    if base is None or (base.elsewhere and _NO_CHARTS not in base.reason):
        return head.elsewhere
    return not base.machine


def _late(base: Outcome | None, head: Outcome | None) -> str:
    """Why Helm no longer comes as far as to miss a chart."""
    if not isinstance(base, Failed) or not isinstance(head, Failed) or head.elsewhere:
        return ""
    return head.reason if _NO_CHARTS in base.reason and _NO_CHARTS not in head.reason else ""


def _new(was: Outcome, now: Outcome) -> str:
    """What is wrong at head with what is here, if it was right at base or is new."""
    if isinstance(was, Failed) or not isinstance(now, Failed) or now.machine or now.elsewhere:
        return ""
    return now.reason


def _looks(pair: Pair, before: View, after: View) -> tuple[list[_Look], list[_Look]]:
    base, head = pair
    return list(_local(before, base)) if base else [], list(_local(after, head)) if head else []


def _local(view: View, unit: Unit) -> Iterator[_Look]:
    """The parts of a unit as far as they are here."""
    for material in materials(view, unit):
        part = material.part
        if isinstance(part, CannotRender):
            if part.values:
                yield _values(view, part)
            elif part.wrong:
                yield _Look(material)
            continue
        try:
            found = closure(view, part)
        except TooBig:
            continue
        if isinstance(part, KustomizeRender) and (here := local_part(view, part, found)):
            found.remote = []
            fault = refusal(found) or here.fault
            yield _Look(Material(here.part, here.files, here.read, fault, (), is_elsewhere(found)))
        elif isinstance(part, HelmRender) and (chart := local_chart(view, part, found)):
            files, read = chart
            yield _Look(Material(part, files, read, material.refusal, material.dependencies), only_syntax=True)
        else:
            yield _Look(material)


def _values(view: View, part: CannotRender) -> _Look:
    """The value files of a chart that lies elsewhere; nothing else of it is looked at."""
    fault = fault_of_values(view, part)
    return _Look(Material(part if fault else PlainRender(""), (), view.read, fault))


def _judged(look: _Look, outcome: Outcome) -> Outcome:
    if look.only_syntax and isinstance(outcome, Failed) and not outcome.machine and _SYNTAX not in outcome.reason:
        return Rendered(())
    return outcome
