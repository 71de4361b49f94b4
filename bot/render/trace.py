"""Rendered value → the file and the line that set it. "Unknown" is an answer, a wrong line is not.

Spots that hold the value are looked up in the files of the render (trace_match); the one that counts is the one whose
change the rendered value follows (trace_proof). So the answer is right for base, patch, generator, ``images:``,
replacements, components, values files and whatever else a renderer does, and never rests on a model of it. What stands
in one plain file, with nothing else that could have written it, needs no render (trace_look).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from operator import itemgetter

from bot.model.resource import at
from bot.model.unit import ObjectId
from bot.render.base import Material
from bot.render.tools import Tools
from bot.render.trace_alike import Object, identity, is_masked, leaves
from bot.render.trace_declared import Declaration
from bot.render.trace_edit import Trial, edited
from bot.render.trace_look import Look
from bot.render.trace_match import MERGE_KEYS, Candidate, Question, candidates, split_image
from bot.render.trace_proof import NAME, Asked, Output, Proof, objects
from bot.render.trace_rounds import Budget, Steps, lockstep, one, run
from bot.render.trace_sources import Shelf, Sources, how
from bot.render.trace_spots import Range, Spot, as_text
from bot.render.trace_unmasked import unmasked

Place = tuple[ObjectId, tuple[str | int, ...]]  # in the fields of an object
ITSELF = ""  # as the last step of a place: the field before it is meant, also where it holds no scalar
_MOST_RENDERS = 300  # of one Tracer
_TURNS = 4  # renders in which every open question tries its next spot
_SMALLEST_BATCH = 4
_TRIED_ALONE = 4  # spots of one question that followed when all changed
_LEAVES, _SEARCHED = 2, 20  # of what stands in a mapping that is meant itself: asked for, and looked at
_TRIED_ANYHOW = 3  # the next likeliest ones when none did


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value is written: file, line and column (1-based), and how it gets from there into the object:
    ``resource``, ``patch``, ``images``, ``replicas``, ``namespace``, ``label``, ``annotation``, ``generator``,
    ``replacement``, ``values``, ``template``, ``chart``, ``substitution``, ``declaration``, or the kustomization's field.
    ``whole`` is False where the line holds a part of the value only (the tag of an image, a name without its prefix)."""

    file: str
    line: int
    how: str
    column: int = 1
    whole: bool = True


