"""docs/commands.md is what the table of commands says, and the configuration knows the same commands."""

from __future__ import annotations

from pathlib import Path

from bot.config.serving import COMMAND_DEFAULTS, CommandName, CommandsRule
from bot.model.forge import ForgeKind
from bot.service.commands.reference import reference
from bot.service.commands.table import TABLE
from bot.webhooks.commands import parse

PAGE = Path(__file__).parents[2] / "docs" / "commands.md"


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference(), (
        "run: python -m bot.service.commands.reference > docs/commands.md"
    )


def test_every_command_is_everywhere() -> None:
    assert list(TABLE) == list(CommandName)
    assert set(CommandsRule._fields) == {str(name) for name in CommandName}
    assert set(COMMAND_DEFAULTS) == set(CommandName) - {CommandName.OVERRIDE}


def test_every_example_is_read_as_its_command() -> None:
    for name, command in TABLE.items():
        for example in command.examples:
            (read,) = parse(f"/{example}", forge=ForgeKind.GITHUB)
            assert read.name == name
