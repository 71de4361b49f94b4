"""Why a run ends without a result of its own."""

from __future__ import annotations

from bot.errors import GatehouseError


class Moved(GatehouseError):
    """The pull request is another one than the run began with: its head, its base branch, or no longer open. What was found
    out is dropped."""


class Cancelled(GatehouseError):
    """Somebody who may asked that the run stop."""
