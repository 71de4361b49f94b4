"""Resource paths of ``.gatehouse.yaml``: places in rendered objects, written as the reports print them.

- ``spec.containers[app].image``: keys joined by dots; ``[app]`` is the item of a list that has this name, ``[0]`` the
  item at this position in a list whose items have none.
- ``metadata.labels["helm.sh/chart"]``: a key with other characters than letters, digits, ``_`` and ``-``.
- ``*`` is any run of characters within one step, also none: ``labels.*``, ``containers[*]``, ``["example.com/*"]``.
- Within brackets a backslash takes the next character as it is.
- A path holds the place it names and everything below it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

# The API server refuses most changes there, and of a Service they turn its traffic: no rule and no path folds them.
ALWAYS_SHOWN = ("spec.selector", "spec.volumeClaimTemplates")

_STEP = re.compile(
    r"""(?:\A|(?!\A)\.)(?P<bare>[A-Za-z0-9_*-]+)|\["(?P<key>(?:[^"\\]|\\.)*)"\]|\[(?P<item>(?!["'])(?:[^\]\\]|\\.)+)\]"""
)
_PIECE = re.compile(r"\\(.)|(\*)|([^\\*]+)")
_EXAMPLE = 'metadata.labels["helm.sh/chart"]'

Pieces = tuple[str, ...]  # what stands between the stars of one step


@dataclass(frozen=True, slots=True)
class ResourcePath:
    """A path to ask about places: tuples of keys, in which an item of a list is ``[name]``."""

    steps: tuple[Pieces, ...]

    def holds(self, place: Sequence[str]) -> bool:
        """Whether the place is the one that the path names, or stands below it."""
        return len(self.steps) <= len(place) and self._agrees(place)

    def leads_through(self, place: Sequence[str]) -> bool:
        """Whether the path names something below the place."""
        return len(self.steps) > len(place) and self._agrees(place)

    def stands_in(self, other: ResourcePath) -> bool:
        """Whether the path begins with another one, letter for letter."""
        return self.steps[: len(other.steps)] == other.steps

    def _agrees(self, place: Sequence[str]) -> bool:
        return all(_matches(pieces, step) for pieces, step in zip(self.steps, place, strict=False))


def parse(text: str) -> ResourcePath:
    """The path that the text names. Raises ValueError for a text that is none (see ``wrong_with``)."""
    steps, reason = _read(text)
    if reason:
        raise ValueError(f"the resource path {text!r} {reason}")
    return ResourcePath(steps)


def wrong_with(text: str) -> str:
    """Why the text is not a resource path, as the second half of a sentence; "" when it is one."""
    return _read(text)[1]


def _read(text: str) -> tuple[tuple[Pieces, ...], str]:
    steps = []
    at = 0
    while found := _STEP.match(text, at):
        steps.append(_item(found["item"]) if found["item"] else _pieces(found["bare"] or found["key"]))
        at = found.end()
    wrong = at < len(text) or not text or "**" in text
    return tuple(steps), _reason(text, at) if wrong else ""


def _item(text: str) -> Pieces:
    pieces = list(_pieces(text))
    pieces[0] = "[" + pieces[0]
    pieces[-1] += "]"
    return tuple(pieces)


def _pieces(text: str) -> Pieces:
    found = [""]
    for escaped, star, plain in _PIECE.findall(text):
        if star:
            found.append("")
        else:
            found[-1] += escaped or plain
    return tuple(found)


def _matches(pieces: Pieces, step: str) -> bool:
    """The pieces in this order, the first and the last at the ends; the earliest place for each is as good as any."""
    first, *rest = pieces
    if not rest:
        return step == first
    *middle, last = rest
    if not step.startswith(first) or not step.endswith(last) or len(step) < len(first) + len(last):
        return False
    at, end = len(first), len(step) - len(last)
    for piece in middle:
        at = step.find(piece, at, end)
        if at < 0:
            return False
        at += len(piece)
    return True


def _reason(text: str, at: int) -> str:
    """What is wrong at the first character that could not be read, and what to write."""
    rest = text[at:]
    if not text:
        return f"is empty: write the path as reports print it, such as {_EXAMPLE}"
    if not rest:
        return "has **: * stands for one step; write one for each, as in spec.*.*"
    where = f"at character {at + 1}"
    if rest.startswith("[]"):
        return f"has [] {where}: write [*] for any item, [app] for the one called app"
    if rest.startswith("['"):
        return f"has single quotes {where}: write double quotes, as in {_EXAMPLE}"
    if rest.startswith("["):
        return f'has a [ {where} that nothing closes: write [name], or ["key"]'
    if rest.startswith(".") and at == 0:
        return f"starts with a dot: write it without, as reports print it, such as {_EXAMPLE}"
    if rest.startswith(".") and rest[1:2] in ("", ".", "["):
        return f"has a dot {where} and no name behind it: write spec.replicas, or * for any one step"
    if rest.startswith("."):  # the dot is right, what follows is not
        at += 1
    return (
        f"has {text[at].replace(' ', 'a space')} at character {at + 1}: dots part the steps, and a key with other"
        f" characters than letters, digits, _ and - stands in brackets and double quotes, as in {_EXAMPLE}"
    )
