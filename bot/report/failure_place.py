"""Where in the repository a unit fails: the file and line that the words of kustomize or Helm name."""

from __future__ import annotations

import posixpath
import re
from typing import NamedTuple

from bot.model.result import UnitChange

_LONGEST = 10_000
_TEMPLATE = re.compile(r"(?<![\w./-])(?P<file>[\w./-]{1,300}\.(?:ya?ml|tpl|txt|json)):(?P<line>[0-9]{1,7})\b")
_YAML = re.compile(r"yaml: line (?P<line>[0-9]{1,7}): (?P<words>[^\n]{0,300}?) in File: (?P<file>[\w./-]{1,300})")
_WITHIN = re.compile(r"recursed accumulation of path '(?P<directory>[\w./-]{1,300})'")
_ONE_BEFORE = re.compile(r"did not find expected (?!node content)")  # the reader counts from 0 where it says so


class Place(NamedTuple):
    """``line`` 0: the file as a whole."""

    file: str
    line: int = 0


def failure_place(unit: UnitChange) -> Place:
    """The file and line of which an error speaks; where it names none, the file that stands for the unit ("" for none), and
    its line that names what is wrong."""
    found = _said(unit.error[:_LONGEST], unit.path)
    return found if found and is_inside(found.file) else Place(unit.file, unit.line)


def is_inside(path: str) -> bool:
    """Whether the text is a path in a repository: relative, without empty, ``.`` or ``..`` steps."""
    return bool(path) and "\0" not in path and {"", ".", ".."}.isdisjoint(path.split("/"))


def _said(error: str, directory: str) -> Place | None:
    if found := _TEMPLATE.search(error):
        return Place(found["file"], int(found["line"]))
    if found := _YAML.search(error):
        within = _WITHIN.findall(error, 0, found.start())
        line = int(found["line"]) + (_ONE_BEFORE.match(found["words"]) is not None)
        return Place(posixpath.normpath(posixpath.join(within[-1] if within else directory, found["file"])), line)
    return None
