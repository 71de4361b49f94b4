"""Objects of a chart that say no apiVersion or no kind: Helm prints them, and neither Helm nor Argo CD nor Flux applies
anything of a release that holds one."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.documents import load_one
from bot.errors import UserError

KINDLESS = "No apiVersion or no kind, which no cluster takes: "
_SAID = tuple(re.compile(rf"^{word}:[ \t]+[A-Za-z\"']", re.MULTILINE) for word in ("apiVersion", "kind"))
_SOURCE = re.compile(r"^# Source: [^/\n]*/(?P<file>.+)$", re.MULTILINE)
_MOST = 3


def kindless(documents: Iterable[str], chart: str) -> list[str]:
    """A note that names the templates of such objects, if there are any."""
    files = dict.fromkeys(_file(text, chart) for text in documents if _is_kindless(text))
    if not files:
        return []
    more = f" and {len(files) - _MOST} more" if len(files) > _MOST else ""
    return [f"{KINDLESS}{', '.join(list(files)[:_MOST])}{more}."]


def _is_kindless(text: str) -> bool:
    if all(said.search(text) for said in _SAID):
        return False
    try:
        value = load_one(text)
    except UserError:
        return False  # said elsewhere
    return isinstance(value, dict) and bool(value) and not (value.get("apiVersion") and value.get("kind"))


def _file(text: str, chart: str) -> str:
    found = _SOURCE.search(text)
    return f"{chart}/{found['file']}".removeprefix("/") if found else "a document without a source"