class Tracer:
    """Answers for one part of a unit on one side. ``rendered`` is what it renders to, perhaps with secrets masked; without
    it, it is rendered. ``key`` is what they were masked with. ``declaration`` is the object that the material's part comes
    from. What is asked for together shares renders. ``look=False`` proves all by renders. Raises ToolError when the program
    that renders is missing."""

    def __init__(
        self,
        material: Material,
        tools: Tools,
        *,
        most_renders: int = _MOST_RENDERS,
        rendered: list[Object] | None = None,
        shelf: Shelf | None = None,
        look: bool = True,
        declaration: Declaration | None = None,
        key: bytes = b"",
    ) -> None:
        self.material = material
        self.sources = Sources(material, shelf, declaration)
        self._tools = tools
        self._budget = Budget(most_renders)
        self._masked = rendered is not None
        self._proof = Proof((objects(material, tools) or []) if rendered is None else rendered)
        self._look = Look(material, self.sources, self._proof.objects) if look else None
        self._known: dict[Question, Origin | None] = {}
        self._key = key
        self._unmasked: dict[Question, str] = {}

    @cached_property
    def identities(self) -> frozenset[ObjectId]:
        """The identities of the rendered objects."""
        return frozenset(self.objects())

    @property
    def renders(self) -> int:
        """How many renders the answers have cost so far, without the first one."""
        return self._budget.spent

    def objects(self) -> tuple[ObjectId, ...]:
        """The identities of the rendered objects, in order; () when the render fails."""
        return tuple(identity(fields) for fields in self._proof.objects)

    def fields(self, wanted: ObjectId) -> dict[str, object]:
        """The rendered object, secrets and all: it must not leave the render room. {} when there is none."""
        place = self._proof.position(wanted)
        return {} if place is None else self._proof.objects[place]

    def trace(self, wanted: ObjectId, path: Sequence[str | int], part: str = "") -> Origin | None:
        """The origin of a scalar of a rendered object; None for unknown, and for what is no scalar.

        Of an image the digest's origin is given, else the tag's, else the name's; ``part`` asks for one of them.
        """
        return self.trace_all([Question(wanted, tuple(path), part)])[0]

    def declared(self, wanted: ObjectId) -> Origin | None:
        """Where the object's name is written: the line for what is said about the object as a whole."""
        return self.trace(wanted, NAME)

    def template_of(self, wanted: ObjectId) -> str | None:
        """The file that writes the object's ``kind``: its template in a chart, else its manifest; None for unknown."""
        found = self.trace(wanted, ("kind",)) or self.trace(wanted, ("apiVersion",))
        return found.file if found else None

    def nearest(self, wanted: ObjectId, path: Sequence[str | int]) -> Origin | None:
        """The origin of the value, else of what names the item or object around it: for what is missing. With ``ITSELF``
        behind the path, before that the origin of something in the value."""
        return self._alone(self.nearest_all([(wanted, tuple(path))]))[0]

    def trace_all(self, questions: Sequence[Question]) -> list[Origin | None]:
        """As ``trace`` for many questions, with as few renders as that takes."""
        return self._alone(self.steps(questions))

    def _alone(self, steps: Steps[list[Origin | None]]) -> list[Origin | None]:
        def render(trials: list[tuple[Tracer, Trial]]) -> list[Output]:
            return [objects(tracer.changed(trial), self._tools) for tracer, trial in trials]

        return run([(self, steps)], render, self._budget)[0]

    def changed(self, trial: Trial) -> Material:
        """What has to be rendered for a trial."""
        return edited(self.material, self.sources, trial)

    # -- the same step by step: each step says which renders it waits for

    def nearest_all(self, wanted: Sequence[Place], roughly: Collection[Place] = ()) -> Steps[list[Origin | None]]:
        """As ``nearest`` for many places; what is asked first, for all of them, then what is asked next. For those in
        ``roughly`` a line further up will do, where looking tells it: no render is spent on them."""
        ladders = [list(self._rungs(*place)) for place in wanted]
        found = [
            next(filter(None, map(self._seen, rungs)), None) if place in roughly else None
            for place, rungs in zip(wanted, ladders, strict=True)
        ]
        for height in range(max(map(len, ladders), default=0)):
            waiting = [n for n, rungs in enumerate(ladders) if found[n] is None and height < len(rungs)]
            answers = yield from self.steps([ladders[n][height] for n in waiting])
            for n, answer in zip(waiting, answers, strict=True):
                found[n] = answer
        return found

    def nearest_seen(self, wanted: ObjectId, path: tuple[str | int, ...]) -> Origin | None:
        """As ``nearest``, where looking at the files tells it: never a render."""
        return next(filter(None, map(self._seen, self._rungs(wanted, path))), None)

    def _rungs(self, wanted: ObjectId, path: tuple[str | int, ...]) -> Iterator[Question]:
        if path[-1:] == (ITSELF,):
            path = path[:-1]
            yield from (Question(wanted, (*path, *below)) for below in islice(self._leaves(wanted, path), _LEAVES))
        for length in range(len(path), 0, -1):
            for step in ((), ("name",)):
                question = Question(wanted, (*path[:length], *step))
                if self._value(question) is not None:
                    yield question
        yield Question(wanted, NAME)

    def _leaves(self, wanted: ObjectId, path: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
        """The ways to what stands in a mapping or a list, to what is the easiest to tell first."""
        place = self._proof.position(wanted)
        value = at(self._proof.objects[place], path) if place is not None else None
        scalars = ((below, leaf) for below, leaf in islice(leaves(value), _SEARCHED) if below)
        found = [
            (type(leaf) is bool, below) for below, leaf in scalars if leaf not in (None, "") and not is_masked(leaf)
        ]
        yield from (below for _, below in sorted(found, key=itemgetter(0)))

    def steps(self, questions: Sequence[Question]) -> Steps[list[Origin | None]]:
        """As ``trace_all``."""
        fresh = [q for q in dict.fromkeys(questions) if q not in self._known and self._value(q) is not None]
        self._known |= {question: self._seen(question) for question in fresh}
        fresh = [question for question in fresh if self._known[question] is None]
        if self._masked and not all(map(self._unmask, fresh)):
            self._masked = False  # only the real value can be looked for
            self._unmasked.clear()
            self._proof.take((yield from one(())) or [])
        asked = {q: found for q in fresh if (found := candidates(q, self._value(q), self.sources))}
        yield from self._ask_together(asked)
        still = [q for q in asked if self._known[q] is None]
        for group in (
            [q for q in still if q.path not in _BESIDE_NAME],
            [q for q in still if q.path in _BESIDE_NAME],  # asked last: the answer may rest on that for the name
        ):
            answers = yield from lockstep([self._ask(q, self._value(q), asked[q]) for q in group])
            self._known |= dict(zip(group, answers, strict=True))
        return [self._known.get(question) for question in questions]

    def _unmask(self, question: Question) -> bool:
        """Whether the real value is known, or becomes known by looking at the files."""
        value = self._value(question)
        if not isinstance(value, str) or not is_masked(value):
            return True
        real = unmasked(question, value, self.sources, self._key) if self._key else None
        if real is not None:
            self._unmasked[question] = real
        return real is not None

    def _value(self, question: Question) -> object:
        if question in self._unmasked:
            return self._unmasked[question]
        place = self._proof.position(question.object)
        value = at(self._proof.objects[place], question.path) if place is not None else None
        return None if isinstance(value, dict | list) else value

    def _seen(self, question: Question) -> Origin | None:
        value = self._value(question)
        spot = self._look.spot(question, value) if self._look else None
        if spot is None:
            return None
        tag_is_meant = question.path[-1:] == ("image",) and any(split_image(as_text(value))[1:])
        return replace(_of(spot), whole=is_masked(value) or (not tag_is_meant and spot.text == as_text(value)))

    def _ask_together(self, asked: dict[Question, list[Candidate]]) -> Steps[None]:
        """Every question's likeliest spot in one render, then every open question's next one, and so on; names in a render
        of their own."""
        for turn in range(_TURNS):
            turns = [
                (question, self._value(question), found[turn])
                for question, found in asked.items()
                if self._known[question] is None and len(found) > turn
            ]
            values = [each for each in turns if _harmless(*each)]
            names = list(_apart(each for each in turns if _is_own_name(*each)))
            groups = [(values, False), (names, True)]
            yield from lockstep([self._batch(batch, names=own) for batch, own in groups if len(batch) > 1])

    def _batch(self, batch: list[Asked], *, names: bool) -> Steps[None]:
        """Keep what one render with all these changes proves; one that proves nothing is done again in halves."""
        trial = self._proof.together(batch)
        hits = self._proof.proven(batch, trial, (yield from one(trial)), names=names)
        if hits is None and len(batch) >= _SMALLEST_BATCH:
            middle = len(batch) // 2
            halves = (batch[:middle], batch[middle:])
            yield from lockstep([self._batch(half, names=names) for half in halves])
        for (question, value, candidate), proven in zip(batch, hits or [], strict=False):
            if proven:
                self._known[question] = _origin(candidate, value)

    def _ask(self, question: Question, value: object, found: list[Candidate]) -> Steps[Origin | None]:
        """The likeliest spot alone, then all others at once, then alone what followed."""
        if question.path in _BESIDE_NAME and (beside := (yield from self._beside_name(question, value))):
            return beside
        first, rest = found[0], found[1:]
        if (yield from self._holds(question, value, first)):
            return _origin(first, value)
        if len(rest) > 1 and not isinstance(value, bool):
            several = [(question, value, candidate) for candidate in rest]
            trial = self._proof.together(several)
            hits = self._proof.followers(several, trial, (yield from one(trial)))
            rest = [c for c, hit in zip(rest, hits, strict=True) if hit] or rest[:_TRIED_ANYHOW]
        for candidate in rest[:_TRIED_ALONE]:
            if (yield from self._holds(question, value, candidate)):
                return _origin(candidate, value)
        return None

    def _holds(self, question: Question, value: object, candidate: Candidate) -> Steps[bool]:
        for trial in self._proof.alone(value, candidate):
            output = yield from one(trial)
            if output is not None:
                return self._proof.holds(question, value, trial, output)
        return False

    def _beside_name(self, question: Question, value: object) -> Steps[Origin | None]:
        """``apiVersion`` and ``kind`` stand in the document that the object's name stands in."""
        (named,) = yield from self.steps([Question(question.object, NAME)])
        spots = self.sources.spots(named.file) if named else []
        own = next((s for s in spots if named and (s.line, s.column) == (named.line, named.column)), None)
        if own is None or own.path[-2:] != NAME or own.root < 0:
            return None
        beside = [
            s for s in spots
            if s.root == own.root and s.within[:-1] == own.within[:-1]
            and s.path == (*own.path[:-2], *question.path) and s.text == value
        ]  # fmt: skip
        return _of(beside[0]) if len(beside) == 1 else None


def _is_own_name(question: Question, value: object, candidate: Candidate) -> bool:
    """Whether a spot names the object itself: what it names or selects elsewhere stays with the old name, and whether one
    object's name decides over another's is seen in the output. Of a chart only what stands in a template, because what a
    value decides is not seen."""
    return question.path == NAME and isinstance(value, str) and candidate.spot.role not in ("values", "chart")


def _apart(asked: Iterable[Asked]) -> Iterator[Asked]:
    """Those whose changes touch no spot that another one's change touches."""
    taken: set[tuple[str, tuple[Range, ...]]] = set()
    for each in asked:
        touched = {(spot.file, spot.within) for spot in (each[2].spot, *each[2].selectors)}
        if not touched & taken:
            taken |= touched
            yield each


def _harmless(question: Question, value: object, candidate: Candidate) -> bool:
    """Whether a spot may change together with others. What selects or names something may not: its change may change
    what else applies. Neither may a truth, which has no third word to tell it by."""
    path = candidate.spot.path
    selects = path[-1:] == () or path[-1] in _NAMING or bool(_LABELS & set(path))
    return not (selects or isinstance(value, bool) or candidate.selectors or question.path in _BESIDE_NAME)


_BESIDE_NAME = (("apiVersion",), ("kind",))
_LABELS = frozenset(("labels", "selector", "matchLabels", "annotations", "commonLabels"))
_NAMING = MERGE_KEYS | {"namespace", "kind", "apiVersion", "namePrefix", "nameSuffix"}


def _origin(candidate: Candidate, value: object) -> Origin:
    spot = candidate.spot
    whole = candidate.encoded or candidate.at == (0, len(as_text(value)))
    return Origin(spot.file, spot.line, how(spot), spot.column, whole)


def _of(spot: Spot) -> Origin:
    return Origin(spot.file, spot.line, how(spot), spot.column)
