"""``gatehouse check``: both sides resolved, and what is to be said of the branches themselves."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING

from bot.affected.environment_words import is_environment
from bot.config.schema import FILE_NAME
from bot.git.repository import Repository
from bot.jobs.check import check
from bot.model.approvals import NOT_ASKED
from bot.progress import progress
from bot.settings import from_environment
from bot.wiring import configuration, opened, resolve

if TYPE_CHECKING:
    import argparse

    from bot.jobs.check import Sides
    from bot.model.result import Report


def checked(arguments: argparse.Namespace) -> Report:
    """``gatehouse check``."""
    settings = from_environment()
    with Repository(arguments.repo) as repository:
        sides = resolve(repository, arguments.base, arguments.head, _command(arguments))
        configured = configuration(repository, sides.base, arguments.config)
        with (
            progress(sys.stderr) as told,
            opened(repository, configured, settings, told, arguments.forge, approvals=NOT_ASKED) as ports,
        ):
            ports.notes += _branch_notes(repository, arguments.base)
            ports.notes += _configuration_notes(repository, sides) if arguments.config is None else []
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


def _configuration_notes(repository: Repository, sides: Sides) -> list[str]:
    """The configuration of a change does not count before it is merged, and then for every check: what stops them all is
    said now. Told is where, not what: that is the change's own text."""
    changed = repository.file_at(sides.head_tree, FILE_NAME)
    if changed is None or changed == repository.file_at(sides.base_tree, FILE_NAME):
        return []
    from bot.config.load import load
    from bot.config.problems import ConfigError

    try:
        load(changed, name=FILE_NAME)
    except ConfigError as error:
        count = f"{len(error.problems)} problem{'s' if len(error.problems) != 1 else ''}"
        at = f", the first in line {error.problems[0].line}" if error.problems[0].line else ""
        return [
            f"The change leaves {count} in {FILE_NAME}{at}: merged, it would end every check with an error. "
            "`gatehouse config` on the change says what is wrong."
        ]
    return []


def _command(arguments: argparse.Namespace) -> str:
    words = ["gatehouse", "check", "--base", arguments.base]
    words += ["--head", arguments.head] if arguments.head else []
    words += ["--units", "all"] if arguments.units == "all" else []
    words += ["--config", arguments.config] if arguments.config else []
    words += ["--forge", arguments.forge] if arguments.forge else []
    return shlex.join(words)
