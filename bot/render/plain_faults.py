"""What is to be said of manifests that are taken as they are, and that no program reads before a cluster does: the file and
the line that a person should look at."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from bot.render.base import NOT_APPLIED

_MOST = 3  # of each kind
_WORD = re.compile(r"[A-Za-z0-9_./-]{1,63}\Z")


@dataclass(slots=True)
class Faults:
    """Places (``FILE:LINE``) by what is odd there: documents that are no objects, objects without a name (with their kind),
    keys that stand twice in one mapping."""

    no_objects: list[str] = field(default_factory=list)
    nameless: list[tuple[str, str]] = field(default_factory=list)
    repeated: list[tuple[str, str]] = field(default_factory=list)

    def look(self, value: dict[str, Any], place: str) -> None:
        """Look at an object."""
        metadata = value.get("metadata")
        named = metadata if isinstance(metadata, dict) else {}
        if not (named.get("name") or named.get("generateName")):
            self.nameless.append((place, str(value["kind"])))

    def notes(self) -> Iterator[str]:
        """One sentence each."""
        if self.no_objects:
            what = "1 document" if len(self.no_objects) == 1 else f"{len(self.no_objects)} documents"
            is_none = "is no object" if len(self.no_objects) == 1 else "are no objects"
            yield f"{what} ({_listed(self.no_objects)}) {is_none} {NOT_APPLIED}"
        if self.nameless:
            places = _listed([_place(*each) for each in self.nameless])
            yield f"No metadata.name, which no cluster takes: {places}."
        if self.repeated:
            places = _listed([_place(*each) for each in self.repeated])
            yield f"A key stands twice in one mapping, of which the last one wins: {places}."


def _place(place: str, word: str) -> str:
    return f"{place} ({word})" if _WORD.match(word) else place


def _listed(places: list[str]) -> str:
    more = f" and {len(places) - _MOST} more" if len(places) > _MOST else ""
    return f"{', '.join(places[:_MOST])}{more}"
