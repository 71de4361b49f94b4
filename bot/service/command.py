"""A comment with commands, from its id to reactions and replies.

The job names a comment and nothing else; its text, its author and the pull request are read from the forge. Done exactly
once: our DONE or REFUSED under the comment says that it was, each reply names the comment that it answers, and what a
command does a second time changes nothing more. So a worker may die anywhere in between.

Comments that are edited mean nothing: somebody else may have edited them. A command that is older than a day is not done any
more, whoever brings it up again.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.model.forge import Reaction
from bot.model.job import Job, JobKind
from bot.service.commands.table import known
from bot.service.heads import note_head
from bot.service.talk import Talk
from bot.webhooks.commands import Command, parse

if TYPE_CHECKING:
    from bot.model.forge import PullRequestName
    from bot.service.ports import Ports

FRESH = timedelta(days=1)  # an outage longer than that: people have asked again, or in another place
_ENDS = {Reaction.DONE, Reaction.REFUSED}


def answer(job: Job, ports: Ports) -> str:
    """Answer the commands of one comment; what was done, in a few words for logs. Raises RetryLater: to be asked again."""
    with ports.locks.hold(f"comment {job.key}") as is_mine:
        if not is_mine:
            return "another worker answers it"
        return _answer(job, ports)


def _answer(job: Job, ports: Ports) -> str:
    name, forge = job.pull_request, ports.forge(job.repository)
    comment = forge.comment(name, job.comment)
    if comment is None or comment.is_ours or comment.author.is_bot:
        return "no comment of a person"
    commands = [each for each in parse(comment.body, forge=forge.kind, bot_name=ports.bot_name) if _is_for_us(each)]
    if not commands:
        return "no command"
    before = forge.reactions(name, comment.id)
    if before & _ENDS:
        return "answered before"
    pull_request = forge.pull_request(name)
    if not pull_request.is_open:
        return "the pull request is closed"
    if ports.now() - comment.created_at > FRESH:
        return "too old"
    note_head(ports.memory, name, pull_request.head, ports.now())
    if Reaction.SEEN not in before:
        forge.react(name, comment.id, Reaction.SEEN)
    talk = Talk(ports, pull_request, comment, is_second=bool(before))
    is_done = talk.refuse_edited() if comment.edited else talk.tried(commands)
    forge.react(name, comment.id, Reaction.DONE if is_done else Reaction.REFUSED)
    return "answered" if is_done else "refused"


def unanswered(name: PullRequestName, ports: Ports) -> list[Job]:
    """For the sweep: the comments with commands that nobody has answered, because their webhook or the queue was lost."""
    forge = ports.forge(name.repository)
    waiting = [
        comment
        for comment in forge.comments(name)
        if not (comment.is_ours or comment.author.is_bot or comment.edited)
        and ports.now() - comment.created_at <= FRESH
        and any(map(_is_for_us, parse(comment.body, forge=forge.kind, bot_name=ports.bot_name)))
    ]
    return [
        Job(JobKind.COMMAND, name.repository, name.number, comment.id, delivery="sweep")
        for comment in waiting
        if not forge.reactions(name, comment.id) & _ENDS
    ]


def _is_for_us(command: Command) -> bool:
    """Bare words are for any bot; what carries our name is for us, whatever it is."""
    return command.addressed or known(command.name) is not None


def given_up(job: Job, ports: Ports, reason: str) -> None:
    """The comment could not be answered, however often it was tried: say so where a person waits for it."""
    name, forge = job.pull_request, ports.forge(job.repository)
    comment = forge.comment(name, job.comment)
    before = forge.reactions(name, comment.id) if comment else frozenset()
    if comment is None or Reaction.SEEN not in before or before & _ENDS:
        return
    Talk(ports, forge.pull_request(name), comment, is_second=True).fail(reason)
    forge.react(name, comment.id, Reaction.REFUSED)
