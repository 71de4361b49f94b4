"""All commands: one source for help, denials and what is done."""

from __future__ import annotations

from difflib import get_close_matches

from bot.config.serving import CommandName
from bot.service.commands import cancel, check, diff, explain, help, override, status
from bot.service.commands.base import Command

TABLE: dict[CommandName, Command] = {
    module.COMMAND.name: module.COMMAND for module in (help, check, explain, diff, status, override, cancel)
}
NOT_YET = {"promote": "`promote` is not there yet."}


def known(name: str) -> Command | None:
    """The command of a name in lower case."""
    return TABLE[CommandName(name)] if name in list(CommandName) else None


def unknown(name: str) -> str:
    """What is said of a word that is no command, as Markdown: the nearest one, or where all are told."""
    if name in NOT_YET:
        return f"{NOT_YET[name]} `/gatehouse help` says what there is."
    near = get_close_matches(name, list(CommandName), n=1, cutoff=0.6)
    hint = f"did you mean `{near[0]}`?" if near else "`/gatehouse help` says what there is."
    return f"There is no such command; {hint}"
