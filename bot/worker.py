"""The worker: takes jobs from the queue, hands each to the service, and sees to it that every one has an end.

RQ calls ``perform`` in a process of its own for each job. A job that cannot be done now is put again for later; one that
crashes, or whose process dies, is tried again by RQ after growing pauses; after the last try ``give_up`` publishes what
happened. What runs a job twice at worst, and when, is told in bot/queue/jobs.py.
"""

from __future__ import annotations

import gc
import importlib
import logging
import math
import pkgutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Protocol, cast

import redis
from rq import Retry, get_current_job
from rq.timeouts import JobTimeoutException

from bot import logs
from bot.errors import GatehouseError, RetryLater, defect
from bot.model.job import Job
from bot.queue.connection import QueueDown, check, connect, in_words
from bot.queue.hands import IN_THE_LOG, Hands
from bot.queue.jobs import RedisQueue
from bot.queue.locks import RedisLocks, StillHeld
from bot.queue.options import QUEUES, USUAL, Timing, seconds_of
from bot.render import rooms

_ASSEMBLY = "bot.assembly"
# The rooms that a job may go through. All of their modules are loaded before the first fork: a second and a half that no job
# waits for.
_ROOMS = ("affected", "checks", "codeowners", "diff", "forge", "git", "jobs", "policy", "render", "report", "service")
_PATIENT_TRIES = 4  # 0.75 s: a Redis that is started anew ends no job
_PAUSE_SECONDS = 2.0
_MOST_WAITS = 1000
_log = logging.getLogger("gatehouse.worker")


class Service(Protocol):
    """What ``bot.assembly.service()`` gives."""

    def prepare(self) -> None:
        """Before the first fork: learn what every job needs, without asking anybody outside this machine."""
        ...

    def perform(self, job: Job) -> None:
        """Do it. Raises RetryLater (with ``at``, where it is known) for what cannot be done now."""
        ...

    def gave_up(self, job: Job, sentence: str) -> None:
        """Publish that it could not be done; nobody tries again by themselves."""
        ...


class Crashed(GatehouseError):
    """A job failed by a defect; the text names type and place of the error and no value. RQ stores it and tries again."""


def run(url: str, *, burst: bool = False, timing: Timing = USUAL, names: Sequence[str] = QUEUES) -> None:
    """Work until SIGTERM or SIGINT, which let the job end that runs (a second one, a second later, kills it), or with
    ``burst`` until nothing waits. ``names``: of the lists to work on. A Redis that is away is waited for. Raises UserError
    for a bad ``url``; with ``burst`` QueueDown."""
    preload()
    hands: Hands | None = None
    while hands is None or not hands.is_told_to_stop:
        client, why = connect(url, tries=_PATIENT_TRIES), ""
        try:
            hands = Hands(client, timing, names)
            hands.work(burst=burst)
            if burst:
                return
            why = "" if hands.is_told_to_stop else _reason(client)
        except redis.RedisError as error:
            why = in_words(error)
            if burst:
                raise QueueDown(why) from None
        finally:
            client.close()
        if hands is None or not hands.is_told_to_stop:
            _log.warning("the worker begins anew soon: %s", why)
            time.sleep(_PAUSE_SECONDS)


def _reason(client: redis.Redis) -> str:
    """Why RQ stopped by itself, which it does not tell."""
    try:
        check(client)
    except QueueDown as error:
        return str(error)
    return "an error that is not known ended it"


def preload() -> None:
    """Load what jobs need, with the libraries that these modules name at their top, and let the service learn the rest. The
    collector is told that all of it stays: the processes of jobs then share its pages, and do not search it. Raises
    UserError for settings that do not do."""
    importlib.import_module(_ASSEMBLY)
    for name in _ROOMS:
        room = importlib.import_module(f"bot.{name}")
        for module in pkgutil.walk_packages(room.__path__, f"bot.{name}."):
            importlib.import_module(module.name)
    _service().prepare()
    gc.collect()
    gc.freeze()


def perform(raw: dict[str, Any]) -> Retry | None:
    """Do one job; RQ's function. Answers when RQ is to try this very job again, without counting it as a failure. Raises
    Crashed."""
    with _named() as (id, queue):
        told = Job.load(raw)
        job = queue.begin(id, told)
        with logs.bound(delivery=(job or told).delivery, job=told.key):
            if job is None:
                _log.info("a command that another job does, or did, is left to it")
                return None
            _log.info("a job begins")
            try:
                _do(id, job, queue)
            except StillHeld as error:
                # Not ``later``: that may make one job of this and another, which is none of the lock's owner, would leave
                # a mark at the dead one's lock, and go.
                _log.warning("a job waits", extra={"why": error, "until": error.at.isoformat()})
                seconds = max((error.at - datetime.now(UTC)).total_seconds(), 0)
                return Retry(max=_MOST_WAITS, interval=math.ceil(seconds) + 1)
            finally:
                rooms.leave()  # RQ ends this process by os._exit, which tidies nothing
            queue.finish(id, job)
            return None


def _do(id: str, job: Job, queue: RedisQueue) -> None:
    """Hand a job to the service, and see to it where it could not be done now, or in time. Raises StillHeld."""
    try:
        _service().perform(job)
    except StillHeld:
        raise
    except RetryLater as error:
        when = queue.later(job, getattr(error, "at", None), datetime.now(UTC))
        _log.warning("a job waits", extra={"why": error, "until": when.isoformat()})
    except JobTimeoutException:
        minutes = seconds_of(job.kind) // 60
        queue.give_up(id, job, f"This took longer than {minutes} minutes and was ended. {IN_THE_LOG}")
        _log.error("a job took too long", extra={"minutes": minutes})
    else:
        queue.succeeded(job)
        _log.info("a job is done")


def give_up(id: str, raw: dict[str, Any], sentence: str) -> None:
    """Let it be known that RQ's job ``id`` is not tried again; RQ's function."""
    with _named() as (_, queue):
        job, locks = Job.load(raw), RedisLocks(queue.client)
        with logs.bound(delivery=job.delivery, job=job.key):
            _service().gave_up(job, sentence)  # where the forge is away RQ tries again, with pauses
            if locks.left_by(id):
                _log.info("somebody had come meanwhile, and is looked after")
                queue.put(job)
            queue.finish(id, job)


@contextmanager
def _named() -> Iterator[tuple[str, RedisQueue]]:
    """RQ's id of the job that this process does, and the queue it came from. What escapes is made a text without values:
    RQ writes it to Redis and to its log."""
    current = get_current_job()
    if current is None:
        raise RuntimeError("only RQ calls this")
    pauses = tuple(current.retry_intervals or USUAL.pauses)  # what is put again fails as the first one would have
    try:
        yield current.id, RedisQueue(current.connection, timing=USUAL._replace(pauses=pauses))
    except GatehouseError as error:
        raise Crashed(str(error)) from None
    except JobTimeoutException:
        raise
    except Exception as error:
        raise Crashed(f"a defect of Gatehouse, {defect(error)}") from None


def _service() -> Service:
    """Imported here and not above: the assembly knows every room, and only who does a job needs it."""
    return cast(Service, importlib.import_module(_ASSEMBLY).service())
