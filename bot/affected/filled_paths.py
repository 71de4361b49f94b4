"""Paths of which parameters that only Argo CD knows say a part: what is written around their placeholders tells which
directories may be meant, and which can not."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from bot.affected.applicationset_reads import ANYTHING, marked

if TYPE_CHECKING:
    from bot.affected.view import View


def fixed_part(written: str) -> str:
    """The directory in front of the first placeholder; the whole path where it has none."""
    return written if "{{" not in written else written.partition("{{")[0].rpartition("/")[0]


def may_hold(written: str, path: str) -> bool:
    """Whether a path may be the directory, or something in it. A placeholder may become anything: a part of a name, names
    with slashes, nothing."""
    literals = _literals(written)
    if literals is None:
        return True
    first, *rest = literals
    whole = f"/{path}/"
    if not rest or not whole.startswith(first):
        return whole.startswith(f"{first}/")
    at = len(first)
    for literal in rest:
        at -= literal.startswith("/") and whole[at - 1] == "/"  # what stands in between may be nothing
        found = whole.find(literal, at)
        if found < 0:
            return False
        at = found + len(literal)
    return not rest[-1] or _ends_a_name(whole, rest[-1], at)


def _ends_a_name(whole: str, literal: str, at: int) -> bool:
    """Whether the last literal, found up to ``at``, ends there or further on where a name ends."""
    while at > 0:
        if whole[at : at + 1] == "/":
            return True
        found = whole.find(literal, at - len(literal) + 1)
        at = found + len(literal) if found >= 0 else 0
    return False


@lru_cache(maxsize=256)
def _literals(written: str) -> tuple[str, ...] | None:
    """What stands between the placeholders; None for a path that may become any."""
    segments = [segment for segment in marked(written).split("/") if segment not in ("", ".")]
    return None if ".." in segments or not segments else tuple("/".join(["", *segments]).split(ANYTHING))


def first_here(view: View, written: str) -> str:
    """A directory here that may be meant, "" where there is none. What a symlink shows may be it."""
    for entry in view.walk(fixed_part(written)):
        if entry.is_symlink:
            return entry.path
        folder = entry.path.rpartition("/")[0]
        if folder and may_hold(written, folder):
            return folder
    return ""
