"""The clock of the service: now and then every repository is looked through for what was lost.

Any number of sweepers may run; the one that holds the lock puts the jobs, and when it last did so is noted beside, so that
the next one knows. Where that note is gone (Redis was emptied) it is time at once.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from bot import logs
from bot.errors import GatehouseError
from bot.forge.base import Forge
from bot.model.job import Job, JobKind
from bot.service.ports import Ports
from bot.service.redelivery import redeliver

_LOCK, _LAST = "sweeper", "sweeper:last"
_LOOK_SECONDS = 15.0
_SECONDS_EACH = 0.5  # repositories are looked through one after another, not all in one instant
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_logger = logging.getLogger("bot.sweeper")


def keep_sweeping(
    ports: Ports, minutes: int, wait: Callable[[float], bool], *, tend: Callable[[], Sequence[str]] = tuple
) -> None:
    """Put a job for every repository each ``minutes``, until ``wait`` (seconds) says that it is over. ``tend`` looks after
    this machine as often, and says what it did. Never raises for a forge or a Redis that is away."""
    period, tended, over = timedelta(minutes=minutes), _LONG_AGO, False
    while not over:
        _tried("swept", lambda: sweep_when_due(ports, period))
        if not tended <= ports.now() < tended + period:
            tended = ports.now()
            _tried("tended", lambda: _tended(tend()))
        over = wait(random.uniform(_LOOK_SECONDS / 2, _LOOK_SECONDS))  # noqa: S311 no secret


def _tried(done: str, what: Callable[[], object]) -> None:
    try:
        what()
    except GatehouseError as error:
        _logger.warning("Nothing was %s.", done, extra={"reason": error})
    except Exception:
        _logger.exception("Nothing was %s.", done)


def _tended(done: Sequence[str]) -> None:
    if done:
        _logger.info("This machine was tended.", extra={"done": done})


def sweep_when_due(ports: Ports, period: timedelta) -> int:
    """How many jobs were put: none where it is not time yet, or another sweeper is at it. Raises RetryLater."""
    if not _is_due(ports, period):
        return 0
    with ports.locks.hold(_LOCK) as held:
        if not held or not _is_due(ports, period):
            return 0
        put = sum(_sweep(ports, forge, period) for forge in ports.forges.values())
        ports.memory.set_note(_LAST, ports.now().isoformat())
        return put


def _is_due(ports: Ports, period: timedelta) -> bool:
    try:
        last = datetime.fromisoformat(ports.memory.note(_LAST)).astimezone(UTC)
    except ValueError:
        return True
    now = ports.now()
    return not last <= now < last + period  # a clock that was set back must not stop it for ever


def _sweep(ports: Ports, forge: Forge, period: timedelta) -> int:
    _tried("delivered again", lambda: redeliver(forge, ports))
    try:
        repositories = forge.repositories()
    except GatehouseError as error:
        _logger.warning("The repositories of a forge are not known.", extra={"forge": forge.kind, "reason": error})
        return 0
    stretch = min(period.total_seconds() / 2, len(repositories) * _SECONDS_EACH)
    for repository in repositories:
        with logs.bound(repository=repository):
            when = ports.now() + timedelta(seconds=random.uniform(0, stretch))  # noqa: S311 no secret
            ports.queue.put_at(Job(JobKind.SWEEP, repository, delivery="sweep"), when)
    _logger.info("Repositories will be looked through.", extra={"forge": forge.kind, "repositories": len(repositories)})
    return len(repositories)
