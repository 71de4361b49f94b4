"""The line of a unit's own file that names what its error is about: a patch that is not there, a broken resource."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from bot.errors import UserError

if TYPE_CHECKING:
    from bot.affected.view import View

_PATH = re.compile(r"[\w.@+~-]*[./][\w./@+~-]*\w")
_EXTENSION = re.compile(r"\.[A-Za-z]\w*\Z")
_VALUE = re.compile(r"\A\s*(?:- +)*(?:[\w-]+: +)?(?P<quote>[\"']?)(?P<value>[^\s\"'#]+)(?P=quote)\s*(?:#.*)?\Z")
_MOST_BYTES = 256 * 1024


def failing_line(error: str, file: str, view: View) -> int:
    """0 where no line says the name of what the error tells of, or several lines do."""
    entry = view.entry(file) if error and file else None
    if entry is None or entry.is_submodule:
        return 0
    try:
        content = view.read(entry)
    except UserError:  # too large to be read: the error of the unit says so
        return 0
    if len(content) > _MOST_BYTES:
        return 0
    return named_line(error, posixpath.dirname(file), content.decode(errors="replace"))


def named_line(error: str, directory: str, text: str) -> int:
    """The only line whose whole value is a path that the error has, from the root or from ``directory``."""
    named = {path for path in _PATH.findall(error) if "/" in path or _EXTENSION.search(path)}
    named |= {posixpath.relpath(path, directory or ".") for path in named if not path.startswith(("/", "."))}
    values = (_VALUE.match(line) for line in text.split("\n"))
    found = [number for number, value in enumerate(values, 1) if value and value["value"] in named]
    return found[0] if len(found) == 1 else 0
