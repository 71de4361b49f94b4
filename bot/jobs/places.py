"""Source lines of findings: for all units at once, within one budget of renders, what stops the merge first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from bot.checks.judgement import Judged
from bot.diff.resources import Memory
from bot.errors import GatehouseError
from bot.model.evidence import Statement
from bot.model.resource import Rendered
from bot.model.result import Finding, FindingState
from bot.model.unit import Unit

if TYPE_CHECKING:
    from bot.affected.view import View
    from bot.jobs.check import Ports
    from bot.model.unit import ObjectId
    from bot.render.base import Material
    from bot.render.trace import Origin, Tracer
    from bot.render.trace_edit import Trial
    from bot.render.trace_proof import Output
    from bot.render.trace_rounds import Steps

_FEWEST_RENDERS = 8
_MOST_RENDERS = 60  # of one report, however many units and findings it has
_MANY = 40  # places: with so many, what does not stop the merge gets no renders where a line further up is plain to see

Place = tuple[str, int]  # file and line; ("", 0) for unknown
_Spot = tuple["ObjectId", tuple[str | int, ...]]
UNKNOWN: Place = ("", 0)


class _Wanted(NamedTuple):
    """A place in an object of a unit that a finding is about. ``order``: 0 where it stops the merge."""

    order: int
    unit: str
    spot: _Spot


def places(
    answers: Sequence[Judged], units: dict[str, Unit], head: View, ports: Ports, memory: Memory
) -> list[list[Place]]:
    """File and line of each finding of each answer, where that can be told. It never takes more renders than the change
    itself (both sides of its units), except that a few are always tried; a note says when they did not suffice."""
    wanted = sorted(set(_wanted(answers)), key=lambda each: each.order)
    if not wanted:
        return [[UNKNOWN] * len(answer.found) for answer in answers]
    known = _traced(wanted, _Tracers(units, head, ports, memory), ports)
    return [[_place(finding, statement, known) for finding, statement, _ in answer.found] for answer in answers]


def _wanted(answers: Sequence[Judged]) -> Iterator[_Wanted]:
    for answer in answers:
        for finding, statement, stops in answer.found:
            if _is_traced(finding) and finding.object is not None:
                yield _Wanted(0 if stops else 1, statement.unit, (finding.object, statement.at))


def _place(finding: Finding, statement: Statement, known: dict[tuple[str, _Spot], Place]) -> Place:
    if not _is_traced(finding) or finding.object is None:
        return UNKNOWN
    return known.get((statement.unit, (finding.object, statement.at)), UNKNOWN)


def _is_traced(finding: Finding) -> bool:
    return finding.state is FindingState.INTRODUCED and finding.object is not None and not finding.file


def _traced(wanted: Sequence[_Wanted], tracers: _Tracers, ports: Ports) -> dict[tuple[str, _Spot], Place]:
    from bot.render.trace_proof import objects
    from bot.render.trace_rounds import Budget, run

    engine = ports.engine
    asked: dict[int, tuple[Tracer, dict[_Spot, None]]] = {}
    home: dict[tuple[str, _Spot], tuple[int, _Spot]] = {}
    exact: dict[int, set[_Spot]] = {}  # what is worth a render, by tracer
    for each in wanted:
        for tracer in tracers.of(each.unit):
            if each.spot[0] in tracer.identities:
                asked.setdefault(id(tracer), (tracer, {}))[1].setdefault(each.spot)
                home.setdefault((each.unit, each.spot), (id(tracer), each.spot))
                if each.order == 0 or len(wanted) <= _MANY:
                    exact.setdefault(id(tracer), set()).add(each.spot)

    def render(trials: list[tuple[Tracer, Trial]]) -> list[Output]:
        return engine.spread(lambda each: objects(each[0].changed(each[1]), engine.tools), trials)

    budget = Budget(min(_MOST_RENDERS, max(_FEWEST_RENDERS, 2 * tracers.units)))
    steps: list[tuple[Tracer, Steps[list[Origin | None]]]] = [
        (tracer, tracer.nearest_all(list(spots), spots.keys() - exact.get(name, set())))
        for name, (tracer, spots) in asked.items()
    ]
    answers = dict(zip(asked, run(steps, render, budget), strict=True))
    found = {name: dict(zip(asked[name][1], answers[name], strict=True)) for name in asked}
    if budget.short:
        ports.notes.append(
            f"Some findings are shown without their line: {budget.spent} renders did not prove which line sets them."
        )
    return {
        key: (origin.file, origin.line)
        for key, (name, spot) in home.items()
        if (origin := found[name][spot]) is not None
    }


def _silent(done: int, known: int) -> None:
    """Nobody waits for an outcome that is there."""


class _Tracers:
    """A tracer for each part of each unit; units that render from the same files share one."""

    def __init__(self, units: dict[str, Unit], head: View, ports: Ports, memory: Memory) -> None:
        from bot.render.trace_sources import Shelf

        self._units = units
        self._head = head
        self._ports = ports
        self._memory = memory
        self._shelf = Shelf()
        self._by_unit: dict[str, list[Tracer]] = {}
        self._by_material: dict[str, Tracer] = {}

    @property
    def units(self) -> int:
        """How many units the change reaches."""
        return len(self._units)

    def of(self, key: str) -> list[Tracer]:
        """The tracers of a unit; [] when it is not known or cannot be rendered."""
        if key not in self._by_unit:
            self._by_unit[key] = list(self._made(key))
        return self._by_unit[key]

    def _made(self, key: str) -> Iterator[Tracer]:
        from bot.jobs.material import materials

        unit = self._units.get(key)
        for material in materials(self._head, unit) if unit else ():
            try:
                tracer = None if material.refusal else self._tracer(material)
            except GatehouseError:
                continue
            if tracer is not None:
                yield tracer

    def _tracer(self, material: Material) -> Tracer | None:
        from bot.render.trace import Tracer

        engine = self._ports.engine
        name = engine.name(material)
        if name not in self._by_material:
            (outcome,) = engine.render_all([material], _silent)
            if not isinstance(outcome, Rendered):
                return None
            rendered = [r.fields for document in outcome.documents for r in self._memory.objects(document)]
            self._by_material[name] = Tracer(material, engine.tools, rendered=rendered, shelf=self._shelf)
        return self._by_material[name]
