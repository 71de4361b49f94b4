"""What is remembered between runs, in Redis. What is missing, damaged or of another version was never there."""

from __future__ import annotations

import logging
import zlib
from dataclasses import replace

import redis

from bot.model.forge import PullRequestName
from bot.model.outcome import Outcome
from bot.queue.connection import asked, digest, text
from bot.queue.options import DAY

_OUTCOME_SECONDS = 14 * DAY
_LATEST_SECONDS = 37 * DAY  # as long as a link to its page may be good
MOST_BYTES = 16 * 1024 * 1024  # of one outcome, compressed
_MOST_LOADED = 512 * 1024 * 1024  # of one outcome, as it is unpacked
_LEVEL = 3
_LONGEST_NOTE = 4096
_log = logging.getLogger("gatehouse.memory")


class RedisMemory:
    """``bot.service.ports.Memory``. All methods raise QueueDown."""

    def __init__(self, client: redis.Redis) -> None:
        self._redis = client

    def outcome(self, key: str) -> Outcome | None:
        """What came of these inputs, if that is known."""
        found = self._loaded(_outcome(key))
        return found if found is not None and found.key == key else None

    def latest(self, name: PullRequestName) -> Outcome | None:
        with asked():
            return self._loaded(_latest(name))

    def keep(self, outcome: Outcome) -> None:
        """Under its key, unless that is empty."""
        if outcome.key:
            self._keep(_outcome(outcome.key), outcome, _OUTCOME_SECONDS)

    def remember(self, name: PullRequestName, outcome: Outcome) -> None:
        """As the latest of a pull request. Not under its key: what was published may hold more than its inputs gave, such
        as an override."""
        self._keep(_latest(name), outcome, _LATEST_SECONDS)

    def _keep(self, place: str, outcome: Outcome, seconds: int) -> None:
        """One that is too big is kept without its page."""
        data = zlib.compress(outcome.dump(), _LEVEL)
        if len(data) > MOST_BYTES:
            data = zlib.compress(replace(outcome, page="").dump(), _LEVEL)
        if len(data) > MOST_BYTES:
            _log.warning("an outcome is too big to be remembered", extra={"head": outcome.head, "bytes": len(data)})
            return
        with asked():
            self._redis.set(place, data, ex=seconds)

    def note(self, key: str) -> str:
        with asked():
            return text(self._redis.get(f"gatehouse:note:{key}"))

    def set_note(self, key: str, text: str, *, seconds: int = 30 * DAY) -> None:
        """An empty text forgets the note. Raises ValueError for a text that is no short one."""
        if len(text) > _LONGEST_NOTE:
            raise ValueError(f"a note of {len(text)} characters; at most {_LONGEST_NOTE} are kept")
        with asked():
            if text:
                self._redis.set(f"gatehouse:note:{key}", text, ex=seconds)
            else:
                self._redis.delete(f"gatehouse:note:{key}")

    def count(self, key: str, *, seconds: int) -> int:
        with asked(), self._redis.pipeline() as pipe:
            pipe.incr(f"gatehouse:count:{key}")
            pipe.expire(f"gatehouse:count:{key}", seconds)
            return int(pipe.execute()[0])

    def _loaded(self, place: str) -> Outcome | None:
        with asked():
            data = self._redis.get(place)
        if not isinstance(data, bytes):
            return None
        try:
            unpacking = zlib.decompressobj()
            plain = unpacking.decompress(data, _MOST_LOADED)
            return Outcome.load(plain) if unpacking.eof else None
        except (zlib.error, ValueError, KeyError, TypeError, AttributeError):
            return None


def _outcome(key: str) -> str:
    """Keys of outcomes are made of many things, and may be long."""
    return f"gatehouse:outcome:{digest(key)}"


def _latest(name: PullRequestName) -> str:
    return f"gatehouse:latest:{name}"
