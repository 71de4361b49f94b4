"""What a command is, and what it is given."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from bot.errors import UserError

if TYPE_CHECKING:
    from bot.config.serving import CommandName
    from bot.forge.base import Forge
    from bot.git.repository import Repository
    from bot.model.forge import Comment, PullRequest
    from bot.service.authority import Authority
    from bot.service.overrides import Override
    from bot.service.ports import Ports
    from bot.wiring import Configuration


class Refused(UserError):
    """The command cannot be done: a sentence for who gave it. ``markdown``: made for a comment already; plain text that may
    hold anything is escaped."""

    def __init__(self, text: str, *, markdown: bool = False) -> None:
        super().__init__(text)
        self.markdown = markdown


class Asked(NamedTuple):
    """One command in its surroundings. ``words`` and ``rest`` are people's text, and hold anything. ``repository`` has the
    tip of the base branch, ``tip``, and for commands that look into it the head. ``configured`` is the base branch's.
    ``room`` are the characters that the answer may have; ``fresh`` are the overrides that this comment made so far."""

    words: tuple[str, ...]
    rest: str
    pull_request: PullRequest
    comment: Comment
    authority: Authority
    forge: Forge
    ports: Ports
    repository: Repository
    configured: Configuration
    tip: str
    room: int
    fresh: list[Override]


class Command(NamedTuple):
    """One of the table. ``run`` answers in Markdown that is safe in a comment; it raises Refused, other errors of Gatehouse
    and, to be asked again, RetryLater. Run a second time it changes nothing more. ``sees_head``: it reads files of the head.
    ``standing`` is what each reply of its kind ends with, whatever was answered; ``after`` is done once the reply is
    written, and perhaps twice; it is told whether all commands of its kind were."""

    name: CommandName
    usage: str
    about: str
    examples: tuple[str, ...]
    run: Callable[[Asked], str]
    sees_head: bool = False
    standing: Callable[[Asked], str] = lambda _: ""
    after: Callable[[Asked, bool], None] = lambda *_: None


def wrong_use(command: Command, more: str = "") -> Refused:
    """The words after a command are not what it takes. ``more`` is a sentence of ours."""
    examples = ", ".join(f"`/gatehouse {example}`" for example in command.examples if example != command.usage)
    example = f", for example {examples}" if examples else ", with nothing behind it"
    text = f"It is written `/gatehouse {command.usage}`{example}. {more}"
    return Refused(text.rstrip(), markdown=True)
