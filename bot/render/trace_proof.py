"""The proof that a spot sets a rendered value: write something else there, render again, and see the value follow.

A value can be the same in base, overlay and values file; only a render knows which of them counts. What is written is a
random word, so that no text of the repository can pretend to be it.
"""

from __future__ import annotations

import base64
import json
import re
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from bot.documents import load_one
from bot.errors import UserError
from bot.model.snapshot import Entry
from bot.model.unit import CannotRender, ObjectId
from bot.render.all_renderers import RENDERERS
from bot.render.base import Material, RenderError
from bot.render.tools import Tools
from bot.render.trace_match import MERGE_KEYS, Candidate, Question
from bot.render.trace_sources import Sources
from bot.render.trace_spots import Range, as_text

_HASH = re.compile(r"-[bcdfghkmt2456789]{10}\Z")  # kustomize's suffix of generated names (api/hasher)
_KEPT = 32  # outputs of single changes
Object = dict[str, Any]
Mark = str | int
Edit = tuple[tuple[Range, ...], str]


def objects(material: Material, tools: Tools) -> list[Object] | None:
    """The rendered objects, lists taken apart; None when the material cannot be rendered."""
    if material.refusal or isinstance(material.part, CannotRender):
        return None
    try:
        raw = RENDERERS[type(material.part)](material, tools)
        loaded = [load_one(text) for text in raw.documents]
    except (RenderError, UserError):
        return None
    return [item for value in loaded for item in _flat(value)]


def _flat(value: object) -> Iterator[Object]:
    if not isinstance(value, dict):
        return
    items = value.get("items")
    if str(value.get("kind", "")).endswith("List") and isinstance(items, list):
        for item in items:
            yield from _flat(item)
    else:
        yield value


def identity(fields: Object) -> ObjectId:
    """The identity that an object's own fields give it."""
    metadata = fields.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    words = (fields.get("apiVersion"), fields.get("kind"), metadata.get("namespace"), metadata.get("name"))
    return ObjectId(*("" if word is None else str(word) for word in words))


def at(value: object, path: Sequence[str | int]) -> object:
    """The value at a path; None where nothing is."""
    for step in path:
        if isinstance(value, dict) and isinstance(step, str):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and 0 <= step < len(value):
            value = value[step]
        else:
            return None
    return value


class Proof:
    """Renders one material with changed files. ``renders`` counts, ``most`` bounds them: hostile files cost no more."""

    def __init__(self, material: Material, tools: Tools, sources: Sources, *, most: int) -> None:
        self._material = material
        self._tools = tools
        self._sources = sources
        self._most = most
        self._word = f"c{secrets.token_hex(6)}"
        self._number = 100_003 + secrets.randbelow(400_000)  # Go prints 1000000.0 as 1e+06
        self._seen: dict[object, list[Object] | None] = {}  # several values may ask for the same change
        self.renders = 0
        self.objects = objects(material, tools) or []

    def position(self, wanted: ObjectId) -> int | None:
        """Which of the objects it is; of several with the same identity the last one, which is what stays applied."""
        places = [place for place, fields in enumerate(self.objects) if identity(fields) == wanted]
        return places[-1] if places else None

    def mark(self, candidate: Candidate, value: object, number: int) -> Mark:
        """What to write at a spot instead: of the same type as the spot and the value."""
        if isinstance(value, bool):
            return as_text(not value)
        if candidate.spot.kind == "number" or isinstance(value, int | float):
            return self._number + number
        return f"{self._word}{number:04x}"

    def holds(self, question: Question, value: object, candidate: Candidate) -> bool:
        """Whether the value, and nothing in its place, follows this spot when it alone is changed."""
        for mark in self._marks(candidate, value):
            changed = self._render([(candidate, mark)])
            if changed is not None:
                return self._follows(question, value, candidate, mark, changed)
        return False

    def _marks(self, candidate: Candidate, value: object) -> list[Mark]:
        """A schema may refuse a large number, so the next one is tried as well."""
        first = self.mark(candidate, value, 0)
        return [first, value + 1] if isinstance(first, int) and isinstance(value, int) else [first]

    def together(self, asked: list[tuple[Question, object, Candidate]], *, same_shape: bool) -> list[bool] | None:
        """Which of many values follow their spots when all spots change at once, each to its own word. None when it
        cannot be told: the render fails, or, with ``same_shape``, something else of the output changes."""
        spots: dict[tuple[str, object, object], int] = {}
        marks = []
        for _, value, candidate in asked:
            key = (candidate.spot.file, candidate.spot.within, candidate.cut)
            marks.append(self.mark(candidate, value, spots.setdefault(key, len(spots))))
        changed = self._render([(c, m) for (_, _, c), m in zip(asked, marks, strict=True)])
        if changed is None or (same_shape and not self._same_shape(changed, marks)):
            return None
        return [self._follows(*each, mark, changed) for each, mark in zip(asked, marks, strict=True)]

    # -- rendering with other words

    def _render(self, changes: list[tuple[Candidate, Mark]]) -> list[Object] | None:
        if self.renders >= self._most:
            return None
        key = tuple((c.spot.file, c.spot.within, c.cut, c.selectors, m) for c, m in changes)
        if len(changes) == 1 and key in self._seen:
            return self._seen[key]
        edits: dict[str, dict[tuple[Range, ...], str]] = {}
        for candidate, mark in changes:
            edits.setdefault(candidate.spot.file, {})[candidate.spot.within] = _written(candidate, mark)
            for selector in candidate.selectors:
                edits.setdefault(selector.file, {})[selector.within] = json.dumps(str(mark))
        texts = {file: _edited(self._sources.text(file) or "", list(each.items())) for file, each in edits.items()}
        self.renders += 1
        material = replace(self._material, read=_reading(self._material.read, texts))
        found = objects(material, self._tools)
        if len(changes) == 1:
            if len(self._seen) >= _KEPT:
                self._seen.pop(next(iter(self._seen)))
            self._seen[key] = found
        return found

    # -- comparing

    def _follows(
        self, question: Question, value: object, candidate: Candidate, mark: Mark, changed: list[Object]
    ) -> bool:
        expected = _expected(value, candidate, mark)
        place = self._same_object(question, candidate, expected, changed)
        if place is None:
            return False
        position = self.position(question.object)
        if position is None or not _same_lengths(self.objects[position], changed[place], question.path):
            return False  # an item more or less: the spot tells items apart, it does not set them
        if _equal(at(changed[place], question.path), expected):
            return True
        if question.path[-1] not in MERGE_KEYS:
            return False
        before = list(_anywhere(self.objects[position], question.path))
        after = list(_anywhere(changed[place], question.path))
        alone = sum(_equal(item, as_text(value)) for item in before) == 1
        return alone and sum(_equal(item, expected) for item in after) == 1 and not any(v == value for v in after)

    def _same_object(
        self, question: Question, candidate: Candidate, expected: str, changed: list[Object]
    ) -> int | None:
        wanted = question.object
        position = self.position(wanted)
        names = {_without_hash(wanted.name)}
        namespaces = {wanted.namespace}
        if question.path == ("metadata", "name"):
            names = {_without_hash(expected)}
        elif candidate.selectors:
            names.add(_without_hash(wanted.name.replace(candidate.spot.text, expected)))
        if question.path == ("metadata", "namespace"):
            namespaces = {expected}
        api_version = expected if question.path == ("apiVersion",) else wanted.api_version
        kind = expected if question.path == ("kind",) else wanted.kind
        ids = [identity(fields) for fields in changed]
        places = [
            place
            for place, found in enumerate(ids)
            if (found.api_version, found.kind) == (api_version, kind)
            and _without_hash(found.name) in names
            and found.namespace in namespaces
        ]
        if position is not None and position in places and len(changed) == len(self.objects):
            return position
        return places[0] if len(places) == 1 else None

    def _same_shape(self, changed: list[Object], marks: Sequence[Mark]) -> bool:
        words = tuple(str(mark) for mark in marks)
        before, after = ([leaf for o in side for leaf in leaves(o)] for side in (self.objects, changed))
        return len(before) == len(after) and all(
            path == other
            and (
                value == new
                or _without_hash(str(value)) == _without_hash(str(new))
                or _bears(str(new), self._word, words)
            )
            for (path, value), (other, new) in zip(before, after, strict=True)
        )


