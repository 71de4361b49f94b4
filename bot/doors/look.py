"""One side of a repository, opened for the verbs that look at it, and its text made fit for a terminal."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bot.config.schema import FILE_NAME
from bot.git.repository import Repository
from bot.progress import progress
from bot.settings import from_environment
from bot.wiring import configuration, misnamed, opened

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from bot.affected.view import View
    from bot.jobs.ports import Ports
    from bot.model.unit import Unit
    from bot.wiring import Configuration


@contextmanager
def at(arguments: argparse.Namespace) -> Iterator[tuple[View, Ports, Configuration]]:
    """The view of one commit or of the work tree."""
    with Repository(arguments.repo) as repository:
        if arguments.at is None:
            tree, place = repository.work_tree(option="--at"), FILE_NAME
        else:
            commit = repository.commit(arguments.at, option="--at")
            tree, place = repository.tree_of(commit), f"{FILE_NAME} at {commit[:12]}"
        configured = configuration(repository, tree, arguments.config, place=place)
        with progress(sys.stderr) as told, opened(repository, configured, from_environment(), told) as ports:
            ports.notes += filter(None, [misnamed(repository, tree) if arguments.config is None else ""])
            yield ports.index.at(tree), ports, configured


def visible(text: str) -> str:
    """Text of the repository for a terminal: control characters and broken bytes shown as escapes."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "backslashreplace").decode() for c in text)


def name_of(unit: Unit) -> str:
    """The path of a unit as people write it."""
    return unit.path or "."
