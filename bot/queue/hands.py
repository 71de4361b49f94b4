"""RQ's worker with our timing: it forks a process for each job, and whatever dies, a job is found again within a minute.

What differs from RQ's own: jobs that are due are put on their list by whoever waits for one (RQ forks a process for that,
which outlives a killed worker); care is taken every few seconds rather than minutes, under a lock that does not outlive its
holder for long; a stop is heeded between two jobs and never between taking one and running it; a Redis that is away for a
moment ends no worker that watches a job.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import redis
from redis.client import Pipeline
from rq import Queue, Worker, worker_registration
from rq.exceptions import AbandonedJobError, StopRequested
from rq.executions import Execution
from rq.job import Job as RQJob
from rq.registry import clean_registries
from rq.scheduler import RQScheduler
from rq.scripts import acquire_or_refresh_lock, release_lock
from rq.serializers import JSONSerializer

from bot.errors import GatehouseError, defect
from bot.model.job import Job
from bot.process import end_with_parent
from bot.queue.connection import QueueDown
from bot.queue.jobs import RedisQueue
from bot.queue.leftovers import Leftovers
from bot.queue.locks import RedisLocks
from bot.queue.options import GIVE_UP, PERFORM, QUEUES, USUAL, OurJob, Timing, rq_queue

_WAIT_SECONDS = 1  # how long one wait for a job takes, and so how late a due job or a stop is seen
_RQ_MARGIN = 15  # RQ waits for so much less than a worker's time to live
IN_THE_LOG = "The operator of Gatehouse finds more in the worker's log."  # what to do is told by who tells it
_CARE, _DUE = "gatehouse:care", "gatehouse:due"
_DUE_SECONDS = 3
_log = logging.getLogger("gatehouse.worker")


class Hands(Worker):
    """One worker; ``work`` begins. ``names``: of the lists that it empties, in this order; care is taken of all. Raises
    redis.RedisError where Redis does not answer."""

    max_connection_wait_time = 2.0

    def __init__(self, client: redis.Redis, timing: Timing = USUAL, names: Sequence[str] = QUEUES) -> None:
        super().__init__(
            [rq_queue(name, client) for name in names],
            connection=client,
            serializer=JSONSerializer,
            job_class=OurJob,
            default_result_ttl=0,
            worker_ttl=_RQ_MARGIN + _WAIT_SECONDS,
            job_monitoring_interval=timing.heartbeat,
            log_job_description=False,
            exception_handlers=[self._failed],
            work_horse_killed_handler=self._killed,
        )
        self._timing = timing
        self._jobs = RedisQueue(client, timing=timing)
        self._locks = RedisLocks(client)
        self._leftovers = Leftovers(client, timing.patience)
        self._next_care = self._next_due = 0.0
        self._all = [rq_queue(name, client) for name in QUEUES]
        self._due: Any = RQScheduler(self._all, client, logging_level=logging.WARNING, serializer=JSONSerializer)
        self._due.prepare_registries(QUEUES)

    @property
    def is_told_to_stop(self) -> bool:
        return self._stop_requested

    def subscribe(self) -> None:
        """Nobody commands workers by Redis; and a process that forks has better no second thread."""

    def _shutdown(self) -> None:
        """A signal may come at any instruction; it is heeded before the next job is taken."""
        self._stop_requested = True

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        """While Redis is away RQ comes by here and nowhere else."""
        try:
            super().heartbeat(timeout, pipeline)
        except (redis.ConnectionError, redis.TimeoutError):
            if self._stop_requested:
                raise StopRequested from None
            raise

    @property
    def should_run_maintenance_tasks(self) -> bool:
        return True

    def run_maintenance_tasks(self) -> None:
        """RQ calls this before each wait for a job."""
        if self._stop_requested:
            raise StopRequested
        now = time.monotonic()
        if now >= self._next_due:
            self._next_due = now + _WAIT_SECONDS
            self._put_due()
        if now >= self._next_care:
            self._next_care = now + self._timing.care
            self.take_care()

    def take_care(self) -> None:
        """Find what dead workers left; one worker at a time."""
        if not self.connection.set(_CARE, self.name, nx=True, px=max(self._timing.care * 900, 500)):
            return
        for queue in self._all:
            clean_registries(queue, self._exc_handlers)
            worker_registration.clean_worker_registry(queue)
        if back := self._leftovers.look():
            _log.warning("jobs that a worker had dropped were put back", extra={"jobs": back})

    def _put_due(self) -> None:
        """RQ's scheduler does it, under a lock of ours: its own one keeps all others waiting for a minute after a holder
        that was killed."""
        if acquire_or_refresh_lock(self.connection, _DUE, self.name, _DUE_SECONDS) == "taken":
            return
        try:
            self._due.enqueue_scheduled_jobs()
        finally:
            release_lock(self.connection, _DUE, self.name)

    def main_work_horse(self, job: RQJob, queue: Queue) -> None:
        """In the process of a job: it ends with its worker, so that nobody does the same job beside it later."""
        end_with_parent(self.pid or 0)
        super().main_work_horse(job, queue)

    def get_heartbeat_ttl(self, job: RQJob, working_time: float = 0.0) -> int:  # noqa: ARG002 the signature is RQ's
        """Seconds after which RQ takes a job without a sign of life for abandoned."""
        return self._timing.heartbeat + self._timing.silence

    def maintain_heartbeats(self, job: RQJob, execution: Execution) -> None:
        try:
            super().maintain_heartbeats(job, execution)
        except (redis.ConnectionError, redis.TimeoutError):
            _log.warning("Redis does not answer while a job runs; the job goes on")

    def _failed(self, job: RQJob, kind: type[BaseException], error: BaseException, *_: object) -> bool:
        """A job raised, or RQ found that its worker had died."""
        if isinstance(error, AbandonedJobError):
            self._over(job, "the worker that did it died")
        elif isinstance(error, GatehouseError):
            self._over(job, str(error))
        else:
            self._over(job, defect(error) if isinstance(error, Exception) else kind.__name__)
        return True

    def _killed(self, job: RQJob, _: int, status: int, *__: object) -> None:
        """The process of a job ended without having said how the job ended; ``status`` is of wait(2)."""
        signal = status & 0x7F if status else 0
        how = f"was killed by signal {signal}" if signal else "ended"
        with suppress(QueueDown):
            self._locks.left_by(job.id)  # else the next try would have to wait for their end
        self._over(job, f"the process that did it {how}; if that was for memory, give the worker more")

    def _over(self, job: RQJob, why: str) -> None:
        """Whether RQ tries again is not decided here, only what is told if it does not."""
        known = loaded(job)
        fields = {"job": job.description, "why": why, **({"delivery": known.delivery} if known else {})}
        if job.should_retry:
            _log.warning("a job failed and is tried again", extra=fields)
            return
        _log.error("a job failed for good", extra=fields)
        if known is not None and job.func_name == PERFORM:
            self._jobs.give_up(job.id, known, f"Gatehouse tried this several times and failed: {why}. {IN_THE_LOG}")


def loaded(job: RQJob) -> Job | None:
    """Our job in RQ's, also in the one that tells of its end; None where it is damaged."""
    try:
        args: Any = job.args
        return Job.load(args[-2] if job.func_name == GIVE_UP else args[0])
    except Exception:  # RQ raises its own for what is no JSON
        _log.exception("a job in the queue is damaged")
        return None
