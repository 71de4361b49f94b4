"""What is said to one comment: each command authorised, run and answered, those of one kind in one reply."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING

from bot.errors import GatehouseError, RetryLater
from bot.forge.base import Unavailable
from bot.redaction import scrub
from bot.report import escape
from bot.service import reply
from bot.service.authority import Authority
from bot.service.base_side import configured
from bot.service.commands.base import Asked, Refused
from bot.service.commands.table import known, unknown
from bot.service.result import head_ref
from bot.wiring import Configuration, defaults

if TYPE_CHECKING:
    from bot.config.serving import CommandsRule
    from bot.forge.base import Forge
    from bot.git.repository import Repository
    from bot.model.forge import Comment, PullRequest
    from bot.service.commands.base import Command as Known
    from bot.service.overrides import Override
    from bot.service.ports import Ports
    from bot.webhooks.commands import Command

MOST_AN_HOUR = 30  # comments with commands of one person in one pull request
DENIED, UNKNOWN = "denied", "unknown"  # kinds of replies beside those of the commands
_PAUSE = timedelta(seconds=3)


@dataclass(slots=True)
class Talk:
    """One comment and its answers. ``is_second``: an earlier try came as far as to say that it saw the comment."""

    ports: Ports
    pull_request: PullRequest
    comment: Comment
    is_second: bool
    fresh: list[Override] = field(default_factory=list)

    def refuse_edited(self) -> bool:
        """An edited comment may say what its author never said."""
        if self._may_be_told("edited"):
            text = "The comment was edited, and such ones are not obeyed. Write the command in a new one."
            self._reply(DENIED, [reply.Answered("", text)], is_done=False)
        return False

    def fail(self, error: str) -> None:
        """Nothing could be answered."""
        text = f"This could not be answered: {escape.prose(error)} Write it again once that is mended."
        self._reply(DENIED, [reply.Answered("", text)], is_done=False)

    def tried(self, commands: list[Command]) -> bool:
        """The same as ``answer``, where anything can be answered at all."""
        try:
            return self.answer(commands)
        except RetryLater:
            raise
        except GatehouseError as error:
            self.fail(str(error))
            return False

    def answer(self, commands: list[Command]) -> bool:
        """Answer all commands, those of one kind in one reply; whether none was refused."""
        if not self.is_second and self.ports.memory.count(f"commands of {self._person}", seconds=3600) > MOST_AN_HOUR:
            return False
        found = sorted(((command, known(command.name)) for command in commands), key=_kind)
        with self._opened(sees_head=any(each and each.sees_head for _, each in found)) as opened:
            repository, configured, rules, tip = opened
            authority = Authority(self.forge, self.pull_request, self.comment.author, rules)
            asked = Asked(
                (), "", self.pull_request, self.comment, authority, self.forge, self.ports, repository, configured, tip,
                room=0, fresh=self.fresh,
            )  # fmt: skip
            done = [self._answer_kind(kind, list(group), asked) for kind, group in groupby(found, key=_kind)]
            return all(done)

    @contextmanager
    def _opened(self, *, sees_head: bool) -> Iterator[tuple[Repository, Configuration, CommandsRule | None, str]]:
        """The repository, and the configuration of the base branch; without its rules where nobody can use it."""
        pull_request, name = self.pull_request, self.pull_request.name
        commits = {pull_request.head: head_ref(pull_request)} if sees_head else {}
        access, branches = self.forge.access(name.repository), (pull_request.base_branch,)
        with self.ports.mirrors.opened(name.repository, access, commits, branches) as (repository, tips):
            tip = tips.get(pull_request.base_branch, "")
            said = configured(repository, tip)
            yield repository, said or defaults(), said.config.commands if said else None, tip

    def _answer_kind(self, kind: str, group: list[tuple[Command, Known | None]], asked: Asked) -> bool:
        """All commands of one kind; whether none was refused."""
        command = group[0][1]
        if command is None:
            self._reply(UNKNOWN, [_answered(each, unknown(each.name)) for each, _ in group], is_done=False)
            return False
        if not asked.authority.may(command.name):
            if self._may_be_told("" if asked.authority.is_stranger else kind):
                self._reply(DENIED, [_answered(group[0][0], asked.authority.denial(command.name))], is_done=False)
            return False
        with self.ports.locks.hold(f"reply {kind} {self.pull_request.name}") as is_mine:
            if not is_mine:  # one reply, one writer
                raise Unavailable(f"Another {kind} of this pull request is being answered.", self.ports.now() + _PAUSE)
            is_done = self._was_answered(kind)
            if is_done is None:
                is_done = self._run(command, [each for each, _ in group], asked)
            command.after(asked, is_done)
            self.ports.memory.set_note(self._note(kind), "done" if is_done else "refused")
        return is_done

    def _run(self, command: Known, group: list[Command], asked: Asked) -> bool:
        room = self.forge.comment_limit // len(group) - reply.OVERHEAD
        answers, is_done = [], True
        for each in group:
            try:
                text = command.run(asked._replace(words=each.words, rest=each.rest, room=room))
            except RetryLater:
                raise
            except GatehouseError as error:
                text, is_done = _refusal(error), False
            answers.append(_answered(each, text))
        self._reply(str(command.name), answers, is_done=is_done, standing=command.standing(asked))
        return is_done

    def _reply(self, kind: str, answers: list[reply.Answered], *, is_done: bool, standing: str = "") -> None:
        """Write the one reply of a kind."""
        memory, key = self.ports.memory, f"reply {kind} of {self.pull_request.name}"
        text = reply.body(kind, self.comment, answers, is_done=is_done, standing=standing)
        if len(text) > self.forge.comment_limit:
            short = [each._replace(text="The answer is too long for a comment.") for each in answers[:3]]
            text = reply.body(kind, self.comment, short, is_done=is_done, standing=standing)
        noted = memory.note(key)
        known_id = int(noted) if noted.isdecimal() else 0
        written = self.forge.write(self.pull_request.name, text, marker=reply.marker(kind), known=known_id)
        memory.set_note(key, str(written))

    # -- what was done before

    def _was_answered(self, kind: str) -> bool | None:
        """Whether an earlier try answered this kind, and if so whether it was done; None where it did not."""
        noted = self.ports.memory.note(self._note(kind))
        if noted or not self.is_second:
            return noted == "done" if noted else None
        texts = (each.body for each in self.forge.comments(self.pull_request.name) if each.is_ours)
        mine = (reply.answered(text, self.comment.id) for text in texts if text.startswith(reply.marker(kind)))
        return next((is_done for is_done in mine if is_done is not None), None)

    def _may_be_told(self, what: str) -> bool:
        """Whether this person was not denied that before by another comment; "" is anything, for people whom nobody here
        knows: they are answered once."""
        memory, key = self.ports.memory, f"denied {what} to {self._person}"
        told = memory.note(key)
        memory.set_note(key, told or str(self.comment.id))
        return told in ("", str(self.comment.id))

    def _note(self, kind: str) -> str:
        return f"answered {kind} of comment {self.comment.id} in {self.pull_request.name}"

    @property
    def forge(self) -> Forge:
        return self.ports.forge(self.pull_request.name.repository)

    @property
    def _person(self) -> str:
        return f"{self.comment.author.id} in {self.pull_request.name}"


def _kind(each: tuple[Command, Known | None]) -> str:
    return str(each[1].name) if each[1] else UNKNOWN


def _answered(command: Command, text: str) -> reply.Answered:
    written = scrub(f"{command.name} {command.rest}".strip())
    return reply.Answered(f"/gatehouse {written}" if command.name else "/gatehouse …", text)


def _refusal(error: GatehouseError) -> str:
    return str(error) if isinstance(error, Refused) and error.markdown else escape.prose(str(error))
