"""A file with other words at some of its spots, as a renderer reads it then."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

from bot.model.snapshot import Entry
from bot.render.base import Material
from bot.render.trace_match import Candidate
from bot.render.trace_sources import Sources
from bot.render.trace_spots import Range

Mark = str | int
Trial = tuple[tuple[Candidate, Mark], ...]  # one render: what is written where
_Edit = tuple[tuple[Range, ...], str]


def edited(material: Material, sources: Sources, trial: Trial) -> Material:
    """The material with each mark written at its spot, and at what selects by the name at that spot."""
    edits: dict[str, dict[tuple[Range, ...], str]] = {}
    for candidate, mark in trial:
        edits.setdefault(candidate.spot.file, {})[candidate.spot.within] = _written(candidate, mark)
        for selector in candidate.selectors:
            edits.setdefault(selector.file, {})[selector.within] = json.dumps(str(mark))
    texts = {file: _edited(sources.text(file) or "", list(each.items())) for file, each in edits.items()}
    declaration = sources.declaration
    if declaration and declaration.entry.path in texts:
        part = declaration.again(texts.pop(declaration.entry.path))
        if part is None:
            return replace(material, refusal="It declares something else then.")
        material = replace(material, part=part)
    return replace(material, read=_reading(material.read, texts))


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


def _edited(text: str, edits: list[_Edit]) -> str:
    """A text with edits applied; those inside of a scalar are applied to its value, which is then written in quotes."""
    groups: dict[tuple[int, int], list[_Edit]] = {}
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
