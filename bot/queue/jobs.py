"""The queue of jobs, on RQ.

What is promised, as long as Redis keeps its data (when it does not, the sweep finds what is missing on the forge):

- Of a check, a push, a merge group or a sweep one job a key waits, whatever is put; what is put after it began makes another
  one. After each ``put`` the job of that key is begun at least once. Its *ticket* says which job waits; it is written with
  the job in one transaction, and torn in the instant in which the job begins, before it reads any state.
- A command is put once, however often it arrives. It is begun at least once, and again only where a worker died or crashed
  before it was through; so what it did must stand on the forge where its next try looks first. Its ticket is kept: it
  names the one job that may do the command, and tells when it is done.
"""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import uuid4

import redis
from redis.client import Pipeline
from rq import Queue, Retry
from rq.job import Job as RQJob
from rq.job import JobStatus
from rq.utils import current_timestamp

from bot.model.forge import ForgeKind, RepositoryName
from bot.model.job import Job, JobKind
from bot.queue.connection import asked, digest, text
from bot.queue.merging import merged
from bot.queue.options import (
    DAY,
    FAILURE_SECONDS,
    GIVE_UP,
    PERFORM,
    QUEUES,
    USUAL,
    Timing,
    queue_of,
    rq_queue,
    seconds_of,
)

LEDGER = "gatehouse:jobs"  # every job that is not known to be over, and its queue; see leftovers
_COMMAND_SECONDS = 60 * DAY  # longer than any forge delivers a comment again
_TICKET_SECONDS = 30 * DAY
_RUN_SECONDS = 2 * DAY
_FIRST_PAUSE, _LONGEST_PAUSE, _PAUSES_KEPT = 10, 600, 3600
_END_PAUSES = (10, 60, 300, 900)

# KEYS: ticket, scheduled. ARGV: what names of RQ's jobs begin with. Answers what the ticket says, and how RQ's job stands:
# id, job, state, status, due.
_LOOK = """
local ticket = redis.call('HMGET', KEYS[1], 'id', 'job', 'state')
if not ticket[1] then return {'', '', ticket[3] or '', '', ''} end
local status = redis.call('HGET', ARGV[1] .. ticket[1], 'status')
local due = redis.call('ZSCORE', KEYS[2], ticket[1])
return {ticket[1], ticket[2] or '', ticket[3] or '', status or '', due or ''}
"""
# KEYS: ticket, run. ARGV: id of the job that begins, seconds. Answers the job as it was merged while it waited.
_BEGIN = """
if redis.call('HGET', KEYS[1], 'id') == ARGV[1] then
  redis.call('SET', KEYS[2], redis.call('HGET', KEYS[1], 'job'), 'EX', ARGV[2])
  redis.call('DEL', KEYS[1])
end
return redis.call('GET', KEYS[2])
"""
# KEYS: run, ticket. ARGV: id of the job that ends, its kind, seconds. A command is done unless it put itself again.
_FINISH = """
redis.call('DEL', KEYS[1])
if ARGV[2] == 'command' and (redis.call('HGET', KEYS[2], 'id') or ARGV[1]) == ARGV[1] then
  redis.call('HSET', KEYS[2], 'id', ARGV[1], 'state', 'done')
  redis.call('EXPIRE', KEYS[2], ARGV[3])
end
return 1
"""


class _Ticket(NamedTuple):
    """What is known of a key. ``job`` is there where one waits, as it is by now, and ``due`` says when (None: now).
    ``is_known``: a command that waits, is being done, or was done."""

    id: str
    job: Job | None
    due: float | None
    is_done: bool
    is_known: bool


