"""``gatehouse check``: the gate, asked from a command line."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from bot.gate import NOBODY, Question, judged
from bot.git.repository import Repository
from bot.model.approvals import NOT_ASKED, Approvals, agreed
from bot.progress import progress
from bot.settings import from_environment

if TYPE_CHECKING:
    import argparse

    from bot.model.result import Report


def checked(arguments: argparse.Namespace) -> Report:
    """``gatehouse check``."""
    question = Question(
        base=arguments.base,
        head=arguments.head,
        config=arguments.config,
        forge=arguments.forge,
        approvals=_approvals(arguments.approved_by),
        everything=arguments.units == "all",
    )
    with Repository(arguments.repo) as repository, progress(sys.stderr) as told:
        return judged(repository, question, from_environment(), told)


def _approvals(said: list[str]) -> Approvals:
    """Each ``--approved-by`` is one person."""
    people = [[word.strip() for word in text.split(",") if word.strip()] for text in said]
    return agreed(*(owners for owners in people if owners != [NOBODY])) if said else NOT_ASKED
