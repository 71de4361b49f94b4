"""The three errors of Gatehouse: tell the author, try again, mend the machine.

Every error is one sentence for the person who can act: what, where, what to do.
Doors turn them into exit codes (2 and 3) or statuses; stages never print.
"""

from __future__ import annotations


class GatehouseError(Exception):
    """Root of every error that Gatehouse raises on purpose; its text is shown to people."""

    exit_code = 3


def defect(error: Exception) -> str:
    """A defect of ours for people: its type and where in Gatehouse it arose. Never its text, which may quote a value of the
    repository that nothing has masked yet."""
    trace, where = error.__traceback__, ""
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename.replace("\\", "/")
        if "/bot/" in file:
            where = f" at bot/{file.rpartition('/bot/')[2]}:{trace.tb_lineno}"
        trace = trace.tb_next
    return f"{type(error).__name__}{where}"


class UserError(GatehouseError):
    """Bad usage, configuration or input: the caller can mend it (exit code 2)."""

    exit_code = 2


class NotRendered(GatehouseError):
    """What was asked for does not render: an answer, and no fault of the caller (exit code 1)."""

    exit_code = 1


class RetryLater(GatehouseError):
    """The outside world was not ready; the same job may succeed later."""


class ToolError(GatehouseError):
    """A program or service that Gatehouse needs is missing or failed (exit code 3)."""


class TooBig(UserError):
    """An input is over a limit; the text names the input, its size and the limit."""
