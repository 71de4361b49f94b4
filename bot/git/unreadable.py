"""Why git cannot read a work tree, for the person who can mend it: asked only when it could not, or takes too long."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterable
from pathlib import Path

_ANOTHER = "or name a commit to look at instead (--head REF, or --at REF)"
_KINDS = (
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)
_READ_BY_GIT = (".gitignore", ".gitattributes", ".gitmodules")
_CLOSED = re.compile(rb"could not open directory '(.+)': Permission denied")
_SIGNATURE, _HEADER = b"DIRC", 12


def index_content(path: Path, width: int) -> tuple[bytes, str]:
    """The content of an index (gitformat-index(5)) and what is wrong with it, "" for nothing. ``width`` is that of an id in
    bytes. git itself does not look at the checksum, so of a cut file it takes what is missing for deleted."""
    way_out = f"`rm '{path}' && git reset` makes it anew and leaves your files as they are, {_ANOTHER}"
    kind = _kind(path)
    if kind or not path.is_file():
        return b"", f"git's index {path} is {kind or 'no file'}: {way_out}"
    try:
        content = path.read_bytes()
    except PermissionError:
        return b"", f"git's index {path} may not be read by you: `chmod u+r` it, {_ANOTHER}"
    body, written = content[:-width], content[-width:]
    if len(body) < _HEADER or not body.startswith(_SIGNATURE):
        return content, f"git's index {path} is damaged: {way_out}"
    made = (hashlib.sha1 if width == 20 else hashlib.sha256)(body, usedforsecurity=False).digest()
    if written.strip(b"\0") and written != made:  # index.skipHash leaves zeros
        return content, f"git's index {path} is damaged (its checksum is wrong): {way_out}"
    return content, ""


def closed(said: bytes) -> str:
    """The first directory that git went past because it may not be read, as a sentence's half; "" for none."""
    found = _CLOSED.search(said)
    if found is None:
        return ""
    where = os.fsdecode(found[1]).rstrip("/")
    return f"the directory {where} may not be read by you: `chmod u+rx` it, {_ANOTHER}"


def fault(top: str, paths: Iterable[bytes]) -> str:
    """The first of ``paths`` that git cannot take, with the way out; "" when each could be taken."""
    for raw in paths:
        path = os.fsdecode(raw)
        place = Path(top, path)
        if kind := _kind(place):
            return f"{path} is {kind}, which git cannot hold: put the file back or remove it, {_ANOTHER}"
        if place.is_symlink():
            continue
        if place.is_dir() and path.endswith("/"):  # only a repository of its own is listed as a directory
            return f"{path} is a repository of its own without a commit: commit there, or list it in .gitignore, {_ANOTHER}"
        if place.is_file() and not os.access(place, os.R_OK):
            return f"{path} may not be read by you: `chmod u+r` it, {_ANOTHER}"
    return ""


def waits(top: str, common: str) -> str:
    """What git would wait for without end: a pipe under the name of a file that it reads for itself; "" for none."""
    asked = [Path(common, "info", name) for name in ("exclude", "attributes")]
    for place in asked:
        if _kind(place):
            return f"{place} is {_kind(place)}, and git waits for what it says: remove it, {_ANOTHER}"
    for folder, names, files in os.walk(top):
        if ".git" in names:
            names.remove(".git")
        for name in _READ_BY_GIT:
            if name in files and (kind := _kind(Path(folder, name))):
                shown = os.path.relpath(os.path.join(folder, name), top)  # noqa: PTH118 most folders are not looked at twice
                return f"{shown} is {kind}, and git waits for what it says: remove it, {_ANOTHER}"
    return ""


def _kind(place: Path) -> str:
    try:
        mode = place.lstat().st_mode
    except OSError:
        return ""
    return next((words for test, words in _KINDS if test(mode)), "")
