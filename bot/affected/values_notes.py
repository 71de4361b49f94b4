"""Changed files that look like values of an environment, and that nobody knows the chart of: what to write to say it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from bot.affected.edges import ancestors
from bot.affected.values_names import ENDINGS, HOLDERS, SIDE_ONLY, VALUES_WORD, stem_of

if TYPE_CHECKING:
    from bot.affected.rules import Reader
    from bot.affected.view import View

_MOST = 3


def values_notes(before: View, after: View, unmapped: Iterable[str], read: Reader) -> list[str]:
    """A sentence about those of the changed paths that reach no unit, by the charts that may be meant."""
    found: dict[tuple[str, ...], list[tuple[str, str]]] = {}
    for path in unmapped:
        if path.endswith(ENDINGS) and (environment := _environment(path, read)):
            view = before if after.entry(path) is None else after
            if charts := _charts(view, path, read):
                found.setdefault(tuple(charts), []).append((path, environment))
    return [_sentence(charts, files) for charts, files in found.items()]


def _environment(path: str, read: Reader) -> str:
    """The environment of which a file looks like the values; "" for others."""
    *folders, _ = path.split("/")
    stem = stem_of(path)
    match = VALUES_WORD.match(stem)
    word = (match["after"] or match["before"]) if match else stem
    is_values = stem == "values" or match is not None or SIDE_ONLY.match(stem) is not None
    if is_values or (folders and folders[-1] in HOLDERS):
        return next(_environments((word, *reversed(folders)) if is_values else (word,), read), "")
    return ""


def _environments(words: Iterable[str], read: Reader) -> Iterator[str]:
    for word in words:
        if read.namer.is_environment(word):
            yield read.namer.name(f"environments/{word}").environment


def _charts(view: View, path: str, read: Reader) -> list[str]:
    """The application charts that are nearest to a file; none where the file holds objects."""
    from bot.affected.only_charts import applications

    entry = view.entry(path)
    if entry is None or view.facts(entry).manifest:
        return []
    return next((found for above in ancestors(path) if (found := applications(view, above, read))), [])


def _sentence(charts: tuple[str, ...], files: list[tuple[str, str]]) -> str:
    path, environment = files[0]
    others = f" and {len(files) - 1} more" if len(files) > 1 else ""
    look = "look like values of environments" if others else f"looks like values of the environment {environment}"
    shown = ", ".join(chart or "the root" for chart in charts[:_MOST]) + (" ..." if len(charts) > _MOST else "")
    chart = charts[0] or '""'
    return (
        f"{path}{others} {look}, and nothing here says of which chart ({shown}): an entry for each environment under "
        f"`units` in .gatehouse.yaml does, as `{{path: {chart}, environment: {environment}, values: [{path}]}}`."
    )
