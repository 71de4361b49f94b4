"""``cancel``: end the check that waits or runs. What it ends with is an error, never green."""

from __future__ import annotations

from bot.config.serving import CommandName
from bot.model.forge import State
from bot.report.phrase import short_id
from bot.report.status import REQUIRED
from bot.service.cancelling import cancel, forget
from bot.service.commands.base import Asked, Command, Refused, wrong_use


def _run(asked: Asked) -> str:
    if asked.words:
        raise wrong_use(COMMAND)
    name, head, memory = asked.pull_request.name, asked.pull_request.head, asked.ports.memory
    nothing = Refused(f"The check of {short_id(head)} is over, so there is nothing to cancel.")
    if not _is_going_on(asked):
        raise nothing
    cancel(memory, name, head, asked.comment.author.login)
    if not _is_going_on(asked):  # it ended meanwhile: the flag must not end the next one
        forget(memory, name)
        raise nothing
    return (
        f"The check of `{short_id(head)}` ends as soon as the stage that it is in allows; its status is then an error, and "
        "`/gatehouse check` starts it again."
    )


def _is_going_on(asked: Asked) -> bool:
    """Whether the head has no final status yet."""
    published = asked.forge.published(asked.pull_request.name.repository, asked.pull_request.head)
    states = {status.name: status.state for status in published}
    return states.get(REQUIRED, State.PENDING) is State.PENDING


COMMAND = Command(CommandName.CANCEL, "cancel", "Ends a check that waits or runs.", ("cancel",), _run)
