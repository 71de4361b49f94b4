"""``help``: the commands that this person may give."""

from __future__ import annotations

from bot.config.serving import CommandName
from bot.model.forge import ForgeKind
from bot.service.commands.base import Asked, Command

_FORMS = {
    ForgeKind.GITHUB: "A command stands on a line of its own; `/check` means the same as `/gatehouse check`.",
    ForgeKind.GITLAB: "A command stands on a line of its own, with `/gatehouse` or a mention of the bot before it.",
}


def _run(asked: Asked) -> str:
    from bot.service.commands.table import TABLE

    mine = [command for name, command in TABLE.items() if asked.authority.may(name)]
    rows = "\n".join(f"- `/gatehouse {command.usage}`: {command.about}" for command in mine)
    return f"What you may ask for here:\n\n{rows}\n\n{_FORMS[asked.forge.kind]}"


COMMAND = Command(CommandName.HELP, "help", "Says which commands there are.", ("help",), _run)
