"""Flux ArtifactGenerators: the ``copy`` rules of an artifact as mounts of the repository.

The rules are those of Flux' source-watcher: copying works like cp, ``dir/**`` takes what is in ``dir``, other
globs keep their path, and ``*`` stays within one path segment.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable

from bot.affected.fields import Fields, Unrenderable, Wrong, inside
from bot.affected.globs import has_glob, literal_prefix
from bot.affected.sources import Gathering, Lookup
from bot.model.unit import Mount

_TARGET = "@artifact/"


def artifact_mounts(spec: Fields, name: str, lookup: Lookup, found: Gathering) -> tuple[Mount, ...]:
    """The mounts of the artifact ``name`` of a generator, in order: later ones win. Raises Unrenderable, WrongShape."""
    for artifact in spec.children("artifacts"):
        if artifact.text("name") == name:
            return tuple(m for rule in artifact.children("copy") for m in _mounts(rule, lookup, found))
    raise Wrong(f"{spec.where}.artifacts has no artifact {name}")


def note_copies(spec: Fields, name: str, aliases: Iterable[str], lookup: Lookup, found: Gathering) -> None:
    """Note what the artifact ``name`` takes of the sources under ``aliases``, for one that cannot be put together here."""
    wanted = {f"@{alias}" for alias in aliases}
    for artifact in spec.children("artifacts"):
        for rule in artifact.children("copy") if artifact.text("name") == name else ():
            alias, _, pattern = rule.text("from").partition("/")
            path = inside("", literal_prefix(pattern) if has_glob(pattern) else pattern) if alias in wanted else None
            if path is not None:
                (found.file if lookup.is_file(path) else found.tree)(path)


def _mounts(rule: Fields, lookup: Lookup, found: Gathering) -> list[Mount]:
    if rule.text("strategy", "Overwrite") not in ("", "Overwrite"):
        raise Unrenderable(f"{rule.where}.strategy {rule.text('strategy')} is not supported here, only Overwrite")
    pattern, target = _source(rule), _target(rule)
    exclude = rule.texts("exclude")
    if not has_glob(pattern):
        return _copied(pattern, target, exclude, rule, lookup)
    if pattern == "**" or pattern.endswith("/**"):
        directory = pattern[:-2].rstrip("/")
        if not has_glob(directory):
            return [Mount(_repository_path(directory, rule), target, exclude)]
    found.tree(literal_prefix(pattern))
    shallow = pattern.replace("**", "*")  # Go's fs.Glob knows no **
    matches = [*lookup.glob_files(shallow), *lookup.glob_dirs(shallow)]
    return [Mount(match, posixpath.join(target, match), exclude) for match in sorted(matches)]


def _copied(pattern: str, target: str, exclude: tuple[str, ...], rule: Fields, lookup: Lookup) -> list[Mount]:
    source = _repository_path(pattern, rule)
    name = posixpath.basename(source)
    if lookup.is_file(source):
        into = rule.text("to").endswith("/")
        return [Mount(source, posixpath.join(target, name) if into else target, exclude)]
    if not source:
        return [Mount("", target, exclude)]
    return [Mount(source, posixpath.join(target, name), exclude)]


def _source(rule: Fields) -> str:
    alias, slash, pattern = rule.text("from").partition("/")
    if not alias.startswith("@") or not slash:
        raise Wrong(f"{rule.where}.from must look like @alias/path, not {rule.text('from')!r}")
    return pattern


def _target(rule: Fields) -> str:
    written = rule.text("to")
    target = inside("", written[len(_TARGET) :]) if written.startswith(_TARGET) else None
    if target is None:
        raise Wrong(f"{rule.where}.to must look like @artifact/path, not {written!r}")
    return target


def _repository_path(path: str, rule: Fields) -> str:
    found = inside("", path)
    if found is None:
        raise Wrong(f"{rule.where}.from leaves the repository: {rule.text('from')!r}")
    return found