def _reading(read: Callable[[Entry], bytes], texts: dict[str, str]) -> Callable[[Entry], bytes]:
    def changed(entry: Entry) -> bytes:
        text = None if entry.is_symlink else texts.get(entry.path)
        return read(entry) if text is None else text.encode(errors="surrogateescape")

    return changed


def _written(candidate: Candidate, mark: Mark) -> str:
    """What stands at the spot afterwards, as the file writes it."""
    spot, (start, end) = candidate.spot, candidate.cut
    text = f"{spot.text[:start]}{mark}{spot.text[end:]}"
    if spot.kind in ("raw", "truth") or (spot.kind == "number" and isinstance(mark, int)):
        return text
    return json.dumps(text, ensure_ascii=False)


def _edited(text: str, edits: list[Edit]) -> str:
    """A text with edits applied; those inside of a scalar are applied to its value, which is then written in quotes."""
    groups: dict[tuple[int, int], list[Edit]] = {}
    for within, new in edits:
        groups.setdefault((within[0].start, within[0].end), []).append((within, new))
    for (start, end), group in sorted(groups.items(), reverse=True):
        inner = [(within[1:], new) for within, new in group if len(within) > 1]
        new = group[0][1]
        if inner:
            new = json.dumps(_edited(group[0][0][0].content, inner), ensure_ascii=False)
        newline = "\n" if text[start:end].endswith("\n") and text[start : start + 1] in "|>" else ""
        text = f"{text[:start]}{new}{newline}{text[end:]}"
    return text


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
    return found == text or (_without_hash(found) == _without_hash(text) and found != _without_hash(found))


def _without_hash(name: str) -> str:
    return _HASH.sub("", name)


def _anywhere(value: object, path: Sequence[str | int]) -> Iterator[object]:
    """The values at a path, at any position of the lists on the way."""
    if not path:
        yield value
    elif isinstance(path[0], int):
        for item in value if isinstance(value, list) else []:
            yield from _anywhere(item, path[1:])
    elif isinstance(value, dict) and path[0] in value:
        yield from _anywhere(value[path[0]], path[1:])


def _same_lengths(before: object, after: object, path: Sequence[str | int]) -> bool:
    """Whether the lists on the way to a path hold as many items as before."""
    for length, step in enumerate(path):
        if isinstance(step, int):
            one, other = at(before, path[:length]), at(after, path[:length])
            if not isinstance(one, list) or not isinstance(other, list) or len(one) != len(other):
                return False
    return True


def leaves(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], object]]:
    """Every scalar of a value with its path."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, (*path, key))
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from leaves(item, (*path, place))
    else:
        yield path, value


def _bears(text: str, word: str, marks: tuple[str, ...]) -> bool:
    """Whether a value holds one of the words that were written, as it is or in base64."""
    if word in text or text in marks:
        return True
    try:
        return word.encode() in base64.b64decode(text, validate=True)
    except ValueError:
        return False
