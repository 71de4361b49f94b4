"""What is wrong here with units that nobody can render, because the rest of them lies elsewhere (a remote base, a chart of a
registry): what lies here is rendered by itself on both sides. Only affected units pay for it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from bot.affected.closure import closure
from bot.affected.local_chart import local_chart
from bot.affected.local_part import local_part
from bot.affected.local_values import fault_of_file, fault_of_values
from bot.affected.pairs import Pair
from bot.errors import TooBig
from bot.jobs.material import is_elsewhere, materials, refusal
from bot.jobs.of_parameters import fault_for_some
from bot.model.resource import Failed, Outcome, Rendered
from bot.model.unit import CannotRender, HelmRender, KustomizeRender, PlainRender, Render, Unit
from bot.render.base import Material
from bot.render.engine import joined

if TYPE_CHECKING:
    from bot.affected.view import View
    from bot.jobs.ports import Ports, Result

_Side = tuple[int, int]  # number of a result, and 0 for base, 1 for head
_FEW = 2  # below, cores would wait for the answer about head before they ask for base
_NO_CHARTS = "missing in charts/ directory"  # Helm's words, which follow those about values and about Chart.yaml
# Those about how a chart is written. Templates come last: it parses all of them before it runs the first.
_WRITTEN = (
    "cannot load Chart.yaml", "cannot load values.yaml", "unsupported chart version", "validation: chart.metadata",
    "parse error at (",
)  # fmt: skip


class _Look(NamedTuple):
    """A part of a unit as far as it is here. ``only_syntax``: what it lacks may be what it fails for, so that only how its
    chart is written counts."""

    material: Material
    only_syntax: bool = False


def with_local_faults(results: Sequence[Result], before: View, after: View, ports: Ports) -> list[Result]:
    """The results; of units that cannot be rendered on either side, and in which the change breaks something here, with that
    as the reason."""
    asked = [at for at, result in enumerate(results) if _is_unknown(result)]
    unknown = [at for at in asked if not _lacks_the_same(results[at][0], before, after)]
    found = list(results)
    late = {at: fault for at in unknown if (fault := _late(*results[at][1:]))}
    late |= {at: fault for at in unknown if (fault := fault_for_some(results[at][0], before, after))}
    heads = {(at, 1): (after, _accountable(results[at][0])) for at in unknown if at not in late}
    bases = {(at, 0): (before, results[at][0].base) for at, _ in heads}
    failing = _failing(heads | bases if len(heads) < _FEW else heads, ports)
    wrong = {at: o.reason for (at, side), o in failing.items() if side and not (o.machine or o.elsewhere)}
    if len(heads) >= _FEW:  # most are right, and then nothing more is asked
        failing |= _failing({(at, 0): bases[at, 0] for at in wrong}, ports)
    new = {at: fault for at, fault in wrong.items() if (at, 0) not in failing}
    for at, fault in (late | new).items():
        pair, base, head = results[at]
        says_more = isinstance(head, Failed) and head.reason.startswith(fault)  # which directory may be meant
        reason = head.reason if isinstance(head, Failed) and says_more else fault
        found[at] = (pair, base, Failed(reason, breaks=base is not None))
    return found


def _accountable(pair: Pair) -> Unit | None:
    """Head's unit, with what is wrong in it for certain: that a directory is not here, in what may be another repository,
    is wrong only where it was here before."""
    if pair.head is None or pair.base is not None:
        return pair.head
    parts = pair.head.parts
    return replace(pair.head, parts=tuple(part for part in parts if not _may_lie_elsewhere(part)))


def _may_lie_elsewhere(part: Render) -> bool:
    return isinstance(part, CannotRender) and part.of_made and bool(part.missing) and not part.wrong


def _failing(units: dict[_Side, tuple[View, Unit | None]], ports: Ports) -> dict[_Side, Failed]:
    """Those of some units that do not render as far as they are here."""
    asked = {at: list(_local(view, unit)) for at, (view, unit) in units.items() if unit is not None}
    looks = [look for those in asked.values() for look in those]
    outcomes = ports.engine.render_all((look.material for look in looks), lambda *_: None) if looks else ()
    told = iter([_judged(look, outcome) for look, outcome in zip(looks, outcomes, strict=True)])
    sides = {at: joined(islice(told, len(those))) for at, those in asked.items()}
    return {at: outcome for at, outcome in sides.items() if isinstance(outcome, Failed)}


def _is_unknown(result: Result) -> bool:
    """Whether a unit could be rendered on no side, and not for want of a program; a new one, or one that at base could not
    for what lies elsewhere: still for that, or no longer for a chart that Helm misses. What is deployed counts: a
    kustomization in between says nothing that what is built on it doesn't."""
    pair, base, head = result
    if not any(unit.root for unit in pair if unit is not None):
        return False
    if not isinstance(head, Failed) or head.machine or (base is not None and not isinstance(base, Failed)):
        return False
    if base is None or (base.elsewhere and _NO_CHARTS not in base.reason):
        return any(isinstance(part, Failed) and part.elsewhere for part in (head, *head.parts))
    return not base.machine


