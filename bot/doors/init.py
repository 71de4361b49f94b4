"""``gatehouse init``: a first ``.gatehouse.yaml`` that says what was found."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from bot.errors import UserError
from bot.git.repository import Repository
from bot.progress import progress
from bot.settings import from_environment
from bot.wiring import opened

if TYPE_CHECKING:
    import argparse


def started(arguments: argparse.Namespace) -> str:
    """``gatehouse init``: write ``.gatehouse.yaml``, or with ``--print`` only give its text. Raises UserError where there is
    one already, or no place for it."""
    from pathlib import Path

    from bot.config.schema import FILE_NAME

    with Repository(arguments.repo) as repository:
        place = repository.place.work_tree
        if arguments.print:
            return _first_file(repository)
        if not place:
            raise UserError(f"{repository.without_work_tree()}; `gatehouse init --print` prints the file.")
        target = Path(place, FILE_NAME)
        taken = f"There is a {FILE_NAME} already, and it stays as it is; `gatehouse init --print` prints what would be."
        if target.is_symlink() or target.exists():
            raise UserError(taken)
        text = _first_file(repository)
        try:
            with target.open("x", encoding="utf-8") as file:
                file.write(text)
        except FileExistsError as error:
            raise UserError(taken) from error
        except OSError as error:
            raise UserError(f"{FILE_NAME} cannot be written: {error.strerror}.") from error
    return f"Wrote {FILE_NAME}. It changes nothing until you edit it; read it, and commit it to the base branch."


def _first_file(repository: Repository) -> str:
    """What is found without any configuration, as one that changes nothing of it: that is tried before it is said."""
    import hashlib

    from bot.config.load import load
    from bot.config.schema import Config
    from bot.jobs import init
    from bot.wiring import Configuration

    tree = repository.work_tree() if repository.place.work_tree else repository.commit("HEAD", option="HEAD")
    tree = tree if repository.place.work_tree else repository.tree_of(tree)

    def found(configured: Configuration) -> init.Found:
        with progress(sys.stderr) as told, opened(repository, configured, from_environment(), told) as ports:
            return init.look(ports.index.at(tree), ports)

    first = found(Configuration(Config(), "", ""))
    text = init.compose(first)
    try:
        second = found(Configuration(load(text.encode(), name="it"), "it", hashlib.sha256(text.encode()).hexdigest()))
    except UserError:  # a name that no configuration may hold
        return init.compose(first, environments=False)
    return (
        text
        if (second.units, second.environments) == (first.units, first.environments)
        else init.compose(first, environments=False)
    )
