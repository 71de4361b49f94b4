"""Dependencies that a change gives another version, in charts and kustomizations that nobody can render because one of them
lies elsewhere: no difference shows it, and it is all that the change does."""

from __future__ import annotations

import contextlib
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from bot.affected.closure import closure
from bot.affected.facts import Role, role_of
from bot.affected.pairs import Pair
from bot.affected.references import is_remote
from bot.diff.words import one_line
from bot.documents import load_all
from bot.errors import TooBig, UserError
from bot.model.resource import Failed
from bot.model.unit import CannotRender, HelmRender, KustomizeRender, Unit
from bot.redaction import scrub

if TYPE_CHECKING:
    from bot.affected.view import View
    from bot.jobs.ports import Result

_LARGEST = 1024 * 1024
_LONGEST = 200
_MOST = 5
_VERSION = re.compile(r"(?<=/)v?[0-9]+(?:\.[0-9]+)+[^/]*(?=/)")  # a segment of a path
_ROLES = (Role.CHART, Role.KUSTOMIZATION)
_CHARTS = {  # by the field of a kustomization, where it says the name, the version and the repository of a chart
    "helmCharts": ("name", "version", "repo"),
    "helmChartInflationGenerator": ("chartName", "chartVersion", "chartRepoUrl"),
}


def with_dependencies(results: list[Result], before: View, after: View) -> list[Result]:
    """The results, with a note for each dependency that is another one in the Chart.yaml, or in a kustomization, of what
    fails on both sides."""
    changed = {change.path for change in after.changes if role_of(change.path) in _ROLES}
    told = cache(lambda path: tuple(_told(path, (before, after))) if path in changed else ())
    return [_noted(result, told, after) for result in results] if changed else results


def _noted(result: Result, told: Callable[[str], tuple[str, ...]], after: View) -> Result:
    pair, base, head = result
    if pair.base is None or pair.head is None or not (isinstance(base, Failed) and isinstance(head, Failed)):
        return result
    notes = [note for path in dict.fromkeys(_saying(pair.head, after)) for note in told(path)]
    if not notes:
        return result
    more = (f"{len(notes) - _MOST} more dependencies change.",) if len(notes) > _MOST else ()
    return Pair(pair.base, replace(pair.head, notes=(*pair.head.notes, *notes[:_MOST], *more))), base, head


def _saying(unit: Unit, view: View) -> Iterator[str]:
    """The files of a unit that may say which version of something it takes."""
    for part in unit.parts:
        if isinstance(part, KustomizeRender) and not part.mounts:
            with contextlib.suppress(TooBig):
                yield from (path for path in closure(view, part).files if role_of(path) is Role.KUSTOMIZATION)
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
            kind = "dependency " if role_of(path) is Role.CHART else ""
            yield f"{path}: {kind}{name} {versions}{f' ({moves})' if moves else ''}."


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
    if not isinstance(value, dict):
        return {}
    return _of_chart(value) if role_of(path) is Role.CHART else dict(_of_kustomization(value))


def _of_chart(value: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {
        _shown(item.get("alias") or item.get("name")): (_shown(item.get("version")), _shown(item.get("repository")))
        for item in _mappings(value.get("dependencies"))
    }


def _of_kustomization(value: dict[str, Any]) -> Iterator[tuple[str, tuple[str, str]]]:
    """Charts by their names (a release's name tells two of one name apart), and what is taken of other repositories by its
    address without the version."""
    for field, (name, version, repository) in _CHARTS.items():
        charts = _mappings(value.get(field))
        often = Counter(str(item.get(name)) for item in charts)
        for item in charts:
            release = f" ({_shown(item.get('releaseName'))})" if often[str(item.get(name))] > 1 else ""
            yield f"chart {_shown(item.get(name))}{release}", (_shown(item.get(version)), _shown(item.get(repository)))
    for field in ("resources", "bases", "components"):
        listed = value.get(field)
        for text in listed if isinstance(listed, list) else ():
            if isinstance(text, str) and is_remote(text):
                address, version = _address(text.strip())
                yield _shown(address), (_shown(version), "")


def _address(text: str) -> tuple[str, str]:
    """An address without the revision that it names, or the version in its path, and that; "" where it names none."""
    address, _, query = text.partition("?")
    asked = parse_qs(query)
    if ref := asked.get("ref") or asked.get("version"):
        return address, ref[0]
    named = _VERSION.search(address)
    return (f"{address[: named.start()]}…{address[named.end() :]}", named[0]) if named else (address, "")


def _mappings(value: object) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _shown(value: object) -> str:
    return one_line(scrub(str(value)), _LONGEST) if isinstance(value, str | int | float) else ""
