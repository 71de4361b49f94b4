"""``gatehouse owners``: who must agree to a change of a path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.doors.look import visible
from bot.git.repository import Repository

if TYPE_CHECKING:
    import argparse


def owned(arguments: argparse.Namespace) -> tuple[str, list[str]]:
    """``gatehouse owners PATH…``: the answer, and what people should know about it. Raises UserError."""
    from bot.affected.home import normal_url
    from bot.codeowners import Dialect, forge_of
    from bot.jobs import owners

    with Repository(arguments.repo) as repository:
        commit = repository.commit(arguments.at, option="--at")
        remotes = filter(None, map(normal_url, repository.remotes()))
        dialect = Dialect(arguments.forge) if arguments.forge else forge_of(remotes)
        found, answers = owners.owned(repository, commit, arguments.paths, dialect)
    if arguments.format == "json":
        import json

        rows = [row for answer in answers for row in owners.json_rows(answer, found.dialect)]
        return json.dumps(rows, indent=2), owners.notes(found, answers)
    lines = [line for answer in answers for line in owners.text_lines(answer, found.path)]
    return "\n".join(map(visible, lines)), owners.notes(found, answers)
