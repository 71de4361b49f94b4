"""Rendered value → the file and the line that set it. "Unknown" is an answer, a wrong line is not.

Spots that hold the value are looked up in the files of the render (trace_match); the one that counts is the one whose
change the rendered value follows (trace_proof). So the answer is right for base, patch, generator, ``images:``,
replacements, components, values files and whatever else a renderer does, and never rests on a model of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.model.unit import ObjectId
from bot.render.base import Material
from bot.render.tools import Tools
from bot.render.trace_match import MERGE_KEYS, Candidate, Question, candidates
from bot.render.trace_proof import Proof, at, identity
from bot.render.trace_sources import Sources, how
from bot.render.trace_spots import as_text

_MOST_RENDERS = 300  # of one Tracer
_TURNS = 4  # renders in which every open question tries its next spot
_SMALLEST_BATCH = 4
_TRIED_ALONE = 4  # spots of one question that followed when all changed
_TRIED_ANYHOW = 3  # the next likeliest ones when none did


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value is written: file, line and column (1-based), and how it gets from there into the object:
    ``resource``, ``patch``, ``images``, ``replicas``, ``namespace``, ``label``, ``annotation``, ``generator``,
    ``replacement``, ``values``, ``template``, ``chart``, or the kustomization's field. ``whole`` is False where the line
    holds a part of the value only (the tag of an image, a name without its prefix)."""

    file: str
    line: int
    how: str
    column: int = 1
    whole: bool = True


class Tracer:
    """Answers for one part of a unit on one side. Renders it once, and once or more for each answer; answers to
    ``trace_all`` share renders. Raises ToolError when the program that renders is missing."""

    def __init__(self, material: Material, tools: Tools, *, most_renders: int = _MOST_RENDERS) -> None:
        self._sources = Sources(material)
        self._proof = Proof(material, tools, self._sources, most=most_renders)
        self._known: dict[Question, Origin | None] = {}

    @property
    def renders(self) -> int:
        """How many renders the answers have cost so far, without the first one."""
        return self._proof.renders

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
        return self.trace(wanted, ("metadata", "name"))

    def template_of(self, wanted: ObjectId) -> str | None:
        """The file that writes the object's ``kind``: its template in a chart, else its manifest; None for unknown."""
        found = self.trace(wanted, ("kind",)) or self.trace(wanted, ("apiVersion",))
        return found.file if found else None

    def nearest(self, wanted: ObjectId, path: Sequence[str | int]) -> Origin | None:
        """The origin of the value, else of what names the item or object around it: for what is missing."""
        for length in range(len(path), 0, -1):
            for step in ((), ("name",)):
                if found := self.trace(wanted, (*path[:length], *step)):
                    return found
        return self.declared(wanted)

    def trace_all(self, questions: Sequence[Question]) -> list[Origin | None]:
        """As ``trace`` for many questions, with as few renders as that takes."""
        asked = {}
        for question in dict.fromkeys(questions):
            if question not in self._known:
                self._known[question] = None
                value = self._value(question)
                if value is not None and (found := candidates(question, value, self._sources)):
                    asked[question] = (value, found)
        self._ask_together(asked)
        for question, (value, found) in sorted(asked.items(), key=lambda each: each[0].path in _BESIDE_NAME):
            if self._known[question] is None:
                self._known[question] = self._ask(question, value, found)
        return [self._known[question] for question in questions]

    def _value(self, question: Question) -> object:
        place = self._proof.position(question.object)
        value = at(self._proof.objects[place], question.path) if place is not None else None
        return None if isinstance(value, dict | list) else value

    def _ask_together(self, asked: dict[Question, tuple[object, list[Candidate]]]) -> None:
        """Every question's likeliest spot in one render, then every open question's next one, and so on."""
        for turn in range(_TURNS):
            batch = [
                (question, value, found[turn])
                for question, (value, found) in asked.items()
                if self._known[question] is None and len(found) > turn and _harmless(question, value, found[turn])
            ]
            if len(batch) > 1:
                self._batch(batch)

    def _batch(self, batch: list[tuple[Question, object, Candidate]]) -> None:
        """Keep what one render with all these changes proves; one that proves nothing is done again in halves."""
        hits = self._proof.together(batch, same_shape=True)
        if hits is None and len(batch) >= _SMALLEST_BATCH:
            middle = len(batch) // 2
            self._batch(batch[:middle])
            self._batch(batch[middle:])
        for each, proven in zip(batch, hits or [], strict=False):
            if proven:
                self._known[each[0]] = _origin(each[2], each[1])

    def _ask(self, question: Question, value: object, found: list[Candidate]) -> Origin | None:
        """The likeliest spot alone, then all others at once, then alone what followed."""
        if beside := self._beside_name(question, value):
            return beside
        first, rest = found[0], found[1:]
        if self._proof.holds(question, value, first):
            return _origin(first, value)
        if len(rest) > 1 and not isinstance(value, bool):
            hits = self._proof.together([(question, value, c) for c in rest], same_shape=False)
            rest = [c for c, hit in zip(rest, hits or [], strict=False) if hit] or rest[:_TRIED_ANYHOW]
        for candidate in rest[:_TRIED_ALONE]:
            if self._proof.holds(question, value, candidate):
                return _origin(candidate, value)
        return None

    def _beside_name(self, question: Question, value: object) -> Origin | None:
        """``apiVersion`` and ``kind`` stand in the document that the object's name stands in."""
        if question.path not in _BESIDE_NAME:
            return None
        named = self.declared(question.object)
        spots = self._sources.spots(named.file) if named else []
        own = next((s for s in spots if named and (s.line, s.column) == (named.line, named.column)), None)
        if own is None or own.path[-2:] != ("metadata", "name") or own.root < 0:
            return None
        beside = [
            s for s in spots
            if s.root == own.root and s.within[:-1] == own.within[:-1]
            and s.path == (*own.path[:-2], *question.path) and s.text == value
        ]  # fmt: skip
        return (
            Origin(named.file, beside[0].line, how(beside[0]), beside[0].column) if named and len(beside) == 1 else None
        )


def _harmless(question: Question, value: object, candidate: Candidate) -> bool:
    """Whether a spot may change together with others. What selects or names something may not: its change may change
    what else applies. Neither may a truth, which has no third word to tell it by."""
    path = candidate.spot.path
    selects = path[-1:] == () or path[-1] in _NAMING or bool(_LABELS & set(path))
    return not (selects or isinstance(value, bool) or candidate.selectors or question.path in _BESIDE_NAME)


_BESIDE_NAME = (("apiVersion",), ("kind",))  # asked last: the answer may rest on that for the name
_LABELS = frozenset(("labels", "selector", "matchLabels", "annotations", "commonLabels"))
_NAMING = MERGE_KEYS | {"namespace", "kind", "apiVersion", "namePrefix", "nameSuffix"}


def _origin(candidate: Candidate, value: object) -> Origin:
    spot = candidate.spot
    whole = candidate.encoded or candidate.at == (0, len(as_text(value)))
    return Origin(spot.file, spot.line, how(spot), spot.column, whole)
