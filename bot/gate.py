"""The one function that judges: the command line and the worker both ask it, so that they say the same in the same words."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, NamedTuple

from bot.affected.environment_words import is_environment
from bot.config.problems import ConfigError
from bot.config.schema import FILE_NAME
from bot.jobs.check import check
from bot.model.approvals import NOT_ASKED, Approvals, Asked
from bot.wiring import Configuration, configuration, defaults, misnamed, opened, resolve, unfiltered

if TYPE_CHECKING:
    from bot.git.repository import Repository
    from bot.jobs.check import Sides
    from bot.jobs.ports import Progress
    from bot.model.result import Report
    from bot.settings import Settings

NOBODY = "nobody"  # on the command line: the forge was asked, and nobody has agreed


class Question(NamedTuple):
    """What is asked. ``base`` and ``head`` are names or ids of commits (head None: the work tree), ``base_branch`` the name
    of the branch where ``base`` does not tell it. ``config``: a file instead of the repository's own. ``forge``: who reads
    CODEOWNERS, None to find out. ``everything``: kustomizations in between as well."""

    base: str
    head: str | None = None
    base_branch: str = ""
    config: str | None = None
    forge: str | None = None
    approvals: Approvals = NOT_ASKED
    everything: bool = False

    @property
    def command(self) -> str:
        """The command line that asks the same."""
        words = ["gatehouse", "check", "--base", self.base]
        words += ["--head", self.head] if self.head else []
        words += ["--units", "all"] if self.everything else []
        words += ["--config", self.config] if self.config else []
        words += ["--forge", self.forge] if self.forge else []
        if self.approvals.asked is Asked.FORGE:
            for person in self.approvals.by or (frozenset((NOBODY,)),):
                words += ["--approved-by", ",".join(sorted(person))]
        return shlex.join(words)


def judged(repository: Repository, question: Question, settings: Settings, progress: Progress) -> Report:
    """The answer. Raises UserError for names that mean nothing and a configuration that cannot be used, ToolError and
    OSError for what this machine cannot do."""
    sides = resolve(repository, question.base, question.head, question.command)
    own = question.config is None
    configured, mended = _configuration(repository, sides, question.config)
    with opened(repository, configured, settings, progress, question.forge, approvals=question.approvals) as ports:
        ports.notes += _branch_notes(repository, question.base_branch or question.base)
        ports.notes += mended
        ports.notes += filter(None, [unfiltered(repository)])
        ports.notes += filter(None, [misnamed(repository, sides.head_tree) if own else ""])
        ports.stops += _unusable(repository, sides) if own else []
        return check(sides, ports, everything=question.everything)


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
