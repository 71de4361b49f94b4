"""Changed files that look like values of an environment, and that nobody knows the chart of: what to write to say it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from bot.affected.charts import chart_name
from bot.affected.edges import ancestors
from bot.affected.environment_words import is_region
from bot.affected.values_names import (
    AROUND,
    ENDINGS,
    FOR_ALL,
    HOLDERS,
    SIDE_ONLY,
    VALUES_WORD,
    stem_of,
    without_side,
)

if TYPE_CHECKING:
    from bot.affected.rules import Reader
    from bot.affected.view import View

_MOST = 3
_STRUCTURE = frozenset((*HOLDERS, *AROUND, *FOR_ALL, "chart", "charts", "helm-charts", "configs"))


class _Meant(NamedTuple):
    """The charts that may be meant, and what else the files are called after ("" where after nothing, or after these)."""

    charts: tuple[str, ...]
    subject: str


def values_notes(before: View, after: View, unmapped: Iterable[str], read: Reader) -> list[str]:
    """A sentence about those of the changed paths that reach no unit, by the charts that may be meant."""
    found: dict[_Meant, list[tuple[str, str]]] = {}
    for path in unmapped:
        if path.endswith(ENDINGS) and (environment := _environment(path, read)):
            view = before if after.entry(path) is None else after
            if meant := _meant(view, path, read):
                found.setdefault(meant, []).append((path, environment))
    return [_sentence(meant, files) for meant, files in found.items()]


def _environment(path: str, read: Reader) -> str:
    """The environment of which a file looks like the values; "" for others."""
    *folders, _ = path.split("/")
    stem, word = stem_of(path), _word(path)
    is_values = stem == "values" or VALUES_WORD.match(stem) is not None or SIDE_ONLY.match(stem) is not None
    if is_values or (folders and folders[-1] in HOLDERS):
        return next(_environments((word, *reversed(folders)) if is_values else (word,), read), "")
    return ""


def _environments(words: Iterable[str], read: Reader) -> Iterator[str]:
    for word in words:
        if read.namer.is_environment(word):
            yield read.namer.name(f"environments/{word}").environment


def _meant(view: View, path: str, read: Reader) -> _Meant | None:
    """The application charts that have the name which a file's path holds, else those that are nearest to it; None where
    there are none, or the file holds objects."""
    from bot.affected.only_charts import applications, called

    entry = view.entry(path)
    if entry is None or view.facts(entry).manifest:
        return None
    near = ((above, found) for above in ancestors(path) if (found := applications(view, above, read)))
    above, charts = next(near, ("", []))
    subjects = list(_subjects(path, above, read))
    for subject in subjects if charts else ():
        if named := [chart for chart in charts if subject == chart_name(view, chart)] or called(view, subject, read):
            return _Meant(tuple(named), "")
    return _Meant(tuple(charts), next(iter(subjects), "")) if charts else None


def _subjects(path: str, above: str, read: Reader) -> Iterator[str]:
    """What a file below a directory is called after, beside environments and values: ``redis-values.yaml``, then its
    directories, the nearest first, then ``values-extra.yaml``."""
    *folders, _ = path[len(above) :].strip("/").split("/")
    match = VALUES_WORD.match(stem_of(path))
    word = without_side(_word(path))
    for name in [*reversed(folders), word] if match and match["after"] else [word, *reversed(folders)]:
        known = name.lower() in _STRUCTURE or SIDE_ONLY.match(name) is not None
        if not (known or read.namer.is_environment(name) or is_region(name)):
            yield name


def _word(path: str) -> str:
    """The name of a file without what says that it holds values."""
    stem = stem_of(path)
    match = VALUES_WORD.match(stem)
    return (match["after"] or match["before"]) if match else stem


def _sentence(meant: _Meant, files: list[tuple[str, str]]) -> str:
    path, environment = files[0]
    others = f" and {len(files) - 1} more" if len(files) > 1 else ""
    look = "look like values of environments" if others else f"looks like values of the environment {environment}"
    charts = meant.charts
    shown = ", ".join(chart or "the root" for chart in charts[:_MOST]) + (" ..." if len(charts) > _MOST else "")
    if meant.subject:
        return (
            f"{path}{others} {look}, and no chart here is called {meant.subject}: if a chart that lies here ({shown}) is "
            f"installed with {'them' if others else 'it'}, an entry under `units` in .gatehouse.yaml says so."
        )
    chart = charts[0] or '""'
    return (
        f"{path}{others} {look}, and nothing here says of which chart ({shown}): an entry for each environment under "
        f"`units` in .gatehouse.yaml does, as `{{path: {chart}, environment: {environment}, values: [{path}]}}`."
    )
