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
from contextvars import copy_context
from datetime import UTC, datetime, timedelta

import redis
from rq import get_current_job

from bot.errors import RetryLater
from bot.queue.connection import asked, text

_TTL_SECONDS = 30.0
_MARK_SECONDS = 86_400
_log = logging.getLogger("gatehouse.locks")

# In each: KEYS: lock, mark, answer, and the names that the owner has held and not given back in order. A lock holds
# "TOKEN OWNER"; an owner is a job of RQ, or "" for none.

# ARGV: value, owner, milliseconds, seconds of a mark, name. Answers {1} for the lock, {0} for a mark that was made, and
# {2, milliseconds} where the same owner has it. Who gets the lock reads all state anew, so older marks are done with.
# The value may be there already: an answer was lost, and the question asked twice.
_HOLD = """
local value = redis.call('GET', KEYS[1])
if not value or value == ARGV[1] then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
  redis.call('DEL', KEYS[2])
  if ARGV[2] ~= '' then
    redis.call('SADD', KEYS[4], ARGV[5])
    redis.call('EXPIRE', KEYS[4], ARGV[4])
  end
  return {1, 0}
end
if ARGV[2] ~= '' and string.sub(value, -#ARGV[2] - 1) == ' ' .. ARGV[2] then
  return {2, redis.call('PTTL', KEYS[1])}
end
redis.call('SET', KEYS[2], '1', 'EX', ARGV[4])
return {0, 0}
"""

# ARGV: value, milliseconds, a word for this question, name. Answers 1 where somebody came: the lock is kept. Where it had
# ended meanwhile and nobody has it now, somebody may have come and gone, so it is taken again. Answers 0 where nobody came
# and the lock is free, or somebody else has it, who then looks at the mark. The word is kept with the answer, for the same
# question asked twice.
_AGAIN = """
local value = redis.call('GET', KEYS[1])
if value and value ~= ARGV[1] then return 0 end
local said = redis.call('GET', KEYS[3])
if said == ARGV[3] then return 1 end
if said == 'no ' .. ARGV[3] then return 0 end
if redis.call('DEL', KEYS[2]) == 1 or not value then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  redis.call('SET', KEYS[3], ARGV[3], 'PX', ARGV[2])
  return 1
end
redis.call('SET', KEYS[3], 'no ' .. ARGV[3], 'PX', ARGV[2])
redis.call('DEL', KEYS[1])
redis.call('SREM', KEYS[4], ARGV[4])
return 0
"""

# ARGV: value, milliseconds. Answers 1 where the lock is still held.
_RENEW = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
"""

# ARGV: value, name ("" where the work was not brought to its end).
_FREE = """
redis.call('SREM', KEYS[4], ARGV[2])
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
"""

# ARGV: owner. Frees the lock where it is the owner's; answers 1 where nobody has it now and somebody came.
_LEFT = """
local value = redis.call('GET', KEYS[1])
if value then
  if string.sub(value, -#ARGV[1] - 1) ~= ' ' .. ARGV[1] then return 0 end
  redis.call('DEL', KEYS[1])
end
return redis.call('EXISTS', KEYS[2])
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
        self._hold, self._again, self._renew, self._free, self._left = map(
            client.register_script, (_HOLD, _AGAIN, _RENEW, _FREE, _LEFT)
        )

    @contextmanager
    def hold(self, name: str) -> Iterator[bool]:
        """Hold the lock of a name, if nobody does; see the protocol. Raises StillHeld. An end of the block that comes
        without ``again``, by an error, frees the lock and leaves a mark to whoever is next."""
        owner = _owner()
        value, keys = f"{secrets.token_hex(16)} {owner}", _keys(name, owner)
        with asked():
            answer, rest = self._hold(keys=keys, args=[value, owner, self._millis, _MARK_SECONDS, name])
        if answer == 2:
            at = datetime.now(UTC) + timedelta(milliseconds=max(int(rest), 0))
            raise StillHeld(f"An earlier try of this job still holds {name}; its end is waited for.", at)
        if answer == 0:
            yield False
            return
        self._held[name], finished = value, ""
        try:
            with self._renewed(name, value, keys):
                yield True
            finished = name
        finally:
            if self._held.get(name) == value:
                del self._held[name]
                with contextlib.suppress(redis.RedisError):  # it then ends by itself
                    self._free(keys=keys, args=[value, finished])

    def again(self, name: str) -> bool:
        """For the holder, at the end: whether somebody came meanwhile, or may have; see the protocol."""
        value, keys = self._held[name], _keys(name, _owner())
        word = secrets.token_hex(8)
        with asked():
            kept = bool(self._again(keys=keys, args=[value, self._millis, word, name]))
        if not kept:
            self._held.pop(name, None)
            with contextlib.suppress(redis.RedisError):  # it then ends by itself
                self._redis.delete(keys[2])
        return kept

    def left_by(self, owner: str) -> bool:
        """For who knows that a job of RQ runs no more: free the locks that it holds. Whether somebody came to one of them,
        whom nobody will look after now."""
        with asked():
            names = [text(name) for name in self._redis.smembers(_keys("", owner)[3])]
            return sum(int(self._left(keys=_keys(name, owner), args=[owner])) for name in names) > 0

    def is_held(self, name: str) -> bool:
        with asked():
            return bool(self._redis.exists(_keys(name, "")[0]))

    @property
    def _millis(self) -> int:
        return int(self._ttl * 1000)

    @contextmanager
    def _renewed(self, name: str, value: str, keys: list[str]) -> Iterator[None]:
        """Renew the lock within the block, by a thread."""
        over = threading.Event()
        words = (self._keep, name, value, keys, over)  # in this context: its lines are those of the job
        thread = threading.Thread(target=copy_context().run, args=words, name=f"lock {name}", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _keep(self, name: str, value: str, keys: list[str], over: threading.Event) -> None:
        good = time.monotonic()
        while not over.wait(self._ttl / 3) and self._held.get(name) == value:
            try:
                kept = bool(self._renew(keys=keys, args=[value, self._millis]))
            except redis.RedisError:
                if time.monotonic() - good < self._ttl:
                    continue
                kept = False
            if not kept:
                if self._held.get(name) == value:  # else it was given back just now
                    _log.warning("a lock was lost while its work went on", extra={"lock": name})
                return
            good = time.monotonic()


def _owner() -> str:
    job = get_current_job()
    return job.id if job else ""


def _keys(name: str, owner: str) -> list[str]:
    return [*(f"gatehouse:{kind}:{name}" for kind in ("lock", "mark", "answer")), f"gatehouse:holds:{owner}"]
