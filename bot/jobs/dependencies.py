"""Dependencies that a change gives another version, in charts that nobody can render because one of them lies elsewhere: no
difference shows it, and it is all that the change does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from bot.affected.pairs import Pair
from bot.diff.words import one_line
from bot.documents import load_all
from bot.errors import UserError
from bot.model.resource import Failed
from bot.model.unit import CannotRender, HelmRender, Unit
from bot.redaction import scrub

if TYPE_CHECKING:
    from bot.affected.view import View
    from bot.jobs.ports import Result

_LARGEST = 1024 * 1024
_LONGEST = 200
_MOST = 5


def with_dependencies(results: list[Result], before: View, after: View) -> list[Result]:
    """The results, with a note for each dependency that is another one in the Chart.yaml of what fails on both sides."""
    changed = {change.path for change in after.changes}
    told = cache(lambda path: tuple(_told(path, (before, after))) if path in changed else ())
    return [_noted(result, told) for result in results]


def _noted(result: Result, told: Callable[[str], tuple[str, ...]]) -> Result:
    pair, base, head = result
    if pair.base is None or pair.head is None or not (isinstance(base, Failed) and isinstance(head, Failed)):
        return result
    notes = [note for path in dict.fromkeys(_chart_files(pair.head)) for note in told(path)]
    if not notes:
        return result
    more = (f"{len(notes) - _MOST} more dependencies change.",) if len(notes) > _MOST else ()
    return Pair(pair.base, replace(pair.head, notes=(*pair.head.notes, *notes[:_MOST], *more))), base, head


def _chart_files(unit: Unit) -> Iterator[str]:
    for part in unit.parts:
        chart = part.here if isinstance(part, CannotRender) else part
        if isinstance(chart, HelmRender) and not chart.mounts:
            yield f"{chart.chart}/Chart.yaml" if chart.chart else "Chart.yaml"


def _told(path: str, views: tuple[View, View]) -> Iterator[str]:
    was, now = (_dependencies(view, path) for view in views)
    for name in dict.fromkeys((*now, *was)):
        old, new = was.get(name, ("", "")), now.get(name, ("", ""))
        if old != new:
            versions = f"{old[0] or 'none'} → {new[0] or 'none'}"
            moves = " → ".join(dict.fromkeys(each for each in (old[1], new[1]) if each))
            yield f"{path}: dependency {name} {versions}{f' ({moves})' if moves else ''}."


def _dependencies(view: View, path: str) -> dict[str, tuple[str, str]]:
    """Version and repository of each dependency by its name (an alias tells two of one name apart); {} where the file
    cannot be read, which is said elsewhere."""
    entry = view.entry(path)
    if entry is None or entry.is_symlink or entry.is_submodule:
        return {}
    data = view.read(entry)
    try:
        documents = load_all(data, name=path) if len(data) <= _LARGEST else []
    except UserError:
        return {}
    value = documents[0].value if documents else None
    listed = value.get("dependencies") if isinstance(value, dict) else None
    items = [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
    return {
        _shown(item.get("alias") or item.get("name")): (_shown(item.get("version")), _shown(item.get("repository")))
        for item in items
    }


def _shown(value: object) -> str:
    return one_line(scrub(str(value)), _LONGEST) if isinstance(value, str | int | float) else ""
