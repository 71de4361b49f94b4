"""Lay the closure of a render out in a room: files and symlinks that stay inside, nothing else."""

from __future__ import annotations

import contextlib
import errno
import os
import re
from collections.abc import Iterable, Iterator
from itertools import islice

from bot.documents import load_all
from bot.errors import UserError
from bot.model.snapshot import Entry
from bot.model.symlinks import refusal
from bot.model.unit import Mount, Render
from bot.path_patterns import PathPattern, file_pattern
from bot.render.base import Material, RenderError
from bot.render.rooms import Room

_MOST_BYTES = 256 * 1024 * 1024
MEBIBYTE = 1024 * 1024
_ALIAS = re.compile(rb"\*(?<![^\s\[,{:?-]\*)[^\s,\[\]{}]")  # begins with a letter that is rare, to be found at once
_FEW_ALIASES = 20  # with fewer, nothing can grow a million times


def lay_out(room: Room, material: Material) -> None:
    """Write every file of the closure. Raises RenderError when they are too many bytes, names clash on this disk, or a
    symlink leads out of the tree or in a circle."""
    links: dict[str, str] = {}
    total = 0
    for path, entry in _places(material):
        data = material.read(entry)
        total += len(data)
        if total > _MOST_BYTES:
            raise RenderError(f"Its files are over {_MOST_BYTES // MEBIBYTE} MiB together; split the unit.")
        if entry.is_symlink:
            links[path] = data.decode(errors="surrogateescape")
        else:
            _refuse_bomb(entry.path, data)
            with _named(entry):
                room.write(f"repo/{path}", data)
    for path, entry in _places(material):  # after the files, so that none is written through one
        if entry.is_symlink:
            with _named(entry):
                _link(room, path, entry, links)
    _check_disk(room, links)


def _places(material: Material) -> Iterator[tuple[str, Entry]]:
    """Every file with its path in the renderer's tree; with mounts, its paths."""
    mounts = mounts_of(material.part)
    if mounts:
        yield from _placed(material.files, mounts).items()
    else:
        yield from ((entry.path, entry) for entry in material.files)


@contextlib.contextmanager
def _named(entry: Entry) -> Iterator[None]:
    """Name the file that this system cannot hold. Raises RenderError."""
    try:
        yield
    except FileExistsError as error:
        raise RenderError(f"{entry.path} clashes with another path that differs in case only.") from error
    except OSError as error:
        if error.errno in (errno.ENAMETOOLONG, errno.EINVAL, errno.ELOOP):
            raise RenderError(f"{entry.path!r} cannot be laid out here: {error.strerror}.") from error
        raise


def _link(room: Room, path: str, entry: Entry, links: dict[str, str]) -> None:
    reason = refusal(links, path, name=entry.path)
    if reason:
        raise RenderError(reason)
    room.link(f"repo/{path}", links[path])


def _check_disk(room: Room, links: dict[str, str]) -> None:
    """Ask the system where the symlinks lead: where it takes two names for one (case, composed letters) it may find others
    on the way than their texts say. Raises RenderError."""
    inside = f"{room.path}/repo"
    for path, text in links.items():
        real = os.path.realpath(f"{inside}/{path}")
        if real != inside and not real.startswith(inside + "/"):
            raise RenderError(
                f"The symlink {path} points to {text!r}, which leads out of the repository on this system; "
                "make it point to a path inside of it."
            )


def _refuse_bomb(path: str, data: bytes) -> None:
    """Raise RenderError for YAML whose aliases grow beyond every use: kustomize would fill the memory with them."""
    if b"&" not in data or next(islice(_ALIAS.finditer(data), _FEW_ALIASES - 1, None), None) is None:
        return
    try:
        load_all(data, name=path)
    except UserError as error:
        if "aliases" in str(error):
            raise RenderError(f"{error}. Write out what the aliases stand for.") from error


def mounts_of(part: Render) -> tuple[Mount, ...]:
    """The mounts of a render; () where it sees the repository as it is."""
    return getattr(part, "mounts", ())


def _placed(files: Iterable[Entry], mounts: tuple[Mount, ...]) -> dict[str, Entry]:
    """The files that mounts take, by their path in the renderer's tree: one that several take has several, and where
    several come to lie at one path, the last mount wins."""
    by_source: dict[str, list[int]] = {}
    for number, mount in enumerate(mounts):
        by_source.setdefault(mount.source, []).append(number)
    patterns = {mount.exclude: [(file_pattern(p), "/" not in p) for p in mount.exclude] for mount in mounts}
    taken: list[tuple[int, str, Entry]] = []
    for entry in files:
        for source in _at_and_above(entry.path):
            for number in by_source.get(source, ()):
                if not _is_excluded(entry.path, source, patterns[mounts[number].exclude]):
                    rest = entry.path[len(source) :].strip("/")
                    taken.append((number, "/".join(part for part in (mounts[number].target, rest) if part), entry))
    return {path: entry for _, path, entry in sorted(taken, key=lambda one: one[0])}


def _at_and_above(path: str) -> Iterator[str]:
    yield path
    while path:
        path = path.rpartition("/")[0]
        yield path


def _is_excluded(path: str, source: str, patterns: list[tuple[PathPattern, bool]]) -> bool:
    """Whether a pattern holds the file, or a directory on the way to it from what is copied; or, as the second of the pair
    says, the name of one (fluxcd/source-watcher, builder)."""
    above = () if not patterns or path == source else _at_and_above(path.rpartition("/")[0])
    places = [path, *(place for place in above if len(place) > len(source))]
    names = [place.rpartition("/")[2] for place in places]
    return any(any(map(p.match, places)) or (of_names and any(map(p.match, names))) for p, of_names in patterns)
