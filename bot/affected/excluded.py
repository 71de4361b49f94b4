"""Directories that a git generator of an ApplicationSet names to leave them out (``directories``, ``exclude: true``), and
that no other one takes: somebody has said that nothing is to be made of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bot.affected.applicationset_reads import without_placeholders
from bot.affected.edges import Kind, ancestors
from bot.affected.fields import Fields
from bot.affected.sources import identity_of
from bot.errors import UserError
from bot.path_patterns import dir_pattern, file_pattern

if TYPE_CHECKING:
    from bot.affected.home import Home
    from bot.affected.view import View

_DEEPEST = 4  # generators in generators


def excluding(view: View, home: Home, directory: str) -> str:
    """The ApplicationSet that leaves out a directory, or one above it, with its file; "" where none does, or where another
    one takes it."""
    scopes = {edge.scope for edge in view.onto(directory) if edge.kind is Kind.GENERATES and edge.scope[0] == "f"}
    places = [directory, *ancestors(directory)]
    found = ""
    for file in sorted(scope[2:] for scope in scopes):
        for name, generator in _generators(view, file):
            wanted, unwanted = _matched(generator, home, places)
            if wanted - unwanted:
                return ""
            if wanted and not found:
                found = f"{name} ({file})"
    return found


def _generators(view: View, file: str) -> Iterator[tuple[str, Fields]]:
    """The generators of the sets in a file, with the set. What is malformed says nothing."""
    entry = view.entry(file)
    for value in view.whole(entry).declared if entry is not None else ():
        if value.get("kind") != "ApplicationSet":
            continue
        try:
            name = str(identity_of(value))
            generators = Fields(value, name).child("spec").children("generators")
            yield from ((name, each) for generator in generators for each in _nested(generator, _DEEPEST))
        except UserError:
            continue


def _nested(generator: Fields, depth: int) -> Iterator[Fields]:
    yield generator
    for kind in ("matrix", "merge") if depth else ():
        for each in generator.child(kind).children("generators"):
            yield from _nested(each, depth - 1)


def _matched(generator: Fields, home: Home, places: list[str]) -> tuple[set[str], set[str]]:
    """Those of the directories that the generator's patterns take, and those that they leave out; with a placeholder in a
    pattern, those that it may."""
    wanted: set[str] = set()
    unwanted: set[str] = set()
    try:
        git = generator.child("git")
        for item in git.children("directories") if git.text("repoURL") in home else ():
            path = item.text("path")
            if item.flag("exclude") and "{{" in path.rpartition("/")[2]:  # it may leave out any of them, or none
                continue
            matches = (file_pattern(without_placeholders(path)) if "{{" in path else dir_pattern(path)).match
            (unwanted if item.flag("exclude") else wanted).update(place for place in places if place and matches(place))
    except UserError:
        return set(), set()
    return wanted, unwanted
