"""``cancel``: end the check that waits or runs. What it ends with is an error, never green."""

from __future__ import annotations

from bot.config.serving import CommandName
from bot.model.forge import PublishedStatus, State
from bot.report.phrase import short_id
from bot.report.status import REQUIRED
from bot.service.cancelling import CANCELLED, cancel, forget
from bot.service.commands.base import Asked, Command, Refused, wrong_use


def _run(asked: Asked) -> str:
    if asked.words:
        raise wrong_use(COMMAND)
    name, head, memory = asked.pull_request.name, asked.pull_request.head, asked.ports.memory
    done = f"The check of `{short_id(head)}` ends with an error; `/gatehouse check` starts it again."
    status = _required(asked)
    if _is_cancelled(status):  # by an earlier try, or by somebody else
        return done
    nothing = Refused(f"The check of {short_id(head)} is over, so there is nothing to cancel.")
    if _is_over(status):
        raise nothing
    cancel(memory, name, head, asked.comment.author.login)
    if _is_over(_required(asked)):  # it ended meanwhile: the flag must not end the next one
        forget(memory, name)
        raise nothing
    return done


def _required(asked: Asked) -> PublishedStatus | None:
    """The required status of the head; None where it has none yet."""
    published = asked.forge.published(asked.pull_request.name.repository, asked.pull_request.head)
    return next((status for status in published if status.name == REQUIRED), None)


def _is_over(status: PublishedStatus | None) -> bool:
    return status is not None and status.state is not State.PENDING and not _is_cancelled(status)


def _is_cancelled(status: PublishedStatus | None) -> bool:
    return status is not None and status.state is State.ERROR and CANCELLED in status.title


COMMAND = Command(CommandName.CANCEL, "cancel", "Ends a check that waits or runs.", ("cancel",), _run)
