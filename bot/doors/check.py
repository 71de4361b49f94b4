"""``gatehouse check``: both sides resolved, and what is to be said of the branches themselves."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING

from bot.affected.environment_words import is_environment
from bot.config.problems import ConfigError
from bot.config.schema import FILE_NAME
from bot.git.repository import Repository
from bot.jobs.check import check
from bot.model.approvals import NOT_ASKED
from bot.progress import progress
from bot.settings import from_environment
from bot.wiring import Configuration, configuration, defaults, misnamed, opened, resolve, unfiltered

if TYPE_CHECKING:
    import argparse

    from bot.jobs.check import Sides
    from bot.model.result import Report


def checked(arguments: argparse.Namespace) -> Report:
    """``gatehouse check``."""
    settings = from_environment()
    with Repository(arguments.repo) as repository:
        sides = resolve(repository, arguments.base, arguments.head, _command(arguments))
        configured, mended = _configuration(repository, sides, arguments.config)
        with (
            progress(sys.stderr) as told,
            opened(repository, configured, settings, told, arguments.forge, approvals=NOT_ASKED) as ports,
        ):
            ports.notes += _branch_notes(repository, arguments.base)
            ports.notes += mended
            ports.notes += filter(None, [unfiltered(repository)])
            ports.notes += filter(None, [misnamed(repository, sides.head_tree) if arguments.config is None else ""])
            ports.stops += _unusable(repository, sides) if arguments.config is None else []
            return check(sides, ports, everything=arguments.units == "all")


def _branch_notes(repository: Repository, base: str) -> list[str]:
    """A base branch named after an environment: nobody can see the other environments from there, so it is said."""
    name = base.rpartition("/")[2]
    if not is_environment(name):
        return []
    others = sorted({b.rpartition("/")[2] for b in repository.branches()} - {name})
    found = [branch for branch in others if is_environment(branch)]
    if not found:
        return []
    return [
        f"{name} is one of several environment branches ({', '.join(found[:5])}): what this change does to the others "
        "shows only when it gets there. Directories per environment in one branch would show it here."
    ]


def _configuration(repository: Repository, sides: Sides, file: str | None) -> tuple[Configuration, list[str]]:
    """The configuration in force, and what is to be said of it. Where the base's cannot be used and the change mends it, all
    checks judge by their defaults: no change could mend it otherwise. Raises UserError."""
    try:
        return configuration(repository, sides.base, file), []
    except ConfigError as error:
        if file is not None or not _is_changed(repository, sides) or _problems(repository, sides):
            raise
        note = (
            f"{FILE_NAME} of the base cannot be used: it has {_counted(error)}. The change mends it, and is checked as if "
            "there were no such file, with every check."
        )
        return defaults(), [note]


def _unusable(repository: Repository, sides: Sides) -> list[str]:
    """The configuration of a change does not count before it is merged, and then for every check: one that nobody can use
    stops the merge. Told is where, not what: that is the change's own text."""
    error = _problems(repository, sides) if _is_changed(repository, sides) else None
    if error is None:
        return []
    where = f"{_counted(error)} in {FILE_NAME}{_first(error)}"
    why = "merged, it would end every check with an error. `gatehouse config` on the change says what is wrong."
    return [f"The change leaves {where}: {why}"]


def _is_changed(repository: Repository, sides: Sides) -> bool:
    old, new = (repository.file_at(tree, FILE_NAME) for tree in (sides.base_tree, sides.head_tree))
    return old != new


def _problems(repository: Repository, sides: Sides) -> ConfigError | None:
    """What is wrong with the file as the change leaves it."""
    from bot.config.load import load

    found = repository.file_at(sides.head_tree, FILE_NAME)
    try:
        load(found or b"", name=FILE_NAME)
    except ConfigError as error:
        return error
    return None


def _counted(error: ConfigError) -> str:
    return f"{len(error.problems)} problem{'s' if len(error.problems) != 1 else ''}"


def _first(error: ConfigError) -> str:
    return f", the first in line {error.problems[0].line}" if error.problems[0].line else ""


def _command(arguments: argparse.Namespace) -> str:
    words = ["gatehouse", "check", "--base", arguments.base]
    words += ["--head", arguments.head] if arguments.head else []
    words += ["--units", "all"] if arguments.units == "all" else []
    words += ["--config", arguments.config] if arguments.config else []
    words += ["--forge", arguments.forge] if arguments.forge else []
    return shlex.join(words)
