"""What ``.gatehouse.yaml`` may say to the bot on a forge, as named tuples: who may give it which command, and which pull
requests it takes how."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class CommandName(StrEnum):
    """The commands that a comment can give, in the order in which people read of them."""

    HELP = "help"
    CHECK = "check"
    EXPLAIN = "explain"
    DIFF = "diff"
    STATUS = "status"
    OVERRIDE = "override"
    CANCEL = "cancel"


class Role(StrEnum):
    """What a forge lets somebody do in a repository, the least first; on GitLab the nearest role (docs/forges.md)."""

    READ = "read"
    TRIAGE = "triage"
    WRITE = "write"
    MAINTAIN = "maintain"
    ADMIN = "admin"


class CommandRule(NamedTuple):
    """Who may give a command: whoever has ``permission`` and, where ``allow`` names somebody, is one of those; and the
    author of the pull request, where ``author`` says so. None: the command's own default (``COMMAND_DEFAULTS``)."""

    permission: Role | None = None
    allow: tuple[str, ...] = ()
    author: bool | None = None


class OverrideRule(NamedTuple):
    """Who may override a failed check: those whom ``allow`` names, as far as they have ``permission``. Nobody else, whoever
    wrote the pull request."""

    allow: tuple[str, ...] = ()
    permission: Role = Role.WRITE


class CommandsRule(NamedTuple):
    """Who may give which command."""

    help: CommandRule = CommandRule()
    check: CommandRule = CommandRule()
    explain: CommandRule = CommandRule()
    diff: CommandRule = CommandRule()
    status: CommandRule = CommandRule()
    override: OverrideRule = OverrideRule()
    cancel: CommandRule = CommandRule()


# In a public repository everybody has READ, and what renders costs time of the machine.
COMMAND_DEFAULTS = {
    CommandName.HELP: CommandRule(Role.READ, author=True),
    CommandName.CHECK: CommandRule(Role.TRIAGE, author=True),
    CommandName.EXPLAIN: CommandRule(Role.TRIAGE, author=True),
    CommandName.DIFF: CommandRule(Role.TRIAGE, author=True),
    CommandName.STATUS: CommandRule(Role.TRIAGE, author=True),
    CommandName.CANCEL: CommandRule(Role.WRITE, author=True),
}


class Forks(StrEnum):
    """What becomes of a pull request from another repository."""

    CHECK = "check"
    REFUSE = "refuse"


class CountedApprovals(StrEnum):
    """Which approvals count for owners."""

    HEAD = "head"
    ANY = "any"


class PullRequestsRule(NamedTuple):
    """Which pull requests are taken how."""

    forks: Forks = Forks.CHECK
    approvals: CountedApprovals = CountedApprovals.HEAD
