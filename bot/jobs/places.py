"""Source lines of findings: for all units at once, within one budget of renders, what stops the merge first."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from bot.checks.judgement import Judged
from bot.diff.resources import TEXT, Memory
from bot.errors import GatehouseError
from bot.jobs.key_lines import key_line
from bot.jobs.places_kept import Traced, remembered
from bot.model.evidence import Statement
from bot.model.resource import Rendered, Resource
from bot.model.result import Finding, FindingState
from bot.model.unit import Unit
from bot.redaction import MARKER

if TYPE_CHECKING:
    from bot.affected.view import View
    from bot.jobs.ports import Ports
    from bot.jobs.shown import Shown
    from bot.model.unit import ObjectId
    from bot.render.base import Material
    from bot.render.trace import Origin, Tracer
    from bot.render.trace_declared import Declaration
    from bot.render.trace_edit import Trial
    from bot.render.trace_proof import Output
    from bot.render.trace_rounds import Steps

    _Found = dict[int, dict["_Spot", Origin | None]]
    _Run = Callable[[list[tuple[Tracer, Steps[list[Origin | None]]]]], list[list[Origin | None]]]

_FEWEST_RENDERS = 8
_MOST_RENDERS = 60  # of one report, however many units and findings it has
_MANY = 40  # places: with so many, what does not stop the merge gets no renders where a line further up is plain to see

_UNKNOWN_FIELD = "schema/unknown-field"
_DEEPEST = 6  # declarations in the output of declarations

_OF_FIELDS = frozenset(("schema/unknown-field", "schema/wrong-type"))

Place = tuple[str, int]  # file and line; ("", 0) for unknown
_Spot = tuple["ObjectId", tuple[str | int, ...]]
_ROW = "\n"  # as a step: the number of a line in the text comes next
UNKNOWN: Place = ("", 0)


class _Wanted(NamedTuple):
    """A place in an object of a unit that a finding is about. ``order``: 0 where it stops the merge, 2 where it was there
    before or is waived: worth a look at the files, and no render. ``is_field``: it is about the field and not its value."""

    order: int
    unit: str
    spot: _Spot
    is_field: bool = False


def places(
    answers: Sequence[Judged], units: dict[str, Unit], head: View, ports: Ports, memory: Memory
) -> list[list[Place]]:
    """File and line of each finding of each answer, where that can be told. It never takes more renders than the change
    itself (both sides of its units), except that a few are always tried; a note says when they did not suffice."""
    wanted = sorted(dict.fromkeys(_wanted(answers)), key=lambda each: each.order)
    if not wanted:
        return [[UNKNOWN] * len(answer.found) for answer in answers]
    told = remembered(wanted, units, head, ports, lambda: _told(wanted, _Tracers(units, head, ports, memory), ports))
    ports.notes += [told.note] if told.note else []
    return [[_place(finding, statement, told.known) for finding, statement, _ in answer.found] for answer in answers]


def _told(wanted: Sequence[_Wanted], tracers: _Tracers, ports: Ports) -> Traced:
    written = _written(wanted, tracers)
    wanted = [each for each in wanted if (each.unit, each.spot) not in written]
    traced = _traced([each for each in wanted if each.order < 2], tracers, ports)
    looked_at = _looked_at([each for each in wanted if each.order == 2], tracers)
    return traced._replace(known=looked_at | traced.known | written)


def _wanted(answers: Sequence[Judged]) -> Iterator[_Wanted]:
    for answer in answers:
        for finding, statement, stops in answer.found:
            if _is_traced(finding) and finding.object is not None:
                order = (0 if stops else 1) if finding.state is FindingState.INTRODUCED else 2
                spot = _spot(finding.object, statement)
                yield _Wanted(order, statement.unit, spot, is_field=finding.rule == _UNKNOWN_FIELD)


def _place(finding: Finding, statement: Statement, known: dict[tuple[str, _Spot], Place]) -> Place:
    if not _is_traced(finding) or finding.object is None:
        return UNKNOWN
    return known.get((statement.unit, _spot(finding.object, statement)), UNKNOWN)


def _spot(found: ObjectId, statement: Statement) -> _Spot:
    """The place; of what is said about a field itself, and not about what it lacks, with ``ITSELF``; of a line in a text of
    several with ``_ROW`` and its number."""
    from bot.render.trace import ITSELF

    if statement.row:
        return found, (*statement.at, _ROW, statement.row)
    return found, (*statement.at, ITSELF) if statement.rule in _OF_FIELDS and statement.at else statement.at


def _is_traced(finding: Finding) -> bool:
    return finding.state is not FindingState.FIXED and finding.object is not None and not finding.file


def _written(wanted: Sequence[_Wanted], tracers: _Tracers) -> dict[tuple[str, _Spot], Place]:
    """Where the templates of charts write fields that findings are about."""
    from bot.render.trace_keys import field_place

    found: dict[tuple[str, _Spot], Place] = {}
    for each in wanted:
        for tracer in tracers.of(each.unit) if each.is_field else ():
            if (place := field_place(tracer, *each.spot)) is not None:
                found.setdefault((each.unit, each.spot), place)
    return found


def _looked_at(wanted: Sequence[_Wanted], tracers: _Tracers) -> dict[tuple[str, _Spot], Place]:
    """Where looking at the files tells the line, of what does not matter to the verdict; for so many units only."""
    found: dict[tuple[str, _Spot], Place] = {}
    units = set(list(dict.fromkeys(each.unit for each in wanted))[:_MANY])
    for each in wanted:
        for tracer in tracers.of(each.unit) if each.unit in units else ():
            if each.spot[0] in tracer.identities:
                origin = tracer.nearest_seen(*_field(each.spot))
                if origin is not None and not tracers.is_shown(origin):
                    found.setdefault((each.unit, each.spot), tracers.place(origin, each.spot))
    return found


def _traced(wanted: Sequence[_Wanted], tracers: _Tracers, ports: Ports) -> Traced:
    from bot.render.trace_proof import objects
    from bot.render.trace_rounds import Budget, run

    engine = ports.engine
    asked: dict[int, tuple[Tracer, dict[_Spot, None]]] = {}
    home: dict[tuple[str, _Spot], tuple[int, _Spot]] = {}
    exact: dict[int, set[_Spot]] = {}  # what is worth a render, by tracer
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

    budget = Budget(min(_MOST_RENDERS, max(_FEWEST_RENDERS, 2 * tracers.units)))
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


def _follow_all(found: _Found, asked: dict[int, Tracer], tracers: _Tracers, run: _Run) -> None:
    """From declarations in the output of hosts to the files; what cannot be told so is asked for once more without them."""
    led = [(name, spot) for name, each in found.items() for spot, origin in each.items() if tracers.is_shown(origin)]
    for _ in range(_DEEPEST):
        if not _follow(found, tracers, run):
            break
    left: dict[int, list[_Spot]] = {}
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


def _follow(found: _Found, tracers: _Tracers, run: _Run) -> bool:
    """One step: from fields of objects in the output of hosts to what sets them there; False where there are none."""
    from bot.render.trace_match import Question

    asked: dict[int, tuple[Tracer, dict[Question, list[tuple[int, _Spot]]]]] = {}
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


def _field(spot: _Spot) -> _Spot:
    """The place of the whole text."""
    found, path = spot
    return (found, path[:-2]) if path[-2:-1] == (_ROW,) else spot


def _silent(done: int, known: int) -> None:
    """Nobody waits for an outcome that is there."""


def _is_whole(resource: Resource) -> bool:
    """Whether the text of its document is this object, as the renderer wrote it: no mask, and no list around it."""
    text = resource.document.text
    return TEXT not in resource.fields and not MARKER.search(text) and not resource.id.kind.endswith("List")


class _Tracers:
    """A tracer for each part of each unit; units that render from the same files share one."""

    def __init__(self, units: dict[str, Unit], head: View, ports: Ports, memory: Memory) -> None:
        from bot.jobs.shown import Hosts
        from bot.render.trace_sources import Shelf

        self._hosts = Hosts(head, ports)
        self._units = units
        self._head = head
        self._ports = ports
        self._memory = memory
        self._shelf = Shelf()
        self._by_unit: dict[str, list[Tracer]] = {}
        self._looked = 0
        self.shown: dict[str, Shown] = {}  # declarations in the output of hosts
        self.read: dict[str, dict[str, object]] = {}  # rendered objects by their texts, of which none is masked
        self._of_hosts: dict[tuple[str, int], Tracer | None] = {}
        self._by_material: dict[tuple[object, ...], Tracer] = {}
        self._lines: dict[str, list[str]] = {}  # of files, where a field is looked for

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
        for number, material in enumerate(materials(self._head, unit) if unit else ()):
            try:
                tracer = self._declared(unit, number, material) if unit and not material.refusal else None
            except GatehouseError:
                continue
            if tracer is not None:
                yield tracer

    def _declared(self, unit: Unit, number: int, material: Material) -> Tracer | None:
        from bot.jobs.declaration import declaration

        self._looked += 1
        if self._looked > _MOST_RENDERS:  # there are no renders left to prove anything with
            return self._tracer(material, None)
        declared = declaration(self._head, unit, number, self._ports.index)
        if declared is None and (found := self._hosts.shown(unit, number)):
            declared = found.declaration
            self.shown[declared.entry.path] = found
        return self._tracer(material, declared)

    def is_shown(self, origin: Origin | None) -> bool:
        """Whether it is a place in the output of a host."""
        return origin is not None and origin.file in self.shown

    def place(self, origin: Origin, spot: _Spot) -> Place:
        """The file and line; of a field that is meant itself, where it is named, and of a line of a text in that file which
        a generator takes as a whole."""
        from bot.render.trace import ITSELF

        path = spot[1]
        if path[-2:-1] == (_ROW,) and (origin.how, origin.line, origin.column) == ("generator", 1, 1):
            return origin.file, int(path[-1])
        if len(path) < 2 or path[-1] != ITSELF or not isinstance(path[-2], str):
            return origin.file, origin.line
        return origin.file, key_line(self._lines_of(origin.file), origin.line, path[-2])

    def _lines_of(self, file: str) -> list[str]:
        if file not in self._lines:
            self._lines[file] = []
            with contextlib.suppress(GatehouseError):
                entry = self._head.entry(file)
                text = self._head.read(entry).decode("utf-8", "replace") if entry is not None else ""
                self._lines[file] = text.split("\n")
        return self._lines[file]

    def plain(self, tracer: Tracer) -> Tracer | None:
        """The same without the declaration."""
        return self._tracer(tracer.material, None)

    def of_host(self, found: Shown) -> Tracer | None:
        """The tracer of the host's part that makes an object."""
        key = (found.host.key, found.number)
        if key not in self._of_hosts:
            self._of_hosts[key] = None
            with contextlib.suppress(GatehouseError):
                self._of_hosts[key] = self._declared(found.host, found.number, found.material)
        return self._of_hosts[key]

    def _tracer(self, material: Material, declared: Declaration | None) -> Tracer | None:
        from bot.render.trace import Tracer

        engine = self._ports.engine
        name = (engine.name(material), *((declared.entry.path, *declared.key) if declared else ()))
        if name not in self._by_material:
            (outcome,) = engine.render_all([material], _silent)
            if not isinstance(outcome, Rendered):
                return None
            resources = [r for document in outcome.documents for r in self._memory.objects(document)]
            self.read |= {r.document.text: r.fields for r in resources if _is_whole(r)}
            rendered = [r.fields for r in resources]
            self._by_material[name] = Tracer(
                material, engine.tools, rendered=rendered, shelf=self._shelf, declaration=declared, key=engine.key
            )
        return self._by_material[name]
