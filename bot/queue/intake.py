"""Deliveries of forges, each once."""

from __future__ import annotations

import secrets

import redis

from bot.model.delivery import Delivery
from bot.queue.connection import asked, digest, text
from bot.queue.jobs import RedisQueue
from bot.queue.options import DAY

KNOWN_SECONDS = 4 * DAY  # GitHub can be asked for a delivery of the last three days again, and then uses its id again


class Intake:
    """Takes a delivery once, whoever takes it and however often it comes."""

    def __init__(self, client: redis.Redis, queue: RedisQueue) -> None:
        self._redis = client
        self._queue = queue

    def accept(self, delivery: Delivery) -> bool:
        """Put the jobs of a delivery; False where it was taken before. Raises QueueDown; then it is to be sent again.

        The mark comes after the jobs: a crash between them makes the next try put them again, which costs at most a run
        of a check, and nothing for a command. The other way round it would lose them. Two tries at once both put, for the
        same price."""
        with asked():
            if self._redis.exists(_mark(delivery.id)):
                return False
        for job in delivery.jobs:
            self._queue.put(job)
        return self.first(delivery.id)

    def first(self, delivery_id: str, seconds: int = KNOWN_SECONDS) -> bool:
        """Whether nobody asked this of the id within so many seconds; from now on somebody did. Raises QueueDown."""
        word = secrets.token_hex(8)  # the client asks again where an answer was lost, and must not find itself
        with asked():
            before = self._redis.set(_mark(delivery_id), word, nx=True, get=True, ex=seconds)
        return before is None or text(before) == word


def _mark(delivery_id: str) -> str:
    """An id comes in a header that nobody signed: it may be long, and hold anything."""
    return f"gatehouse:delivery:{digest(delivery_id)}"
