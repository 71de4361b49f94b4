"""``check``: everything once more."""

from __future__ import annotations

from bot.config.serving import CommandName
from bot.model.job import Job, JobKind
from bot.service.cancelling import forget
from bot.service.commands.base import Asked, Command, wrong_use


def _run(asked: Asked) -> str:
    if asked.words:
        raise wrong_use(COMMAND)
    return "The pull request is checked once more; the report and the statuses say when it is done."


def _after(asked: Asked, is_done: bool) -> None:
    if not is_done:
        return
    name = asked.pull_request.name
    forget(asked.ports.memory, name)
    job = Job(JobKind.CHECK, name.repository, name.number, again=True, delivery=f"comment-{asked.comment.id}")
    asked.ports.queue.put(job)


COMMAND = Command(CommandName.CHECK, "check", "Checks the pull request once more.", ("check",), _run, after=_after)
