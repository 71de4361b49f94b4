"""The shape of a pattern, the same for both dialects: names and wildcards, segment by segment.

No wildcard here costs more than length times length: the regular expression of a segment holds what it has found
(atomic groups), so that a hostile pattern cannot make it try everything.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

_LONGEST_HINT = 16
_LONGEST_NAME = 4096  # characters; no system has longer names, so what asks for more matches nothing


class Glob(NamedTuple):
    """One segment with wildcards: ``regex`` matches a whole name, ``hint`` is in every name that matches. ``ending``: all
    that it says is how a name ends; None where it says more."""

    regex: str
    hint: str
    ending: str | None = None

    def holds(self, name: str) -> bool:
        """Whether the segment matches the name."""
        if self.ending is not None:
            return name.endswith(self.ending)
        return _compiled(self.regex).match(name) is not None


@lru_cache(maxsize=4096)
def _compiled(regex: str) -> re.Pattern[str]:
    return re.compile(regex, re.DOTALL)


Step = str | Glob | None  # None is any number of directories, also none


class Shape(NamedTuple):
    """``steps`` lead from the root to a path. ``here``: that path is meant; ``below``: everything beneath it is."""

    steps: tuple[Step, ...]
    here: bool
    below: bool


class _Star(NamedTuple):
    pass


STAR = _Star()  # any run of characters, also none


@dataclass(frozen=True, slots=True)
class Range:
    """One character: ``?`` or a bracket expression, as a regular expression of exactly one character."""

    regex: str


ONE = Range(".")
NEVER = Range(r"(?!)")
Piece = str | Range | _Star  # a str is literal text


_WILD = re.compile(r"([*?])")


@lru_cache(maxsize=16384)
def wild(name: str) -> str | Glob | None:
    """The step of a segment in which only ``*`` and ``?`` mean something else than themselves; ``**`` is None."""
    if name == "**":
        return None
    wilds: dict[str, Piece] = {"*": STAR, "?": ONE}
    return step([wilds.get(part, part) for part in _WILD.split(name) if part])


def step(pieces: list[Piece]) -> str | Glob:
    """The step of one segment: plain text where it has no wildcard."""
    if not any(isinstance(piece, Range | _Star) for piece in pieces):
        return "".join(piece for piece in pieces if isinstance(piece, str))
    if len(pieces) > _LONGEST_NAME and sum(1 for piece in pieces if not isinstance(piece, _Star)) > _LONGEST_NAME:
        return Glob(NEVER.regex, "")
    runs: list[str] = [""]
    for piece in pieces:
        if isinstance(piece, _Star):
            if runs[-1] or len(runs) == 1:
                runs.append("")
        else:
            runs[-1] += re.escape(piece) if isinstance(piece, str) else piece.regex
    middle = "".join(f"(?>.*?{run})" for run in runs[1:-1])
    regex = runs[0] + (f"{middle}.*{runs[-1]}" if len(runs) > 1 else "")
    return Glob(regex + r"\Z", _hint(pieces), _ending(pieces))


def _ending(pieces: list[Piece]) -> str | None:
    texts = [piece for piece in pieces[1:] if isinstance(piece, str)]
    return "".join(texts) if isinstance(pieces[0], _Star) and len(texts) == len(pieces) - 1 else None


def _hint(pieces: list[Piece]) -> str:
    """The longest literal text between wildcards."""
    found, run = "", ""
    for piece in [*pieces, STAR]:
        if isinstance(piece, str):
            run += piece
            continue
        found = run if len(run) > len(found) else found
        run = ""
    return found[:_LONGEST_HINT]
