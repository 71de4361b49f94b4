"""``check``: everything once more."""

from __future__ import annotations

from bot.config.serving import CommandName
from bot.model.job import Job, JobKind
from bot.report.phrase import short_id
from bot.service.cancelling import forget
from bot.service.commands.base import Asked, Command, wrong_use


def _run(asked: Asked) -> str:
    if asked.words:
        raise wrong_use(COMMAND)
    name = asked.pull_request.name
    forget(asked.ports.memory, name)
    job = Job(JobKind.CHECK, name.repository, name.number, again=True, delivery=f"comment-{asked.comment.id}")
    is_new = asked.ports.queue.put(job)
    head = short_id(asked.pull_request.head)
    if is_new:
        return f"`{head}` is checked once more; the report and the statuses say when it is done."
    return f"A check waits already; it takes the head as it is then, by now `{head}`."


COMMAND = Command(CommandName.CHECK, "check", "Checks the pull request once more.", ("check",), _run)
