"""What the flows of the service are given: protocols over the outside world, so that they can be tried without it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.forge.base import Forge
from bot.git.repository import Repository
from bot.model.forge import ForgeKind, GitAccess, PullRequestName, RepositoryName
from bot.model.job import Job
from bot.model.outcome import Outcome
from bot.service.seal import Seal
from bot.settings import Settings


class Queue(Protocol):
    """Where jobs wait. Losing it loses no work: the sweep finds what is missing on the forge."""

    def put(self, job: Job) -> bool:
        """Let a job be done; False where one of the same key waits already (or, of a command, was there before)."""
        ...

    def put_at(self, job: Job, when: datetime) -> None:
        """Let it be done not before then."""
        ...


class Locks(Protocol):
    """One worker at a time per pull request, over all workers of the deployment."""

    def hold(self, name: str) -> AbstractContextManager[bool]:
        """Hold the lock of a name for as long as the block takes; it is renewed meanwhile, and free again some seconds after
        its holder was killed. False where somebody else holds it: the name is then marked, and ``again`` tells them. Raises
        RetryLater where an earlier try of this very job holds it, which may be dead and then would never look at a mark."""
        ...

    def again(self, name: str) -> bool:
        """For the holder, at the end: whether somebody came meanwhile, who is forgotten by that. Where nobody did, the lock
        is given back in the same instant, so that nobody can come between."""
        ...

    def is_held(self, name: str) -> bool: ...


class Memory(Protocol):
    """What is remembered between runs. All of it can be lost at any time."""

    def outcome(self, key: str) -> Outcome | None: ...

    def latest(self, name: PullRequestName) -> Outcome | None:
        """What was published last for a pull request."""
        ...

    def keep(self, outcome: Outcome) -> None:
        """Keep it under its key, unless that is empty."""
        ...

    def remember(self, name: PullRequestName, outcome: Outcome) -> None:
        """Keep it as what was published last for a pull request."""
        ...

    def note(self, key: str) -> str:
        """A short text that was noted (ids of comments, counts of tries); "" for none."""
        ...

    def set_note(self, key: str, text: str, *, seconds: int = 30 * 86_400) -> None: ...

    def count(self, key: str, *, seconds: int) -> int:
        """One more under this key; how many there are now. Forgotten after so many seconds without another."""
        ...


class Mirrors(Protocol):
    """Clones of the repositories on this machine."""

    def opened(
        self, repository: RepositoryName, access: GitAccess, commits: Mapping[str, str], branches: Sequence[str] = ()
    ) -> AbstractContextManager[tuple[Repository, dict[str, str]]]:
        """The clone, holding these commits (each with a ref under which it can be fetched, "" for none), and the tips of
        these branches as they are now. Raises RetryLater, and UserError for a branch that is not there."""
        ...


class Figures(Protocol):
    """What operators look at. Nothing of it raises."""

    def add(self, name: str, labels: Mapping[str, str] | None = None, amount: float = 1) -> None: ...
    def observe(self, name: str, labels: Mapping[str, str] | None = None, value: float = 0) -> None: ...


@dataclass(frozen=True, slots=True)
class Ports:
    """``link`` gives the address of a report page for a pull request and a head ("" where there is none). ``seal`` signs
    what others can edit; without it nothing can be overridden. ``bot_name`` is the bot's login on GitLab, "" elsewhere."""

    forges: dict[ForgeKind, Forge]
    queue: Queue
    locks: Locks
    memory: Memory
    mirrors: Mirrors
    link: Callable[[PullRequestName, str], str]
    now: Callable[[], datetime]
    settings: Settings
    seal: Seal | None = None
    bot_name: str = ""
    figures: Figures | None = None

    def forge(self, repository: RepositoryName) -> Forge:
        return self.forges[repository.forge]
