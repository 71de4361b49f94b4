"""Who may give which command: the base side's configuration and the forge's own word about the person, read anew each time.

People are their ids, never their logins. Bots may nothing. What nobody can tell (a team that the bot may not see) counts as
no.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from bot.config.serving import COMMAND_DEFAULTS, CommandName, CommandsRule, Role
from bot.forge.base import Forbidden, NotFound
from bot.model.forge import Permission
from bot.report import escape

if TYPE_CHECKING:
    from bot.forge.base import Forge
    from bot.model.forge import Person, PullRequest

_MOST_NAMED = 10


class Who(NamedTuple):
    """Whoever has ``permission`` and, where ``allow`` is not None, is one of those; and who opened the pull request, if
    ``author``."""

    permission: Role
    allow: tuple[str, ...] | None
    author: bool

    @property
    def is_nobody(self) -> bool:
        return self.allow == () and not self.author


def who(rules: CommandsRule, command: CommandName) -> Who:
    """Who may give a command, with its defaults. To override is for those who are named, and for nobody else."""
    if command is CommandName.OVERRIDE:
        return Who(rules.override.permission, rules.override.allow, author=False)
    told, usual = getattr(rules, command), COMMAND_DEFAULTS[command]
    author = usual.author if told.author is None else told.author
    return Who(told.permission or usual.permission or Role.ADMIN, told.allow or None, bool(author))


class Authority:
    """What one person may do in one pull request. ``rules`` None: the configuration cannot be used, so that nobody can tell;
    then only help may be asked for. The forge is asked once for each thing."""

    def __init__(self, forge: Forge, pull_request: PullRequest, person: Person, rules: CommandsRule | None) -> None:
        self._forge = forge
        self._pull_request = pull_request
        self._person = person
        self._rules = rules
        self._permission: Permission | None = None
        self._members: dict[str, bool] = {}

    @property
    def rules(self) -> CommandsRule:
        return self._rules or CommandsRule()

    @property
    def permission(self) -> Permission:
        """The person's own one, now."""
        if self._permission is None:
            try:
                self._permission = self._forge.permission(self._pull_request.name.repository, self._person)
            except (NotFound, Forbidden):
                self._permission = Permission.NONE
        return self._permission

    @property
    def is_stranger(self) -> bool:
        """Whether nobody of the repository knows the person: replies to them are kept few."""
        return self.permission < Permission.TRIAGE and not self._is_author

    @property
    def _is_author(self) -> bool:
        return self._person.id == self._pull_request.author.id

    def may(self, command: CommandName) -> bool:
        """Whether the person may give the command. Raises Unavailable."""
        if self._person.is_bot or (self._rules is None and command is not CommandName.HELP):
            return False
        wanted = who(self.rules, command)
        if wanted.author and self._is_author:
            return True
        if self.permission < Permission[wanted.permission.name]:
            return False
        return wanted.allow is None or any(map(self._is_one_of, wanted.allow))

    def _is_one_of(self, owner: str) -> bool:
        if owner not in self._members:
            try:
                self._members[owner] = self._forge.is_member(self._pull_request.name.repository, owner, self._person)
            except (NotFound, Forbidden):
                self._members[owner] = False
        return self._members[owner]

    def denial(self, command: CommandName) -> str:
        """Who may, as Markdown; of teams the names, and never who is in them."""
        if self._rules is None:
            return (
                "Nobody can tell who may: `.gatehouse.yaml` of the base branch cannot be used. Mend it in a pull request of "
                "its own; the report there says what is wrong."
            )
        wanted = who(self.rules, command)
        if wanted.is_nobody:
            return (
                f"Nobody may give `{command}` here. Who shall, is to be named under `commands.{command}.allow` in "
                "`.gatehouse.yaml` of the base branch."
            )
        people = f"{_named(wanted.allow)}" if wanted.allow is not None else "people"
        author = ", and for the author of the pull request" if wanted.author else ""
        return (
            f"`{command}` is for {people} with the permission `{wanted.permission}` or more in this repository{author}."
        )


def _named(owners: Sequence[str]) -> str:
    more = f" and {len(owners) - _MOST_NAMED} more" if len(owners) > _MOST_NAMED else ""
    return ", ".join(escape.code(owner) for owner in owners[:_MOST_NAMED]) + more
