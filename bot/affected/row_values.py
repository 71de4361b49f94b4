"""Parameters that a matrix combines with every cluster, also with those that nobody here knows: the directories that a git
generator finds in this repository. They tell which files an Application of such a cluster may read at all."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from bot.affected.fields import Fields
from bot.affected.generator_kinds import nested
from bot.errors import UserError

if TYPE_CHECKING:
    from bot.affected.generators import Generators
    from bot.affected.template import Engine

_MOST = 200  # directories: with more of them every file counts
_ONE = re.compile(r"\{\{-?\s*(?:index\s+)?(?P<name>\.?[A-Za-z0-9_]+)[A-Za-z0-9_.\[\]]*(?:\s+[0-9]+)?\s*-?\}\}")


def filled_by_rows(
    template: Mapping[str, object], generator: Fields, generators: Generators, engine: Engine
) -> list[Mapping[str, object]]:
    """The template for each directory, with all that a cluster says left as it is written; the template alone where other
    rows may come."""
    rows = _rows(generator, generators)
    return [_filled(template, row, engine) for row in rows] if rows else [template]


def _rows(generator: Fields, generators: Generators) -> list[dict[str, object]]:
    try:
        children = nested(generator) if generator.has("matrix") else []
        git = [child for child in children if _finds_directories(child)]
        if len(children) != 2 or len(git) != 1:
            return []
        rows = [dict(one.values) for one in generators.params(git[0])]
    except UserError:
        return []
    return rows if len(rows) <= _MOST else []


def _finds_directories(child: Fields) -> bool:
    """Whether a generator gives directories alone, and the same ones beside every cluster."""
    options = child.child("git")
    plain = bool(options.children("directories")) and not options.has("files") and not options.has("values")
    return plain and len(child.mapping()) == 1 and "{{" not in json.dumps(child.mapping(), default=str)


def _filled(value: Mapping[str, object], row: dict[str, object], engine: Engine) -> dict[str, object]:
    return {key: _of_row(each, row, engine) for key, each in value.items()}


def _of_row(value: object, row: dict[str, object], engine: Engine) -> object:
    if isinstance(value, str):
        return _ONE.sub(lambda found: _said(found, row, engine), value)
    if isinstance(value, Mapping):
        return _filled(value, row, engine)
    return [_of_row(each, row, engine) for each in value] if isinstance(value, list) else value


def _said(found: re.Match[str], row: dict[str, object], engine: Engine) -> str:
    """What the row says in the place of one placeholder; that as it stands where it is not the row's."""
    name = found["name"]
    if name.startswith(".") is not engine.go or not _holds(name.removeprefix("."), row):
        return found[0]
    try:
        said = engine.text(found[0], row)
    except UserError:
        return found[0]
    return found[0] if "<no value>" in said else said


def _holds(name: str, row: dict[str, object]) -> bool:
    return any(re.match(rf"{re.escape(name)}(?![A-Za-z0-9_])", key) for key in row)