class RedisQueue:
    """``bot.service.ports.Queue``, and what the worker needs around each job. All methods raise QueueDown."""

    def __init__(self, client: redis.Redis, *, timing: Timing = USUAL) -> None:
        self.client = client
        self._timing = timing
        self._queues = {name: rq_queue(name, client) for name in QUEUES}
        self._look, self._begin, self._finish = map(client.register_script, (_LOOK, _BEGIN, _FINISH))

    def warm(self) -> None:
        """Let Redis know the script that every ``put`` begins with."""
        with asked():
            self._looked(Job(JobKind.SWEEP, RepositoryName(ForgeKind.GITHUB, "no/body")), self.client)

    def put(self, job: Job) -> bool:
        """Let a job be done now; False where one of its key waits already, or the command was there before. One that waits
        for its time is due now."""
        return self._put(job, None)

    def put_at(self, job: Job, when: datetime) -> None:
        """Let it be done not before ``when``, or with the one of its key that is due earlier. The job that does a command
        puts it again with this; its own end then is not the command's."""
        self._put(job, when.astimezone(UTC))

    def later(self, job: Job, at: datetime | None, now: datetime) -> datetime:
        """For a job that ran and could not be done now: put it again, not before ``at`` or, where nobody knows, after a
        pause that grows from one time to the next. Answers when that is. A little of chance in it keeps jobs that wait for
        the same moment apart."""
        pauses = _pauses(job)
        with asked(), self.client.pipeline() as pipe:
            pipe.incr(pauses)
            pipe.expire(pauses, _PAUSES_KEPT)
            times = int(pipe.execute()[0])
        shortest = min(_FIRST_PAUSE * 2 ** min(times - 1, 10), _LONGEST_PAUSE)
        seconds = max((at - now).total_seconds(), 1.0) if at else float(shortest)
        when = now + timedelta(seconds=seconds + random.uniform(0, min(max(seconds / 5, 2), 60)))  # noqa: S311 no secret
        self._put(job, when)
        return when

    def begin(self, id: str, job: Job) -> Job | None:
        """For the worker, before anything else: the job, as it was merged while it waited. None for a command that another
        job does, or has done. ``id`` is RQ's."""
        with asked():
            if job.kind is JobKind.COMMAND:
                doer, state = self.client.hmget(_ticket(job), "id", "state")
                return job if text(doer) in ("", id) and text(state) != "done" else None
            told = self._begin(keys=[_ticket(job), _run(id)], args=[id, _RUN_SECONDS])
        return _loaded(text(told)) or job

    def finish(self, id: str, job: Job) -> None:
        """For the worker, after everything else, whether the job was done, put again or given up."""
        with asked():
            self._finish(keys=[_run(id), _ticket(job)], args=[id, str(job.kind), _ticket_seconds(job.kind)])

    def succeeded(self, job: Job) -> None:
        """For the worker: the next pause of this job is a short one again."""
        with asked():
            self.client.delete(_pauses(job))

    def give_up(self, id: str, job: Job, sentence: str) -> None:
        """Let the end of a job be told that RQ does not try again: by a job of its own, as it needs the forge. Once,
        however many saw it fail."""
        queue, end = self._queues[QUEUES[0]], f"end-{id}"

        def write(pipe: Pipeline) -> None:
            known = pipe.exists(RQJob.key_for(end))
            pipe.multi()
            if not known:
                made = self._made(queue, end, GIVE_UP, (id, job.dump(), sentence), job=job, pauses=_END_PAUSES)
                queue.enqueue_job(made, pipeline=pipe)
                pipe.hset(LEDGER, end, queue.name)

        with asked():
            self.client.transaction(write, RQJob.key_for(end))

    def _put(self, job: Job, when: datetime | None) -> bool:
        """Look, and write in one transaction with a second look; most that comes in a storm needs the first one only."""
        put = self._put_command if job.kind is JobKind.COMMAND else self._put_merged
        new = False

        def write(pipe: Pipeline) -> None:
            nonlocal new
            ticket = self._looked(job, pipe)
            pipe.multi()
            new = put(pipe, job, when, ticket)

        with asked():
            if when is None and _is_nothing_new(job, self._looked(job, self.client)):
                return False
            self.client.transaction(write, _ticket(job))  # again where somebody wrote between
        return new

    def _put_command(self, pipe: Pipeline, job: Job, when: datetime | None, ticket: _Ticket) -> bool:
        """Put anew only what is lost; ``when`` is given by the job itself that did not get through."""
        if ticket.is_done or (ticket.is_known and when is None):
            return False
        self._enqueue(pipe, job, when)
        return True

    def _put_merged(self, pipe: Pipeline, job: Job, when: datetime | None, ticket: _Ticket) -> bool:
        if ticket.job is None:
            self._enqueue(pipe, job, when)
            return True
        job = merged(ticket.job, job)
        if ticket.due is None or (when is not None and when.timestamp() >= ticket.due):
            pipe.hset(_ticket(job), "job", _dumped(job))
            return False
        pipe.zrem(self._queue(job).scheduled_job_registry.key, ticket.id)
        pipe.delete(RQJob.key_for(ticket.id))
        self._enqueue(pipe, job, when)
        return True

    def _looked(self, job: Job, client: redis.Redis | Pipeline) -> _Ticket:
        """A job waits where it really does: RQ has it, and it has not begun."""
        keys = [_ticket(job), self._queue(job).scheduled_job_registry.key]
        prefix = text(RQJob.key_for(""))
        if isinstance(client, Pipeline):  # which would ask first, each time, whether a script is known
            found = client.eval(_LOOK, len(keys), *keys, prefix)
        else:
            found = self._look(keys=keys, args=[prefix])
        id, told, state, status, due = map(text, found)
        waiting = _loaded(told) if status in (JobStatus.QUEUED, JobStatus.SCHEDULED) else None
        at = (float(due) if due else current_timestamp()) if status == JobStatus.SCHEDULED else None
        return _Ticket(id, waiting, at, is_done=state == "done", is_known=state == "done" or bool(status))

    def _enqueue(self, pipe: Pipeline, job: Job, when: datetime | None) -> None:
        """Into the transaction: RQ's job, its line in the ledger and its ticket."""
        id, queue = uuid4().hex, self._queue(job)
        made = self._made(queue, id, PERFORM, (job.dump(),), job=job, pauses=self._timing.pauses)
        if when is None:
            queue.enqueue_job(made, pipeline=pipe)
        else:
            queue.schedule_job(made, when, pipeline=pipe)
        pipe.hset(LEDGER, id, queue.name)
        pipe.hset(_ticket(job), mapping={"id": id, "job": _dumped(job)})
        pipe.expire(_ticket(job), _ticket_seconds(job.kind))

    @staticmethod
    def _made(
        queue: Queue, id: str, function: str, args: tuple[object, ...], *, job: Job, pauses: tuple[int, ...]
    ) -> RQJob:
        """RQ's job for a function of ``bot.worker``."""
        return queue.create_job(
            function,
            args=args,
            job_id=id,
            timeout=seconds_of(job.kind),
            result_ttl=0,
            failure_ttl=FAILURE_SECONDS,
            description=job.key.encode("ascii", "backslashreplace").decode()[:200],
            retry=Retry(max=len(pauses), interval=list(pauses)),
        )

    def _queue(self, job: Job) -> Queue:
        return self._queues[queue_of(job.kind)]


def _is_nothing_new(job: Job, ticket: _Ticket) -> bool:
    """Whether the job that waits does for this one as it is. It waited when it was looked at, so it will begin later."""
    if job.kind is JobKind.COMMAND:
        return ticket.is_known
    return ticket.job is not None and ticket.due is None and merged(ticket.job, job) == ticket.job


def _ticket(job: Job) -> str:
    """Names of branches can be long, and hold anything."""
    return f"gatehouse:ticket:{job.kind}:{digest(job.key)}"


def _ticket_seconds(kind: JobKind) -> int:
    return _COMMAND_SECONDS if kind is JobKind.COMMAND else _TICKET_SECONDS


def _pauses(job: Job) -> str:
    return f"gatehouse:pauses:{digest(job.key)}"


def _run(id: str) -> str:
    return f"gatehouse:run:{id}"


def _dumped(job: Job) -> str:
    return json.dumps(job.dump(), separators=(",", ":"))


def _loaded(told: str) -> Job | None:
    """A job as it was written; None where that is damaged."""
    try:
        return Job.load(json.loads(told)) if told else None
    except (ValueError, KeyError, TypeError):
        return None
