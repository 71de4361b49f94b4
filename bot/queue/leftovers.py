"""Jobs that are nowhere: RQ took one off its list, and the worker died, or lost its connection, before RQ's registries had
it. RQ finds what has begun; this finds the rest.

Every job stands in a ledger from the moment it is put. One that is known, is not over, and is neither on its list nor due
later nor with a worker, in two looks some time apart, is put on its list again.
"""

from __future__ import annotations

import redis
from rq.job import Job, JobStatus

from bot.queue.connection import asked, text
from bot.queue.jobs import LEDGER
from bot.queue.options import QUEUES, rq_queue

_NOWHERE = "gatehouse:nowhere"
_LIVE = tuple(status.value.encode() for status in (JobStatus.QUEUED, JobStatus.SCHEDULED, JobStatus.STARTED))

# KEYS: job, list, scheduled, started. ARGV: id. What the look saw may be over by now, so look again in the same instant.
_PUT_BACK = """
if redis.call('EXISTS', KEYS[1]) == 0 or redis.call('LPOS', KEYS[2], ARGV[1])
    or redis.call('ZSCORE', KEYS[3], ARGV[1]) then
  return 0
end
for _, entry in ipairs(redis.call('ZRANGE', KEYS[4], 0, -1)) do
  if string.sub(entry, 1, #ARGV[1] + 1) == ARGV[1] .. ':' then return 0 end
end
redis.call('HSET', KEYS[1], 'status', 'queued')
redis.call('RPUSH', KEYS[2], ARGV[1])
return 1
"""


class Leftovers:
    """``look`` is called again and again, by any worker. ``patience``: seconds that a job may be nowhere; it is so for an
    instant each time a worker takes one."""

    def __init__(self, client: redis.Redis, patience: float) -> None:
        self._redis = client
        self._patience = patience
        self._queues = {name: rq_queue(name, client) for name in QUEUES}
        self._put_back = client.register_script(_PUT_BACK)

    def look(self) -> int:
        """Put back what was nowhere for long enough, and forget what is over; how many were put back. Raises QueueDown."""
        with asked():
            missing = self._missing()
            seconds, micros = self._redis.time()
            now = seconds + micros / 1e6
            seen = {text(id): float(at) for id, at in self._redis.hgetall(_NOWHERE).items()}
            back = 0
            for id, name in missing.items():
                if id not in seen:
                    self._redis.hset(_NOWHERE, id, str(now))
                elif now - seen[id] >= self._patience:
                    back += self._back(id, name)
                    seen.pop(id)
                    self._redis.hdel(_NOWHERE, id)
            if over := [id for id in seen if id not in missing]:
                self._redis.hdel(_NOWHERE, *over)
            return back

    def _missing(self) -> dict[str, str]:
        """Jobs of the ledger that are not over and that nobody has, with their queues. The ledger is read first: what is
        put meanwhile is not in it."""
        ledger = {text(id): text(name) for id, name in self._redis.hgetall(LEDGER).items()}
        for name in QUEUES:
            for id in self._placed(name):
                ledger.pop(id, None)
        ids = list(ledger)
        with self._redis.pipeline(transaction=False) as pipe:
            for id in ids:
                pipe.hget(Job.key_for(id), "status")
            live = {id for id, status in zip(ids, pipe.execute(), strict=True) if status in _LIVE}
        if over := [id for id in ids if id not in live]:
            self._redis.hdel(LEDGER, *over)
        return {id: name for id, name in ledger.items() if id in live and name in self._queues}

    def _placed(self, name: str) -> list[str]:
        queue = self._queues[name]
        with self._redis.pipeline() as pipe:
            pipe.lrange(queue.key, 0, -1)
            pipe.zrange(queue.scheduled_job_registry.key, 0, -1)
            pipe.zrange(queue.started_job_registry.key, 0, -1)
            waiting, scheduled, started = pipe.execute()
        return [text(id) for id in (*waiting, *scheduled)] + [text(id).rpartition(":")[0] for id in started]

    def _back(self, id: str, name: str) -> int:
        queue = self._queues[name]
        places = [queue.key, queue.scheduled_job_registry.key, queue.started_job_registry.key]
        return int(self._put_back(keys=[Job.key_for(id), *places], args=[id]))
