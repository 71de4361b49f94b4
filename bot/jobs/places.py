"""Source lines of findings: for all units at once, within one budget of renders, what stops the merge first."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from bot.checks.judgement import Judged
from bot.diff.resources import Memory
from bot.jobs.places_kept import Place, Spot, Traced, remembered
from bot.jobs.tracers import MOST_RENDERS, ROW, Tracers
from bot.model.evidence import Statement
from bot.model.result import Finding, FindingState
from bot.model.unit import Unit

if TYPE_CHECKING:
    from bot.affected.view import View
    from bot.jobs.ports import Ports
    from bot.model.unit import ObjectId
    from bot.render.trace import Origin, Tracer
    from bot.render.trace_edit import Trial
    from bot.render.trace_proof import Output
    from bot.render.trace_rounds import Steps

    _Found = dict[int, dict[Spot, Origin | None]]
    _Run = Callable[[list[tuple[Tracer, Steps[list[Origin | None]]]]], list[list[Origin | None]]]

_FEWEST_RENDERS = 8
_MANY = 40  # places: with so many, what does not stop the merge gets no renders where a line further up is plain to see

_UNKNOWN_FIELD = "schema/unknown-field"
_DEEPEST = 6  # declarations in the output of declarations

_OF_FIELDS = frozenset(("schema/unknown-field", "schema/wrong-type"))

UNKNOWN: Place = ("", 0)


class _Wanted(NamedTuple):
    """A place in an object of a unit that a finding is about. ``order``: 0 where it stops the merge, 2 where it was there
    before or is waived: worth a look at the files, and no render. ``is_field``: it is about the field and not its value."""

    order: int
    unit: str
    spot: Spot
    is_field: bool = False


def places(
    answers: Sequence[Judged], units: dict[str, Unit], head: View, ports: Ports, memory: Memory
) -> list[list[Place]]:
    """File and line of each finding of each answer, where that can be told. It never takes more renders than the change
    itself (both sides of its units), except that a few are always tried; a note says when they did not suffice."""
    wanted = sorted(dict.fromkeys(_wanted(answers)), key=lambda each: each.order)
    if not wanted:
        return [[UNKNOWN] * len(answer.found) for answer in answers]
    told = remembered(wanted, units, head, ports, lambda: _told(wanted, Tracers(units, head, ports, memory), ports))
    ports.notes += [told.note] if told.note else []
    return [[_place(finding, statement, told.known) for finding, statement, _ in answer.found] for answer in answers]


def _told(wanted: Sequence[_Wanted], tracers: Tracers, ports: Ports) -> Traced:
    written = _written(wanted, tracers)
    wanted = [each for each in wanted if (each.unit, each.spot) not in written]
    traced = _traced([each for each in wanted if each.order < 2], tracers, ports)
    traced = _by_their_kind(wanted, traced, tracers, ports)
    looked_at = _looked_at([each for each in wanted if each.order == 2], tracers)
    return traced._replace(known=looked_at | traced.known | written)


def _wanted(answers: Sequence[Judged]) -> Iterator[_Wanted]:
    for answer in answers:
        for finding, statement, stops in answer.found:
            if _is_traced(finding) and finding.object is not None:
                order = (0 if stops else 1) if finding.state is FindingState.INTRODUCED else 2
                spot = _spot(finding.object, statement)
                yield _Wanted(order, statement.unit, spot, is_field=finding.rule == _UNKNOWN_FIELD)


def _place(finding: Finding, statement: Statement, known: dict[tuple[str, Spot], Place]) -> Place:
    if not _is_traced(finding) or finding.object is None:
        return UNKNOWN
    return known.get((statement.unit, _spot(finding.object, statement)), UNKNOWN)


def _spot(found: ObjectId, statement: Statement) -> Spot:
    """The place; of what is said about a field itself, and not about what it lacks, with ``ITSELF``; of a line in a text of
    several with ``ROW`` and its number."""
    from bot.render.trace import ITSELF

    if statement.row:
        return found, (*statement.at, ROW, statement.row)
    return found, (*statement.at, ITSELF) if statement.rule in _OF_FIELDS and statement.at else statement.at


def _is_traced(finding: Finding) -> bool:
    return finding.state is not FindingState.FIXED and finding.object is not None and not finding.file


def _written(wanted: Sequence[_Wanted], tracers: Tracers) -> dict[tuple[str, Spot], Place]:
    """Where the templates of charts write fields that findings are about."""
    from bot.render.trace_keys import field_place

    found: dict[tuple[str, Spot], Place] = {}
    for each in wanted:
        for tracer in tracers.of(each.unit) if each.is_field else ():
            if (place := field_place(tracer, *each.spot)) is not None:
                found.setdefault((each.unit, each.spot), place)
    return found


def _by_their_kind(wanted: Sequence[_Wanted], traced: Traced, tracers: Tracers, ports: Ports) -> Traced:
    """The same with the lines of whole objects whose name comes out of a template: those of their kind."""
    whole = [
        each for each in wanted if each.order < 2 and not each.spot[1] and (each.unit, each.spot) not in traced.known
    ]
    if not whole or traced.note:
        return traced
    kinds = _traced([each._replace(spot=(each.spot[0], ("kind",))) for each in whole], tracers, ports)
    found = {(each.unit, each.spot): kinds.known.get((each.unit, (each.spot[0], ("kind",)))) for each in whole}
    known = {key: place for key, place in found.items() if place is not None}
    return Traced(known | traced.known, kinds.note, traced.lasts and kinds.lasts)


def _looked_at(wanted: Sequence[_Wanted], tracers: Tracers) -> dict[tuple[str, Spot], Place]:
    """Where looking at the files tells the line, of what does not matter to the verdict; for so many units only."""
    found: dict[tuple[str, Spot], Place] = {}
    units = set(list(dict.fromkeys(each.unit for each in wanted))[:_MANY])
    for each in wanted:
        for tracer in tracers.of(each.unit) if each.unit in units else ():
            if each.spot[0] in tracer.identities:
                origin = tracer.nearest_seen(*_field(each.spot))
                if origin is not None and not tracers.is_shown(origin):
                    found.setdefault((each.unit, each.spot), tracers.place(origin, each.spot))
    return found


def _traced(wanted: Sequence[_Wanted], tracers: Tracers, ports: Ports) -> Traced:
    from bot.render.trace_proof import objects
    from bot.render.trace_rounds import Budget, run

    engine = ports.engine
    asked: dict[int, tuple[Tracer, dict[Spot, None]]] = {}
    home: dict[tuple[str, Spot], tuple[int, Spot]] = {}
    exact: dict[int, set[Spot]] = {}  # what is worth a render, by tracer
    for each in wanted:
        for tracer in tracers.of(each.unit):
            if each.spot[0] in tracer.identities:
                spot = _field(each.spot)
                asked.setdefault(id(tracer), (tracer, {}))[1].setdefault(spot)
                home.setdefault((each.unit, each.spot), (id(tracer), spot))
                if each.order == 0 or len(wanted) <= _MANY:
                    exact.setdefault(id(tracer), set()).add(spot)

    lasts = True

    def render(trials: list[tuple[Tracer, Trial]]) -> list[Output]:
        nonlocal lasts
        changed = [tracer.changed(trial) for tracer, trial in trials]  # here: a view answers one thread only
        begun = time.monotonic()
        outputs = engine.spread(lambda material: objects(material, engine.tools, tracers.read), changed)
        lasts = lasts and time.monotonic() - begun < engine.tools.limits.seconds  # one may have been stopped
        return outputs

    budget = Budget(min(MOST_RENDERS, max(_FEWEST_RENDERS, 2 * tracers.units)))
    steps: list[tuple[Tracer, Steps[list[Origin | None]]]] = [
        (tracer, tracer.nearest_all(list(spots), spots.keys() - exact.get(name, set())))
        for name, (tracer, spots) in asked.items()
    ]
    answers = dict(zip(asked, run(steps, render, budget), strict=True))
    found = {name: dict(zip(asked[name][1], answers[name], strict=True)) for name in asked}
    _follow_all(found, {name: tracer for name, (tracer, _) in asked.items()}, tracers, lambda s: run(s, render, budget))
    known = {
        key: tracers.place(origin, key[1])
        for key, (name, spot) in home.items()
        if (origin := found[name][spot]) is not None
    }
    short = f"Some findings are shown without their line: {budget.spent} renders did not prove which line sets them."
    return Traced(known, short if budget.short else "", lasts)


def _follow_all(found: _Found, asked: dict[int, Tracer], tracers: Tracers, run: _Run) -> None:
    """From declarations in the output of hosts to the files; what cannot be told so is asked for once more without them."""
    led = [(name, spot) for name, each in found.items() for spot, origin in each.items() if tracers.is_shown(origin)]
    for _ in range(_DEEPEST):
        if not _follow(found, tracers, run):
            break
    left: dict[int, list[Spot]] = {}
    for name, spot in led:
        if (origin := found[name][spot]) is None or tracers.is_shown(origin):
            found[name][spot] = None
            left.setdefault(name, []).append(spot)
    plain = [
        (name, tracer, spots) for name, spots in left.items() if (tracer := tracers.plain(asked[name])) is not None
    ]
    answers = run([(tracer, tracer.nearest_all(spots)) for _, tracer, spots in plain])
    for (name, _, spots), told in zip(plain, answers, strict=True):
        found[name] |= dict(zip(spots, told, strict=True))


def _follow(found: _Found, tracers: Tracers, run: _Run) -> bool:
    """One step: from fields of objects in the output of hosts to what sets them there; False where there are none."""
    from bot.render.trace_match import Question

    asked: dict[int, tuple[Tracer, dict[Question, list[tuple[int, Spot]]]]] = {}
    for name, origins in found.items():
        for spot, origin in origins.items():
            shown = tracers.shown.get(origin.file) if origin else None
            if origin is None or shown is None:
                continue
            origins[spot] = None
            path = shown.fields.get((origin.line, origin.column))
            host = tracers.of_host(shown) if path is not None else None
            if host is not None and path is not None:
                questions = asked.setdefault(id(host), (host, {}))[1]
                questions.setdefault(Question(shown.object, path), []).append((name, spot))
    answers = run([(tracer, tracer.steps(list(questions))) for tracer, questions in asked.values()])
    for (_, questions), told in zip(asked.values(), answers, strict=True):
        for places, origin in zip(questions.values(), told, strict=True):
            for name, spot in places:
                found[name][spot] = origin
    return bool(asked)


def _field(spot: Spot) -> Spot:
    """The place of the whole text."""
    found, path = spot
    return (found, path[:-2]) if path[-2:-1] == (ROW,) else spot
