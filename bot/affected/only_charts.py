"""Which chart can only be meant: the one application in a directory, or the one whose directory has a name.

Library charts, charts in ``charts/`` of another one, those that another one here depends on (``file://``) and ignored ones
do not count: nobody installs them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from bot.affected.charts import is_subchart, local_dependencies
from bot.affected.facts import CHARTS
from bot.affected.links import is_at_or_below

if TYPE_CHECKING:
    from bot.affected.rules import Reader
    from bot.affected.view import View
    from bot.model.snapshot import Entry

_MOST = 200  # charts of all kinds that are looked at
_MOST_APPLICATIONS = 20
_KNOWN: WeakKeyDictionary[View, dict[str, list[str]]] = WeakKeyDictionary()


def only_chart(view: View, directory: str, read: Reader) -> str | None:
    """The directory of the one application chart at or below a directory; None where there is none, or more than one."""
    found = applications(view, directory, read)
    return found[0] if len(found) == 1 else None


def applications(view: View, directory: str, read: Reader) -> list[str]:
    """The application charts at or below a directory, in the order of their paths; so many that they are too many, where
    there are too many charts to tell."""
    known = _KNOWN.setdefault(view, {})
    if directory not in known:
        known[directory] = _applications(view, directory, read)
    return known[directory]


def _applications(view: View, directory: str, read: Reader) -> list[str]:
    charts = view.charts_below(directory, _MOST)
    found: list[str] = []
    parts = set[str]()
    for chart in charts:
        if is_application(view, chart, read):
            found.append(chart)
            parts.update(target for _, target in _dependencies(view, chart))
        if len(found) > _MOST_APPLICATIONS:
            return found
    return found + charts[:2] if len(charts) == _MOST else [chart for chart in found if chart not in parts]


def only_called(view: View, directory: str, name: str, read: Reader) -> str | None:
    """The directory of the one application chart of that name at or below a directory; else None."""
    found = [chart for chart in called(view, name, read) if is_at_or_below(chart, directory)]
    return found[0] if len(found) == 1 else None


def called(view: View, name: str, read: Reader) -> list[str]:
    """The directories of that name with an application chart."""
    charts = [path.rpartition("/")[0] for path in view.named(CHARTS, name)] if name else []
    return [chart for chart in charts if is_application(view, chart, read)]


def is_application(view: View, directory: str, read: Reader) -> bool:
    """Whether somebody may install the chart."""
    entry = _entry(view, directory)
    if entry is None or is_subchart(view, directory) or read.ignore.match(directory):
        return False
    value = view.facts(entry).value
    return not (isinstance(value, dict) and value.get("type") == "library")


def _dependencies(view: View, directory: str) -> list[tuple[str, str]]:
    entry = _entry(view, directory)
    return [] if entry is None else local_dependencies(view.facts(entry), directory)


def _entry(view: View, directory: str) -> Entry | None:
    return view.entry(f"{directory}/Chart.yaml" if directory else "Chart.yaml")
