"""How the queue stands: how many jobs wait, and since when."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

import redis
from rq.exceptions import NoSuchJobError
from rq.job import Job as RQJob
from rq.registry import ScheduledJobRegistry
from rq.serializers import JSONSerializer

from bot.queue.connection import asked
from bot.queue.options import QUEUES, rq_queue


class Waiting(NamedTuple):
    """One queue: how many jobs wait for a worker and how many for their time, and for how many seconds the oldest one of
    the former does."""

    queue: str
    jobs: int
    later: int
    oldest_seconds: float


def waiting(client: redis.Redis, now: datetime) -> tuple[Waiting, ...]:
    """All queues. Raises QueueDown."""
    with asked():
        return tuple(_waiting(client, name, now) for name in QUEUES)


def _waiting(client: redis.Redis, name: str, now: datetime) -> Waiting:
    queue = rq_queue(name, client)
    later = ScheduledJobRegistry(queue=queue).get_job_count(cleanup=False)  # type: ignore[no-untyped-call]
    return Waiting(name, queue.count, later, _age(client, queue.get_job_ids(0, 1), now))


def _age(client: redis.Redis, ids: list[str], now: datetime) -> float:
    """Of the job that comes next; 0 where none waits, or it was just taken."""
    for each in ids:
        try:
            since = RQJob.fetch(each, connection=client, serializer=JSONSerializer).enqueued_at
        except NoSuchJobError:
            return 0.0
        if since is not None:
            return max((now - since.replace(tzinfo=since.tzinfo or UTC)).total_seconds(), 0.0)
    return 0.0
