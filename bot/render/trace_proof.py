"""The proof that a spot sets a rendered value: write something else there, render again, and see the value follow.

A value can be the same in base, overlay and values file; only a render knows which of them counts. What is written is a
random word, so that no text of the repository can pretend to be it. Nothing here renders: whoever asks does.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping, Sequence

from bot.documents import load_one
from bot.errors import UserError
from bot.model.resource import at
from bot.model.unit import CannotRender, ObjectId
from bot.render.all_renderers import RENDERERS
from bot.render.base import Material, RenderError
from bot.render.tools import Tools
from bot.render.trace_alike import Object, Restorer, anywhere, flat, identity, same_lengths, without_hash
from bot.render.trace_edit import Mark, Trial
from bot.render.trace_match import MERGE_KEYS, Candidate, Question
from bot.render.trace_spots import as_text

Output = list[Object] | None  # of a trial; None when it does not render, or was not rendered
Asked = tuple[Question, object, Candidate]  # does the value follow this spot?
NAME = ("metadata", "name")
_NONE: Mapping[str, Object] = {}


def objects(material: Material, tools: Tools, known: Mapping[str, Object] = _NONE) -> Output:
    """The rendered objects, lists taken apart; None when the material cannot be rendered. ``known`` are objects by their
    texts, which need not be read again: a trial changes few of them."""
    if material.refusal or isinstance(material.part, CannotRender):
        return None
    try:
        raw = RENDERERS[type(material.part)](material, tools)
        loaded = [known[text] if text in known else load_one(text) for text in raw.documents]
    except (RenderError, UserError, OSError):
        return None
    return [item for value in loaded for item in flat(value)]


class Proof:
    """What a trial of one material proves. ``objects`` is what it renders to as it is, perhaps with secrets masked."""

    def __init__(self, rendered: list[Object]) -> None:
        self._word = f"c{secrets.token_hex(6)}"
        self._number = 100_003 + secrets.randbelow(400_000)  # Go prints 1000000.0 as 1e+06
        self.take(rendered)

    def take(self, rendered: list[Object]) -> None:
        """From now on this is what the material renders to."""
        self.objects = rendered
        self._places = {identity(fields): place for place, fields in enumerate(rendered)}

    def position(self, wanted: ObjectId) -> int | None:
        """Which of the objects it is; of several with the same identity the last one, which is what stays applied."""
        return self._places.get(wanted)

    def _mark(self, candidate: Candidate, value: object, number: int) -> Mark:
        """What to write at a spot instead: of the same type as the spot and the value."""
        if isinstance(value, bool):
            return as_text(not value)
        if candidate.spot.kind == "number" or isinstance(value, int | float):
            return self._number + number
        return f"{self._word}{number:04x}"

    # -- one spot alone

    def alone(self, value: object, candidate: Candidate) -> list[Trial]:
        """Trials that change one spot; a schema may refuse a large number, so the next one may have to be tried."""
        first = self._mark(candidate, value, 0)
        marks = [first, value + 1] if isinstance(first, int) and isinstance(value, int) else [first]
        return [((candidate, mark),) for mark in marks]

    def holds(self, question: Question, value: object, trial: Trial, output: Output) -> bool:
        """Whether the value, and nothing in its place, follows the one spot that a trial changes."""
        ((candidate, mark),) = trial
        if output is None:
            return False
        return self._follows(question, value, candidate, mark, output)

    # -- many spots at once

    def together(self, asked: Sequence[Asked]) -> Trial:
        """A trial that changes the spots of many questions, each to a word of its own."""
        spots: dict[object, int] = {}
        marks: list[tuple[Candidate, Mark]] = []
        for _, value, candidate in asked:
            key = (candidate.spot.file, candidate.spot.within, candidate.cut)
            marks.append((candidate, self._mark(candidate, value, spots.setdefault(key, len(spots)))))
        return tuple(marks)

    def followers(self, asked: Sequence[Asked], trial: Trial, output: Output) -> list[bool]:
        """Which of the values follow; for one question with many spots, where it says only what to try alone."""
        if output is None:
            return [False] * len(asked)
        return [self._follows(*each, mark, output) for each, (_, mark) in zip(asked, trial, strict=True)]

    def proven(self, asked: Sequence[Asked], trial: Trial, output: Output, *, names: bool) -> list[bool] | None:
        """Which of the values follow their spots; None when it cannot be told: the render fails, or something else of the
        output changes, so that one change may have had to do with another. Of ``names`` the other names must stay."""
        if output is None:
            return None
        restorer = Restorer(trial)
        paired = restorer.paired(self.objects, output)
        if paired is None or not (
            names or all(restorer.alike(*pair) for pair in zip(self.objects, paired, strict=True))
        ):
            return None
        return [self._at_its_place(*each, mark, paired) for each, (_, mark) in zip(asked, trial, strict=True)]

    def _at_its_place(
        self, question: Question, value: object, candidate: Candidate, mark: Mark, paired: list[Object]
    ) -> bool:
        place = self.position(question.object)
        return place is not None and _equal(at(paired[place], question.path), _expected(value, candidate, mark))

    # -- comparing

    def _follows(
        self, question: Question, value: object, candidate: Candidate, mark: Mark, changed: list[Object]
    ) -> bool:
        expected = _expected(value, candidate, mark)
        place = self._same_object(question, candidate, expected, changed)
        if place is None:
            return False
        position = self.position(question.object)
        if position is None or not same_lengths(self.objects[position], changed[place], question.path):
            return False  # an item more or less: the spot tells items apart, it does not set them
        if _equal(at(changed[place], question.path), expected):
            return True
        if question.path[-1] not in MERGE_KEYS:
            return False
        before = list(anywhere(self.objects[position], question.path))
        after = list(anywhere(changed[place], question.path))
        alone = sum(_equal(item, as_text(value)) for item in before) == 1
        return alone and sum(_equal(item, expected) for item in after) == 1 and not any(v == value for v in after)

    def _same_object(
        self, question: Question, candidate: Candidate, expected: str, changed: list[Object]
    ) -> int | None:
        wanted = question.object
        position = self.position(wanted)
        names = {without_hash(wanted.name)}
        namespaces = {wanted.namespace}
        if question.path == NAME:
            names = {without_hash(expected)}
        elif candidate.selectors:
            names.add(without_hash(wanted.name.replace(candidate.spot.text, expected)))
        if question.path == ("metadata", "namespace"):
            namespaces = {expected}
        api_version = expected if question.path == ("apiVersion",) else wanted.api_version
        kind = expected if question.path == ("kind",) else wanted.kind
        ids = [identity(fields) for fields in changed]
        places = [
            place
            for place, found in enumerate(ids)
            if (found.api_version, found.kind) == (api_version, kind)
            and without_hash(found.name) in names
            and found.namespace in namespaces
        ]
        if position is not None and position in places and len(changed) == len(self.objects):
            return position
        return places[0] if len(places) == 1 else None


def _expected(value: object, candidate: Candidate, mark: Mark) -> str:
    text = as_text(value)
    if candidate.encoded:
        text = base64.b64decode(text).decode()
    start, end = candidate.at
    text = f"{text[:start]}{mark}{text[end:]}"
    return base64.b64encode(text.encode()).decode() if candidate.encoded else text


def _equal(value: object, text: str) -> bool:
    if value is None or isinstance(value, dict | list):
        return False
    found = as_text(value)
    return found == text or (without_hash(found) == without_hash(text) and found != without_hash(found))
