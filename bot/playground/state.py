"""What every part of the World stands on: the lock, the clock, ids, the rows, and who listens."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from bot.model.forge import ForgeKind
from bot.playground.clock import Clock
from bot.playground.errors import Missing
from bot.playground.events import Event
from bot.playground.faults import Faults
from bot.playground.records import (
    App,
    CheckRun,
    Comment,
    CommitStatus,
    Delivery,
    Hook,
    Installation,
    Organisation,
    PullRequest,
    Repository,
    Review,
    Token,
    User,
)

Row = TypeVar("Row")
Listener = Callable[[Event], None]


class State:
    """The rows by id. Read them under ``lock`` (``with world.lock:``, it is re-entrant) where more than one must agree;
    change them by methods of the World alone."""

    def __init__(self, directory: Path, *, url: str = "http://127.0.0.1") -> None:
        self.directory = directory
        self.url = url  # where the forge is reached, without a slash at the end
        self.begins = False  # whether somebody still fills it: pages say so, and look again by themselves
        self.clock = Clock()
        self.faults = Faults()
        self.users: dict[int, User] = {}
        self.organisations: dict[int, Organisation] = {}
        self.repositories: dict[int, Repository] = {}
        self.pulls: dict[int, PullRequest] = {}
        self.comments: dict[int, Comment] = {}
        self.reviews: dict[int, Review] = {}
        self.check_runs: dict[int, CheckRun] = {}
        self.statuses: dict[int, CommitStatus] = {}
        self.apps: dict[int, App] = {}
        self.installations: dict[int, Installation] = {}
        self.tokens: dict[str, Token] = {}
        self.hooks: dict[int, Hook] = {}
        self.deliveries: dict[int, Delivery] = {}
        self._lock = threading.RLock()
        self._last_id = 1000
        self._listeners: list[Listener] = []

    @property
    def lock(self) -> AbstractContextManager[Any]:
        return self._lock

    def now(self) -> datetime:
        return self.clock.now()

    def new_id(self) -> int:
        """Greater than each before it."""
        with self._lock:
            self._last_id += 1
            return self._last_id

    def listen(self, listener: Listener) -> None:
        """``listener`` is called with every event, within the lock, in the thread that caused it: it must be quick."""
        self._listeners.append(listener)

    def emit(self, event: Event) -> None:
        for listener in self._listeners:
            listener(event)

    # -- finding rows

    def repository(self, kind: ForgeKind, path: str) -> Repository:
        """By its path, whatever the case of its letters, as on both forges. Raises Missing."""
        wanted = path.lower()
        with self._lock:
            return _only((r for r in self.repositories.values() if r.kind is kind and r.path.lower() == wanted), path)

    def user(self, login: str) -> User:
        """Raises Missing."""
        wanted = login.lower()
        with self._lock:
            return _only((u for u in self.users.values() if u.login.lower() == wanted), f"user {login}")

    def organisation(self, kind: ForgeKind, path: str) -> Organisation:
        """Raises Missing."""
        wanted = path.lower()
        with self._lock:
            rows = (o for o in self.organisations.values() if o.kind is kind and o.path.lower() == wanted)
            return _only(rows, f"organisation {path}")

    def pull(self, repository: Repository, number: int) -> PullRequest:
        """Raises Missing."""
        with self._lock:
            rows = (p for p in self.pulls.values() if p.repository_id == repository.id and p.number == number)
            return _only(rows, f"pull request {number} of {repository.path}")

    def pulls_of(self, repository: Repository) -> list[PullRequest]:
        """All of them, oldest first."""
        with self._lock:
            return [p for p in self.pulls.values() if p.repository_id == repository.id]

    def comments_of(self, pull: PullRequest) -> list[Comment]:
        """The conversation with comments on lines and system notes, oldest first."""
        with self._lock:
            return [c for c in self.comments.values() if c.pull_id == pull.id]

    def comment_of(self, pull_id: int, comment_id: int) -> Comment:
        """Raises Missing."""
        with self._lock:
            rows = (c for c in self.comments.values() if c.id == comment_id and c.pull_id == pull_id)
            return _only(rows, f"comment {comment_id}")

    def reviews_of(self, pull: PullRequest) -> list[Review]:
        """Oldest first."""
        with self._lock:
            return [r for r in self.reviews.values() if r.pull_id == pull.id]

    def repository_of(self, pull: PullRequest) -> Repository:
        return self.repositories[pull.repository_id]

    def head_repository(self, pull: PullRequest) -> Repository | None:
        """None where it is gone."""
        return self.repositories.get(pull.head_repository_id)


def _only(rows: Iterable[Row], what: str) -> Row:
    for row in rows:
        return row
    raise Missing(f"There is no {what}.")
