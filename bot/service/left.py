"""Checks that were begun, and what becomes of those that do not end.

A head that its pull request has left meanwhile gets no answer any more, so its pending status is ended. That is no answer:
should the head come back, it is checked as one that has none. Of a run that came to no end at all, the sweep hears.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import TYPE_CHECKING

from bot.errors import GatehouseError, RetryLater
from bot.forge.base import NotFound
from bot.model.forge import State, Status
from bot.report.status import REQUIRED
from bot.service.same_commit import ask_for

if TYPE_CHECKING:
    from bot.model.forge import PublishedStatus, PullRequest, PullRequestName
    from bot.service.ports import Ports

_TITLE = "not checked: the pull request has left this commit"
_SUMMARY = "It was pushed to, given another base branch or closed while this commit was checked."
_MORE_TRIES, _TRIES_SECONDS = 2, 3_600
_log = logging.getLogger("gatehouse.service")


def note_begun(pull: PullRequest, ports: Ports) -> None:
    """Note that the head is being checked from now on."""
    branch = "" if pull.is_fork else pull.head_branch
    ports.memory.set_note(_key(pull.name), f"{pull.head} {ports.now().isoformat()} {branch}")


def note_ended(pull: PullRequest, ports: Ports) -> None:
    """Note that the head has its final status."""
    ports.memory.set_note(_key(pull.name), "", seconds=1)


def begun(pull: PullRequest, ports: Ports) -> datetime | None:
    """When the check began that has not ended; None where there is none."""
    _, _, noted = ports.memory.note(_key(pull.name)).partition(" ")
    try:
        return datetime.fromisoformat(noted.partition(" ")[0])
    except ValueError:
        return None


def is_left(status: PublishedStatus | None) -> bool:
    """Whether a status says that nobody waited for an answer."""
    return status is not None and status.state is State.ERROR and status.title == _TITLE


def end_left(pull: PullRequest, ports: Ports) -> None:
    """End what was begun on a head that the pull request does not have any more, or that is closed with it. A forge that
    does not answer is asked again, by another run, and then let be: what counts is the head of now. Raises RetryLater."""
    head, _, noted = ports.memory.note(_key(pull.name)).partition(" ")
    if not head or (pull.is_open and head == pull.head):
        return
    try:
        _end(pull, head, noted.partition(" ")[2], ports)
    except GatehouseError as error:
        tries = ports.memory.count(f"left {pull.name} {head}", seconds=_TRIES_SECONDS)
        if isinstance(error, RetryLater) and tries <= _MORE_TRIES:
            raise
        _log.warning("the status of %s, which %s has left, stays: %s", head[:12], pull.name, error)
    ports.memory.set_note(_key(pull.name), "", seconds=1)


def _end(pull: PullRequest, head: str, branch: str, ports: Ports) -> None:
    repository = pull.name.repository
    forge = ports.forge(repository)
    try:
        pulls = forge.pull_requests_of(repository, head)
    except NotFound:
        pulls = ()
    if sharing := [each for each in pulls if each.is_open and each.head == head and each.name != pull.name]:
        ask_for(sharing, ports)  # their own checks end it
        return
    pending = {status.name for status in forge.published(repository, head) if status.state is State.PENDING}
    if REQUIRED not in pending:
        return
    # it is the last one, so that another try finds what is left; a check is pending where it was written in parts
    for name in (*sorted(pending - {REQUIRED}), REQUIRED):
        forge.publish(repository, head, Status(name, State.ERROR, _TITLE, _SUMMARY), branch=branch)


def _key(name: PullRequestName) -> str:
    return f"begun on {name}"
