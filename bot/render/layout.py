"""Lay the closure of a render out in a room: files and symlinks that stay inside, nothing else."""

from __future__ import annotations

import re

from bot.documents import load_all
from bot.errors import UserError
from bot.model.snapshot import Entry
from bot.model.unit import Mount, Render
from bot.render.base import Material, RenderError
from bot.render.sandbox import Room

_MOST_BYTES = 256 * 1024 * 1024
MEBIBYTE = 1024 * 1024
_ALIAS = re.compile(rb"(?:^|[\s\[,{:?-])\*[^\s,\[\]{}]", re.MULTILINE)
_FEW_ALIASES = 20  # with fewer, nothing can grow a million times


def lay_out(room: Room, material: Material) -> None:
    """Write every file of the closure. Raises RenderError when they are too many bytes, or names clash on this disk."""
    total = 0
    mounts = mounts_of(material.part)
    for entry in material.files:
        path = _placed(entry.path, mounts)
        if path is None:
            continue
        data = material.read(entry)
        total += len(data)
        if total > _MOST_BYTES:
            raise RenderError(f"Its files are over {_MOST_BYTES // MEBIBYTE} MiB together; split the unit.")
        try:
            _write(room, path, entry, data)
        except FileExistsError as error:
            raise RenderError(f"{entry.path} clashes with another path that differs in case only.") from error
        except OSError as error:
            if error.errno in (36, 22, 40):  # ENAMETOOLONG, EINVAL, ELOOP
                raise RenderError(f"{entry.path!r} cannot be laid out here: {error.strerror}.") from error
            raise


def _write(room: Room, path: str, entry: Entry, data: bytes) -> None:
    if not entry.is_symlink:
        _refuse_bomb(entry.path, data)
        room.write(f"repo/{path}", data)
        return
    target = data.decode(errors="surrogateescape")
    if not _stays_inside(path, target):
        raise RenderError(
            f"The symlink {entry.path} points to {target!r}, which leads out of the repository; "
            "make it point to a path inside of it."
        )
    room.link(f"repo/{path}", target)


def _refuse_bomb(path: str, data: bytes) -> None:
    """Raise RenderError for YAML whose aliases grow beyond every use: kustomize would fill the memory with them."""
    if b"&" not in data or b"*" not in data or len(_ALIAS.findall(data)) < _FEW_ALIASES:
        return
    try:
        load_all(data, name=path)
    except UserError as error:
        if "aliases" in str(error):
            raise RenderError(f"{error}. Write out what the aliases stand for.") from error


def _stays_inside(path: str, target: str) -> bool:
    """Whether a symlink leads to a path of the repository, whatever other symlinks it passes: ``..`` counts only in front,
    because ``link/..`` is above where the link points to."""
    if not target or target.startswith("/") or "\0" in target:
        return False
    steps = [step for step in target.split("/") if step not in ("", ".")]
    rising = next((i for i, step in enumerate(steps) if step != ".."), len(steps))
    return rising <= path.count("/") and ".." not in steps[rising:]


def mounts_of(part: Render) -> tuple[Mount, ...]:
    """The mounts of a render; () where it sees the repository as it is."""
    return getattr(part, "mounts", ())


def _placed(path: str, mounts: tuple[Mount, ...]) -> str | None:
    """Where a file of the repository lies in the renderer's tree; None when no mount takes it."""
    if not mounts:
        return path
    for mount in reversed(mounts):  # a later copy wins
        if path == mount.source:
            return mount.target
        prefix = f"{mount.source}/" if mount.source else ""
        if path.startswith(prefix):
            rest = path[len(prefix) :]
            return f"{mount.target}/{rest}" if mount.target else rest
    return None
