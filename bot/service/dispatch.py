"""Which flow does which job, and what is done when a job cannot be."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.errors import GatehouseError, RetryLater
from bot.forge.base import NotFound, Unavailable
from bot.model.job import Job, JobKind
from bot.service import merge_group as groups
from bot.service.check import check, give_up
from bot.service.command import answer, given_up
from bot.service.push import push
from bot.service.sweep import sweep

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.service.ports import Ports

_AWAITED = (JobKind.CHECK, JobKind.MERGE_GROUP)  # they may have left a pending status behind
_LOOKS = 2  # more, for what is not there
_MISSING_SECONDS = 120
_PAUSE = timedelta(seconds=10)
_log = logging.getLogger("gatehouse.service")


def perform(job: Job, ports: Ports) -> None:
    """Do one job. Raises RetryLater where it can be done later, and whatever ends it otherwise."""
    if job.repository.forge not in ports.forges:
        _log.warning("%s is on a forge that is not set up here any more", job.repository)
        return
    try:
        FLOWS[job.kind](job, ports)
    except NotFound as error:
        if job.kind in _AWAITED and ports.memory.count(f"missing:{job.key}", seconds=_MISSING_SECONDS) <= _LOOKS:
            raise Unavailable(str(error), ports.now() + _PAUSE) from None  # forges do not know at once what is new
        _log.warning("dropped: %s", error)  # gone, or taken away from this bot: nobody is left to be told


def gave_up(job: Job, ports: Ports, reason: str) -> None:
    """The job was tried as often as it may be. Where a pull request waits for it, it is told. Raises RetryLater where it can
    be told later."""
    _log.error("gave up: %s", reason)
    try:
        if job.kind is JobKind.CHECK and job.repository.forge in ports.forges:
            give_up(job.pull_request, ports, reason)
        elif job.kind is JobKind.MERGE_GROUP and job.repository.forge in ports.forges:
            groups.give_up(job, ports, reason)
        elif job.kind is JobKind.COMMAND and job.repository.forge in ports.forges:
            given_up(job, ports, reason)
    except RetryLater:
        raise
    except GatehouseError as error:  # the sweep comes back to it
        _log.error("that could not be told: %s", error)


def _check(job: Job, ports: Ports) -> None:
    check(job.pull_request, ports, again=job.again)


def _command(job: Job, ports: Ports) -> None:
    _log.info("command: %s", answer(job, ports))


FLOWS: dict[JobKind, Callable[[Job, Ports], None]] = {
    JobKind.CHECK: _check,
    JobKind.COMMAND: _command,
    JobKind.PUSH: push,
    JobKind.MERGE_GROUP: groups.merge_group,
    JobKind.SWEEP: sweep,
}