def _lacks_the_same(pair: Pair, before: View, after: View) -> bool:
    """Whether files that it names are there on neither side: then it fails on both, and nobody needs to try."""
    sides = [_missing(view, unit) for view, unit in zip((before, after), pair, strict=True) if unit is not None]
    return len(sides) == 2 and bool(sides[0]) and sides[0] == sides[1]


def _missing(view: View, unit: Unit) -> set[str]:
    found: set[str] = set()
    for part in unit.parts:
        if isinstance(part, KustomizeRender):
            with contextlib.suppress(TooBig):
                found.update(closure(view, part).missing)
    return found


def _late(base: Outcome | None, head: Outcome | None) -> str:
    """Why Helm no longer comes as far as to miss a chart."""
    if not isinstance(base, Failed) or not isinstance(head, Failed) or head.elsewhere:
        return ""
    return head.reason if _NO_CHARTS in base.reason and _NO_CHARTS not in head.reason else ""


def _local(view: View, unit: Unit) -> Iterator[_Look]:
    """The parts of a unit as far as they are here."""
    for material in materials(view, unit):
        part = material.part
        if isinstance(part, CannotRender):
            if part.here is not None:
                yield from _unvalued(view, part.here)
            elif part.values:
                yield _values(view, part)
            elif part.wrong or _may_lie_elsewhere(part):
                yield _Look(Material(replace(part, wrong=True), (), view.read))
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


def _unvalued(view: View, part: HelmRender) -> Iterator[_Look]:
    """A chart of which some values are not known. A schema would ask for them before Helm reads a template."""
    for file in part.default_files if not part.mounts else ():
        may_lack = part.ignore_missing_value_files or "${" in file
        if (fault := fault_of_file(view, file)) and not (may_lack and _is_missing(view, file)):
            yield _Look(Material(part, (), view.read, fault))
            return
    try:
        found = closure(view, part)
    except TooBig:
        return
    chart = local_chart(view, part, found)
    files, read = chart or (tuple(entry for _, entry in sorted(found.files.items())), view.read)
    files = tuple(entry for entry in files if not entry.path.endswith("/values.schema.json"))
    bare = replace(part, default_files=())
    dependencies = tuple(found.chart_dependencies)
    yield _Look(Material(bare, files, read, refusal(found), dependencies), only_syntax=True)


def _is_missing(view: View, file: str) -> bool:
    real, _ = view.resolve(file)
    return real is None or view.entry(real) is None


def is_written_wrong(outcome: Failed) -> bool:
    """Whether Helm fails for how a chart is written, whatever its values are."""
    return any(words in outcome.reason for words in _WRITTEN)


def _judged(look: _Look, outcome: Outcome) -> Outcome:
    if not look.only_syntax or not isinstance(outcome, Failed) or outcome.machine:
        return outcome
    if not is_written_wrong(outcome):
        return Rendered(())
    part, reason = look.material.part, outcome.reason
    chart = part.chart if isinstance(part, HelmRender) else ""
    return outcome if chart in reason else replace(outcome, reason=f"{chart}: {reason}")
