"""What is certain of every Application of a set, although only Argo CD knows with which parameters they are made:
what its template says without a placeholder."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from bot.affected.argocd import SourceReader, sources_of
from bot.affected.fields import Fields, WrongShape, inside
from bot.affected.sources import Gathering, Lookup, identity_of
from bot.errors import UserError
from bot.model.unit import CannotRender, HelmRender, Render

# A placeholder, of the set or of what comes before or after it: Argo CD fills in the name of an Application, too.
_OPEN = re.compile(r"\{\{|\$[({A-Z]")
_PLACE = ("repoURL", "targetRevision", "path", "chart", "ref")
_MOST = 20


def certain_parts(
    obj: Mapping[str, object], template: Mapping[str, object], reason: str, lookup: Lookup, found: Gathering
) -> list[CannotRender]:
    """What is wrong with the sources whose place is known, or may come to be: a path that is not here, and charts and value
    files that are, with ``reason`` why they cannot be rendered. Raises WrongShape for a field of the wrong type."""
    where = f"{identity_of(obj)}: spec.template.spec"
    written = Fields(template.get("spec"), where)
    known = Fields(_known(written.mapping()), where)
    destination = known.child("destination")
    for name in ("namespace", "name", "server"):
        destination.text(name)
    if not any(written.has(field) for field in ("source", "sources", "sourceHydrator")):
        return []
    mine = Gathering()
    reader = SourceReader(obj, known, lookup, mine, sources_of(written))
    parts: dict[CannotRender, None] = {}
    for source, as_written in zip(sources_of(known), sources_of(written), strict=True):
        if not any(_is_open(as_written.raw(field)) for field in _PLACE):
            parts.update(dict.fromkeys(_certain(reader, source, reason, lookup)))
    for path in mine.paths:
        found.path(path)
    for file in mine.files:
        found.file(file)
    return list(parts)[:_MOST]


def _certain(reader: SourceReader, source: Fields, reason: str, lookup: Lookup) -> Iterator[CannotRender]:
    try:
        part: Render | None = reader.read(source)
    except WrongShape:
        raise
    except UserError as e:  # a file of the directory
        part = CannotRender(str(e), wrong=True)
    if isinstance(part, HelmRender):
        yield CannotRender(reason, of_made=True, here=part)
        if part.value_files and reader.lends_here and not part.ignore_missing_value_files:
            yield CannotRender(reason, of_made=True, values=part.value_files)
    elif isinstance(part, CannotRender):
        missing = part.missing or _missing(source, lookup)
        if part.wrong or missing or part.values:
            yield replace(part, of_made=True, missing=missing)


def _missing(source: Fields, lookup: Lookup) -> str:
    """The directory of a source that may mean this repository, where it is not here."""
    path = inside("", source.text("path"))
    is_here = not source.text("chart") and lookup.is_here(source.text("repoURL"))
    return path if path and is_here and not lookup.is_dir(path) else ""


def _is_open(value: object) -> bool:
    return isinstance(value, str) and _OPEN.search(value) is not None


def _known(value: object) -> object:
    """The value without the texts that hold a placeholder."""
    if isinstance(value, Mapping):
        return {key: _known(each) for key, each in value.items() if not (_is_open(key) or _is_open(each))}
    if isinstance(value, list):
        return [_known(each) for each in value if not _is_open(each)]
    return value
