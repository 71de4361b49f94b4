"""Shell patterns as ``${var#pattern}`` of Flux reads them: ``*``, ``?`` and classes, never a regular expression, whose cost
could grow without bound."""

from __future__ import annotations

Piece = str | tuple[bool, tuple[tuple[str, str], ...]]  # "*", "?", a literal "=x", or a class


def pieces_of(pattern: str) -> list[Piece] | None:
    """Pieces of a shell pattern; None when Flux calls it malformed."""
    pieces: list[Piece] = []
    at = 0
    while at < len(pattern):
        here = pattern[at]
        at += 1
        if here in "*?":
            pieces.append(here)
        elif here == "[":
            read = _class(pattern, at)
            if read is None:
                return None
            piece, at = read
            pieces.append(piece)
        else:
            if here == "\\":
                if at == len(pattern):
                    return None
                here = pattern[at]
                at += 1
            pieces.append("=" + here)
    return pieces


def _class(pattern: str, at: int) -> tuple[Piece, int] | None:
    negated = pattern.startswith("^", at)
    at += negated
    ranges: list[tuple[str, str]] = []
    while not (pattern.startswith("]", at) and ranges):
        low = _class_character(pattern, at)
        if low is None:
            return None
        high = low
        if pattern.startswith("-", low[1]):
            high = _class_character(pattern, low[1] + 1) or ("", -1)
            if high[1] < 0:
                return None
        ranges.append((low[0], high[0]))
        at = high[1]
    return (negated, tuple(ranges)), at + 1


def _class_character(pattern: str, at: int) -> tuple[str, int] | None:
    if pattern.startswith("\\", at):
        at += 1
    elif pattern[at : at + 1] in ("-", "]"):
        return None
    return (pattern[at], at + 1) if at + 1 < len(pattern) else None


def matching_prefixes(pieces: list[Piece], text: str) -> list[int]:
    """The lengths (not 0) of the prefixes of ``text`` that match: one pass with all states at once."""
    lengths: list[int] = []
    states = _behind_stars(pieces, {0})
    for length, character in enumerate(text, 1):
        stay = {s for s in states if s < len(pieces) and pieces[s] == "*"}
        moved = {s + 1 for s in states - stay if s < len(pieces) and _accepts(pieces[s], character)}
        states = _behind_stars(pieces, stay | moved)
        if len(pieces) in states:
            lengths.append(length)
    return lengths


def _behind_stars(pieces: list[Piece], states: set[int]) -> set[int]:
    for state in sorted(states):
        while state < len(pieces) and pieces[state] == "*":
            state += 1  # noqa: PLW2901 - a star may match nothing: walk on to the piece behind it
            states.add(state)
    return states


def _accepts(piece: Piece, character: str) -> bool:
    if isinstance(piece, str):
        return piece == "?" or piece == "=" + character
    negated, ranges = piece
    return any(low <= character <= high for low, high in ranges) != negated
