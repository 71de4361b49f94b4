"""Objects that nest deeper than the reader of documents goes: they are refused like such a file, and not compared as a text
without a name, which would look like an object that comes or goes."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.documents import MAX_DEPTH, DocumentError, load_one
from bot.documents.compose import too_deep
from bot.render.base import RenderError

_COLUMNS = " " * (MAX_DEPTH // 2)  # each level of block style is further right by one column at least, on average
_IN_ONE_LINE = ("- " * 8, "? " * 8)
_KIND = re.compile(r"^kind: ([A-Za-z]{1,63})$", re.MULTILINE)
_NAME = re.compile(r"^metadata:\n(?:  .*\n)*?  name: ([a-z0-9.-]{1,253})$", re.MULTILINE)


def refuse_deep(texts: Iterable[str]) -> None:
    """Raise RenderError for the first text of a renderer's output that is too deep. Others are not read."""
    for text in texts:
        if _may_be_deep(text) and (said := _refusal(text)):
            raise RenderError(said)


def _may_be_deep(text: str) -> bool:
    if text.count("[") + text.count("{") > MAX_DEPTH // 2:
        return True
    return _COLUMNS in text or any(words in text for words in _IN_ONE_LINE)


def _refusal(text: str) -> str:
    try:
        load_one(text)
    except DocumentError as error:
        return f"{_called(text)} in the output {error.problem}" if error.problem == too_deep() else ""
    return ""


def _called(text: str) -> str:
    kind, name = _KIND.search(text), _NAME.search(text)
    return f"{kind[1] if kind else 'An object'}{f' {name[1]}' if name else ''}"
