"""Manifest files that stand for an environment each: ``deploy/prod.yaml`` beside ``deploy/staging.yaml``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.affected.environment_words import is_marker, is_weak
from bot.affected.facts import Role, role_of

if TYPE_CHECKING:
    from bot.affected.rules import Reader
    from bot.affected.view import View

_MOST_NAMED = 5
_ENVIRONMENT_PARENTS = frozenset(("environments", "environment", "envs", "env", "stages"))


def note(directory: str, files: list[str], read: Reader) -> tuple[str, ...]:
    """A sentence about names of environments in files that are no units of their own, where their directory has none: what
    they are called does not say enough (``prod-deployment.yaml``)."""
    if read.namer.name(directory).environment:
        return ()
    stems = (path.rpartition("/")[2].rpartition(".")[0] for path in files)
    found = (read.namer.name(f"overlays/{stem}").environment for stem in stems)
    names = sorted({name for name in found if name and not is_weak(name)})
    if not names:
        return ()
    named = ", ".join(names[:_MOST_NAMED]) + (" ..." if len(names) > _MOST_NAMED else "")
    where = directory or "The root"
    return (f"{where} belongs to no environment, yet names of its files hold {named}: it is one unit of all of them.",)


def set_apart(view: View, directory: str, read: Reader) -> tuple[str, ...]:
    """The files of a directory that are units of their own, by their names alone: a broken one must stay what it was.

    Each in the directory of an environment (``environments/ENV``); in one that names none, those that do. Names that often
    mean something else (``test``, ``demo`` ...) count only beside others, or where a directory of environments is.
    """
    files = [entry.path for entry in view.files_in(directory) if role_of(entry.path) is Role.MANIFEST]
    named = read.namer.name(directory)
    parent = directory.rpartition("/")[0].rpartition("/")[2].lower()
    if parent in _ENVIRONMENT_PARENTS and named.environment:
        return tuple(files)
    if named.environment or named.notes:
        return ()
    names = {path: read.namer.name(path).environment for path in files}
    if not is_marker(directory.rpartition("/")[2]) and not any(name and not is_weak(name) for name in names.values()):
        return ()
    return tuple(path for path in files if names[path])
