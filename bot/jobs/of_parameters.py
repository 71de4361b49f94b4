"""What a change breaks for Applications of a set whose parameters only Argo CD knows: a value file that one of them may take
and that is no YAML any more, a path that fits no directory here any more. No parameter mends that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.errors import UserError
from bot.model.unit import CannotRender

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.affected.pairs import Pair
    from bot.affected.view import View
    from bot.model.snapshot import Change
    from bot.model.unit import Unit

_YAML = (".yaml", ".yml", ".json")


def fault_for_some(pair: Pair, before: View, after: View) -> str:
    """What the change breaks in the set, as a sentence; "" where that is nothing."""
    globs = {glob for part in _unknown(pair.head) for glob in part.values_like}
    return (_unparsed(globs, before, after) if globs else "") or _lost(pair, before, after)


def _unknown(unit: Unit | None) -> Iterable[CannotRender]:
    return (part for part in unit.parts if isinstance(part, CannotRender)) if unit is not None else ()


def _unparsed(globs: set[str], before: View, after: View) -> str:
    from bot.path_patterns import file_pattern

    patterns = [file_pattern(glob) for glob in sorted(globs)]
    for change in after.changes:
        if any(pattern.match(change.path) for pattern in patterns) and (told := _broken(change, before, after)):
            return told
    return ""


def _broken(change: Change, before: View, after: View) -> str:
    """Why a changed file is no YAML, where that is news: a template of some tool never was any."""
    entry = change.after
    if entry is None or entry.is_symlink or entry.is_submodule or not change.path.endswith(_YAML):
        return ""
    told, is_template = _fault(after, change.path)
    if told and change.before is None:
        return "" if "/templates/" in change.path or is_template else told
    return told if told and not _fault(before, change.path)[0] else ""


def _fault(view: View, path: str) -> tuple[str, bool]:
    """What is wrong with a file as YAML, "" for nothing; and whether it looks like a template."""
    from bot.documents import load_all

    entry = view.entry(path)
    data = b""
    try:
        if entry is not None:
            data = view.read(entry)
            load_all(data, name=path)
    except UserError as error:
        return str(error), b"{{" in data
    return "", False


def _lost(pair: Pair, before: View, after: View) -> str:
    """The first path that fits nothing here, where one of the same repository fitted something before."""
    from bot.affected.filled_paths import first_here

    old = [(repository, path) for part in _unknown(pair.base) for repository, path, must in part.paths_like if must]
    for part in _unknown(pair.head) if old else ():
        for repository, path, must in part.paths_like:
            if not must or first_here(after, path):
                continue
            was = [each for other, each in old if other == repository]
            if any(first_here(before, each) for each in was):
                near = next(filter(None, (first_here(after, each) for each in was)), "")
                meant = f"; {near} is here: is the like of it meant?" if near else ""
                return f"{pair.unit.source} renders {path}, but no directory of the repository is like that{meant}"
    return ""
