"""The three errors of Gatehouse: tell the author, try again, mend the machine.

Every error is one sentence for the person who can act: what, where, what to do.
Doors turn them into exit codes (2 and 3) or statuses; stages never print.
"""

from __future__ import annotations


class GatehouseError(Exception):
    """Root of every error that Gatehouse raises on purpose; its text is shown to people."""

    exit_code = 3


class UserError(GatehouseError):
    """Bad usage, configuration or input: the caller can mend it (exit code 2)."""

    exit_code = 2


class RetryLater(GatehouseError):
    """The outside world was not ready; the same job may succeed later."""


class ToolError(GatehouseError):
    """A program or service that Gatehouse needs is missing or failed (exit code 3)."""


class TooBig(UserError):
    """An input is over a limit; the text names the input, its size and the limit."""
