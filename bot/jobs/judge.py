"""From renders to judgement: evidence for the checks, their results, and the source line of each new finding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.checks.judgement import Judged, judge
from bot.checks.owners import OwnersCheck
from bot.diff.resources import Memory
from bot.errors import GatehouseError
from bot.jobs.neighbours import with_neighbours
from bot.model.evidence import Check, Evidence, Statement, Step, UnitEvidence, UnitSide
from bot.model.resource import Outcome, Rendered
from bot.model.result import CheckResult, Finding, FindingState, Owners, UnitChange
from bot.model.unit import ObjectId, Unit

if TYPE_CHECKING:
    from bot.affected.effect import Affected
    from bot.affected.rules import Reader
    from bot.affected.view import View
    from bot.checks.levels import Levels
    from bot.checks.waivers import Waivers
    from bot.jobs.changes import Result
    from bot.jobs.check import Ports, Seen
    from bot.render.trace import Origin, Tracer

_MOST_TRACED = 20  # units whose findings are traced to their lines: each costs some renders
_MOST_RENDERS = 40  # of one part of a unit


@dataclass(frozen=True, slots=True)
class Bench:
    """Who judges: the checks in their order, what the repository says of severities, and what it waives."""

    checks: tuple[Check, ...]
    levels: Levels
    waivers: Waivers


def judged(
    seen: Seen, found: Affected, ports: Ports, bench: Bench
) -> tuple[tuple[CheckResult, ...], tuple[Owners, ...]]:
    """Every check's result, and who must agree. New findings have the file and line that set what they are about, where
    that can be told."""
    shown = with_neighbours(evidence(seen, found, ports.index.rules), seen, ports, bench.checks)
    answers = judge(shown, bench.checks, bench.levels, bench.waivers)
    places = Places({pair.unit.key: pair.head for pair, _, _ in seen.results if pair.head}, ports, seen.after)
    ports.notes += bench.waivers.notes()
    owners = [row for check in bench.checks if isinstance(check, OwnersCheck) for row in check.required(shown)]
    return tuple(answer.result(places.of(answer)) for answer in answers), tuple(owners)


def evidence(seen: Seen, found: Affected, rules: Reader) -> Evidence:
    """What the checks may look at."""
    memory = seen.memory or Memory()
    return Evidence(
        units=tuple(
            _unit(result, change, found, rules, memory) for result, change in zip(seen.results, seen.units, strict=True)
        ),
        changes=tuple(seen.after.changes),
        base=seen.before,
        head=seen.after,
        environments=_environments(seen.units, rules),
    )


def _environments(units: Sequence[UnitChange], rules: Reader) -> tuple[str, ...]:
    """Every name that is configured or that an affected unit has, the least risky first."""
    names = {unit.environment for unit in units if unit.environment}
    return tuple(sorted(names | {rule.name for rule in rules.config.environments}, key=rules.namer.rank))


def _unit(result: Result, change: UnitChange, found: Affected, rules: Reader, memory: Memory) -> UnitEvidence:
    pair, base, head = result
    return UnitEvidence(
        key=pair.unit.key, path=change.path, app=change.app, environment=change.environment,
        production=rules.namer.is_production(change.environment), state=change.state,
        base=_side(pair.base, base, memory), head=_side(pair.head, head, memory), way=_way(pair.unit, found),
    )  # fmt: skip


def _side(unit: Unit | None, outcome: Outcome | None, memory: Memory) -> UnitSide | None:
    if unit is None or not isinstance(outcome, Rendered):
        return None
    return UnitSide(unit, tuple(r for document in outcome.documents for r in memory.objects(document)))


def _way(unit: Unit, found: Affected) -> tuple[Step, ...]:
    for side in (found.after, found.before):
        for node in (f"u:{unit.key}", f"k:{unit.path}"):
            if node in side.hops:
                return tuple(Step(hop.path, hop.to, hop.how) for hop in side.way(node))
    return ()


class Places:
    """Source lines of findings, for as many units as is worth their renders."""

    def __init__(self, units: dict[str, Unit], ports: Ports, head: View) -> None:
        self._units = units
        self._ports = ports
        self._head = head
        self._tracers: dict[str, list[Tracer]] = {}

    def of(self, answer: Judged) -> Iterator[tuple[str, int]]:
        """File and line of each finding; ("", 0) for unknown."""
        for finding, statement, _ in answer.found:
            yield self._place(finding, statement) if _wanted(finding) else ("", 0)

    def _place(self, finding: Finding, statement: Statement) -> tuple[str, int]:
        assert finding.object is not None
        for tracer in self._of_unit(statement.unit):
            try:
                origin = _origin(tracer, finding.object, statement.at)
            except GatehouseError:
                continue
            if origin:
                return origin.file, origin.line
        return "", 0

    def _of_unit(self, key: str) -> list[Tracer]:
        if key not in self._tracers:
            self._tracers[key] = list(self._made(key)) if len(self._tracers) < _MOST_TRACED else []
        return self._tracers[key]

    def _made(self, key: str) -> Iterator[Tracer]:
        from bot.jobs.material import materials
        from bot.render.trace import Tracer

        unit = self._units.get(key)
        for material in materials(self._head, unit) if unit else ():
            try:
                if not material.refusal:
                    yield Tracer(material, self._ports.engine.tools, most_renders=_MOST_RENDERS)
            except GatehouseError:
                continue


def _wanted(finding: Finding) -> bool:
    return finding.state is FindingState.INTRODUCED and finding.object is not None and not finding.file


def _origin(tracer: Tracer, wanted: ObjectId, at: tuple[str | int, ...]) -> Origin | None:
    if wanted not in tracer.objects():
        return None
    return tracer.nearest(wanted, at) if at else tracer.declared(wanted)
