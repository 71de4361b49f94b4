"""A comment with commands, from its id to reactions and replies.

The job names a comment and nothing else; its text, its author and the pull request are read from the forge. Done exactly
once: our DONE or REFUSED under the comment says that it was, each reply names the comment that it answers, and what a
command does a second time changes nothing more. So a worker may die anywhere in between.

Comments that are edited mean nothing: somebody else may have edited them. GitLab takes a reaction for an edit, also our own
one; so the text of a comment that was not edited is noted before that, and a later try that finds the same text goes on. A
command that is older than a day is not done any more, whoever brings it up again.

Where the forge refuses the reactions, commands are answered all the same, and that they were is noted in the memory alone.
"""

from __future__ import annotations

import hashlib
import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.forge.base import ForgeError
from bot.model.forge import Reaction
from bot.model.job import Job, JobKind
from bot.service.commands.table import known
from bot.service.heads import note_head
from bot.service.talk import Talk
from bot.webhooks.commands import Command, parse

if TYPE_CHECKING:
    from bot.model.forge import Comment, PullRequestName
    from bot.service.ports import Memory, Ports

FRESH = timedelta(days=1)  # an outage longer than that: people have asked again, or in another place
_ENDS = {Reaction.DONE, Reaction.REFUSED}
_log = logging.getLogger("gatehouse.service")


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
    if before & _ENDS or ports.memory.note(_end_of(comment, name)):
        return "answered before"
    pull_request = forge.pull_request(name)
    if not pull_request.is_open:
        return "the pull request is closed"
    if ports.now() - comment.created_at > FRESH:
        return "too old"
    note_head(ports.memory, pull_request, ports.now())
    is_as_written = _is_as_written(comment, name, ports.memory)
    is_told = Reaction.SEEN in before or _reacts(comment, name, ports, Reaction.SEEN)
    if not is_told and forge.comment(name, comment.id) is None:
        return "the comment is gone"
    talk = Talk(ports, pull_request, comment, is_second=bool(before))
    is_done = talk.tried(commands) if is_as_written else talk.refuse_edited()
    if not _reacts(comment, name, ports, Reaction.DONE if is_done else Reaction.REFUSED):
        ports.memory.set_note(_end_of(comment, name), "answered", seconds=int(FRESH.total_seconds()))
    return "answered" if is_done else "refused"


def _reacts(comment: Comment, name: PullRequestName, ports: Ports, reaction: Reaction) -> bool:
    """A courtesy, and a mark that outlives the memory: False where the forge refuses it, which stops no command."""
    try:
        ports.forge(name.repository).react(name, comment.id, reaction)
    except ForgeError as error:
        _log.warning("no reaction under a command: %s", error)
        return False
    return True


def _end_of(comment: Comment, name: PullRequestName) -> str:
    return f"end of comment {comment.id} in {name}"


def _is_as_written(comment: Comment, name: PullRequestName, memory: Memory) -> bool:
    """Whether nobody changed the text, as far as the forge and an earlier try can tell."""
    key, text = f"text of comment {comment.id} in {name}", hashlib.sha256(comment.body.encode("utf-8", "surrogatepass"))
    if comment.edited:
        return memory.note(key) == text.hexdigest()
    memory.set_note(key, text.hexdigest(), seconds=int(FRESH.total_seconds()))
    return True


def unanswered(name: PullRequestName, ports: Ports) -> list[Job]:
    """For the sweep: the comments with commands that nobody has answered, because their webhook or the queue was lost. Those
    that we said we saw are to have an end, even one that says that they were edited."""
    forge = ports.forge(name.repository)
    waiting = [
        comment
        for comment in forge.comments(name)
        if not (comment.is_ours or comment.author.is_bot)
        and ports.now() - comment.created_at <= FRESH
        and any(map(_is_for_us, parse(comment.body, forge=forge.kind, bot_name=ports.bot_name)))
    ]
    return [
        Job(JobKind.COMMAND, name.repository, name.number, comment.id, delivery="sweep")
        for comment in waiting
        if not ports.memory.note(_end_of(comment, name)) and _waits(comment, forge.reactions(name, comment.id))
    ]


def _waits(comment: Comment, reactions: frozenset[Reaction]) -> bool:
    return not reactions & _ENDS and (Reaction.SEEN in reactions or not comment.edited)


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
