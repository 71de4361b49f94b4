"""A chart without the dependencies that are not in the repository, so that Helm reads what is here of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from bot.affected.closure import Closure
from bot.affected.view import View
from bot.errors import UserError
from bot.model.snapshot import Entry
from bot.model.unit import HelmRender


def local_chart(
    view: View, part: HelmRender, found: Closure
) -> tuple[tuple[Entry, ...], Callable[[Entry], bytes]] | None:
    """The files of a chart and how they are read; None where all of its dependencies are here. What the templates take from
    the others is missing in it, so only how they are written says something."""
    path = f"{part.chart}/Chart.yaml" if part.chart else "Chart.yaml"
    entry = found.files.get(path)
    value = _value(view, entry) if entry is not None and not entry.is_symlink else None
    asked = value.get("dependencies") if value else None
    if value is None or not isinstance(asked, list):
        return None
    kept = [item for item in asked if not isinstance(item, dict) or _is_here(item, part.chart, found)]
    if len(kept) == len(asked):
        return None
    text = json.dumps({**value, "dependencies": kept}, default=str).encode()
    files = tuple(
        other._replace(oid=f"{other.oid} of what is here") if name == path else other
        for name, other in sorted(found.files.items())
    )
    return files, lambda other: text if other.path == path else view.read(other)


def _is_here(item: dict[str, Any], chart: str, found: Closure) -> bool:
    name = item.get("name")
    if str(item.get("repository", "")).startswith("file://"):
        return True
    place = f"{chart}/charts/{name}" if chart else f"charts/{name}"
    return any(path.startswith((f"{place}/", f"{place}-")) for path in found.files)


def _value(view: View, entry: Entry) -> dict[str, Any] | None:
    from bot.documents import load_all

    try:
        documents = load_all(view.read(entry), name=entry.path)
    except UserError:
        return None
    return documents[0].value if documents and isinstance(documents[0].value, dict) else None
