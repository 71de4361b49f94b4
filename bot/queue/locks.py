"""Locks by name in Redis: one holder over all workers, and a mark for who came meanwhile.

Each holder has a random token; whatever renews, keeps or frees a lock compares it in the same instant (a script in Redis),
so that nobody touches a lock that has become somebody else's. A lock ends some seconds after its holder stopped renewing it.
"""

from __future__ import annotations

import contextlib
import logging
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import redis
from rq import get_current_job

from bot.errors import RetryLater
from bot.queue.connection import asked

_TTL_SECONDS = 30.0
_MARK_SECONDS = 86_400
_log = logging.getLogger("gatehouse.locks")

# In each: KEYS: lock, mark, answer. A lock holds "TOKEN OWNER".

# ARGV: value, owner, milliseconds, seconds of a mark. Answers {1} for the lock, {0} for a mark that was made, and
# {2, milliseconds} where the same owner has it. Who gets the lock reads all state anew, so older marks are done with.
# The value may be there already: an answer was lost, and the question asked twice.
_HOLD = """
local value = redis.call('GET', KEYS[1])
if not value or value == ARGV[1] then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
  redis.call('DEL', KEYS[2])
  return {1, 0}
end
if ARGV[2] ~= '' and string.sub(value, -#ARGV[2] - 1) == ' ' .. ARGV[2] then
  return {2, redis.call('PTTL', KEYS[1])}
end
redis.call('SET', KEYS[2], '1', 'EX', ARGV[4])
return {0, 0}
"""

# ARGV: value, milliseconds, a word for this question. Answers 1 where somebody came: the lock is kept (or taken again,
# where it had ended and nobody has it now). Answers 0 where nobody did and the lock is free, or somebody else has it, who
# then looks at the mark. The word is kept with the answer, for the same question asked twice.
_AGAIN = """
local value = redis.call('GET', KEYS[1])
if value and value ~= ARGV[1] then return 0 end
if redis.call('GET', KEYS[3]) == ARGV[3] then return 1 end
if redis.call('DEL', KEYS[2]) == 1 then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  redis.call('SET', KEYS[3], ARGV[3], 'PX', ARGV[2])
  return 1
end
redis.call('DEL', KEYS[1])
return 0
"""

# ARGV: value, milliseconds. Answers 1 where the lock is still held.
_RENEW = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
"""

# ARGV: value.
_FREE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
"""


class StillHeld(RetryLater):
    """An earlier try of the same job has the lock: it is dead, and the lock ends by itself ``at``, or it still runs."""

    def __init__(self, sentence: str, at: datetime) -> None:
        super().__init__(sentence)
        self.at = at


class RedisLocks:
    """``bot.service.ports.Locks``. ``ttl``: seconds after which a dead holder's lock ends. All methods raise QueueDown."""

    def __init__(self, client: redis.Redis, *, ttl: float = _TTL_SECONDS) -> None:
        self._redis = client
        self._ttl = ttl
        self._held: dict[str, str] = {}
        self._hold, self._again, self._renew, self._free = map(client.register_script, (_HOLD, _AGAIN, _RENEW, _FREE))

    @contextmanager
    def hold(self, name: str) -> Iterator[bool]:
        """Hold the lock of a name, if nobody does; see the protocol. Raises StillHeld. An end of the block that comes
        without ``again``, by an error, frees the lock and leaves a mark to whoever is next."""
        job = get_current_job()
        owner = job.id if job else ""
        value = f"{secrets.token_hex(16)} {owner}"
        with asked():
            answer, rest = self._hold(keys=_keys(name), args=[value, owner, self._millis, _MARK_SECONDS])
        if answer == 2:
            at = datetime.now(UTC) + timedelta(milliseconds=max(int(rest), 0))
            raise StillHeld(f"An earlier try of this job still holds {name}; its end is waited for.", at)
        if answer == 0:
            yield False
            return
        self._held[name] = value
        try:
            with self._renewed(name, value):
                yield True
        finally:
            if self._held.get(name) == value:
                del self._held[name]
                with contextlib.suppress(redis.RedisError):  # it then ends by itself
                    self._free(keys=_keys(name), args=[value])

    def again(self, name: str) -> bool:
        """For the holder, at the end: whether somebody came meanwhile; see the protocol."""
        value = self._held[name]
        with asked():
            kept = bool(self._again(keys=_keys(name), args=[value, self._millis, secrets.token_hex(8)]))
        if not kept:
            self._held.pop(name, None)
        return kept

    def is_held(self, name: str) -> bool:
        with asked():
            return bool(self._redis.exists(_keys(name)[0]))

    @property
    def _millis(self) -> int:
        return int(self._ttl * 1000)

    @contextmanager
    def _renewed(self, name: str, value: str) -> Iterator[None]:
        """Renew the lock within the block, by a thread."""
        over = threading.Event()
        thread = threading.Thread(target=self._keep, args=(name, value, over), name=f"lock {name}", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _keep(self, name: str, value: str, over: threading.Event) -> None:
        good = time.monotonic()
        while not over.wait(self._ttl / 3) and self._held.get(name) == value:
            try:
                kept = bool(self._renew(keys=_keys(name), args=[value, self._millis]))
            except redis.RedisError:
                if time.monotonic() - good < self._ttl:
                    continue
                kept = False
            if not kept:
                if self._held.get(name) == value:  # else it was given back just now
                    _log.warning("a lock was lost while its work went on", extra={"lock": name})
                return
            good = time.monotonic()


def _keys(name: str) -> list[str]:
    return [f"gatehouse:lock:{name}", f"gatehouse:mark:{name}", f"gatehouse:answer:{name}"]
