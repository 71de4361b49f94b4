"""What the base branch says to the bot: its configuration, as long as it can be used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.errors import UserError
from bot.wiring import configuration

if TYPE_CHECKING:
    from bot.git.repository import Repository
    from bot.wiring import Configuration


def configured(repository: Repository, tip: str) -> Configuration | None:
    """The configuration at the tip of the base branch; None where there is no tip, or the file cannot be used: the gate says
    so where it judges."""
    try:
        return configuration(repository, tip, None) if tip else None
    except UserError:
        return None
